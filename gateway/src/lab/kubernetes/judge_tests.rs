//! Each row of the table of failures (docs/labs.md), as the cluster showed it.

use super::judge::{Attempt, Judgement, Seen, judge};
use super::outage::Outage;
use gateway_domain::LabFault;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::sync::Arc;

const BEGUN: &str = "2026-01-01T12:00:00Z";

fn attempt() -> Attempt {
    Attempt {
        label: "lab7".to_owned(),
        name: "shop-auth".to_owned(),
        namespace: "shop-auth-lab".to_owned(),
        image: "node:99".to_owned(),
        ready: "/healthz".to_owned(),
        port: 3000,
        memory_mib: 512,
        since: BEGUN.parse().unwrap(),
        was_ready: false,
        generation: 2,
    }
}

/// What a healthy cluster says in between.
fn deployment(conditions: Value, observed: i64) -> Option<Arc<Deployment>> {
    let whole = json!({
        "metadata": { "name": "shop-auth", "generation": 2, "labels": { "opencode-gateway/attempt": "lab7" } },
        "status": { "observedGeneration": observed, "updatedReplicas": 1, "readyReplicas": 1, "conditions": conditions },
    });
    Some(Arc::new(serde_json::from_value(whole).unwrap()))
}

fn pod(status: Value) -> Vec<Arc<Pod>> {
    vec![Arc::new(serde_json::from_value(json!({ "metadata": { "name": "p" }, "status": status })).unwrap())]
}

fn app(state: Value, last: Value, restarts: i32) -> Vec<Arc<Pod>> {
    pod(json!({
        "startTime": BEGUN,
        "containerStatuses": [{
            "name": "app", "image": "i", "imageID": "", "ready": false, "restartCount": restarts,
            "state": state, "lastState": last,
        }],
    }))
}

fn after(seconds: i64, seen: &Seen) -> Judgement {
    let begun: Timestamp = BEGUN.parse().unwrap();
    judge(seen, &attempt(), begun + SignedDuration::from_secs(seconds))
}

fn with_pods(pods: Vec<Arc<Pod>>) -> Seen {
    Seen { deployment: deployment(json!([]), 2), pods, silent_since: None }
}

#[track_caller]
fn fails(seen: &Seen, seconds: i64, fault: LabFault, expected: &str) {
    assert_eq!(after(seconds, seen), Judgement::Failed(fault, expected.to_owned()));
}

#[track_caller]
fn waits(seen: &Seen, seconds: i64, expected: &str) {
    assert_eq!(after(seconds, seen), Judgement::Waiting(expected.to_owned()));
}

fn running() -> Value {
    json!({ "running": { "startedAt": BEGUN } })
}

#[test]
fn ready_is_what_the_new_state_says_and_not_the_old() {
    // REQ-LAB-04
    let conditions = json!([{ "type": "Available", "status": "True" }]);
    let ready = pod(json!({ "conditions": [{ "type": "Ready", "status": "True" }] }));
    let seen = |observed| Seen {
        deployment: deployment(conditions.clone(), observed),
        pods: ready.clone(),
        silent_since: None,
    };
    assert_eq!(after(14, &seen(2)), Judgement::Ready);
    waits(&seen(1), 14, "the cluster takes it up");
    // All is well with the deployment, which is still that of the attempt before.
    let others = Attempt { label: "lab8".to_owned(), ..attempt() };
    let now = BEGUN.parse().unwrap();
    assert!(matches!(judge(&seen(2), &others, now), Judgement::Waiting(_)));
    // The pod is not there any more.
    waits(&Seen { pods: vec![], ..seen(2) }, 14, "its pod is being created");
}

