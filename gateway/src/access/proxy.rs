//! A proxy in front that has signed people in already and names them in a header.

use super::plain_name;
use super::signed_names::SignedNames;
use crate::problem::Problem;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use gateway_domain::{Person, Proof, Proven};
use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxy {
    /// Such as `x-forwarded-user`.
    pub header: HeaderName,
    /// Addresses that the proxy comes from; the header of anybody else says nothing. With none of them a signed header counts
    /// wherever it comes from.
    pub from: Vec<IpAddr>,
    /// The header holds a token that the proxy signed.
    pub signed: Option<SignedHeader>,
}

/// What a proxy's token must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeader {
    pub issuer: String,
    pub audience: String,
    /// Where the proxy publishes its keys.
    pub keys: String,
}

impl TrustedProxy {
    /// Whom the proxy names, if it is the proxy that asks and it names anybody.
    pub(super) fn person(
        &self,
        headers: &HeaderMap,
        from: Option<IpAddr>,
        signed: Option<&SignedNames>,
    ) -> Result<Option<Person>, Problem> {
        let comes_from_proxy = from.is_some_and(|from| self.from.contains(&from.to_canonical()));
        let counts_from_anywhere = self.from.is_empty() && signed.is_some();
        if !(comes_from_proxy || counts_from_anywhere) {
            return Ok(None);
        }
        let mut all = headers.get_all(&self.header).iter();
        let Some(first) = all.next() else { return Ok(None) };
        // A proxy that appends its own to what the client sent: nobody knows which of them is true.
        if all.next().is_some() {
            return Err(self.refused("more than once; it must replace what clients send"));
        }
        let value = first.to_str().unwrap_or_default();
        if let Some(signed) = signed {
            return signed
                .person(value)
                .map(Some)
                .map_err(|fault| self.refused(&format!("with a token that {fault}")));
        }
        match plain_name(value) {
            Some(name) => Ok(Some(Person { id: format!("proxy:{name}"), name: name.to_owned() })),
            None => Err(self.refused("with a value that is not one plain name of up to 64 characters")),
        }
    }

    /// A signed header names an account; a plain one is as good as the proxy's address.
    pub(super) fn proven(&self) -> Proven {
        Proven::by(if self.signed.is_some() { Proof::Account } else { Proof::Claimed })
    }

    fn refused(&self, how: &str) -> Problem {
        let detail = format!("The sign-in proxy sent the header {} {how}.", self.header);
        tracing::warn!("{detail}");
        Problem::new(StatusCode::UNAUTHORIZED, "Sign-in required", detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_proxy_itself_is_believed() {
        // REQ-CONSOLE-03
        let ours = IpAddr::from([10, 0, 0, 7]);
        let header = HeaderName::from_static("x-forwarded-user");
        let proxy = TrustedProxy { header: header.clone(), from: vec![ours], signed: None };
        let headers = HeaderMap::from_iter([(header, HeaderValue::from_static("anna@example.test"))]);
        let named =
            |headers: &HeaderMap, from| proxy.person(headers, from, None).unwrap().map(|person| person.id);
        assert_eq!(named(&headers, Some(ours)).as_deref(), Some("proxy:anna@example.test"));
        assert_eq!(named(&headers, Some(IpAddr::from([10, 0, 0, 8]))), None);
        assert_eq!(named(&headers, None), None);
        assert_eq!(named(&HeaderMap::new(), Some(ours)), None);
    }

    #[test]
    fn of_two_names_none_is_believed() {
        // M6: the first counted, which was the client's own where the proxy appends.
        let ours = IpAddr::from([10, 0, 0, 7]);
        let header = HeaderName::from_static("x-forwarded-user");
        let proxy = TrustedProxy { header: header.clone(), from: vec![ours], signed: None };
        let mut headers = HeaderMap::new();
        headers.append(&header, HeaderValue::from_static("boss"));
        headers.append(&header, HeaderValue::from_static("anna"));
        let refused = proxy.person(&headers, Some(ours), None).unwrap_err();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        for odd in ["boss, anna", "", "<b>"] {
            let headers = HeaderMap::from_iter([(header.clone(), HeaderValue::from_str(odd).unwrap())]);
            assert!(proxy.person(&headers, Some(ours), None).is_err(), "{odd:?}");
        }
    }
}
