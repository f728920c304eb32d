//! Refusals of a session as problems with what to do about them.

use super::Problem;
use axum::http::StatusCode;
use gateway_domain::Verdict;

const WRONG_KIND: &str = "This request can't be answered that way. Use `once`, `always` (unless it is risky) or `deny` for \
    a permission; `answers` (a list of labels or text for each part) for a question; `once` or `deny` for a change on hold or a gate; `values` for the fields of a configuration.";

/// Only for what is refused.
pub(super) fn refused(verdict: &Verdict) -> Problem {
    match verdict {
        Verdict::AnsweredBefore { by, answer } => {
            Problem::conflict(format!("{by} answered first: {}.", answer.in_words()))
        }
        Verdict::NoLongerAsked { why } => Problem::conflict(format!("This is no longer open: {why}.")),
        Verdict::NotAllowed => {
            let detail = "You can't answer for this project. Ask one of its approvers.";
            Problem::new(StatusCode::FORBIDDEN, "You can't approve this", detail)
        }
        Verdict::Changed => Problem::conflict("The request has changed. Please review it again."),
        Verdict::WrongKind => Problem::conflict(WRONG_KIND),
        Verdict::QueueFull { limit } => {
            let detail = format!(
                "The agent is busy, and {limit} messages (or 128 KiB) are already queued. Stop it, or wait until it has read them."
            );
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "Queue is full", detail)
        }
        Verdict::TooLong { limit } => {
            let detail = format!(
                "Messages are limited to {} KiB. Put the rest into a file in the repository.",
                limit / 1024
            );
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The message is too long", detail)
        }
        Verdict::SessionEnded => Problem::conflict("This session is closed. Reopen it to continue."),
        Verdict::Idle { why } => Problem::conflict(format!("Nothing was done: {why}.")),
        Verdict::Unknown => {
            Problem::not_found("This request doesn't exist. `gateway asks list` shows open requests.")
        }
        other => Problem::conflict(format!("That wasn't possible ({other:?}).")),
    }
}
