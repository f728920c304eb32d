//! Access to the API, and in whose name: a program with the token, a person who signed in, a proxy that is trusted.
//! Nobody else, on loopback neither: the agents' own commands run there. Never another web site's page.

mod cookie;
mod ended;
mod invitation;
mod metrics;
mod origin;
mod proxy;
mod sign_in;
pub(crate) mod sign_in_pages;
mod ticket;
pub(crate) mod visit;

pub use crate::token::Token as ApiToken;
pub(crate) use cookie::COOKIE_NAME as COOKIE;
pub(crate) use invitation::{enter, invite};
pub use metrics::AccessMetrics;
pub use proxy::TrustedProxy;
pub(crate) use sign_in::{WithCookie, sign_in, sign_out};

use crate::clock::Clock;
use crate::problem::Problem;
use crate::token::{self, Attempts, WrongTokenReply, bearer};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::CookieKey;
use ended::EndedSignIns;
use gateway_domain::Person;
use jiff::Timestamp;
use origin::{names_loopback, same_origin};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ticket::Tickets;

/// Who a program acts for, as it says itself. Whoever holds the API's token is trusted.
pub(crate) const PERSON: &str = "x-gateway-person";

/// Who a program is that names nobody.
pub(crate) const OPERATOR: &str = "api:operator";

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Wanted as `Authorization: Bearer …` from everybody.
    pub token: Option<ApiToken>,
    /// A proxy in front that names the person.
    pub proxy: Option<TrustedProxy>,
    /// The gateway made the token for itself: it is there for this machine only, under no other name.
    pub own_token: bool,
    /// Where it is kept which cookies were signed out.
    pub signed_out: Option<PathBuf>,
}

impl Config {
    /// As it was set.
    pub fn with(token: Option<ApiToken>, proxy: Option<TrustedProxy>) -> Self {
        Self { token, proxy, ..Self::default() }
    }

    /// Where nobody set a token, and no proxy signs people in, the gateway makes one for itself.
    pub fn made_ready(mut self, state: &Path) -> io::Result<Self> {
        if self.token.is_none() && self.proxy.is_none() {
            self.token = Some(token::read_or_make(state)?);
            self.own_token = true;
        }
        token::make_private(&token::private_folder(state))?;
        self.signed_out = Some(token::private_folder(state).join("signed-out"));
        Ok(self)
    }
}

/// The rules of access, and what they remember.
pub struct Access {
    token: Option<ApiToken>,
    proxy: Option<TrustedProxy>,
    own_token: bool,
    cookies: Option<CookieKey>,
    tickets: Option<Tickets>,
    ended: EndedSignIns,
    attempts: Attempts,
    metrics: AccessMetrics,
    clock: Arc<dyn Clock>,
}

impl Access {
    pub fn new(config: Config, metrics: AccessMetrics, clock: Arc<dyn Clock>) -> Self {
        let (Config { token, proxy, own_token, signed_out }, now) = (config, clock.now());
        let cookies = token.as_ref().map(|token| CookieKey::of(token.expose(), now));
        let tickets = token.as_ref().map(|token| Tickets::new(token.expose(), now));
        let last_end = now.saturating_add(cookie::LASTS).unwrap_or(Timestamp::MAX).as_second();
        let (ended, attempts) = (EndedSignIns::read(signed_out, last_end), Attempts::default());
        Self { token, proxy, own_token, cookies, tickets, ended, attempts, metrics, clock }
    }

