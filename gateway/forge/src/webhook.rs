//! Webhooks: verified by their signature. What they say is only a hint to look; the truth is read from the forge.

use crate::repo_name::RepoName;
use hmac::{Hmac, KeyInit, Mac};
use hyper::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::Sha256;

/// A longer one isn't read: whatever it is about is seen by the next look.
pub const MOST_OF_A_WEBHOOK: usize = 4 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookHint {
    /// The same when it is sent again.
    pub delivery: String,
    /// `pull_request`, `check_run`, …
    pub event: String,
    pub repository: Option<RepoName>,
    /// Pull requests that it is about. Empty: whoever is interested in the repository looks.
    pub pulls: Vec<u64>,
    /// What happened to the app there, if it is about that: `suspend`, `deleted`, …
    pub action: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookFault {
    #[error("The webhook is too long.")]
    TooLong,
    #[error("The webhook has no signature that fits its secret.")]
    NotSigned,
    #[error("The webhook has no delivery id or no event.")]
    NoName,
}

#[derive(Default, Deserialize)]
struct Payload {
    action: Option<String>,
    repository: Option<Repository>,
    pull_request: Option<Numbered>,
    issue: Option<Numbered>,
    check_run: Option<WithPulls>,
    check_suite: Option<WithPulls>,
    workflow_run: Option<WithPulls>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

#[derive(Deserialize)]
struct WithPulls {
    #[serde(default)]
    pull_requests: Vec<Numbered>,
}

/// Nothing of the body is looked at before its signature fits.
pub fn verify(secret: &SecretString, headers: &HeaderMap, body: &[u8]) -> Result<WebhookHint, WebhookFault> {
    if body.len() > MOST_OF_A_WEBHOOK {
        return Err(WebhookFault::TooLong);
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = header("x-hub-signature-256").and_then(|value| value.strip_prefix("sha256="));
    let signature = signature.and_then(|hex| hex::decode(hex).ok()).ok_or(WebhookFault::NotSigned)?;
    if !is_signed(secret, body, &signature) {
        return Err(WebhookFault::NotSigned);
    }
    let delivery = header("x-github-delivery").filter(|id| is_plain(id)).ok_or(WebhookFault::NoName)?;
    let event = header("x-github-event").filter(|event| is_plain(event)).ok_or(WebhookFault::NoName)?;
    Ok(hint(delivery, event, serde_json::from_slice(body).unwrap_or_default()))
}

/// An empty secret signs nothing. The comparison takes as long whatever differs.
fn is_signed(secret: &SecretString, body: &[u8], signature: &[u8]) -> bool {
    let secret = secret.expose_secret().as_bytes();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(body);
    !secret.is_empty() && mac.verify_slice(signature).is_ok()
}

fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    !name.is_empty() && name.len() <= 100 && name.chars().all(fits)
}

fn hint(delivery: &str, event: &str, payload: Payload) -> WebhookHint {
    let one = payload.pull_request.into_iter().chain(payload.issue);
    let of_ci = [payload.check_run, payload.check_suite, payload.workflow_run].into_iter().flatten();
    let numbers = one.chain(of_ci.flat_map(|ci| ci.pull_requests)).map(|numbered| numbered.number);
    let mut pulls: Vec<u64> = numbers.collect();
    pulls.sort_unstable();
    pulls.dedup();
    WebhookHint {
        delivery: delivery.to_owned(),
        event: event.to_owned(),
        repository: payload.repository.and_then(|repository| RepoName::parse(&repository.full_name).ok()),
        pulls,
        action: payload.action.filter(|action| event.starts_with("installation") && is_plain(action)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(signature: &str) -> HeaderMap {
        let pairs = [
            ("x-hub-signature-256", signature),
            ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            ("x-github-event", "check_run"),
        ];
        pairs.into_iter().map(|(name, value)| (name.try_into().unwrap(), value.parse().unwrap())).collect()
    }

    fn signed(secret: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn the_documented_vector_fits_and_nothing_else_does() {
        // REQ-DELIVER-17
        let secret = SecretString::from("It's a Secret to Everybody");
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let hint = verify(&secret, &headers(signature), b"Hello, World!").unwrap();
        assert_eq!((hint.event.as_str(), hint.pulls.as_slice()), ("check_run", [].as_slice()));
        let other = SecretString::from("another");
        for (secret, signature, body) in [
            (&other, signature, b"Hello, World!".as_slice()),
            (&secret, signature, b"Hello, World?"),
            (&secret, &signature[..70], b"Hello, World!"),
            (&secret, &signature.replace("sha256", "sha1"), b"Hello, World!"),
            (&secret, "sha256=zz", b"Hello, World!"),
        ] {
            assert_eq!(verify(secret, &headers(signature), body), Err(WebhookFault::NotSigned));
        }
        let empty = SecretString::from("");
        assert_eq!(verify(&empty, &headers(&signed("", b"x")), b"x"), Err(WebhookFault::NotSigned));
        assert_eq!(
            verify(&secret, &headers(signature), &vec![0; MOST_OF_A_WEBHOOK + 1]),
            Err(WebhookFault::TooLong)
        );
        let mut nameless = headers(signature);
        nameless.remove("x-github-delivery");
        assert_eq!(verify(&secret, &nameless, b"Hello, World!"), Err(WebhookFault::NoName));
    }

    #[test]
    fn it_hints_at_a_repository_and_its_pull_requests() {
        // REQ-DELIVER-17
        let secret = SecretString::from("hush");
        for (body, repository, pulls) in [
            (
                r#"{"repository":{"full_name":"acme/shop"},"pull_request":{"number":7}}"#,
                Some("acme/shop"),
                vec![7],
            ),
            (
                r#"{"repository":{"full_name":"acme/shop"},"check_run":{"pull_requests":[{"number":2},{"number":1}]}}"#,
                Some("acme/shop"),
                vec![1, 2],
            ),
            (r#"{"repository":{"full_name":"../../etc"}}"#, None, vec![]),
            (r#"{"pull_request":{"number":"x"}}"#, None, vec![]),
        ] {
            let hint = verify(&secret, &headers(&signed("hush", body.as_bytes())), body.as_bytes()).unwrap();
            assert_eq!(hint.repository.map(|name| name.to_string()).as_deref(), repository, "{body}");
            assert_eq!((hint.pulls, hint.action), (pulls, None), "{body}");
        }
    }
}
