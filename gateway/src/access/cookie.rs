//! A signed-in person's cookie: the name, an end and a number, signed with a key made from the API's token. Only those
//! that were signed out are kept on the server, so a restart signs nobody out, and a new token signs everybody out.

use super::plain_name;
use axum::http::{HeaderMap, header};
use gateway_domain::Person;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256, Sha512};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const COOKIE_NAME: &str = "gateway_person";

/// How long a sign-in holds: from Monday's coffee to Thursday's.
pub(super) const LASTS: SignedDuration = SignedDuration::from_hours(24 * 3);

pub(super) struct CookieKey {
    key: [u8; 64],
    /// When this process began, in nanoseconds: with the number it makes each cookie another one.
    process: i128,
    next: AtomicU64,
}

/// A cookie that is whole, of ours, and not over.
pub(super) struct ValidCookie {
    pub(super) person: Person,
    pub(super) id: String,
    /// When it ends, in seconds.
    pub(super) ends: i64,
}

impl CookieKey {
    pub(super) fn of(token: &str, now: Timestamp) -> Self {
        let mut hash = Sha512::new();
        hash.update(b"opencode-gateway cookie\0");
        hash.update(token.as_bytes());
        Self { key: hash.finalize().into(), process: now.as_nanosecond(), next: AtomicU64::new(1) }
    }

    /// The header that signs a person in. `secure` unless the page came over plain loopback.
    pub(super) fn issue(&self, name: &str, now: Timestamp, secure: bool) -> String {
        let ends = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX).as_second();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let payload = format!("{}.{ends}.{:x}-{number:x}", hex::encode(name), self.process);
        let signature = hex::encode(self.sign(&payload));
        let secure = if secure { "; Secure" } else { "" };
        let age = LASTS.as_secs();
        format!(
            "{COOKIE_NAME}={payload}.{signature}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
        )
    }

    pub(super) fn read(&self, headers: &HeaderMap, now: Timestamp) -> Option<ValidCookie> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut ours =
            cookies.flat_map(|all| all.split("; ")).filter_map(|one| one.strip_prefix(COOKIE_NAME));
        ours.find_map(|value| self.read_one(value.strip_prefix('=')?, now))
    }

    fn read_one(&self, value: &str, now: Timestamp) -> Option<ValidCookie> {
        let (payload, signature) = value.rsplit_once('.')?;
        let mut mac = self.mac();
        mac.update(payload.as_bytes());
        mac.verify_slice(&hex::decode(signature).ok()?).ok()?;
        let (name, rest) = payload.split_once('.')?;
        let (ends, id) = rest.split_once('.')?;
        let name = String::from_utf8(hex::decode(name).ok()?).ok()?;
        let name = plain_name(&name)?;
        let ends = ends.parse::<i64>().ok()?;
        let person = Person { id: format!("web:{name}"), name: name.to_owned() };
        (ends > now.as_second()).then(|| ValidCookie { person, id: id.to_owned(), ends })
    }

    fn sign(&self, payload: &str) -> Vec<u8> {
        let mut mac = self.mac();
        mac.update(payload.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new(&self.key.into())
    }
}

/// The header that signs out.
pub(super) fn expired() -> String {
    format!("{COOKIE_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn sent(cookie: &str) -> HeaderMap {
        let value = cookie.split("; ").next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("other=1; {value}")).unwrap())])
    }

    #[test]
    fn a_cookie_names_its_person_until_it_ends() {
        // REQ-CONSOLE-03, M13
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let key = CookieKey::of("a token", now);
        let cookie = key.issue("Anna K.", now, true);
        assert!(cookie.contains("HttpOnly; SameSite=Strict; Secure"), "{cookie}");
        let read = key.read(&sent(&cookie), now).unwrap();
        assert_eq!(read.person.id, "web:Anna K.");
        assert_ne!(read.id, key.read(&sent(&key.issue("Anna K.", now, true)), now).unwrap().id);
        assert!(key.read(&sent(&cookie), now + LASTS).is_none());
    }

    #[test]
    fn a_cookie_of_another_key_or_with_another_name_is_worth_nothing() {
        // REQ-CONSOLE-03
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let key = CookieKey::of("a token", now);
        let cookie = key.issue("anna", now, false);
        assert!(CookieKey::of("another", now).read(&sent(&cookie), now).is_none());
        let forged = cookie.replace(&hex::encode("anna"), &hex::encode("boss"));
        assert!(key.read(&sent(&forged), now).is_none());
        let other_number = cookie.replacen("-1.", "-2.", 1);
        assert_ne!(other_number, cookie);
        assert!(key.read(&sent(&other_number), now).is_none());
    }
}
