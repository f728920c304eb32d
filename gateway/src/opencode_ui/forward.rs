//! A request goes to OpenCode with the gateway's login, the answer comes back as it streams.

use super::target::OpenCodeAddress;
use super::{MAX_BODY_BYTES, OpenDoor, headers, page, refusal_pages, tunnel};
use crate::access::end_of;
use crate::access::visit::is_visit;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt};
use http_body_util::{BodyExt, Limited};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

/// How long OpenCode may take to begin its answer: some of its requests end with a whole turn of the agent. What
/// has begun may stream for ever.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60 * 60);

const AWAY: &str = "OpenCode isn't answering; its pod may still be starting. Try again in a moment.";

pub(super) async fn pass(State(here): State<OpenDoor>, mut request: Request) -> Response {
    let visit = is_visit(request.method(), request.headers());
    let Some(found) = here.door.find(request.headers(), &|pod| here.ui.parts.desk.knows_pod(pod)) else {
        let detail =
            "No OpenCode is configured under this name. Check `opencode_ui` in the gateway's configuration.";
        return refusal_pages::trouble(visit, StatusCode::MISDIRECTED_REQUEST, detail);
    };
    let Ok(permit) = here.ui.open.clone().try_acquire_owned() else {
        let detail = "Too many connections are open. Try again in a moment.";
        return refusal_pages::trouble(visit, StatusCode::SERVICE_UNAVAILABLE, detail);
    };
    if is_too_large(request.headers()) {
        let detail = "Request too large (limit 64 MiB).";
        return refusal_pages::trouble(visit, StatusCode::PAYLOAD_TOO_LARGE, detail);
    }
    let path = request.uri().path().to_owned();
    let over = end_of(&request);
    let upgrade = headers::is_websocket(request.headers()).then(|| tunnel::take(&mut request)).flatten();
    let onward = onward(&here, &found, request, visit, upgrade.is_some());
    let Some(answer) = answer(&here, onward, &path).await else {
        return refusal_pages::trouble(visit, StatusCode::BAD_GATEWAY, AWAY);
    };
    if answer.status() == StatusCode::UNAUTHORIZED {
        here.ui.parts.metrics.unreachable();
        tracing::error!(%path, "OpenCode refused the gateway's login; set GATEWAY_OPENCODE_PASSWORD to its password");
        let detail = "OpenCode refused the gateway's login. Please tell whoever runs the gateway.";
        return refusal_pages::trouble(visit, StatusCode::BAD_GATEWAY, detail);
    }
    here.ui.parts.metrics.passed();
    match upgrade {
        Some(upgrade) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
            tunnel::open(&here, upgrade, answer, permit, over)
        }
        _ if visit && is_html(answer.headers()) => with_script(answer).await,
        _ => streamed(&here, answer, permit, over),
    }
}

/// What OpenCode begins to answer; none when it does not, or when the gateway stops.
async fn answer(here: &OpenDoor, onward: reqwest::RequestBuilder, path: &str) -> Option<reqwest::Response> {
    let sending = tokio::time::timeout(ANSWER_PATIENCE, onward.send());
    match here.ui.parts.stopping.run_until_cancelled(sending).await? {
        Ok(Ok(answer)) => Some(answer),
        failed => {
            here.ui.parts.metrics.unreachable();
            // Without the address: there may be something in it that only its sender should know.
            let why = failed.map(|sent| sent.err().map(reqwest::Error::without_url));
            tracing::warn!(%path, ?why, "no answer from OpenCode");
            None
        }
    }
}

fn is_too_large(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > MAX_BODY_BYTES)
}

/// The same request, as OpenCode wants it.
fn onward(
    here: &OpenDoor,
    found: &OpenCodeAddress,
    request: Request,
    page: bool,
    upgrade: bool,
) -> reqwest::RequestBuilder {
    let (parts, body) = request.into_parts();
    let mut url = found.base.clone();
    url.set_path(parts.uri.path());
    url.set_query(parts.uri.query());
    let mut wanted = headers::to_opencode(parts.headers, here.ui.parts.access.proxy_header(), page);
    if upgrade {
        wanted.insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
        wanted.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    }
    let bare = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let mut onward = here.ui.client.request(parts.method, url).headers(wanted);
    if !bare {
        let limited = Limited::new(body, MAX_BODY_BYTES).into_data_stream();
        onward = onward.body(reqwest::Body::wrap_stream(limited));
    }
    match &found.login {
        Some(login) => login.sign(onward),
        None => onward,
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") && !headers.contains_key(header::CONTENT_ENCODING)
}

async fn with_script(answer: reqwest::Response) -> Response {
    let (status, mut headers) = (answer.status(), headers::to_person(answer.headers()));
    let body = Limited::new(reqwest::Body::from(answer), page::MAX_PAGE).collect().await;
    let Ok(body) = body else {
        return refusal_pages::trouble(
            true,
            StatusCode::BAD_GATEWAY,
            "OpenCode's page could not be loaded completely.",
        );
    };
    for stale in [header::CONTENT_LENGTH, header::ETAG, header::LAST_MODIFIED] {
        headers.remove(stale);
    }
    (status, headers, page::with_script(&body.to_bytes())).into_response()
}

/// Ends with OpenCode's answer, when the person goes or is signed out, or when the gateway stops.
fn streamed(
    here: &OpenDoor,
    answer: reqwest::Response,
    permit: OwnedSemaphorePermit,
    over: CancellationToken,
) -> Response {
    let (status, headers) = (answer.status(), headers::to_person(answer.headers()));
    let stopping = here.ui.parts.stopping.clone().cancelled_owned();
    let body = answer.bytes_stream().map_err(reqwest::Error::without_url).take_until(stopping);
    let body = body.take_until(over.cancelled_owned());
    // The place is free when the stream is gone.
    let body = body.map(move |chunk| {
        let _held = &permit;
        chunk
    });
    (status, headers, Body::from_stream(body)).into_response()
}
