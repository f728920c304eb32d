//! Who may use the API, and as whom: a program with the token, a person who signed in, a proxy that is trusted;
//! on loopback without a token anybody. Never another web site's page.

mod attempts;
mod cookie;
pub(crate) mod page;
mod proxy;
mod sign_in;
mod ticket;
pub(crate) mod visit;

pub use crate::token::Token as ApiToken;
pub(crate) use cookie::NAME as COOKIE;
pub use proxy::TrustedProxy;
pub(crate) use sign_in::{WithCookie, sign_in, sign_out};

use crate::clock::Clock;
use crate::problem::Problem;
use crate::token::bearer;
use attempts::Attempts;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::CookieKey;
use gateway_domain::Person;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use ticket::Tickets;

/// Who a program acts for, as it says itself. Whoever holds the API's token is trusted.
pub(crate) const PERSON: &str = "x-gateway-person";

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Wanted as `Authorization: Bearer …` from everybody. Without one the gateway listens on loopback only.
    pub token: Option<ApiToken>,
    /// A proxy in front that names the person.
    pub proxy: Option<TrustedProxy>,
}

/// The rules of access, and what they remember.
pub struct Access {
    token: Option<ApiToken>,
    proxy: Option<TrustedProxy>,
    cookies: Option<CookieKey>,
    tickets: Option<Tickets>,
    attempts: Attempts,
    clock: Arc<dyn Clock>,
}

impl Access {
    pub fn new(Config { token, proxy }: Config, clock: Arc<dyn Clock>) -> Self {
        let cookies = token.as_ref().map(|token| CookieKey::of(token.expose()));
        let tickets = token.as_ref().map(|token| Tickets::new(token.expose(), clock.now()));
        Self { token, proxy, cookies, tickets, attempts: Attempts::default(), clock }
    }

    /// Without a token and a proxy there is no sign-in: the gateway answers to loopback only.
    fn is_open(&self) -> bool {
        self.token.is_none() && self.proxy.is_none()
    }

    /// Whoever makes a request, if they may make any.
    pub(crate) fn admit(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Person, Problem> {
        if !same_origin(headers) {
            let detail = "Pages of another origin may not use this gateway.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "Wrong origin", detail));
        }
        if self.is_open() && !names_loopback(headers) {
            let detail = "Without a token the gateway answers to localhost only; set GATEWAY_API_TOKEN.";
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
        if self.is_open() {
            return named_by_program(headers);
        }
        if let (Some(token), Some(presented)) = (&self.token, bearer(headers)) {
            return if token.matches(presented) { named_by_program(headers) } else { Err(who_are_you()) };
        }
        if let Some(person) = self.proxy.as_ref().and_then(|proxy| proxy.person(headers, from)) {
            return Ok(person);
        }
        let signed_in = self.cookies.as_ref().and_then(|cookies| cookies.person(headers, self.clock.now()));
        signed_in.ok_or_else(who_are_you)
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
    let detail = "Sign in, or send `Authorization: Bearer <token>` with the gateway's GATEWAY_API_TOKEN.";
    Problem::new(StatusCode::UNAUTHORIZED, "Who are you?", detail)
}

fn named_by_program(headers: &HeaderMap) -> Result<Person, Problem> {
    let Some(name) = headers.get(PERSON) else {
        return Ok(Person { id: "api:operator".to_owned(), name: "operator".to_owned() });
    };
    let name = name.to_str().ok().and_then(plain_name);
    let name = name.ok_or_else(|| {
        Problem::bad_request(format!("{PERSON} must be a plain name of at most 64 characters."))
    })?;
    Ok(Person { id: format!("api:{name}"), name: name.to_owned() })
}

/// A name that is safe in logs, headers and threads.
fn plain_name(name: &str) -> Option<&str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' ');
    let name = name.trim();
    (!name.is_empty() && name.chars().count() <= 64 && name.chars().all(plain)).then_some(name)
}

/// A browser says where a page came from; programs say nothing.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, from)| from == host)
}

/// A name that points at loopback from outside (DNS rebinding) is no name of ours.
fn names_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
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
        Access::new(Config { token: Some(ApiToken::new(token)), proxy: None }, system())
    }

    fn person(name: &'static str) -> (HeaderName, &'static str) {
        (HeaderName::from_static(PERSON), name)
    }

    #[test]
    fn pages_of_other_sites_are_turned_away() {
        // REQ-CONSOLE-03
        let ours = headers(&[(header::HOST, "localhost:8000"), (header::ORIGIN, "http://localhost:8000")]);
        let theirs = headers(&[(header::HOST, "localhost:8000"), (header::ORIGIN, "http://evil.test")]);
        assert!(same_origin(&ours) && !same_origin(&theirs));
        assert!(same_origin(&headers(&[(header::HOST, "localhost:8000")])));
    }

    #[test]
    fn a_foreign_name_for_loopback_is_turned_away() {
        // REQ-CONSOLE-03
        for ours in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost"] {
            assert!(names_loopback(&headers(&[(header::HOST, ours)])), "{ours}");
        }
        assert!(!names_loopback(&headers(&[(header::HOST, "rebound.test:8000")])));
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
}
