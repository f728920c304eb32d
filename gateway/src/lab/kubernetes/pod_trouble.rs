//! What keeps a pod from running, read from its status, as sentences. Pure.

use super::judge::Attempt;
use super::manifests::{FETCH, FILES};
use gateway_domain::{LabFault, cut, visible};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod, PodCondition};
use std::sync::Arc;

/// Where there may be room in a moment, nobody need hear of it.
const NO_ROOM_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Ends of an app that are no accident any more.
const RESTARTS: i32 = 2;

/// Longest text of the cluster in a sentence.
const LINE: usize = 300;

const IMAGE: [&str; 5] =
    ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"];
const SETUP: [&str; 4] =
    ["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PostStartHookError"];

/// Why something cannot be: for figures, and for people.
pub(super) type Trouble = (LabFault, String);

/// What is waited for, or why it is in vain.
pub(super) fn look(pods: &[Arc<Pod>], attempt: &Attempt, now: Timestamp) -> Result<String, Trouble> {
    let mut waits = None;
    for pod in pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
        let why = look_at(pod, attempt, now)?;
        waits = Some(why);
    }
    Ok(waits.unwrap_or_else(|| match pods.is_empty() {
        true => "its pod is being created".to_owned(),
        false => "the old pod is ending".to_owned(),
    }))
}

fn look_at(pod: &Pod, attempt: &Attempt, now: Timestamp) -> Result<String, Trouble> {
    let Some(status) = &pod.status else { return Ok("its pod is being created".to_owned()) };
    let init = status.init_container_statuses.as_deref().unwrap_or_default();
    let app = status.container_statuses.as_deref().unwrap_or_default();
    for container in init.iter().chain(app) {
        trouble(container, pod, attempt, now)?;
    }
    if status.phase.as_deref() == Some("Failed") {
        let why = status.message.as_ref().or(status.reason.as_ref());
        return Ok(format!("its pod was ended ({}), and another is created", told(why)));
    }
    if let Some(why) = no_room(status.conditions.as_deref().unwrap_or_default(), now) {
        return Ok(why);
    }
    Ok(progress(init, app, attempt))
}

/// Why this container can't go on.
fn trouble(container: &ContainerStatus, pod: &Pod, attempt: &Attempt, now: Timestamp) -> Result<(), Trouble> {
    let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref());
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
    let message = waiting.and_then(|waiting| waiting.message.as_ref());
    if IMAGE.contains(&reason) {
        // The gateway's own image is in no recipe.
        let image = if container.name == FETCH { &container.image } else { &attempt.image };
        let why = message.map_or(reason, String::as_str);
        return Err((LabFault::Image, format!("The image {image} cannot be pulled: {}.", sentence(why))));
    }
    if SETUP.contains(&reason) {
        let why = message.map_or(reason, String::as_str);
        return Err((LabFault::Setup, format!("The container cannot be set up: {}.", sentence(why))));
    }
    let Some(end) = last_end(container) else { return Ok(()) };
    if end.reason.as_deref() == Some("OOMKilled") {
        let told = format!(
            "The app needs more than its {} MiB of memory. `lab.kubernetes.memory_mib` in the gateway's configuration raises it.",
            attempt.memory_mib
        );
        return Err((LabFault::Memory, told));
    }
    if container.restart_count < RESTARTS && reason != "CrashLoopBackOff" {
        return Ok(());
    }
    let exit_code = end.exit_code;
    Err(match container.name.as_str() {
        FETCH => (
            LabFault::Setup,
            format!("The files could not be fetched from the gateway: exit code {exit_code}."),
        ),
        FILES => (
            LabFault::Setup,
            format!("The files could not be copied: exit code {exit_code}. The image needs sh and cp."),
        ),
        _ => (LabFault::Crash, ended(end, container.restart_count, pod, now)),
    })
}

