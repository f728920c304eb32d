//! A link that signs a browser in: who has the token gets one for a person, and whoever opens it first is that person.
//! `make run` prints one, so that nobody has to copy a token.

use super::sign_in_entry::Way;
use super::sign_in_log::NotOnRecord;
use super::sign_in_pages::{escaped, page};
use super::sign_in_words::{Arrival, Door, made_link};
use super::ticket::Bearer;
use super::visit::is_inside;
use super::{Access, CurrentSignIn, names_loopback, plain_name};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use gateway_domain::Person;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

/// Where such a link leads.
pub(crate) const ENTRANCE: &str = "/enter";

#[derive(JsonSchema, Serialize)]
pub(crate) struct Invitation {
    /// What comes after the console's address. It works once, for 12 hours, until the gateway restarts.
    path: String,
}

/// A link for whoever asks: a program names the person, and somebody who is signed in gets one for another browser.
pub(crate) async fn invite(
    State(access): State<Arc<Access>>,
    Extension(person): Extension<Person>,
    current: Option<Extension<CurrentSignIn>>,
) -> Result<Json<Invitation>, Problem> {
    let bearer = access.invited(&person, current.map(|Extension(current)| current));
    let (bearer, of) = bearer.ok_or_else(|| {
        Problem::conflict(
            "At this gateway nobody is signed in because of the token, so there are no sign-in links.",
        )
    })?;
    access.book.first(made_link(&person, &of, access.clock.now())).await?;
    let key = access.tickets.invite(bearer, access.clock.now());
    Ok(Json(Invitation { path: format!("{ENTRANCE}?key={key}") }))
}

impl Access {
    /// Whoever a provider signed in stays who they are, for as long; a name from the token is a name. With the account that the
    /// link is for.
    fn invited(&self, person: &Person, current: Option<CurrentSignIn>) -> Option<(Bearer, String)> {
        if let Some(current) = current
            && !matches!(self.sign_ins.get(&current.id)?.way, Way::Token { .. })
        {
            return Some((Bearer::From(current.id), current.person.id));
        }
        let named = !person.id.starts_with("proxy:") && !self.token_for_programs_only;
        let name = plain_name(&person.name).filter(|_| named && self.token.is_some())?.to_owned();
        let id = format!("web:{name}");
        Some((Bearer::Named(Person { id: id.clone(), name }), id))
    }
}

#[derive(Deserialize)]
pub(crate) struct Entrance {
    key: String,
    /// The page that is wanted then; one of this host's.
    to: Option<String>,
}

/// Opened for the first time it signs in; opened again in the same browser it just leads on. Programs that look a link up
/// before anybody opens it ask for its head only, and leave it as it is.
pub(crate) async fn enter(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    headers: HeaderMap,
    Query(Entrance { key, to }): Query<Entrance>,
) -> Response {
    let to = to.filter(|to| is_inside(to)).and_then(|to| HeaderValue::from_str(&to).ok());
    let on = [
        (header::LOCATION, to.unwrap_or(HeaderValue::from_static("/"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    if method == Method::HEAD {
        return (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response();
    }
    if access.signed_in(&headers).is_some() {
        return (StatusCode::SEE_OTHER, on).into_response();
    }
    let wrong_host = access.is_for_this_machine_only() && !names_loopback(&headers);
    let bearer = if wrong_host { None } else { access.tickets.accept(&key, access.clock.now()) };
    let cookie = match bearer {
        Some(bearer) => {
            access.let_in(bearer, &headers, Arrival { door: Door::Link, from: Some(peer.ip()) }).await
        }
        None => Ok(None),
    };
    match cookie {
        Ok(Some(cookie)) => (StatusCode::SEE_OTHER, on, [(header::SET_COOKIE, cookie)]).into_response(),
        Ok(None) => used_up(),
        Err(fault) => not_on_record(fault),
    }
}

/// The link is used up all the same: what it was worth may have been written down.
pub(crate) fn not_on_record(fault: NotOnRecord) -> Response {
    let body = format!(
        "<p>{}</p><p><a class=\"button\" href=\"/\">Back to sign-in</a></p>",
        escaped(&fault.to_string())
    );
    (StatusCode::SERVICE_UNAVAILABLE, page("Sign-in isn't possible right now", &body)).into_response()
}

fn used_up() -> Response {
    let body = "<p>A sign-in link works once, for 12 hours, until the gateway restarts.</p>\
                <p>To get a new one, run <code>gateway link</code> where the gateway runs, or ask whoever runs it.</p>\
                <p><a class=\"button\" href=\"/\">Sign in with the token</a></p>";
    (StatusCode::GONE, page("This link no longer works", body)).into_response()
}