    /// Whoever makes a request, if they may make any.
    pub(crate) fn admit(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Person, Problem> {
        if !same_origin(headers) {
            let detail = "Requests from pages of another origin are refused.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "Wrong origin", detail));
        }
        if self.own_token && !names_loopback(headers) {
            let detail = "Without GATEWAY_API_TOKEN the gateway only answers to the name localhost. Set it to use \
                    another name.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "Wrong host", detail));
        }
        self.person(headers, from)
    }

    /// The header that a trusted proxy names people in; it is nobody else's business.
    pub(crate) fn proxy_header(&self) -> Option<&HeaderName> {
        self.proxy.as_ref().map(|proxy| &proxy.header)
    }

    /// A word with which a person who is signed in here is let in at another host's door, once.
    pub(crate) fn hand_over(&self, person: &Person, host: &str) -> Option<String> {
        self.tickets.as_ref()?.issue(person, host, self.clock.now())
    }

    /// The cookie of the person who brings such a word to this host.
    pub(crate) fn take_over(&self, ticket: &str, headers: &HeaderMap) -> Option<String> {
        let (now, host) = (self.clock.now(), headers.get(header::HOST)?.to_str().ok()?);
        let name = self.tickets.as_ref()?.redeem(ticket, host, now)?;
        Some(self.cookies.as_ref()?.issue(&name, now, !names_loopback(headers)))
    }

    fn person(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Person, Problem> {
        if let (Some(token), Some(presented)) = (&self.token, bearer(headers)) {
            if token.matches(presented) {
                return named_by_program(headers);
            }
            // A program is told 401 either way, which is what every route's description promises.
            let too_often = self.wrong_token("api", from);
            return Err(too_often.map_or_else(who_are_you, not_authorized));
        }
        if let Some(person) = self.proxy.as_ref().and_then(|proxy| proxy.person(headers, from)) {
            return Ok(person);
        }
        self.signed_in(headers).map(|read| read.person).ok_or_else(who_are_you)
    }

    /// A cookie that holds.
    fn signed_in(&self, headers: &HeaderMap) -> Option<cookie::ValidCookie> {
        let read = self.cookies.as_ref()?.read(headers, self.clock.now())?;
        (!self.ended.has(&read.id, read.ends)).then_some(read)
    }

    /// Counts it, and says so in the log, though not each of thousands. A sentence only when there were too many; which
    /// status goes with it is the door's own.
    fn wrong_token(&self, door: &'static str, from: Option<IpAddr>) -> Option<String> {
        self.metrics.wrong(door);
        // Only tests have requests that come from nowhere.
        let from = from?;
        match self.attempts.wrong(from, self.clock.now()) {
            WrongTokenReply::Wrong(tries) => {
                tracing::warn!(%from, door, tries, "wrong token refused");
                None
            }
            WrongTokenReply::TooOften(seconds) => {
                tracing::debug!(%from, door, "another wrong token refused");
                Some(format!("Too many wrong tokens from your address; try again in {seconds} seconds."))
            }
        }
    }
}

/// Lets a request through with the [`Person`] who makes it as an extension.
pub(crate) async fn guard(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    match access.admit(request.headers(), from) {
        Ok(person) => {
            request.extensions_mut().insert(person);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn who_are_you() -> Problem {
    not_authorized("Sign in, or send `Authorization: Bearer <token>` with the gateway's GATEWAY_API_TOKEN.")
}

fn not_authorized(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "Sign-in required", detail)
}

fn named_by_program(headers: &HeaderMap) -> Result<Person, Problem> {
    let Some(name) = headers.get(PERSON) else {
        return Ok(Person { id: OPERATOR.to_owned(), name: "operator".to_owned() });
    };
    let name = name.to_str().ok().and_then(plain_name);
    let name = name.ok_or_else(|| {
        Problem::bad_request(format!("{PERSON} must be a plain name of up to 64 characters."))
    })?;
    Ok(Person { id: format!("api:{name}"), name: name.to_owned() })
}

/// A name that is safe in logs, headers and threads.
fn plain_name(name: &str) -> Option<&str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' ');
    let name = name.trim();
    (!name.is_empty() && name.chars().count() <= 64 && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::system;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    fn with_token(token: &str) -> Access {
        let config = Config { token: Some(ApiToken::new(token)), ..Config::default() };
        Access::new(config, AccessMetrics::default(), system())
    }

    fn person(name: &'static str) -> (HeaderName, &'static str) {
        (HeaderName::from_static(PERSON), name)
    }

    #[test]
    fn a_program_with_the_token_may_name_a_person_and_nobody_else_may() {
        // REQ-CONSOLE-03, REQ-ASK-10
        let access = with_token("a-token-of-more-than-sixteen");
        let right = (header::AUTHORIZATION, "Bearer a-token-of-more-than-sixteen");
        let wrong = (header::AUTHORIZATION, "Bearer another-token-that-is-wrong");
        let anna = access.person(&headers(&[right.clone(), person("anna")]), None).unwrap();
        assert_eq!(anna.id, "api:anna");
        assert!(access.person(&headers(&[wrong, person("anna")]), None).is_err());
        assert!(access.person(&headers(&[person("anna")]), None).is_err());
        assert!(access.person(&headers(&[right, person("an<na")]), None).is_err());
    }
    #[test]
    fn without_a_token_nobody_is_let_in() {
        // REQ-WHO-01, C3a: on loopback each local process was whoever it said it was, the agent's shell too.
        let access = Access::new(Config::default(), AccessMetrics::default(), system());
        let loopback = Some(IpAddr::from([127, 0, 0, 1]));
        for headers in [headers(&[]), headers(&[person("anna")]), headers(&[(header::HOST, "localhost")])] {
            assert_eq!(access.admit(&headers, loopback).unwrap_err().status(), StatusCode::UNAUTHORIZED);
        }
    }

    #[test]
    fn where_nobody_set_a_token_there_is_one_of_the_gateways_own_for_this_machine() {
        // REQ-WHO-01, C3a, L1
        let state = tempfile::tempdir().unwrap();
        let config = Config::default().made_ready(state.path()).unwrap();
        let token = config.token.clone().unwrap();
        let access = Access::new(config, AccessMetrics::default(), system());
        let bearer = axum::http::HeaderValue::try_from(format!("Bearer {}", token.expose())).unwrap();
        let at = |host: &'static str| {
            HeaderMap::from_iter([
                (header::AUTHORIZATION, bearer.clone()),
                (header::HOST, axum::http::HeaderValue::from_static(host)),
            ])
        };
        assert!(access.admit(&at("localhost:8000"), None).is_ok());
        let rebound = access.admit(&at("rebound.test:8000"), None).unwrap_err();
        assert_eq!(rebound.status(), StatusCode::FORBIDDEN);
    }

    #[test]
    fn wrong_tokens_are_limited_and_a_right_one_never_is() {
        // M9
        let access = with_token("a-token-of-more-than-sixteen");
        let right = headers(&[(header::AUTHORIZATION, "Bearer a-token-of-more-than-sixteen")]);
        let wrong = headers(&[(header::AUTHORIZATION, "Bearer another-token-that-is-wrong")]);
        let from = Some(IpAddr::from([10, 0, 0, 7]));
        let tried: Vec<_> = (0..8).map(|_| access.admit(&wrong, from).unwrap_err()).collect();
        assert!(tried.iter().all(|problem| problem.status() == StatusCode::UNAUTHORIZED));
        let limited = tried.iter().map(|problem| format!("{problem:?}").contains("Too many wrong tokens"));
        let limited: Vec<_> = limited.collect();
        assert_eq!(limited, [false, false, false, false, false, true, true, true]);
        assert!(access.admit(&right, from).is_ok(), "whoever shares the address is not locked out");
    }
}
