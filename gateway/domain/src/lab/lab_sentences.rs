//! What people read of a lab in the thread.

use super::TOLD_OUTAGES;
use crate::lab_plan::LabPlan;
use crate::visible::visible;
use crate::words::duration;
use jiff::{SignedDuration, Timestamp};

pub(crate) const READING: &str = "🚀 Deploying: reading the workspace…";
pub(crate) const REMOVED: &str = "🧹 The lab was removed.";
pub(crate) const REMOVING: &str = "🧹 Removing the lab…";
pub(crate) const ENDED: &str =
    "🧹 The lab's time was over, so it was removed. Deploy again to get a new one.";

pub(crate) const CERTIFICATE: &str = "The lab's certificate is there.";

/// Behind a failure: what can be done now.
const THEN: &str = "Retry, or ask the agent to fix it.";

pub(crate) fn deploying(plan: &LabPlan) -> String {
    told(&format!("🚀 Deploying {}: {}", plan.name, plan.measure()), plan)
}

pub(crate) fn asking(plan: &LabPlan) -> String {
    told(
        &format!("🚀 Deploying {}: {}. Waiting for an approval of what it runs.", plan.name, plan.measure()),
        plan,
    )
}

/// With what is not deployed.
fn told(text: &str, plan: &LabPlan) -> String {
    match plan.left_out_sentence() {
        Some(left_out) => format!("{}. {left_out}", text.trim_end_matches('.')),
        None => text.to_owned(),
    }
}

pub(crate) fn waiting(name: &str, why: &str, again: bool) -> String {
    let again = if again { "starting again after the gateway restarted, " } else { "" };
    format!("⏳ Waiting for {name} to be ready… {again}{why}")
}

pub(crate) fn ready(took: SignedDuration, url: &str) -> String {
    format!("Deployment ready in {}: {url}", shortly(took))
}

pub(crate) fn ready_again(url: &str) -> String {
    format!("The lab is ready again: {url}")
}

pub(crate) fn failed(reason: &str) -> String {
    format!("Deployment failed. {} {THEN}", visible(reason))
}

pub(crate) fn down(reason: &str) -> String {
    format!("The lab is down. {} {THEN}", visible(reason))
}

/// Nothing after so many times that they are no news any more.
pub(crate) fn went_down(since: Timestamp, why: &str, moves: bool, outages: u32) -> Option<String> {
    let then = if moves { "; Kubernetes starts it elsewhere" } else { "" };
    let last = match outages {
        ..TOLD_OUTAGES => "",
        TOLD_OUTAGES => " That happens often here, so the next times are not told.",
        _ => return None,
    };
    Some(format!(
        "The lab has been down since {} UTC ({}){then}.{last}",
        since.strftime("%H:%M"),
        visible(why)
    ))
}

pub(crate) fn no_certificate(why: &str) -> String {
    format!("The link works, its certificate is not there yet ({}). Browsers warn until then.", visible(why))
}

pub(crate) fn is_back(after: SignedDuration, url: &str) -> String {
    format!("The lab is back after {}: {url}", duration(after))
}

pub(crate) fn denied(by: &str) -> String {
    format!("{by} didn't allow the deployment; nothing was run.")
}

pub(crate) fn no_answer(ready: &str, after: SignedDuration) -> String {
    format!("It runs, but {ready} didn't answer within {}.", duration(after))
}

pub(crate) fn timed_out(after: SignedDuration) -> String {
    format!("Timed out after {}.", duration(after))
}

pub(crate) fn ends_soon(left: SignedDuration) -> String {
    format!("⏰ The lab ends in {}. Deploy again to keep it longer.", duration(left))
}

pub(crate) fn stuck(what: &str) -> String {
    format!("The lab couldn't be removed: {} Try again.", visible(what))
}

/// A few seconds are told with one digit more than whole ones.
fn shortly(took: SignedDuration) -> String {
    let millis = took.as_millis().max(0);
    match millis {
        0..10_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} s", millis / 1_000),
    }
}
