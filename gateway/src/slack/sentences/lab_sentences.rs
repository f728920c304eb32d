//! What people read of labs in Slack.

use crate::sessions::desk::LabOverview;
use crate::slack::formatting::{bold, cut, esc};
use gateway_domain::{LabCard, LabStanding};
use jiff::Timestamp;

pub(crate) const DEPLOYING: &str = "Deploying. The session's thread shows how it goes.";
pub(crate) const REMOVING_LAB: &str = "Removing the lab.";
pub(crate) const NO_LABS: &str = "There are no labs.";

const KIBI: u64 = 1024;

/// On the session's card: `Ready, http://…`.
pub(crate) fn lab(lab: &LabCard) -> String {
    let more = match (&lab.url, &lab.reason) {
        (Some(url), Some(reason)) => format!(" – {} – {}", esc(&cut(reason, 200)), esc(url)),
        (Some(url), None) => format!(" – {}", esc(url)),
        (None, Some(reason)) if lab.standing != LabStanding::Waiting => {
            format!(" – {}", esc(&cut(reason, 200)))
        }
        _ => String::new(),
    };
    format!("{}{more}", lab.word)
}

/// What stands on the button.
pub(crate) fn deploy_button(lab: Option<&LabCard>) -> &'static str {
    match lab.map(|lab| lab.standing) {
        Some(LabStanding::Ready | LabStanding::Down) => "Redeploy",
        Some(LabStanding::Failed | LabStanding::Stuck) => "Retry deploy",
        _ => "Deploy to lab",
    }
}

/// A lab in the list.
pub(crate) fn lab_in_a_line(lab: &LabOverview, now: Timestamp) -> String {
    let age = lab.made_at.map(|at| format!(" · {}", age(at, now))).unwrap_or_default();
    let owner = lab.owner.as_ref().map(|owner| format!(" · by {}", esc(&cut(owner, 60)))).unwrap_or_default();
    let size = lab.bytes.div_ceil(KIBI);
    let link = lab.url.as_ref().map(|url| format!("\n{}", esc(url))).unwrap_or_default();
    format!("{} · {}{age} · {size} KiB{owner}{link}", bold(&cut(&lab.title, 150)), esc(&lab.word))
}

fn age(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins().max(0);
    match minutes {
        0..60 => format!("{minutes} min old"),
        60..2_880 => format!("{} h old", minutes / 60),
        _ => format!("{} days old", minutes / 1_440),
    }
}
