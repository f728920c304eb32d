//! Who comes in: the rules of the console, and a page for those who are not signed in. Never OpenCode for them.

use super::headers::is_websocket;
use super::{OpenDoor, refusal_pages};
use crate::access::Admitted;
use crate::access::sign_in_pages::{go_on, once_more};
use crate::access::visit::{is_foreign, is_inside, is_visit};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::net::SocketAddr;

/// Lets a request through with the person who makes it as an extension.
pub(super) async fn guard(State(here): State<OpenDoor>, mut request: Request, next: Next) -> Response {
    let (headers, visit) = (request.headers(), is_visit(request.method(), request.headers()));
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    // Every browser names the origin of a socket, but not every one its site.
    if is_foreign(headers) && !visit && !is_websocket(headers) {
        here.ui.parts.metrics.refused();
        return refusal_pages::foreign();
    }
    match here.ui.parts.access.admit(headers, from) {
        Ok(Admitted { person, proven, sign_in }) => {
            request.extensions_mut().insert(person);
            request.extensions_mut().insert(proven);
            sign_in.map(|sign_in| request.extensions_mut().insert(sign_in));
            let mut response = next.run(request).await;
            // Nobody else's page may hold this one in a frame and lead a hand to its buttons.
            let same = header::HeaderValue::from_static("SAMEORIGIN");
            response.headers_mut().entry(header::X_FRAME_OPTIONS).or_insert(same);
            response
        }
        Err(problem) if visit && problem.status() == StatusCode::UNAUTHORIZED => {
            // A strict cookie does not come along from another site's link; it does when our own page goes on.
            if is_foreign(headers) {
                return once_more();
            }
            here.ui.parts.metrics.refused();
            refusal_pages::sign_in(&here.ui.console, headers, request.uri())
        }
        Err(problem) => {
            here.ui.parts.metrics.refused();
            problem.into_response()
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Entrance {
    ticket: String,
    to: String,
}

/// A person whom the console sends: the ticket becomes a cookie of this host.
pub(super) async fn enter(
    State(here): State<OpenDoor>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(Entrance { ticket, to }): Query<Entrance>,
) -> Response {
    let taken = match is_inside(&to) {
        true => here.ui.parts.access.take_over(&ticket, &headers, Some(peer.ip())).await,
        false => Ok(None),
    };
    let cookie = match taken {
        Ok(Some(cookie)) => cookie,
        Ok(None) => {
            here.ui.parts.metrics.refused();
            return refusal_pages::sign_in(&here.ui.console, &headers, &to.parse().unwrap_or_default());
        }
        Err(fault) => return Problem::from(fault).into_response(),
    };
    // The page goes on by itself: a cookie that was just set is strict, and this request came from another site.
    let headers = [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".to_owned())];
    (headers, go_on(&to)).into_response()
}
