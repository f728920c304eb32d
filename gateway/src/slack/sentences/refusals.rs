//! Why something was not done, for the person who asked for it.

use crate::sessions::desk::Refusal;
use crate::slack::people::AdmissionRefusal;
use gateway_domain::Verdict;

pub(crate) const OLD_BUTTON: &str =
    "This button is from another version of the gateway and no longer works. Use the latest card.";
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
        Refusal::NotStored => NOT_STORED.to_owned(),
        Refusal::UnknownAsk(_) => Verdict::Unknown.sentence(),
        Refusal::UnknownSession(id) => format!("There is no session `{id}`. `list` shows all sessions."),
        other => other.to_string(),
    }
}