#[test]
fn a_pod_that_was_refused_is_told_at_once() {
    // REQ-LAB-04, REQ-LAB-05
    let refused = |message: &str| Seen {
        deployment: deployment(
            json!([{ "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message }]),
            2,
        ),
        ..Seen::default()
    };
    fails(
        &refused("pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true"),
        1,
        LabFault::Policy,
        "The cluster does not let the pod start: \"pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true\". The image must run as a user, without rights.",
    );
    fails(
        &refused(
            "pods \"p\" is forbidden: exceeded quota: lab, requested: pods=1, used: pods=10, limited: pods=10",
        ),
        1,
        LabFault::Quota,
        "The lab's quota is used up: pods 10 of 10.",
    );
    fails(
        &refused("admission webhook \"images\" denied the request."),
        1,
        LabFault::Policy,
        "The cluster does not let the pod start: \"admission webhook \"images\" denied the request\".",
    );
}

#[test]
fn an_image_that_is_not_there_is_told_at_once() {
    // REQ-LAB-05
    for reason in ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"] {
        let state = json!({ "waiting": { "reason": reason, "message": "not found" } });
        fails(
            &with_pods(app(state, json!({}), 0)),
            1,
            LabFault::Image,
            "The image node:99 cannot be pulled: not found.",
        );
    }
}

#[test]
fn a_container_that_cannot_be_set_up_is_told_at_once() {
    // REQ-LAB-05
    let state = json!({ "waiting": { "reason": "CreateContainerConfigError", "message": "secret \"db\" not found" } });
    fails(
        &with_pods(app(state, json!({}), 0)),
        1,
        LabFault::Setup,
        "The container cannot be set up: secret \"db\" not found.",
    );
}

#[test]
fn an_app_that_ends_by_itself_is_told_after_its_second_end() {
    // REQ-LAB-04, REQ-LAB-05
    let ended = json!({ "terminated": { "exitCode": 1, "reason": "Error" } });
    let once = with_pods(app(ended.clone(), json!({}), 0));
    assert!(matches!(after(5, &once), Judgement::Waiting(_)));
    let backs_off = json!({ "waiting": { "reason": "CrashLoopBackOff" } });
    fails(
        &with_pods(app(backs_off, ended.clone(), 1)),
        5,
        LabFault::Crash,
        "The app ends by itself: exit code 1, once in 5 s.",
    );
    fails(
        &with_pods(app(running(), ended, 3)),
        20,
        LabFault::Crash,
        "The app ends by itself: exit code 1, 3 times in 20 s.",
    );
}

#[test]
fn an_app_without_memory_is_told_with_what_raises_it() {
    // REQ-LAB-05
    let killed = json!({ "terminated": { "exitCode": 137, "reason": "OOMKilled" } });
    let told = "The app needs more than its 512 MiB of memory. `lab.kubernetes.memory_mib` in the gateway's configuration raises it.";
    fails(&with_pods(app(killed.clone(), json!({}), 0)), 5, LabFault::Memory, told);
    fails(&with_pods(app(running(), killed, 1)), 5, LabFault::Memory, told);
}

#[test]
fn files_that_were_not_copied_are_told_as_such() {
    // REQ-LAB-05
    let status = json!({ "initContainerStatuses": [{
        "name": "files", "image": "i", "imageID": "", "ready": false, "restartCount": 2,
        "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        "lastState": { "terminated": { "exitCode": 127 } },
    }] });
    fails(
        &with_pods(pod(status)),
        5,
        LabFault::Setup,
        "The files could not be copied: exit code 127. The image needs sh and cp.",
    );
}

#[test]
fn no_room_is_waited_for_and_told_after_a_minute() {
    // REQ-LAB-04
    let status = json!({ "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available: insufficient memory.", "lastTransitionTime": BEGUN,
    }] });
    let seen = with_pods(pod(status));
    waits(&seen, 59, "the cluster looks for a node with room");
    waits(&seen, 60, "no node has room (0/3 nodes are available: insufficient memory)");
    fails(
        &seen,
        175,
        LabFault::TimedOut,
        "Timed out after 3 minutes: no node has room (0/3 nodes are available: insufficient memory).",
    );
}

#[test]
fn what_runs_and_does_not_answer_is_told_after_three_minutes() {
    // REQ-LAB-04
    let seen = with_pods(app(running(), json!({}), 0));
    waits(&seen, 174, "it runs, and /healthz has to answer");
    let Judgement::Failed(LabFault::NotReady, reason) = after(175, &seen) else {
        panic!("{:?}", after(175, &seen))
    };
    assert!(
        reason.starts_with("It runs, but /healthz on port 3000 didn't answer within 3 minutes."),
        "{reason}"
    );
}

#[test]
fn kubernetes_own_deadline_is_told_with_what_was_waited_for() {
    // REQ-LAB-04
    let late = json!([{
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
        "message": "ReplicaSet \"r\" has timed out progressing.",
    }]);
    let seen =
        Seen { deployment: deployment(late, 2), pods: app(running(), json!({}), 0), silent_since: None };
    fails(
        &seen,
        171,
        LabFault::NotReady,
        "Timed out: it runs, and /healthz has to answer (ReplicaSet \"r\" has timed out progressing.).",
    );
}

#[test]
fn a_cluster_that_is_silent_fails_nothing() {
    // REQ-LAB-04
    let seen = Seen { silent_since: Some("2026-01-01T14:02:30Z".parse().unwrap()), ..Seen::default() };
    waits(&seen, 10_000, "the cluster does not answer since 14:02 UTC, and is asked again");
}

#[test]
fn a_deployment_that_somebody_removed_is_missed() {
    // REQ-LAB-05
    waits(&Seen::default(), 14, "the cluster takes it up");
    fails(
        &Seen::default(),
        15,
        LabFault::Removed,
        "The deployment shop-auth is no longer in the namespace shop-auth-lab: someone removed it.",
    );
}

