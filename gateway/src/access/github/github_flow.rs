//! A browser's sign-in with GitHub: it goes there, and comes back with a code that the gateway turns into an account.

use super::github_calls::{GithubFault, GithubUser};
use super::{BEGIN, Github};
use crate::access::browser_name::browser_name;
use crate::access::flow_cookie::Flow;
use crate::access::sign_in_entry::{Carrier, GithubAccount, Way};
use crate::access::sign_in_table::NewSignIn;
use crate::access::sign_in_words::{Arrival, Door};
use crate::access::there_and_back::{NotSignedIn, ProviderWords, Wish, see_other, signed_in};
use crate::access::{Access, names_loopback, readable_name};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;

/// Leads the browser to GitHub.
pub(crate) async fn begin(
    State(access): State<Arc<Access>>,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
) -> Response {
    let Some(github) = &access.github else { return off() };
    if let Some(home) = wish.leads_home(&github.settings.public_url, BEGIN, &headers) {
        return home;
    }
    let flow = Flow::new(wish.to(), access.clock.now());
    let Some(there) = github.address(&flow) else { return off() };
    let cookie = github.flows.issue(&flow, !names_loopback(&headers));
    ([(header::SET_COOKIE, cookie)], see_other(&there)).into_response()
}

/// What GitHub sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct Brought {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

/// Signs the browser in that began under this state.
pub(crate) async fn callback(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Response {
    let Some(github) = &access.github else { return off() };
    let refused = |why: &str, reason| github.words().refused(&access, peer.ip(), why, reason);
    let (now, secure) = (access.clock.now(), !names_loopback(&headers));
    let Some(flow) = github.flows.take(&headers, &brought.state, secure, now) else {
        return refused("no sign-in under way in this browser", NotSignedIn::NotBegun);
    };
    if let Some(error) = &brought.error {
        return refused(&format!("GitHub said {error:?}"), NotSignedIn::NotThere);
    }
    match github.finish(brought.code.as_deref(), &flow).await {
        Ok((user, _)) if !github.settings.lets_in.lets(user.id) => {
            let (why, sentence) = github.unlisted(&user);
            refused(&why, NotSignedIn::Unlisted(&sentence))
        }
        Ok((user, token)) => {
            let new = github.new_sign_in(&user, &token, browser_name(&headers), access.clock.now());
            let arrival = Arrival { door: Door::Github, from: Some(peer.ip()) };
            signed_in(&access, &headers, &flow, new, arrival).await.unwrap_or_else(off)
        }
        Err(fault @ (GithubFault::Unreached(_) | GithubFault::Client(_))) => github.words().not_now(&fault),
        Err(fault) => refused(&fault.to_string(), NotSignedIn::NotValid),
    }
}

impl Github {
    fn words(&self) -> ProviderWords<'_> {
        let name = &self.settings.name;
        ProviderWords { door: "github", at_start: name, within: name }
    }

    /// No scope is asked for: who somebody is can be read without one.
    fn address(&self, flow: &Flow) -> Option<String> {
        let mut there = Url::parse(&format!("{}/login/oauth/authorize", self.settings.url)).ok()?;
        there
            .query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri())
            .append_pair("state", &flow.state)
            .append_pair("code_challenge", &flow.challenge())
            .append_pair("code_challenge_method", "S256")
            .append_pair("allow_signup", "false");
        Some(there.into())
    }

    /// Turns the code into an account.
    async fn finish(
        &self,
        code: Option<&str>,
        flow: &Flow,
    ) -> Result<(GithubUser, SecretString), GithubFault> {
        let code = code.ok_or_else(|| GithubFault::Refused("there is no code".to_owned()))?;
        let token = self.calls.token(code, &flow.verifier).await?;
        Ok((self.calls.user(&token).await?, token))
    }

    pub(super) fn new_sign_in(
        &self,
        user: &GithubUser,
        token: &SecretString,
        browser: String,
        now: Timestamp,
    ) -> NewSignIn {
        let settings = &self.settings;
        let way = Way::Github(GithubAccount {
            host: settings.host.clone(),
            client: settings.client_id.clone(),
            id: user.id,
            token: token.expose_secret().to_owned(),
            due: now.saturating_add(settings.recheck).unwrap_or(now),
        });
        let person = settings.person(user);
        NewSignIn { person, groups: vec![], way, carrier: Carrier::Cookie, browser, until: None }
    }

    /// Why for the log, and what the person can do. Anybody in the world can have an account at GitHub.
    pub(super) fn unlisted(&self, user: &GithubUser) -> (String, String) {
        let login = readable_name(&user.login).unwrap_or_default();
        let (host, id) = (&self.settings.host, user.id);
        let why = format!("the account github:{host}#{id} ({login}) is not one of `people`");
        let sentence = format!(
            "At {} you are {login}, and nobody has added that account here yet. Ask whoever runs the gateway to add account {id} \
             to `people`.",
            self.settings.name
        );
        (why, sentence)
    }
}

fn off() -> Response {
    Problem::not_found("Sign-in with GitHub is not configured (`sign_in.github`).").into_response()
}
