//! The cookie of a person who is signed in: a random word that only this gateway's table knows.

use super::sign_in_entry::LASTS;
use axum::http::{HeaderMap, header};

pub(crate) const COOKIE_NAME: &str = "gateway_person";

/// Hex digits of a word. Anything else was not made here, and is not even looked up.
const WORD: usize = 64;

/// The header that signs a person in. `secure` unless the page came over plain loopback.
pub(super) fn issued(word: &str, secure: bool) -> String {
    let (secure, age) = (if secure { "; Secure" } else { "" }, LASTS.as_secs());
    format!("{COOKIE_NAME}={word}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
}

/// The header that signs out.
pub(super) fn expired() -> String {
    format!("{COOKIE_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
}

/// The words of all cookies of this name: a browser that has them of two paths sends both.
pub(super) fn words(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    values(headers, COOKIE_NAME).filter(|word| word.len() == WORD)
}

/// The values of all cookies of this name.
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let each = all.flat_map(|all| all.split(';')).map(str::trim);
    each.filter_map(move |one| one.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_our_own_cookie_is_read() {
        // REQ-CONSOLE-03
        let word = "a".repeat(WORD);
        let sent = format!("other=1; gateway_person=short; gateway_person_2={word}; gateway_person={word}");
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&sent).unwrap())]);
        assert_eq!(words(&headers).collect::<Vec<_>>(), [word.as_str()]);
        let cookie = issued(&word, true);
        assert!(cookie.contains("HttpOnly; SameSite=Strict; Secure"), "{cookie}");
        assert!(!issued(&word, false).contains("Secure"));
    }
}
