//! Terminal sockets: once both ends agreed to talk WebSocket, bytes go through untouched.

use super::{OpenDoor, headers};
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, HeaderValue, UPGRADE};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

/// What becomes the person's end once the answer is sent.
pub(super) fn take(request: &mut Request) -> Option<OnUpgrade> {
    request.extensions_mut().remove()
}

pub(super) fn open(
    here: &OpenDoor,
    person: OnUpgrade,
    answer: reqwest::Response,
    permit: OwnedSemaphorePermit,
    over: CancellationToken,
) -> Response {
    let mut agreed = headers::to_person(answer.headers());
    agreed.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    agreed.insert(UPGRADE, HeaderValue::from_static("websocket"));
    let stopping = here.ui.parts.stopping.clone();
    here.ui.parts.tasks.spawn(async move {
        let _held = permit;
        tokio::select! {
            () = carry(person, answer) => {}
            () = stopping.cancelled() => {}
            () = over.cancelled() => {}
        }
    });
    (StatusCode::SWITCHING_PROTOCOLS, agreed, Body::empty()).into_response()
}

/// Until one end closes.
async fn carry(person: OnUpgrade, answer: reqwest::Response) {
    let ended = async {
        let mut opencode = answer.upgrade().await.map_err(|error| error.without_url().to_string())?;
        let mut person = TokioIo::new(person.await.map_err(|error| error.to_string())?);
        tokio::io::copy_bidirectional(&mut person, &mut opencode).await.map_err(|error| error.to_string())
    };
    if let Err(error) = ended.await {
        tracing::debug!(%error, "terminal socket ended");
    }
}
