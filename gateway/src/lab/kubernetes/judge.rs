//! How an attempt stands, from what is seen of it. Pure: the same sight at the same time is the same word. Whatever cannot
//! become ready any more is said at once; nobody waits for a deadline to hear it.

use super::manifests::{APP, ATTEMPT};
use super::outage::{self, Outage};
use super::pod_trouble;
use gateway_domain::{LabFault, visible};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition};
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// The session gives up after three minutes, and knows less about why. So this speaks first.
const NOT_READY_AFTER: SignedDuration = SignedDuration::from_secs(175);

/// What was applied shows up in a watch within moments. If it does not, somebody took it away.
const SHOWS_UP_WITHIN: SignedDuration = SignedDuration::from_secs(15);

/// What is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) deployment: Option<Arc<Deployment>>,
    /// Those of this attempt.
    pub(super) pods: Vec<Arc<Pod>>,
    /// Since when the cluster does not answer.
    pub(super) silent_since: Option<Timestamp>,
}

/// What is judged.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// As the label has it.
    pub(super) label: String,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) image: String,
    pub(super) ready: String,
    pub(super) port: u16,
    pub(super) memory_mib: u32,
    /// Since when it is waited for.
    pub(super) since: Timestamp,
    /// It was ready before.
    pub(super) was_ready: bool,
    /// What the cluster called the applied state.
    pub(super) generation: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Waiting(String),
    Ready,
    /// It was ready, and is not; the cluster sees to it.
    Down(Outage),
    Failed(LabFault, String),
}

use Judgement::{Down, Failed, Ready, Waiting};

pub(super) fn judge(seen: &Seen, attempt: &Attempt, now: Timestamp) -> Judgement {
    if let Some(since) = seen.silent_since {
        let clock = since.strftime("%H:%M");
        return Waiting(format!("the cluster does not answer since {clock} UTC, and is asked again"));
    }
    let waited = now.duration_since(attempt.since);
    let Some(deployment) = seen.deployment.as_deref() else {
        return match waited < SHOWS_UP_WITHIN {
            true => Waiting("the cluster takes it up".to_owned()),
            false => Failed(
                LabFault::Removed,
                format!(
                    "The deployment {} is no longer in the namespace {}: someone removed it.",
                    attempt.name, attempt.namespace
                ),
            ),
        };
    };
    if !is_up_to_date(deployment, attempt) {
        return or_too_late("the cluster takes it up".to_owned(), waited, seen, attempt);
    }
    if let Some(refusal) = condition(deployment, "ReplicaFailure", "True") {
        let (fault, why) = pod_trouble::refused(&text_of(refusal));
        return Failed(fault, why);
    }
    let why = match pod_trouble::look(&seen.pods, attempt, now) {
        Ok(why) => why,
        Err((fault, reason)) => return Failed(fault, reason),
    };
    if is_ready(deployment, &seen.pods) {
        return Ready;
    }
    // Nobody gives up on what ran: a node that is lost takes the cluster minutes.
    if let (true, Some(unavailable)) = (attempt.was_ready, condition(deployment, "Available", "False")) {
        let since = unavailable.last_transition_time.as_ref().map_or(now, |time| time.0);
        return Down(outage::of(&seen.pods, attempt, since, why));
    }
    if let Some(late) = condition(deployment, "Progressing", "False") {
        let told = format!("Timed out: {why} ({}).", visible(&text_of(late)));
        return Failed(LabFault::NotReady, told);
    }
    or_too_late(why, waited, seen, attempt)
}

fn or_too_late(why: String, waited: SignedDuration, seen: &Seen, attempt: &Attempt) -> Judgement {
    if waited < NOT_READY_AFTER {
        return Waiting(why);
    }
    match seen.pods.iter().any(|pod| runs(pod)) {
        true => Failed(
            LabFault::NotReady,
            format!(
                "It runs, but {} on port {} didn't answer within 3 minutes. The app has to listen on 0.0.0.0, not on localhost, and on the port in PORT.",
                attempt.ready, attempt.port
            ),
        ),
        false => Failed(LabFault::TimedOut, format!("Timed out after 3 minutes: {why}.")),
    }
}

/// Right after a change what is said of it is still about the state before.
fn is_up_to_date(deployment: &Deployment, attempt: &Attempt) -> bool {
    let labels = deployment.metadata.labels.as_ref();
    let is_this = labels.and_then(|labels| labels.get(ATTEMPT)) == Some(&attempt.label);
    let generation = deployment.metadata.generation.unwrap_or_default();
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation);
    is_this && generation >= attempt.generation && observed.is_some_and(|observed| observed >= generation)
}

fn is_ready(deployment: &Deployment, pods: &[Arc<Pod>]) -> bool {
    let one = |count: Option<i32>| count.is_some_and(|count| count >= 1);
    let status = deployment.status.as_ref();
    status.is_some_and(|status| one(status.updated_replicas) && one(status.ready_replicas))
        && condition(deployment, "Available", "True").is_some()
        && pods.iter().any(|pod| pod.metadata.deletion_timestamp.is_none() && pod_condition(pod, "Ready"))
}

fn pod_condition(pod: &Pod, name: &str) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|one| one.type_ == name && one.status == "True")
}

fn runs(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let containers = status.and_then(|status| status.container_statuses.as_ref()).into_iter().flatten();
    let mut running = containers.filter(|one| one.name == APP);
    running.any(|one| one.state.as_ref().is_some_and(|state| state.running.is_some()))
}

fn condition<'a>(deployment: &'a Deployment, name: &str, status: &str) -> Option<&'a DeploymentCondition> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|one| one.type_ == name && one.status == status)
}

fn text_of(condition: &DeploymentCondition) -> String {
    let text = condition.message.as_ref().or(condition.reason.as_ref());
    text.cloned().unwrap_or_default()
}
