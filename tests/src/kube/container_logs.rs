//! What containers wrote, now and before they ended the last time.

use super::failure::Failure;
use super::request::ApiRequest;
use super::store::Key;
use super::world::World;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

pub(super) fn read(world: &World, request: &ApiRequest) -> Result<Response, Failure> {
    let pod = world.store.value(&Key::new(request.kind, &request.namespace, &request.name));
    let pod = pod.ok_or_else(|| Failure::not_found(request.kind, &request.name))?;
    let bad = |message: String| Failure::new(400, "BadRequest", message);
    let name = chosen(pod, request.asked("container")).map_err(bad)?;
    let status = ["containerStatuses", "initContainerStatuses"]
        .into_iter()
        .flat_map(|list| pod["status"][list].as_array().into_iter().flatten())
        .find(|one| one["name"] == name.as_str())
        .cloned()
        .unwrap_or_default();
    let ended = status["lastState"]["terminated"].is_object();
    let previous = request.asked("previous") == "true";
    if previous && !ended {
        return Err(bad(format!(
            "previous terminated container \"{name}\" in pod \"{}\" not found",
            request.name
        )));
    }
    if let (Some(reason), false) = (status["state"]["waiting"]["reason"].as_str(), ended) {
        let why = match reason {
            "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
            other => other,
        };
        return Err(bad(format!(
            "container \"{name}\" in pod \"{}\" is waiting to start: {why}",
            request.name
        )));
    }
    let logs = world.logs.get(status["image"].as_str().unwrap_or_default()).cloned().unwrap_or_default();
    let text = cut(if previous { &logs.previous } else { &logs.current }, request);
    Ok(([(header::CONTENT_TYPE, "text/plain")], text).into_response())
}

/// The one that is named, or the only one.
fn chosen(pod: &Value, asked: &str) -> Result<String, String> {
    let pod_name = &pod["metadata"]["name"].as_str().unwrap_or_default();
    let names = |list: &str| -> Vec<String> {
        let all = pod["spec"][list].as_array().into_iter().flatten();
        all.filter_map(|one| one["name"].as_str()).map(str::to_owned).collect()
    };
    let (main, first) = (names("containers"), names("initContainers"));
    match (asked, main.as_slice()) {
        ("", [only]) => Ok(only.clone()),
        ("", _) => Err(format!(
            "a container name must be specified for pod {pod_name}, choose one of: [{}] or one of the init containers: [{}]",
            main.join(" "),
            first.join(" ")
        )),
        (asked, _) if main.iter().chain(&first).any(|one| one == asked) => Ok(asked.to_owned()),
        (asked, _) => Err(format!("container {asked} is not valid for pod {pod_name}")),
    }
}

/// The last lines, and of these the first bytes.
fn cut(text: &str, request: &ApiRequest) -> String {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let tail = request.asked("tailLines").parse().unwrap_or(lines.len());
    let mut text = lines[lines.len().saturating_sub(tail)..].concat();
    if let Ok(limit) = request.asked("limitBytes").parse::<usize>() {
        let limit =
            (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(limit);
    }
    text
}
