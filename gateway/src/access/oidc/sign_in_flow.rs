//! A sign-in with the provider: the browser goes there, and comes back with a code that the gateway turns into a token.

use super::flow_cookie::{self, Flow, LONGEST_WAY_BACK};
use super::oidc_person::{groups, person};
use super::provider::{ProviderFault, Published};
use super::{BEGIN, Oidc};
use crate::access::browser_name::browser_name;
use crate::access::invitation::not_on_record;
use crate::access::sign_in_entry::{Carrier, Provided, Refresh, Way};
use crate::access::sign_in_pages::{escaped, go_on, page};
use crate::access::sign_in_table::NewSignIn;
use crate::access::sign_in_words::{Arrival, Door};
use crate::access::visit::is_inside;
use crate::access::{Access, cookie, names_loopback};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use gateway_proof::jwt::id_token::{IdToken, Nonce};
use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct Wish {
    /// The page that is wanted afterwards.
    #[serde(default)]
    to: String,
    /// The browser was led to the address that people open the console at.
    #[serde(default)]
    led: Option<String>,
}

/// Leads the browser to the provider.
pub(crate) async fn begin(
    State(access): State<Arc<Access>>,
    headers: HeaderMap,
    Query(Wish { to, led }): Query<Wish>,
) -> Response {
    let Some(oidc) = &access.oidc else { return off() };
    let to = if is_inside(&to) && to.len() <= LONGEST_WAY_BACK { to } else { "/".to_owned() };
    // The cookie must be there when the provider leads back, and that is to this address.
    if led.is_none() && !is_at(&oidc.settings.public_url, &headers) {
        let there = Url::parse_with_params(
            &format!("{}{BEGIN}", oidc.settings.public_url),
            [("to", to.as_str()), ("led", "1")],
        );
        return there.map_or_else(|_| off(), |there| see_other(there.as_str()));
    }
    let published = match oidc.provider.published().await {
        Ok(published) => published,
        Err(fault) => return not_now(&fault),
    };
    let flow = Flow::new(&to, access.clock.now());
    let Some(there) = oidc.address(&published, &flow) else { return off() };
    let cookie = oidc.flows.issue(&flow, !names_loopback(&headers));
    ([(header::SET_COOKIE, cookie)], see_other(&there)).into_response()
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct Brought {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Signs the browser in that began under this state.
pub(crate) async fn callback(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Response {
    let Some(oidc) = &access.oidc else { return off() };
    let (now, secure) = (access.clock.now(), !names_loopback(&headers));
    let Some(flow) = oidc.flows.take(&headers, &brought.state, secure, now) else {
        return refused(&access, peer.ip(), "no sign-in under way in this browser", NOT_BEGUN);
    };
    if let Some(error) = &brought.error {
        return refused(&access, peer.ip(), &format!("the provider said {error:?}"), NOT_THERE);
    }
    match oidc.finish(&brought, &flow).await {
        Ok((token, refresh)) => {
            let arrival = Arrival { door: Door::Provider, from: Some(peer.ip()) };
            signed_in(&access, oidc, &headers, &flow, &token, refresh, arrival).await
        }
        Err(fault @ (ProviderFault::Unreached(_) | ProviderFault::Unusable(_))) => not_now(&fault),
        Err(fault) => refused(&access, peer.ip(), &fault.to_string(), NOT_VALID),
    }
}

impl Oidc {
    fn address(&self, published: &Published, flow: &Flow) -> Option<String> {
        let mut there = Url::parse(&published.authorization_endpoint).ok()?;
        there
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri())
            .append_pair("scope", &self.provider.scope(published))
            .append_pair("state", &flow.state)
            .append_pair("nonce", &flow.nonce)
            .append_pair("code_challenge", &flow.challenge())
            .append_pair("code_challenge_method", "S256");
        Some(there.into())
    }

    /// Turns the code into a token that says who it is, and perhaps one that asks again later.
    async fn finish(
        &self,
        brought: &Brought,
        flow: &Flow,
    ) -> Result<(IdToken, Option<String>), ProviderFault> {
        self.is_from_here(brought).await?;
        let missing = |what: &str| ProviderFault::Refused(format!("there is no {what}"));
        let code = brought.code.as_deref().ok_or_else(|| missing("code"))?;
        let redirect_uri = self.settings.redirect_uri();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", flow.verifier.as_str()),
        ];
        let tokens = self.provider.tokens(&form).await?;
        let token = tokens.id_token.ok_or_else(|| missing("id_token; is `openid` among the scopes?"))?;
        let token = self.provider.id_token(&token, Nonce::Exactly(&flow.nonce)).await?;
        Ok((token, tokens.refresh_token))
    }

    /// Of whom the provider signed in.
    pub(in crate::access) fn new_sign_in(
        &self,
        token: &IdToken,
        refresh: Option<String>,
        browser: String,
        now: Timestamp,
    ) -> NewSignIn {
        let settings = &self.settings;
        let due = now.saturating_add(settings.recheck).unwrap_or(now);
        let way = Way::Oidc(Provided {
            issuer: settings.issuer.clone(),
            client: settings.client_id.clone(),
            subject: token.subject.clone(),
            session: token.session.clone(),
            auth_time: token.auth_time,
            refresh: refresh.map(|token| Refresh { token, due }),
        });
        let (person, groups) = (person(settings, token), groups(settings, token));
        NewSignIn { person, groups, way, carrier: Carrier::Cookie, browser, until: None }
    }

    /// Another provider could send its own code here, to have it shown to this one (RFC 9207).
    async fn is_from_here(&self, brought: &Brought) -> Result<(), ProviderFault> {
        let published = self.provider.published().await?;
        let demanded = published.authorization_response_iss_parameter_supported;
        match &brought.iss {
            Some(issuer) if *issuer == self.settings.issuer => Ok(()),
            None if !demanded => Ok(()),
            _ => Err(ProviderFault::Refused("the answer is another issuer's (`iss`)".to_owned())),
        }
    }
}

async fn signed_in(
    access: &Access,
    oidc: &Oidc,
    headers: &HeaderMap,
    flow: &Flow,
    token: &IdToken,
    refresh: Option<String>,
    arrival: Arrival,
) -> Response {
    let secure = !names_loopback(headers);
    let new = oidc.new_sign_in(token, refresh, browser_name(headers), access.clock.now());
    let word = match access.begin(new, arrival).await {
        Ok(Some(begun)) => begun.word,
        // Only what came from another sign-in can be without one.
        Ok(None) => return off(),
        Err(fault) => return not_on_record(fault),
    };
    let cookies = AppendHeaders([
        (header::SET_COOKIE, cookie::issued(&word, secure)),
        (header::SET_COOKIE, flow_cookie::expired(secure)),
    ]);
    // Behind a redirect the strict cookie would not come along; behind a page of our own it does.
    (cookies, go_on(&flow.to)).into_response()
}

/// Whether the request came to the address that people open the console at.
fn is_at(public_url: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(header::HeaderValue::as_bytes).unwrap_or_default();
    let wanted = Url::parse(public_url).ok();
    wanted.is_some_and(|url| url.authority().as_bytes() == host)
}

fn see_other(there: &str) -> Response {
    let headers = [
        (header::LOCATION, there),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn off() -> Response {
    Problem::not_found("Sign-in with a provider is not configured (`sign_in.oidc`).").into_response()
}

const NOT_BEGUN: &str =
    "This sign-in wasn't begun in this browser, took longer than ten minutes, or was used already.";
const NOT_THERE: &str = "Your organization's sign-in didn't let you in, or you stopped it.";
const NOT_VALID: &str = "What your organization's sign-in answered isn't valid. If it happens again, tell whoever runs the \
                         gateway; its log says why.";

/// Counts it, and says why in the log. The page tells a person what they can do.
fn refused(access: &Access, from: IpAddr, why: &str, sentence: &str) -> Response {
    let (status, sentence) = match access.refused_sign_in("oidc", Some(from), None, why) {
        Some(too_often) => (StatusCode::TOO_MANY_REQUESTS, too_often),
        None => (StatusCode::BAD_REQUEST, sentence.to_owned()),
    };
    with_a_way_back(status, "You are not signed in", &sentence)
}

fn not_now(fault: &ProviderFault) -> Response {
    tracing::warn!(%fault, "sign-in provider of no use");
    let sentence = "Your organization's sign-in can't be reached from the gateway right now.";
    with_a_way_back(StatusCode::BAD_GATEWAY, "Sign-in isn't possible right now", sentence)
}

fn with_a_way_back(status: StatusCode, title: &str, sentence: &str) -> Response {
    let body =
        format!("<p>{}</p><p><a class=\"button\" href=\"/\">Back to sign-in</a></p>", escaped(sentence));
    (status, page(title, &body)).into_response()
}