/// Of now, or else of the time before.
fn last_end(container: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    let ended = |state: &'_ Option<k8s_openapi::api::core::v1::ContainerState>| {
        state.as_ref().is_some_and(|state| state.terminated.as_ref().is_some_and(|end| end.exit_code != 0))
    };
    let state = if ended(&container.state) { &container.state } else { &container.last_state };
    state.as_ref()?.terminated.as_ref()
}

fn ended(end: &ContainerStateTerminated, restarts: i32, pod: &Pod, now: Timestamp) -> String {
    let times = restarts.max(1);
    let since = pod.status.as_ref().and_then(|status| status.start_time.as_ref()).map(|time| time.0);
    let within = since.map(|since| now.duration_since(since).as_secs().max(1));
    let within = within.map(|seconds| format!(" in {seconds} s")).unwrap_or_default();
    let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    format!("The app ends by itself: exit code {}, {times}{within}.", end.exit_code)
}

fn no_room(conditions: &[PodCondition], now: Timestamp) -> Option<String> {
    let is_without = |one: &&PodCondition| {
        one.type_ == "PodScheduled" && one.status == "False" && one.reason.as_deref() == Some("Unschedulable")
    };
    let without = conditions.iter().find(is_without)?;
    let since = without.last_transition_time.as_ref().map(|time| time.0);
    let is_long = since.is_some_and(|since| now.duration_since(since) >= NO_ROOM_AFTER);
    Some(match is_long {
        true => format!("no node has room ({})", told(without.message.as_ref())),
        false => "the cluster looks for a node with room".to_owned(),
    })
}

/// For those who wait: how far it is.
fn progress(init: &[ContainerStatus], app: &[ContainerStatus], attempt: &Attempt) -> String {
    let runs = |one: &ContainerStatus| one.state.as_ref().is_some_and(|state| state.running.is_some());
    let fetching = init.iter().find(|one| one.name == FETCH && !one.ready);
    let image = cut(&visible(fetching.map_or(&attempt.image, |one| &one.image)), LINE);
    match () {
        () if app.iter().any(runs) => format!("it runs, and {} has to answer", attempt.ready),
        () if fetching.is_some_and(runs) => "its files are being fetched".to_owned(),
        () if init.iter().any(runs) => "its files are being copied".to_owned(),
        () if app.iter().any(|one| one.restart_count > 0 || last_end(one).is_some()) => {
            "the app ended, and is started again".to_owned()
        }
        () if init.is_empty() && app.is_empty() => "its pod is being placed".to_owned(),
        () => format!("the image {image} is being pulled"),
    }
}

/// The cluster made no pod at all: whose rule it was, in its own words.
pub(super) fn refused(text: &str) -> Trouble {
    if let Some(quota) = used_up(text) {
        return (LabFault::Quota, quota);
    }
    let told = sentence(text);
    if text.contains("violates PodSecurity") {
        let told = format!(
            "The cluster does not let the pod start: \"{told}\". The image must run as a user, without rights."
        );
        return (LabFault::Policy, told);
    }
    (LabFault::Policy, format!("The cluster does not let the pod start: \"{told}\"."))
}

/// `exceeded quota: lab, requested: pods=1, used: pods=10, limited: pods=10`
pub(super) fn used_up(text: &str) -> Option<String> {
    let (_, quota) = text.split_once("exceeded quota:")?;
    let part = |name: &str| {
        let (_, rest) = quota.split_once(name)?;
        Some(rest.split_once(": ").map_or(rest, |(values, _)| values))
    };
    let first = |values: &str| values.split(',').next().unwrap_or_default().trim().to_owned();
    let (used, limited) = (first(part("used: ")?), first(part("limited: ")?));
    let ((what, used), (_, limit)) = (used.split_once('=')?, limited.split_once('=')?);
    Some(format!("The lab's quota is used up: {} {} of {}.", visible(what), visible(used), visible(limit)))
}

fn told(text: Option<&String>) -> String {
    sentence(text.map_or("no reason was given", String::as_str))
}

/// Without the dot at its end, in one line.
pub(super) fn sentence(text: &str) -> String {
    let text = visible(text.trim().trim_end_matches('.')).replace('\n', " ");
    cut(&text, LINE)
}
