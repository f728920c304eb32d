//! What became of a message or an answer, where the card alone does not say it.

use crate::slack::formatting::line;
use gateway_domain::Verdict;

pub(crate) const EDITED: &str = "The agent does not see edits. Please post the correction as a new message.";
pub(crate) const REPEAT_COMMAND: &str = "I wasn't connected to Slack when this command was written, so I didn't carry it out. Write it again if you still want it.";
pub(crate) const NOT_SHOWN: &str =
    "Slack couldn't show the rest of this answer. Read it in the gateway's console.";
pub(crate) const NO_SUCH_ITEM: &str = "This is no longer in the thread.";
pub(crate) const NO_THREAD_HERE: &str = "That session has no thread in Slack. Open it in the console.";
pub(crate) const FILE_IS_THERE: &str = "The full output is in the session's thread, as a file.";
pub(crate) const FILE_NOT_TAKEN: &str =
    "Slack rejected the file. Please try again later; `gateway doctor` says whether the app can share files.";
pub(crate) const NO_PATCH: &str = "Line-by-line changes aren't available here. See the console or the files.";

/// What a person hears about what they did, where the card or a sign on the message does not say it.
pub(crate) fn heard(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::TakenForLater | Verdict::TakenLate | Verdict::NeedsSecond { .. } => Some(verdict.sentence()),
        Verdict::Taken
        | Verdict::DeployAllowed
        | Verdict::DeployDenied
        | Verdict::Sent
        | Verdict::Queued { .. }
        | Verdict::Answered { .. }
        | Verdict::InFull { .. }
        | Verdict::Done
        | Verdict::AtLimit(_) => None,
        // Refusals come another way.
        Verdict::AnsweredBefore { .. }
        | Verdict::NoLongerAsked { .. }
        | Verdict::NotAllowed
        | Verdict::RefusedByRule { .. }
        | Verdict::QueueFull { .. }
        | Verdict::TooLong { .. }
        | Verdict::SessionEnded
        | Verdict::Idle { .. }
        | Verdict::Changed
        | Verdict::WrongKind { .. }
        | Verdict::NoGrant { .. }
        | Verdict::NeedsProof { .. }
        | Verdict::Unknown => None,
    }
}

pub(crate) fn files_not_taken(names: &[&str], why: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", line(name, 80))).collect();
    format!("These files weren't passed to the agent: {}. {why}", names.join(", "))
}
