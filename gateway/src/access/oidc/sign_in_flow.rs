//! A sign-in with the provider: the browser goes there, and comes back with a code that the gateway turns into a token.

use super::oidc_person::{groups, person};
use super::provider::{ProviderFault, Published};
use super::{BEGIN, Oidc};
use crate::access::browser_name::browser_name;
use crate::access::flow_cookie::Flow;
use crate::access::sign_in_entry::{Carrier, Provided, Refresh, Way};
use crate::access::sign_in_table::NewSignIn;
use crate::access::sign_in_words::{Arrival, Door};
use crate::access::there_and_back::{NotSignedIn, ProviderWords, Wish, see_other, signed_in};
use crate::access::{Access, names_loopback};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use gateway_proof::jwt::id_token::{IdToken, Nonce};
use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;

const WORDS: ProviderWords<'_> = ProviderWords {
    door: "oidc",
    at_start: "Your organization's sign-in",
    within: "your organization's sign-in",
};

/// Leads the browser to the provider.
pub(crate) async fn begin(
    State(access): State<Arc<Access>>,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
) -> Response {
    let Some(oidc) = &access.oidc else { return off() };
    if let Some(home) = wish.leads_home(&oidc.settings.public_url, BEGIN, &headers) {
        return home;
    }
    let published = match oidc.provider.published().await {
        Ok(published) => published,
        Err(fault) => return WORDS.not_now(&fault),
    };
    let flow = Flow::new(wish.to(), access.clock.now());
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
    let refused = |why: &str, reason| WORDS.refused(&access, peer.ip(), why, reason);
    let (now, secure) = (access.clock.now(), !names_loopback(&headers));
    let Some(flow) = oidc.flows.take(&headers, &brought.state, secure, now) else {
        return refused("no sign-in under way in this browser", NotSignedIn::NotBegun);
    };
    if let Some(error) = &brought.error {
        return refused(&format!("the provider said {error:?}"), NotSignedIn::NotThere);
    }
    match oidc.finish(&brought, &flow).await {
        Ok((token, refresh)) => {
            let new = oidc.new_sign_in(&token, refresh, browser_name(&headers), access.clock.now());
            let arrival = Arrival { door: Door::Provider, from: Some(peer.ip()) };
            signed_in(&access, &headers, &flow, new, arrival).await.unwrap_or_else(off)
        }
        Err(fault @ (ProviderFault::Unreached(_) | ProviderFault::Unusable(_))) => WORDS.not_now(&fault),
        Err(fault) => refused(&fault.to_string(), NotSignedIn::NotValid),
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

fn off() -> Response {
    Problem::not_found("Sign-in with a provider is not configured (`sign_in.oidc`).").into_response()
}
