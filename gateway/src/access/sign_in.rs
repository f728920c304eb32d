//! A person signs in with the token and a name, and gets a cookie.

use super::browser_name::browser_name;
use super::sign_in_entry::{Carrier, Way, mark_of};
use super::sign_in_table::NewSignIn;
use super::sign_in_words::{Arrival, Door, signed_out};
use super::{
    Access, BEGIN, GITHUB_BEGIN, WRONG_TOKEN, cookie, from_no_foreign_page, names_loopback, plain_name,
};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gateway_domain::Person;
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
    from_no_foreign_page(&headers)?;
    let Some(ours) = access.token.as_ref().filter(|_| !access.token_for_programs_only) else {
        return Err(Problem::conflict("Nobody signs in with the token at this gateway."));
    };
    if !ours.matches(&token) {
        let too_often = access.refused_sign_in("sign_in", Some(peer.ip()), plain_name(&name), WRONG_TOKEN);
        return Err(too_often.map_or_else(wrong_token, later));
    }
    let name = plain_name(&name).ok_or_else(|| {
        Problem::bad_request("Use letters, numbers, spaces and . _ @ - (up to 64 characters).")
    })?;
    let person = Person { id: format!("web:{name}"), name: name.to_owned() };
    let way = Way::Token { mark: mark_of(ours.expose()) };
    let (carrier, browser) = (Carrier::Cookie, browser_name(&headers));
    let new = NewSignIn { person, groups: vec![], way, carrier, browser, until: None };
    let arrival = Arrival { door: Door::Token, from: Some(peer.ip()) };
    let begun = access.begin(new, arrival).await?.ok_or_else(wrong_token)?;
    let cookie = cookie::issued(&begun.word, !names_loopback(&headers));
    Ok(WithCookie { cookie, answer: Json(SignedIn { signed_in: name.to_owned() }) })
}

/// How people can sign in here.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Offers {
    /// With the gateway's token and a name.
    token: bool,
    /// With the organization's own sign-in, or with GitHub.
    providers: Vec<OfferedProvider>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct OfferedProvider {
    /// What people know it as.
    name: String,
    /// Where the browser goes; `?to=` is the page that is wanted afterwards.
    path: &'static str,
}

pub(crate) async fn offers(State(access): State<Arc<Access>>) -> Json<Offers> {
    let oidc =
        access.oidc.as_ref().map(|oidc| OfferedProvider { name: oidc.settings.name.clone(), path: BEGIN });
    let github = access
        .github
        .as_ref()
        .map(|github| OfferedProvider { name: github.settings.name.clone(), path: GITHUB_BEGIN });
    let providers: Vec<_> = oidc.into_iter().chain(github).collect();
    // A token of the gateway's own is for whoever has the machine: they have a link.
    let own_beside_provider = access.own_token && !providers.is_empty();
    let token = access.token.is_some() && !access.token_for_programs_only && !own_beside_provider;
    Json(Offers { token, providers })
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
    let current = access.at_command_line(&headers).or_else(|| access.signed_in(&headers));
    let ended = current.map(|current| access.sign_ins.end(&current.id, |_| true)).unwrap_or_default();
    access.book.after(signed_out(&ended, access.clock.now())).await;
    if !ended.is_empty() || access.sign_ins.is_unsaved() {
        access.sign_ins.saved().await.map_err(|error| {
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
