//! What "always" would cover, as far as there is room: what stands out comes first, so nothing of it is overlooked.

use super::formatting::{code, cut, esc};
use gateway_domain::AnswerChoice;

/// Characters of what "always" would cover where it is said before the button counts: Slack shows 300 there.
pub const IN_A_QUESTION: usize = 150;
/// The same where there is room for all of it.
pub const IN_DETAILS: usize = 2_500;

/// Why it is asked once more, and the patterns that there is room for.
pub fn always_covers(choice: &AnswerChoice, room: usize) -> String {
    let why = esc(choice.confirm.as_deref().unwrap_or_default());
    let Some(patterns) = &choice.covers else { return why };
    format!("{why} {}", listed(patterns, room))
}

/// The patterns that there is room for, and how many more there are.
pub fn listed(patterns: &[String], room: usize) -> String {
    let (mut shown, mut left) = (vec![], room);
    for pattern in patterns {
        let told = code(&cut(pattern, 100));
        match left.checked_sub(told.chars().count() + 2) {
            Some(rest) => left = rest,
            None if shown.is_empty() => {}
            None => break,
        }
        shown.push(told);
    }
    let more = match patterns.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more (see Details)"),
    };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::Ask;
    use serde_json::json;

    fn always(patterns: &[String]) -> AnswerChoice {
        let ask: Ask = serde_json::from_value(json!({
            "id": "per_1", "opencode_id": "per_1", "session": "ses_12345678", "directory": "/work", "digest": "d",
            "asked_at": "2026-11-21T10:00:00Z", "state": "open", "kind": "permission", "permission": "bash",
            "patterns": [], "always": patterns, "metadata": {},
        }))
        .unwrap();
        ask.display().answers.pop().unwrap()
    }

    #[test]
    fn a_pattern_for_everything_is_called_so() {
        // REQ-ASK-01
        assert!(always_covers(&always(&["*".into()]), IN_DETAILS).contains("agents can run any command"));
        assert!(always_covers(&always(&["npm *".into()]), IN_DETAILS).contains("`npm *`"));
    }

    #[test]
    fn nothing_dangerous_hides_behind_a_long_list_of_patterns() {
        // REQ-ASK-01: "echo *, find *, …" left out "rm *"
        let mut patterns: Vec<String> = (0..40).map(|n| format!("echo-{n:02} *")).collect();
        patterns.push("rm *".into());
        let choice = always(&patterns);
        let asked = always_covers(&choice, IN_A_QUESTION);
        assert!(asked.contains("without asking: `rm *`, `echo-00 *`"), "{asked}");
        assert!(asked.contains(" more (see Details)") && asked.chars().count() <= 300, "{asked}");
        assert!(always_covers(&choice, IN_DETAILS).ends_with("`echo-39 *`"), "all of them");
        assert_eq!(choice.label, "Always allow 41 patterns…");
        assert_eq!(always(&["npm test *".into()]).label, "Always allow npm test *");
    }
}
