//! What became of a message or an answer, where the card alone does not say it.

use crate::slack::formatting::line;
use gateway_domain::{LimitReached, Verdict};

pub(crate) const EDITED: &str = "The agent does not see edits. Please post the correction as a new message.";
pub(crate) const NOT_SHOWN: &str =
    "Slack refused to show the rest of this answer here; the gateway's console has it.";
pub(crate) const NO_SUCH_ITEM: &str = "This is no longer in the thread.";
pub(crate) const NO_THREAD_HERE: &str = "That session has no thread in Slack. Open it in the console.";
pub(crate) const FILE_IS_THERE: &str = "The full output is in the session's thread, as a file.";
pub(crate) const FILE_NOT_TAKEN: &str =
    "Slack rejected the file. Please try again later; `gateway doctor` says whether the app can share files.";
pub(crate) const NO_PATCH: &str = "Line-by-line changes aren't available here. See the console or the files.";

/// What a person hears about an answer that was taken, where the card alone does not say it.
pub(crate) fn taken(verdict: &Verdict) -> Option<String> {
    Some(match verdict {
        Verdict::TakenForLater => {
            "Your answer is saved and will be applied when the agent is back.".to_owned()
        }
        Verdict::TakenLate => {
            "The request had timed out, but the agent has been told what you decided.".to_owned()
        }
        Verdict::NeedsSecond { why } => {
            format!("Your approval is saved. A second approval is needed: {}.", why)
        }
        _ => return None,
    })
}

pub(crate) fn files_not_taken(names: &[&str], why: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", line(name, 80))).collect();
    format!("These files weren't passed to the agent: {}. {why}", names.join(", "))
}

pub(crate) fn message_queued(behind: usize) -> String {
    match behind {
        0 => "The agent is busy or offline. Your message is next.".to_owned(),
        1 => "The agent is busy or offline. Your message is second in the queue.".to_owned(),
        more => format!("The agent is busy or offline. Your message is queued behind {more} others."),
    }
}

pub(crate) fn queued_at_limit(limit: &LimitReached) -> String {
    let reason = limit.reason();
    format!(
        "{reason} Your message is queued and sent as soon as one of them finishes, is stopped or asks for input."
    )
}
