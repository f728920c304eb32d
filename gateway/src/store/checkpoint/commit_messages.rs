//! What commits say.

use crate::store::audit_log::Head;

/// Sessions that a checkpoint's message lists.
const LISTED: usize = 20;
/// Longest subject line.
const SUBJECT: usize = 120;

pub(super) const FIRST: &str = "chore: Session state repository begins\n";
pub(super) const FOUND: &str =
    "chore: Session state as found on disk\n\nNot written by the gateway, or not by this run of it.\n";

pub(super) fn checkpoint(mut sessions: Vec<&str>, upto: u64, audit: &Head) -> String {
    sessions.sort_unstable();
    let mut message = "chore: Session state checkpoint\n\n".to_owned();
    for session in sessions.iter().take(LISTED) {
        message.push_str(&format!("- {session}\n"));
    }
    if sessions.len() > LISTED {
        message.push_str(&format!("- and {} more\n", sessions.len() - LISTED));
    }
    message + &trailers(upto, audit)
}

/// `ending` is to be read after "Session <id>".
pub(super) fn ended(session: &str, ending: &str, upto: u64, audit: &Head) -> String {
    let ending: String =
        ending.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let subject = format!("chore: Session {session} {ending}");
    let subject: String = subject.chars().take(SUBJECT).collect();
    format!("{}\n\n{}", subject.trim_end(), trailers(upto, audit))
}

pub(super) fn archived(count: usize, upto: u64, audit: &Head) -> String {
    format!("chore: Session state archived ({count})\n\n{}", trailers(upto, audit))
}

fn trailers(upto: u64, audit: &Head) -> String {
    format!("\nChange: {upto}\n{}\n", audit.trailer())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_for_people_and_carry_what_verify_needs() {
        // REQ-STATE-02
        let head = Head { n: 17, change: 40, hash: "ab".repeat(32) };
        let message = checkpoint(vec!["ses_b", "ses_a"], 42, &head);
        assert!(message.starts_with(
            "chore: Session state checkpoint\n\n- ses_a\n- ses_b\n\nChange: 42\nAudit: 17 abab"
        ));
        assert_eq!(Head::named_in(&message), Some((17, head.hash.as_str())));
        let many: Vec<String> = (0..30).map(|n| format!("ses_{n:02}")).collect();
        let many = checkpoint(many.iter().map(String::as_str).collect(), 42, &head);
        assert!(many.contains("- ses_19\n- and 10 more\n"), "{many}");
        let final_state = ended("ses_a", "completed: Implement\nlogin API", 42, &head);
        assert!(final_state.starts_with("chore: Session ses_a completed: Implement login API\n\n"));
        assert!(ended("ses_a", &"x".repeat(500), 1, &head).lines().next().unwrap().len() <= 120);
    }
}