#[test]
fn those_who_wait_hear_how_far_it_is() {
    // REQ-LAB-04
    waits(&with_pods(vec![]), 1, "its pod is being created");
    waits(&with_pods(pod(json!({}))), 1, "its pod is being placed");
    let pulling = json!({ "waiting": { "reason": "ContainerCreating" } });
    waits(&with_pods(app(pulling, json!({}), 0)), 1, "the image node:99 is being pulled");
    let evicted =
        pod(json!({ "phase": "Failed", "reason": "Evicted", "message": "The node was low on memory." }));
    waits(&with_pods(evicted), 1, "its pod was ended (The node was low on memory), and another is created");
    let leaving: Pod =
        serde_json::from_value(json!({ "metadata": { "name": "p", "deletionTimestamp": BEGUN } })).unwrap();
    waits(&with_pods(vec![Arc::new(leaving)]), 1, "the old pod is ending");
}

/// What was ready before, with a deployment that is not available since a moment.
fn went(pods: Vec<Arc<Pod>>) -> Judgement {
    let unavailable =
        json!([{ "type": "Available", "status": "False", "lastTransitionTime": "2026-01-01T12:10:00Z" }]);
    let seen = Seen { deployment: deployment(unavailable, 2), pods, silent_since: None };
    let attempt = Attempt { was_ready: true, ..attempt() };
    judge(&seen, &attempt, "2026-01-01T12:40:00Z".parse().unwrap())
}

#[track_caller]
fn is_down(pods: Vec<Arc<Pod>>, why: &str, moves: bool) {
    let since = "2026-01-01T12:10:00Z".parse().unwrap();
    assert_eq!(went(pods), Judgement::Down(Outage { since, why: why.to_owned(), moves }));
}

fn leaving(status: Value) -> Arc<Pod> {
    let pod = json!({ "metadata": { "name": "old", "deletionTimestamp": BEGUN }, "status": status });
    Arc::new(serde_json::from_value(pod).unwrap())
}

#[test]
fn a_lost_node_is_told_and_waited_for_however_long_it_takes() {
    // REQ-LAB-04, REQ-LAB-05
    let silent = json!({ "phase": "Running", "conditions": [
        { "type": "Ready", "status": "False" }, { "type": "ContainersReady", "status": "True" },
    ] });
    is_down(pod(silent), "node lost", true);
    let tainted = json!({ "phase": "Running", "conditions": [
        { "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager" },
    ] });
    let mut both = app(json!({ "waiting": { "reason": "ContainerCreating" } }), json!({}), 0);
    both.push(leaving(tainted));
    is_down(both, "node lost", true);
    is_down(vec![leaving(json!({ "phase": "Running", "reason": "NodeLost" }))], "node lost", true);
    is_down(vec![], "its pod is gone", true);
}

#[test]
fn an_evicted_pod_is_told_as_what_it_is() {
    // REQ-LAB-05
    let drained = json!({ "phase": "Running", "conditions": [
        { "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI" },
    ] });
    is_down(vec![leaving(drained)], "its pod has to leave its node", true);
    let pressed = json!({ "phase": "Failed", "reason": "Evicted", "message": "The node was low on memory." });
    is_down(pod(pressed), "The node was low on memory", true);
}

#[test]
fn an_app_that_falls_silent_is_down_and_not_elsewhere() {
    // REQ-LAB-05
    is_down(app(running(), json!({}), 0), "it runs, and /healthz does not answer", false);
    let ended = json!({ "terminated": { "exitCode": 1, "reason": "Error" } });
    let waits = json!({ "waiting": { "reason": "ContainerCreating" } });
    is_down(app(waits, ended.clone(), 1), "the app ended, and is started again", false);
    // What can't get well is no outage.
    let backs_off = json!({ "waiting": { "reason": "CrashLoopBackOff" } });
    assert!(matches!(went(app(backs_off, ended, 1)), Judgement::Failed(LabFault::Crash, _)));
}

#[test]
fn a_silent_cluster_is_no_outage_of_a_lab_and_neither_is_a_start() {
    // REQ-LAB-04
    let unavailable = json!([{ "type": "Available", "status": "False", "lastTransitionTime": BEGUN }]);
    let seen = Seen { deployment: deployment(unavailable, 2), pods: vec![], silent_since: None };
    waits(&seen, 10, "its pod is being created");
    let silent = Seen { silent_since: Some(BEGUN.parse().unwrap()), ..seen };
    let attempt = Attempt { was_ready: true, ..attempt() };
    assert!(matches!(judge(&silent, &attempt, BEGUN.parse().unwrap()), Judgement::Waiting(_)));
}
