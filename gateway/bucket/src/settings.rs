//! Which bucket, where, and by which name it is called.

use crate::access_keys::AccessSource;
use hyper::Uri;
use std::fmt;

/// A bucket that somebody named in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSettings {
    pub endpoint: Endpoint,
    pub name: String,
    pub region: String,
    /// In front of every name, with `/` at its end; empty for none.
    pub prefix: String,
    pub addressing: Addressing,
    pub access: AccessSource,
}

/// Where the bucket's name is in an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// `https://host/bucket/object`
    #[default]
    Path,
    /// `https://bucket.host/object`
    Host,
}

/// The service's address: a scheme and a host, perhaps with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) is_https: bool,
    /// With the port, unless that is the scheme's usual one.
    pub(crate) host: String,
}

impl Endpoint {
    /// None unless it is an address of that form, without a path, a name or a password in it.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return None;
        }
        let usual = if is_https { 443 } else { 80 };
        let name = authority.host().to_ascii_lowercase();
        let host = match authority.port_u16().filter(|port| *port != usual) {
            Some(port) => format!("{name}:{port}"),
            None => name,
        };
        (!authority.host().is_empty()).then_some(Self { is_https, host })
    }

    /// Whether what is said there can be read and changed on the way.
    pub fn is_plain(&self) -> bool {
        let here = ["localhost", "127.", "[::1]"].iter().any(|own| self.host.starts_with(own));
        !self.is_https && !here
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_https { "https" } else { "http" }, self.host)
    }
}

/// For people: which bucket is meant.
impl fmt::Display for BucketSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bucket {} at {}", self.name, self.endpoint)
    }
}

/// As S3 names buckets: a part of a host's name, never of a path.
pub fn is_bucket_name(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'.';
    let ends_well = |name: &str| !name.starts_with(['-', '.']) && !name.ends_with(['-', '.']);
    (3..=63).contains(&name.len()) && name.bytes().all(plain) && ends_well(name) && !name.contains("..")
}

/// Such as `eu-central-1`; services that have none call theirs `us-east-1` or `auto`.
pub fn is_region(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// Folders of letters that every service keeps as they are.
pub fn is_prefix(prefix: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(plain) && !matches!(part, "." | "..");
    prefix.len() <= 200 && prefix.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_scheme_and_a_host() {
        // REQ-PROOF-02
        for (text, shown) in [
            ("https://s3.eu-central-1.amazonaws.com", "https://s3.eu-central-1.amazonaws.com"),
            ("https://S3.Example.com:443/", "https://s3.example.com"),
            ("http://minio.storage.svc:9000", "http://minio.storage.svc:9000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|it| it.to_string()).as_deref(), Some(shown), "{text}");
        }
        for odd in [
            "",
            "s3.example.com",
            "ftp://x",
            "https://",
            "https://a:b@x",
            "https://x/bucket",
            "https://x/?a",
            "file:///x",
        ] {
            assert_eq!(Endpoint::parse(odd), None, "{odd}");
        }
        let is_plain = |text: &str| Endpoint::parse(text).unwrap().is_plain();
        assert!(
            is_plain("http://minio:9000") && !is_plain("http://127.0.0.1:9000") && !is_plain("https://x")
        );
    }

    #[test]
    fn names_that_would_be_something_else_in_an_address_are_refused() {
        // REQ-PROOF-02
        assert!(is_bucket_name("acme-audit.heads-1"));
        for odd in ["ab", "Acme", "a/b", "../..", "a..b", "-ab", "ab.", "a?b", "ä-b", &"a".repeat(64)] {
            assert!(!is_bucket_name(odd), "{odd}");
        }
        assert!(is_prefix("team/gateway_1.a"));
        for odd in ["", "/a", "a/", "a//b", "a/../b", "a b", "ä", "%2e", &"a".repeat(201)] {
            assert!(!is_prefix(odd), "{odd}");
        }
        assert!(is_region("eu-central-1") && !is_region("") && !is_region("eu/x"));
    }
}
