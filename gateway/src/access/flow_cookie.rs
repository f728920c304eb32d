//! What ties a sign-in that is under way to the browser that began it: a signed cookie for ten minutes. Without it somebody
//! could lead another person's browser into a sign-in of their own (login CSRF).
//!
//! The provider sends the browser back from another site, and a strict cookie does not come along then; this one is lax.

use crate::access::cookie::values;
use crate::access::sign_in_table::random_word;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_proof::keys;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// Longest address of a page that a sign-in leads back to. A browser takes cookies of some 4 KB.
pub(super) const LONGEST_WAY_BACK: usize = 1_000;

/// Sign-ins that are remembered as done until their cookie ends. Beyond that no more are taken in that time.
const KEPT: usize = 10_000;

/// One sign-in, from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flow {
    /// Comes back in the address.
    pub(super) state: String,
    /// Comes back in the provider's token.
    pub(super) nonce: String,
    /// Only whoever began can show it (PKCE).
    pub(super) verifier: String,
    /// The page that was wanted.
    pub(super) to: String,
    ends: Timestamp,
}

impl Flow {
    pub(super) fn new(to: &str, now: Timestamp) -> Self {
        let ends = now.saturating_add(LASTS).unwrap_or(now);
        let (state, nonce, verifier) = (random_word(), random_word(), random_word());
        Self { state, nonce, verifier, to: to.to_owned(), ends }
    }

    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

/// Signs with a key of this process: a restart ends what is under way, and nothing else.
pub(super) struct FlowCookies {
    key: [u8; keys::BYTES],
    used: Mutex<HashMap<String, Timestamp>>,
}

impl FlowCookies {
    pub(super) fn new() -> Self {
        Self { key: rand::rng().random(), used: Mutex::default() }
    }

    /// The header that keeps the sign-in in this browser.
    pub(super) fn issue(&self, flow: &Flow, secure: bool) -> String {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(flow).unwrap_or_default());
        let tag = hex::encode(keys::sign(&self.key, payload.as_bytes()));
        cookie(secure, &format!("{payload}.{tag}"), LASTS.as_secs())
    }

    /// The sign-in that this browser began under that state, once.
    pub(super) fn take(
        &self,
        headers: &HeaderMap,
        state: &str,
        secure: bool,
        now: Timestamp,
    ) -> Option<Flow> {
        let flows = values(headers, name(secure)).filter_map(|value| self.read(value));
        let flow = flows.into_iter().find(|flow| flow.state == state && flow.ends > now)?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, ends| *ends > now);
        let first = used.len() < KEPT && used.insert(flow.state.clone(), flow.ends).is_none();
        first.then_some(flow)
    }

    fn read(&self, value: &str) -> Option<Flow> {
        let (payload, tag) = value.split_once('.')?;
        let tag = hex::decode(tag).ok()?;
        let ours = keys::is_signed(&self.key, payload.as_bytes(), &tag);
        let text = URL_SAFE_NO_PAD.decode(payload).ok().filter(|_| ours)?;
        serde_json::from_slice(&text).ok()
    }
}

/// The header that takes it away.
pub(super) fn expired(secure: bool) -> String {
    cookie(secure, "", 0)
}

/// A host below ours, OpenCode's for instance, can set no cookie whose name begins so.
fn name(secure: bool) -> &'static str {
    if secure { "__Host-gateway_sign_in" } else { "gateway_sign_in" }
}

fn cookie(secure: bool, value: &str, age: i64) -> String {
    let (name, secure) = (name(secure), if secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn sent(cookie: &str) -> HeaderMap {
        let value = cookie.split("; ").next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_sign_in_goes_on_in_its_own_browser_once() {
        // REQ-WHO-02
        let cookies = FlowCookies::new();
        let (flow, other) = (Flow::new("/settings", now()), Flow::new("/", now()));
        let cookie = cookies.issue(&flow, true);
        assert!(cookie.starts_with("__Host-") && cookie.ends_with("SameSite=Lax; Secure"), "{cookie}");
        let take = |cookies: &FlowCookies, headers: &HeaderMap, state: &str, at| {
            cookies.take(headers, state, true, at)
        };
        assert_eq!(take(&cookies, &HeaderMap::new(), &flow.state, now()), None, "another browser");
        assert_eq!(take(&cookies, &sent(&cookie), &other.state, now()), None, "another sign-in");
        assert_eq!(take(&cookies, &sent(&cookie), "", now()), None);
        assert_eq!(take(&cookies, &sent(&cookie), &flow.state, now() + LASTS), None, "late");
        assert_eq!(take(&FlowCookies::new(), &sent(&cookie), &flow.state, now()), None, "another gateway");
        assert_eq!(take(&cookies, &sent(&cookie), &flow.state, now()), Some(flow.clone()));
        assert_eq!(take(&cookies, &sent(&cookie), &flow.state, now()), None, "only once");
    }

    #[test]
    fn a_cookie_that_was_changed_is_worth_nothing() {
        // REQ-WHO-02
        let cookies = FlowCookies::new();
        let flow = Flow::new("/", now());
        let cookie = cookies.issue(&flow, false);
        let value = cookie.split_once('=').unwrap().1.split(';').next().unwrap();
        let (_, tag) = value.split_once('.').unwrap();
        let forged = Flow { to: "/elsewhere".into(), ..flow };
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&forged).unwrap());
        let headers = sent(&format!("gateway_sign_in={payload}.{tag}"));
        assert_eq!(cookies.take(&headers, &forged.state, false, now()), None);
        assert!(cookies.take(&sent(&cookie), &forged.state, false, now()).is_some());
    }
}
