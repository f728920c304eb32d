//! A signed-in person's cookie: the name and an end, signed with a key made from the API's token. Nothing is kept
//! on the server, so a restart signs nobody out, and a new token signs everybody out.

use super::plain_name;
use axum::http::{HeaderMap, header};
use gateway_domain::Person;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256, Sha512};

pub(crate) const NAME: &str = "gateway_person";

/// How long a sign-in holds.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 14);

#[derive(Clone)]
pub(super) struct CookieKey([u8; 64]);

impl CookieKey {
    pub(super) fn of(token: &str) -> Self {
        let mut hash = Sha512::new();
        hash.update(b"opencode-gateway cookie\0");
        hash.update(token.as_bytes());
        Self(hash.finalize().into())
    }

    /// The header that signs a person in. `secure` unless the page came over plain loopback.
    pub(super) fn issue(&self, name: &str, now: Timestamp, secure: bool) -> String {
        let ends = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX).as_second();
        let payload = format!("{}.{ends}", hex::encode(name));
        let signature = hex::encode(self.sign(&payload));
        let secure = if secure { "; Secure" } else { "" };
        let age = LASTS.as_secs();
        format!("{NAME}={payload}.{signature}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
    }

    pub(super) fn person(&self, headers: &HeaderMap, now: Timestamp) -> Option<Person> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut ours = cookies.flat_map(|all| all.split("; ")).filter_map(|one| one.strip_prefix(NAME));
        ours.find_map(|value| self.read(value.strip_prefix('=')?, now))
    }

    fn read(&self, value: &str, now: Timestamp) -> Option<Person> {
        let (payload, signature) = value.rsplit_once('.')?;
        let mut mac = self.mac();
        mac.update(payload.as_bytes());
        mac.verify_slice(&hex::decode(signature).ok()?).ok()?;
        let (name, ends) = payload.split_once('.')?;
        let name = String::from_utf8(hex::decode(name).ok()?).ok()?;
        let name = plain_name(&name)?;
        let holds = ends.parse::<i64>().ok()? > now.as_second();
        holds.then(|| Person { id: format!("web:{name}"), name: name.to_owned() })
    }

    fn sign(&self, payload: &str) -> Vec<u8> {
        let mut mac = self.mac();
        mac.update(payload.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new(&self.0.into())
    }
}

/// The header that signs out.
pub(super) fn expired() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
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
        // REQ-CONSOLE-03
        let (key, now) = (CookieKey::of("a token"), Timestamp::from_second(1_795_000_000).unwrap());
        let cookie = key.issue("Anna K.", now, true);
        assert!(cookie.contains("HttpOnly; SameSite=Strict; Secure"), "{cookie}");
        assert_eq!(key.person(&sent(&cookie), now).unwrap().id, "web:Anna K.");
        assert_eq!(key.person(&sent(&cookie), now + LASTS), None);
    }

    #[test]
    fn a_cookie_of_another_key_or_with_another_name_is_worth_nothing() {
        // REQ-CONSOLE-03
        let (key, now) = (CookieKey::of("a token"), Timestamp::from_second(1_795_000_000).unwrap());
        let cookie = key.issue("anna", now, false);
        assert_eq!(CookieKey::of("another").person(&sent(&cookie), now), None);
        let forged = cookie.replace(&hex::encode("anna"), &hex::encode("boss"));
        assert_eq!(key.person(&sent(&forged), now), None);
    }
}
