//! What is open when a sign-in ends is closed: live events, terminals.

use super::CurrentSignIn;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

/// Cancelled when the sign-in of this request ends; never for programs.
pub(crate) fn end_of(request: &Request) -> CancellationToken {
    request.extensions().get::<CurrentSignIn>().map(|sign_in| sign_in.over.clone()).unwrap_or_default()
}

/// A stream of events goes on as long as the sign-in; everything else is an answer that was given.
pub(crate) fn while_signed_in(response: Response, over: CancellationToken) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        return response;
    }
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(over.cancelled_owned())))
}
