//! Sentences for the agent. Each says what happened and what it can do now.

use crate::ask::{Ask, AskBody, OnSilence};
use jiff::SignedDuration;

/// Most characters of what was asked in a sentence about it.
const SUBJECT: usize = 120;

pub(crate) const REFUSED: &str = "A person refused this call. Continue without it.";

/// Several people write into one thread, so the agent is told who does.
pub fn introduced(name: &str, text: &str) -> String {
    format!("[{name}] {text}")
}

/// The same for people, who see the name beside it.
pub(crate) fn without_introduction<'a>(name: &str, text: &'a str) -> &'a str {
    let told = text.strip_prefix('[').and_then(|rest| rest.strip_prefix(name)?.strip_prefix("] "));
    told.unwrap_or(text)
}

/// What an agent hears whose session goes on in a workspace of its own.
pub(crate) fn moved(from: &str, to: &str, call: Option<&str>) -> String {
    let call = call.map(|call| format!(" ({})", crate::mask::mask(call))).unwrap_or_default();
    format!(
        "The work moved to {to}, a separate workspace with the same files. Your last step{call} was stopped \
            before it ran, and nothing was written. Repeat it there; what was below {from} is now below {to}."
    )
}

/// How the ids of those messages begin.
pub(crate) const GO_ON_ID: &str = "msg_gwgoon";

/// A note says already who resumed it. Whoever else may write exactly these words: they are harmless.
pub(crate) fn is_go_on(text: &str) -> bool {
    // As earlier gateways said it.
    const EARLIER: [&str; 2] = ["You were paused in the middle of your work. Go ", "on where you were."];
    text == GO_ON || text.strip_prefix(EARLIER[0]) == Some(EARLIER[1])
}

/// What a paused agent hears when it is resumed.
pub(crate) const GO_ON: &str = "You were paused mid-task. Continue where you left off.";

pub(crate) fn timed_out(after: SignedDuration) -> String {
    format!(
        "Nobody answered within {}, so it was denied automatically. No person decided against it: continue \
            without it, or ask again later.",
        duration(after)
    )
}

/// For people, before the default applies.
pub(crate) fn nearly_over(ask: &Ask, left: SignedDuration) -> String {
    let what = ask.body.in_full();
    let what: String = what.lines().next().unwrap_or_default().chars().take(SUBJECT).collect();
    let then = match ask.rules.on_silence {
        OnSilence::TakeRecommended => "the agent continues with the recommended option",
        _ => "it is denied automatically",
    };
    format!("No answer yet. In {} {then} ({what}).", duration(left))
}

pub(crate) fn denied(reason: Option<&str>) -> String {
    match reason.map(str::trim).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("A person denied this: {reason}"),
        None => "A person denied this. Continue without it, or ask for something else.".to_owned(),
    }
}

pub(crate) fn allowed_late(ask: &Ask) -> String {
    format!("{} is now allowed. If you still need it, do it now.", subject(ask))
}

pub(crate) fn denied_late(ask: &Ask, reason: Option<&str>) -> String {
    format!("About {}: {}", subject(ask), denied(reason))
}

pub(crate) fn answered_late(ask: &Ask, answers: &[Vec<String>]) -> String {
    let AskBody::Question { questions } = &ask.body else { return String::new() };
    let pairs = questions.iter().zip(answers);
    let told: Vec<_> = pairs.map(|(q, a)| format!("\"{}\": {}", q.question, a.join(", "))).collect();
    format!("Your question has now been answered: {}. Take this into account from here on.", told.join("; "))
}

fn subject(ask: &Ask) -> String {
    if ask.body.asks_leave() {
        format!("What you asked for (`{}`)", ask.body.in_full())
    } else {
        "Your question".to_owned()
    }
}

/// A number of things: `1 message`, `2 messages`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

pub(crate) fn duration(time: SignedDuration) -> String {
    let (hours, minutes, seconds) = (time.as_hours(), time.as_mins() % 60, time.as_secs() % 60);
    let some = |count: i64, unit: &str| match count {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    };
    match (hours, minutes, seconds) {
        (0, 0, seconds) => some(seconds, "second"),
        (0, minutes, 0) => some(minutes, "minute"),
        (0, minutes, seconds) => format!("{} and {}", some(minutes, "minute"), some(seconds, "second")),
        (hours, 0, _) => some(hours, "hour"),
        (hours, minutes, _) => format!("{} and {}", some(hours, "hour"), some(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_denial_that_no_person_gave() {
        // REQ-ASK-05, B7: the card and the audit log say "denied", so the agent must not read the opposite.
        let text = timed_out(SignedDuration::from_secs(300));
        assert!(
            text.starts_with("Nobody answered within 5 minutes, so it was denied automatically."),
            "{text}"
        );
        assert!(text.contains("No person decided") && !text.contains("not denied"), "{text}");
    }

    #[test]
    fn a_denial_carries_the_persons_words() {
        // REQ-ASK-01
        assert_eq!(denied(Some(" Use the other file. ")), "A person denied this: Use the other file.");
        assert!(denied(Some("  ")).contains("Continue without it"));
    }
}
