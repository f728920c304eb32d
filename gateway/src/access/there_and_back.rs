//! What all ways through a sign-in provider have in common: the browser goes there, comes back, and gets its cookie.

use super::flow_cookie::{self, Flow, LONGEST_WAY_BACK};
use super::invitation::not_on_record;
use super::sign_in_pages::{escaped, go_on, page};
use super::sign_in_table::NewSignIn;
use super::sign_in_words::Arrival;
use super::visit::is_inside;
use super::{Access, cookie, names_loopback};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use reqwest::Url;
use serde::Deserialize;
use std::net::IpAddr;

#[derive(Deserialize)]
pub(crate) struct Wish {
    /// The page that is wanted afterwards.
    #[serde(default)]
    to: String,
    /// The browser was led to the address that people open the console at.
    #[serde(default)]
    led: Option<String>,
}

impl Wish {
    /// The page that is wanted afterwards, if it is one of this host's.
    pub(super) fn to(&self) -> &str {
        if is_inside(&self.to) && self.to.len() <= LONGEST_WAY_BACK { &self.to } else { "/" }
    }

    /// The cookie must be there when the provider leads back, and that is to the address that people open the console at: a
    /// browser that is elsewhere goes there first.
    pub(super) fn leads_home(&self, public_url: &str, begin: &str, headers: &HeaderMap) -> Option<Response> {
        if self.led.is_some() || is_at(public_url, headers) {
            return None;
        }
        let there = [("to", self.to()), ("led", "1")];
        let there = Url::parse_with_params(&format!("{public_url}{begin}"), there).ok()?;
        Some(see_other(there.as_str()))
    }
}

/// Whether the request came to the address that people open the console at.
fn is_at(public_url: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    let wanted = Url::parse(public_url).ok();
    wanted.is_some_and(|url| url.authority().as_bytes() == host)
}

pub(super) fn see_other(there: &str) -> Response {
    let headers = [
        (header::LOCATION, there),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A provider, as pages and logs call it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProviderWords<'a> {
    /// In metrics and in the audit log.
    pub(super) door: &'static str,
    pub(super) at_start: &'a str,
    pub(super) within: &'a str,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug)]
pub(super) enum NotSignedIn<'a> {
    NotBegun,
    /// The provider sent the person back with an error.
    NotThere,
    NotValid,
    /// The provider is right, and the person is nobody's here.
    Unlisted(&'a str),
}

impl ProviderWords<'_> {
    /// Counts it, and says why in the log. The page tells a person what they can do.
    pub(super) fn refused(
        &self,
        access: &Access,
        from: IpAddr,
        why: &str,
        reason: NotSignedIn<'_>,
    ) -> Response {
        let status = match reason {
            NotSignedIn::Unlisted(_) => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let (status, sentence) = match access.refused_sign_in(self.door, Some(from), None, why) {
            Some(too_often) => (StatusCode::TOO_MANY_REQUESTS, too_often),
            None => (status, self.sentence(reason)),
        };
        with_a_way_back(status, "You are not signed in", &sentence)
    }

    fn sentence(&self, reason: NotSignedIn<'_>) -> String {
        match reason {
            NotSignedIn::NotBegun => {
                "This sign-in wasn't begun in this browser, took longer than ten minutes, or was used already.".to_owned()
            }
            NotSignedIn::NotThere => format!("{} didn't let you in, or you stopped it.", self.at_start),
            NotSignedIn::NotValid => format!(
                "What {} answered isn't valid. If it happens again, tell whoever runs the gateway; its log says why.",
                self.within
            ),
            NotSignedIn::Unlisted(sentence) => sentence.to_owned(),
        }
    }

    /// The provider is away, or of no use as it is set up.
    pub(super) fn not_now(&self, fault: &dyn std::fmt::Display) -> Response {
        tracing::warn!(%fault, door = self.door, "sign-in provider of no use");
        let sentence = format!("{} can't be reached from the gateway right now.", self.at_start);
        with_a_way_back(StatusCode::BAD_GATEWAY, "Sign-in isn't possible right now", &sentence)
    }
}

fn with_a_way_back(status: StatusCode, title: &str, sentence: &str) -> Response {
    let body =
        format!("<p>{}</p><p><a class=\"button\" href=\"/\">Back to sign-in</a></p>", escaped(sentence));
    (status, page(title, &body)).into_response()
}

/// Signs the browser in that went there and came back. None where what the sign-in came from has ended.
pub(super) async fn signed_in(
    access: &Access,
    headers: &HeaderMap,
    flow: &Flow,
    new: NewSignIn,
    arrival: Arrival,
) -> Option<Response> {
    let secure = !names_loopback(headers);
    let word = match access.begin(new, arrival).await {
        Ok(begun) => begun?.word,
        Err(fault) => return Some(not_on_record(fault)),
    };
    let cookies = AppendHeaders([
        (header::SET_COOKIE, cookie::issued(&word, secure)),
        (header::SET_COOKIE, flow_cookie::expired(secure)),
    ]);
    // Behind a redirect the strict cookie would not come along; behind a page of our own it does.
    Some((cookies, go_on(&flow.to)).into_response())
}
