//! The last lines of a lab's pods: of the container that runs and of the one before it, masked.

use super::manifests::{APP, FETCH, FILES};
use crate::lab::log_tail::LogTail;
use k8s_openapi::api::core::v1::Pod;
use kube::api::LogParams;
use kube::{Api, Client, ResourceExt};
use std::sync::Arc;

const LINES: i64 = 50;
const LARGEST: i64 = 64 * 1024;

/// None where nothing was written, or nobody answers.
pub(super) async fn last_lines(client: &Client, namespace: &str, pods: &[Arc<Pod>]) -> Option<String> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let newest = pods.iter().max_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0))?;
    let mut parts = vec![];
    for (container, has_run, ended_before) in containers(newest) {
        for previous in [true, false] {
            if !has_run || previous && !ended_before {
                continue;
            }
            let params = LogParams {
                container: Some(container.to_owned()),
                tail_lines: Some(LINES),
                limit_bytes: Some(LARGEST),
                previous,
                ..LogParams::default()
            };
            match api.logs(&newest.name_any(), &params).await {
                Ok(text) => parts.extend(shown(container, previous, &text)),
                Err(error) => tracing::debug!(%error, container, "no log"),
            }
        }
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// Those that ran, the files' before the app's: its name, whether it ran at all, whether it ran before.
fn containers(pod: &Pod) -> Vec<(&'static str, bool, bool)> {
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_ref()).into_iter().flatten();
    let app = status.and_then(|status| status.container_statuses.as_ref()).into_iter().flatten();
    let known = init.chain(app).filter_map(|one| {
        let name = [FETCH, FILES, APP].into_iter().find(|name| *name == one.name)?;
        let state = one.state.as_ref();
        let ran = state.is_some_and(|state| state.running.is_some() || state.terminated.is_some());
        let before = one.last_state.as_ref().is_some_and(|state| state.terminated.is_some());
        // Files that are there have nothing to say.
        let is_done = name != APP && one.ready;
        Some((name, (ran || before) && !is_done, before))
    });
    known.collect()
}

fn shown(container: &str, previous: bool, text: &str) -> Option<String> {
    let tail = LogTail::default();
    tail.add(text.as_bytes());
    let lines = tail.last_lines()?;
    match (container, previous) {
        (APP, false) => Some(lines),
        (APP, _) => Some(format!("[before its last start]\n{lines}\n[now]")),
        (FETCH, _) => Some(format!("[fetching the files]\n{lines}")),
        _ => Some(format!("[copying the files]\n{lines}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{containers, shown};
    use serde_json::json;

    #[test]
    fn what_ran_is_asked_for_its_words_and_nothing_else() {
        // REQ-LAB-05
        let status = |name: &str, ready: bool, state: &str, last: &str| {
            json!({ "name": name, "image": "i", "imageID": "", "ready": ready, "restartCount": 0,
                    "state": { state: { "exitCode": 0 } }, "lastState": { last: { "exitCode": 1 } } })
        };
        let pod = |init, app| {
            let status = json!({ "initContainerStatuses": [init], "containerStatuses": [app] });
            serde_json::from_value(json!({ "status": status })).unwrap()
        };
        let crashed =
            pod(status("files", true, "terminated", "x"), status("app", false, "waiting", "terminated"));
        assert_eq!(containers(&crashed), [("files", false, false), ("app", true, true)]);
        let not_copied = pod(status("files", false, "terminated", "x"), status("app", false, "waiting", "x"));
        assert_eq!(containers(&not_copied), [("files", true, false), ("app", false, false)]);
    }

    #[test]
    fn its_words_are_masked_and_short() {
        // REQ-LAB-05
        let text = (0..80).map(|n| format!("line {n} password=hunter2-hunter2\n")).collect::<String>();
        let lines = shown("app", true, &text).unwrap();
        assert!(!lines.contains("hunter2") && lines.lines().count() == 52, "{lines}");
        assert_eq!(shown("app", false, "\n"), None);
    }
}
