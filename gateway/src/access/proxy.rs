//! A proxy in front that has signed people in already and names them in a header.

use super::plain_name;
use axum::http::{HeaderMap, HeaderName};
use gateway_domain::Person;
use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxy {
    /// Such as `x-forwarded-user`.
    pub header: HeaderName,
    /// Addresses that the proxy comes from; the header of anybody else says nothing.
    pub from: Vec<IpAddr>,
}

impl TrustedProxy {
    pub(super) fn person(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Option<Person> {
        let comes_from_proxy = from.is_some_and(|from| self.from.contains(&from.to_canonical()));
        let name = headers.get(&self.header)?.to_str().ok().and_then(plain_name)?;
        comes_from_proxy.then(|| Person { id: format!("proxy:{name}"), name: name.to_owned() })
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
        let proxy = TrustedProxy { header: header.clone(), from: vec![ours] };
        let headers = HeaderMap::from_iter([(header, HeaderValue::from_static("anna@example.test"))]);
        assert_eq!(proxy.person(&headers, Some(ours)).unwrap().id, "proxy:anna@example.test");
        assert_eq!(proxy.person(&headers, Some(IpAddr::from([10, 0, 0, 8]))), None);
        assert_eq!(proxy.person(&headers, None), None);
        assert_eq!(proxy.person(&HeaderMap::new(), Some(ours)), None);
    }
}
