//! Why a lab that was ready is not, read from its pods. Pure.

use super::judge::Attempt;
use gateway_domain::{cut, visible};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use std::sync::Arc;

/// Longest text of the cluster in a sentence.
const LINE: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) since: Timestamp,
    pub(super) why: String,
    /// Kubernetes starts it in another place.
    pub(super) moves: bool,
}

/// `waits`: what a pod that comes to run now is waited for.
pub(super) fn of(pods: &[Arc<Pod>], attempt: &Attempt, since: Timestamp, waits: String) -> Outage {
    let (why, moves) = match pods.iter().find_map(|pod| lost(pod)) {
        Some(why) => (why, true),
        None if pods.iter().any(|pod| is_there(pod)) => (unanswered(pods, attempt, waits), false),
        None => ("its pod is gone".to_owned(), true),
    };
    Outage { since, why, moves }
}

fn is_there(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_none() && phase(pod) != Some("Failed")
}

fn phase(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.phase.as_deref()
}

/// The pod runs no more, whatever the app did.
fn lost(pod: &Pod) -> Option<String> {
    let disrupted = condition(pod, "DisruptionTarget").filter(|one| one.status == "True");
    if let Some(disrupted) = disrupted {
        return Some(match disrupted.reason.as_deref() {
            Some("DeletionByTaintManager" | "DeletionByPodGC") => "node lost".to_owned(),
            Some("EvictionByEvictionAPI" | "PreemptionByScheduler") => {
                "its pod has to leave its node".to_owned()
            }
            _ => told(disrupted.message.as_ref().or(disrupted.reason.as_ref())),
        });
    }
    let status = pod.status.as_ref()?;
    if status.reason.as_deref() == Some("NodeLost") || is_forsaken(pod) {
        return Some("node lost".to_owned());
    }
    let ended = phase(pod) == Some("Failed");
    ended.then(|| told(status.message.as_ref().or(status.reason.as_ref())))
}

/// A node that is silent can't say that its containers are not ready: the cluster says so of the pod alone.
fn is_forsaken(pod: &Pod) -> bool {
    let is = |name: &str, status: &str| condition(pod, name).is_some_and(|one| one.status == status);
    (is("Ready", "False") || is("Ready", "Unknown")) && is("ContainersReady", "True")
}

/// It runs and is silent, or it is being started again where it was.
fn unanswered(pods: &[Arc<Pod>], attempt: &Attempt, waits: String) -> String {
    let runs = |pod: &Arc<Pod>| {
        let status = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
        status
            .into_iter()
            .flatten()
            .any(|one| one.state.as_ref().is_some_and(|state| state.running.is_some()))
    };
    match pods.iter().any(runs) {
        true => format!("it runs, and {} does not answer", visible(&attempt.ready)),
        false => waits,
    }
}

fn condition<'a>(pod: &'a Pod, name: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.as_ref()?.iter().find(|one| one.type_ == name)
}

fn told(text: Option<&String>) -> String {
    let text = text.map_or("its pod was ended", String::as_str);
    cut(&visible(text.trim().trim_end_matches('.')).replace('\n', " "), LINE)
}
