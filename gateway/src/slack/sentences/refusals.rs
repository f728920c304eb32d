//! Why something was not done, for the person who asked for it.

use super::ask_outcome::answer_words;
use crate::sessions::desk::Refusal;
use crate::slack::people::AdmissionRefusal;
use gateway_domain::Verdict;

pub(crate) const OLD_BUTTON: &str =
    "This button is from another version of the gateway and no longer works. Use the latest card.";
pub(crate) const NO_SUCH_ASK: &str = "This request is no longer open. See the thread for the outcome.";
pub(crate) const CHANGED: &str =
    "The request has changed since this card was posted. Please answer the latest card.";
pub(crate) const NOT_STORED: &str = "That couldn't be saved, so nothing was done. Please try again.";

pub(crate) fn turned_away(why: AdmissionRefusal) -> &'static str {
    match why {
        AdmissionRefusal::OtherTeam | AdmissionRefusal::Stranger => {
            "Only people in the gateway's workspace can use it, so nothing was done."
        }
        AdmissionRefusal::Guest => {
            "Guests can't use this gateway, so nothing was done. Ask a member of the workspace."
        }
        AdmissionRefusal::NotListed => {
            "You are not on the list of people who can use this gateway, so nothing was done. Ask an administrator."
        }
        AdmissionRefusal::Gone | AdmissionRefusal::Robot => {
            "This account can't use the gateway, so nothing was done."
        }
        AdmissionRefusal::Unsure => {
            "Slack didn't confirm who you are, so nothing was done. Please try again."
        }
    }
}

/// Why the desk did not do it.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Decided(verdict) => verdict_refused(verdict),
        Refusal::NotStored => NOT_STORED.to_owned(),
        Refusal::UnknownAsk(_) => NO_SUCH_ASK.to_owned(),
        Refusal::UnknownSession(id) => format!("There is no session `{id}`. `list` shows all sessions."),
        other => other.to_string(),
    }
}

fn verdict_refused(verdict: &Verdict) -> String {
    match verdict {
        Verdict::AnsweredBefore { by, answer } => {
            format!("{} answered first: {}.", by, &answer_words(answer))
        }
        Verdict::NoLongerAsked { why } => format!("This is no longer open: {}.", why),
        Verdict::NotAllowed => "You can't answer for this project. Ask one of its approvers.".to_owned(),
        Verdict::Changed => CHANGED.to_owned(),
        Verdict::WrongKind => {
            "This request can't be answered that way. Use the buttons on its card.".to_owned()
        }
        Verdict::QueueFull { limit } => format!(
            "The agent is busy and {limit} messages are already queued. Stop it, or wait until it has read them."
        ),
        Verdict::TooLong { limit } => format!(
            "Messages are limited to {} KiB. Put the rest into a file in the repository.",
            limit / 1024
        ),
        Verdict::SessionEnded => "This session is closed. Reopen it to continue.".to_owned(),
        Verdict::Idle { why } => format!("Nothing was done: {why}."),
        Verdict::Unknown => NO_SUCH_ASK.to_owned(),
        _ => "That wasn't possible. Please look at the thread and try again.".to_owned(),
    }
}
