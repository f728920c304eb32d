//! A person signs in with the token and a name, and gets a cookie.

use super::{Access, cookie, names_loopback, plain_name, same_origin};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    token: String,
    /// What others see: letters, digits, spaces or any of `-_.@`.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_.@-][A-Za-z0-9 _.@-]*$"))]
    name: String,
}

pub(crate) async fn sign_in(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Result<WithCookie<Json<SignedIn>>, Problem> {
    let Json(SignIn { token, name }) = body?;
    if !same_origin(&headers) {
        let detail = "Sign-in from pages of another origin is refused.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "Wrong origin", detail));
    }
    let (Some(ours), Some(cookies)) = (&access.token, &access.cookies) else {
        return Err(Problem::conflict("Sign-in is off: this gateway has no token configured."));
    };
    if !ours.matches(&token) {
        let too_often = access.wrong_token("sign_in", Some(peer.ip()));
        return Err(too_often.map_or_else(wrong_token, later));
    }
    let name = plain_name(&name).ok_or_else(|| {
        Problem::bad_request("Use letters, numbers, spaces and . _ @ - (up to 64 characters).")
    })?;
    let now = access.clock.now();
    let cookie = cookies.issue(name, now, !names_loopback(&headers));
    Ok(WithCookie { cookie, answer: Json(SignedIn { signed_in: name.to_owned() }) })
}

fn wrong_token() -> Problem {
    let detail = "That token isn't correct. It is the gateway's GATEWAY_API_TOKEN, or the file private/api-token in its \
                  state directory; ask whoever runs the gateway.";
    Problem::new(StatusCode::UNAUTHORIZED, "Wrong token", detail)
}

/// A page shows its person when to try again.
fn later(detail: String) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", detail)
}

/// Ends the cookie here too: whoever copied it is signed out with its person.
pub(crate) async fn sign_out(
    State(access): State<Arc<Access>>,
    headers: HeaderMap,
) -> Result<WithCookie<StatusCode>, Problem> {
    if let Some(read) = access.signed_in(&headers) {
        let ended = access.ended.end(&read.id, read.ends, access.clock.now());
        ended.map_err(|error| {
            tracing::error!(%error, "sign-out not saved");
            let detail =
                "You are signed out here, but this couldn't be saved yet. Please sign out once more.";
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "Not saved yet", detail)
        })?;
    }
    Ok(WithCookie { cookie: cookie::expired(), answer: StatusCode::NO_CONTENT })
}

/// Who is signed in now.
#[derive(JsonSchema, Serialize)]
pub(crate) struct SignedIn {
    signed_in: String,
}

/// An answer that sets the person's cookie, or takes it away.
pub(crate) struct WithCookie<T> {
    cookie: String,
    answer: T,
}

impl<T: IntoResponse> IntoResponse for WithCookie<T> {
    fn into_response(self) -> Response {
        ([(header::SET_COOKIE, self.cookie)], self.answer).into_response()
    }
}
