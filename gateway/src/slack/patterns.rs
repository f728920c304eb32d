//! What "always" would cover, in words: nothing that stands out may be overlooked.

use super::formatting::{code, cut, esc, line, visible};
use gateway_domain::stands_out;

/// Whether the pattern lets through everything.
pub fn covers_everything(patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| pattern.chars().all(|c| matches!(c, '*' | '/') || c.is_whitespace()))
}

/// Characters of what "always" would cover where it is said before the button counts: Slack shows 300 there.
pub const IN_A_QUESTION: usize = 150;
/// The same where there is room for all of it.
pub const IN_DETAILS: usize = 2_500;

/// What "always" would cover: what stands out first, since it is what nobody may overlook, and as much as there is room for.
pub fn always_covers(patterns: &[String], room: usize) -> String {
    if covers_everything(patterns) {
        return format!(
            "From now on agents may do *everything of this kind* in this project without asking ({}).",
            esc(&cut(&patterns.join(", "), room))
        );
    }
    let (mut shown, mut left) = (vec![], room);
    for pattern in dangerous_first(patterns) {
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
    format!("From now on agents may run {}{more} in this project without asking.", shown.join(", "))
}

fn dangerous_first(patterns: &[String]) -> Vec<&String> {
    let mut all: Vec<_> = patterns.iter().collect();
    all.sort_by_key(|pattern| !stands_out(pattern));
    all
}

/// The button: all that it covers, or how many patterns that are.
pub fn always_label(patterns: &[String]) -> String {
    let all = visible(&patterns.join(", "));
    match patterns.len() {
        _ if covers_everything(patterns) => "Always allow everything…".to_owned(),
        2.. if all.chars().count() > ALWAYS_LABEL => format!("Always allow {} patterns…", patterns.len()),
        _ => format!("Always allow {}", line(&all, ALWAYS_LABEL)),
    }
}

/// Longest pattern on a button.
const ALWAYS_LABEL: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_for_everything_is_called_so() {
        // REQ-ASK-01
        assert!(always_covers(&["*".into()], IN_DETAILS).contains("everything of this kind"));
        assert!(always_covers(&["npm *".into()], IN_DETAILS).contains("`npm *`"));
    }

    #[test]
    fn nothing_dangerous_hides_behind_a_long_list_of_patterns() {
        // REQ-ASK-01: "echo *, find *, …" left out "rm *"
        let mut patterns: Vec<String> = (0..40).map(|n| format!("echo-{n:02} *")).collect();
        patterns.push("rm *".into());
        let asked = always_covers(&patterns, IN_A_QUESTION);
        assert!(asked.starts_with("From now on agents may run `rm *`, `echo-00 *`"), "{asked}");
        assert!(asked.contains(" more (see Details)") && asked.chars().count() <= 300, "{asked}");
        assert!(always_covers(&patterns, IN_DETAILS).contains("`echo-39 *` in this project"), "all of them");
        assert_eq!(always_label(&patterns), "Always allow 41 patterns…");
        assert_eq!(always_label(&["npm test *".into()]), "Always allow npm test *");
    }
}
