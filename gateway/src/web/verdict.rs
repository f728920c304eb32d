//! What a session refuses, as a problem with what to do about it.

use super::Problem;
use axum::http::StatusCode;
use gateway_domain::{Answer, Verdict};

const WRONG_KIND: &str = "A permission takes once, always (unless it is risky) or deny; a question takes `answers`, \
    a list of labels or words for each part; a held call or a gate takes once or deny; a configuration takes \
    `values` for its fields.";

/// What somebody else decided, for whoever came second.
fn in_words(answer: &Answer) -> String {
    match answer {
        Answer::Once => "allowed once".to_owned(),
        Answer::Always => "always allowed".to_owned(),
        Answer::Deny { reason: None } => "denied".to_owned(),
        Answer::Deny { reason: Some(reason) } => format!("denied (“{reason}”)"),
        Answer::Answers { answers } => {
            let each: Vec<_> = answers.iter().map(|labels| format!("“{}”", labels.join(", "))).collect();
            each.join(", ")
        }
        Answer::Configured { .. } => "set up".to_owned(),
    }
}

/// Only for what is refused.
pub(super) fn refused(verdict: &Verdict) -> Problem {
    match verdict {
        Verdict::AnsweredBefore { by, answer } => {
            Problem::conflict(format!("This was answered by {by} first: {}.", in_words(answer)))
        }
        Verdict::NoLongerAsked { why } => {
            Problem::conflict(format!("Nobody waits for this any more: {why}."))
        }
        Verdict::NotAllowed => {
            let detail = "You may not answer for this project; ask one of its approvers.";
            Problem::new(StatusCode::FORBIDDEN, "Not yours to decide", detail)
        }
        Verdict::Changed => Problem::conflict("What is asked has changed; look at it again."),
        Verdict::WrongKind => Problem::conflict(WRONG_KIND),
        Verdict::QueueFull { limit } => {
            let detail = format!(
                "The agent is busy, and {limit} messages (or 128 KiB) wait; stop it or wait until it has read them."
            );
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too much waits already", detail)
        }
        Verdict::TooLong { limit } => {
            let detail = format!(
                "A message has at most {} KiB; put the rest into a file of the repository.",
                limit / 1024
            );
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The message is too long", detail)
        }
        Verdict::SessionEnded => Problem::conflict("This session has ended; start a new one."),
        Verdict::Idle { why } => Problem::conflict(format!("There is nothing to do: {why}.")),
        Verdict::Unknown => {
            Problem::not_found("There is no such ask; `gateway asks list` shows those that wait.")
        }
        other => Problem::conflict(format!("It was decided otherwise: {other:?}.")),
    }
}
