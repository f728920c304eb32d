//! From the console to OpenCode's own web UI on another host: who is signed in here is let in there.

use super::Api;
use crate::access::Access;
use crate::access::sign_in_pages::{escaped, once_more, page};
use crate::access::visit::{is_foreign, is_inside, is_visit};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reqwest::Url;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct EnterQuery {
    /// The host of the web UI.
    host: String,
    /// The page there.
    to: String,
}

pub(super) async fn enter(
    State((api, access)): State<(Api, Arc<Access>)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(EnterQuery { host, to }): Query<EnterQuery>,
) -> Response {
    // Nobody is sent anywhere but to an address of the configuration.
    let there = api.pages.origin_at(&host).filter(|_| is_inside(&to));
    let Some(there) = there.and_then(|origin| Url::parse(&format!("{origin}{to}")).ok()) else {
        return Problem::not_found("No OpenCode web UI is configured for this address.").into_response();
    };
    let Ok(admitted) = access.admit(&headers, Some(peer.ip())) else {
        if is_foreign(&headers) && is_visit(&Method::GET, &headers) {
            return once_more();
        }
        return sign_in(&host, &to);
    };
    let name = there.authority().to_owned();
    let target = match access.hand_over(&admitted, &name) {
        Some(ticket) => with_ticket(&there, &ticket),
        None => there,
    };
    let answer = [(header::LOCATION, target.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::SEE_OTHER, answer).into_response()
}

fn with_ticket(there: &Url, ticket: &str) -> Url {
    let mut door = there.clone();
    let to = there.as_str().split_once(there.authority()).map_or("/", |(_, path)| path);
    door.set_path("/__gw/enter");
    door.query_pairs_mut().clear().append_pair("ticket", ticket).append_pair("to", to);
    door.set_fragment(None);
    door
}

fn sign_in(host: &str, to: &str) -> Response {
    let again = Url::parse_with_params("http://here/opencode/enter", [("host", host), ("to", to)]);
    let again =
        again.map(|url| format!("{}?{}", url.path(), url.query().unwrap_or_default())).unwrap_or_default();
    let body = format!(
        "<p><a href=\"/\" target=\"_blank\">Sign in at the console</a>, then \
         <a href=\"{}\">continue to OpenCode</a>.</p>",
        escaped(&again)
    );
    (StatusCode::UNAUTHORIZED, page("Sign in first", &body)).into_response()
}
