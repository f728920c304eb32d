//! Where the API is: github.com's, or that of an Enterprise Server.

use hyper::Uri;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAddress {
    rest: String,
    graphql: String,
    /// `https://host:port`: the token goes nowhere else.
    origin: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The forge's API address can't be used: {0}.")]
pub struct BadAddress(&'static str);

impl ApiAddress {
    /// `https://api.github.com` or `https://HOST/api/v3`; http only on this machine.
    pub fn new(base: &str) -> Result<Self, BadAddress> {
        let rest = base.trim_end_matches('/').to_owned();
        let origin = origin(&rest).ok_or(BadAddress("it isn't a plain https address"))?;
        let is_here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        if origin.starts_with("http://")
            && !is_here.iter().any(|start| origin.strip_prefix(*start).is_some_and(is_port))
        {
            return Err(BadAddress("http would show the token to everyone on the way; use https"));
        }
        let graphql = match rest.strip_suffix("/api/v3") {
            Some(host) => format!("{host}/api/graphql"),
            None => format!("{rest}/graphql"),
        };
        Ok(Self { rest, graphql, origin })
    }

    pub(crate) fn rest(&self, path: &str) -> String {
        format!("{}{path}", self.rest)
    }

    /// What addresses that keep a mailbox private end with.
    pub(crate) fn noreply_host(&self) -> String {
        let host = self.rest.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':']).next().unwrap_or_default();
        format!("users.noreply.{}", host.strip_prefix("api.").unwrap_or(host))
    }

    pub(crate) fn graphql(&self) -> &str {
        &self.graphql
    }

    /// An address that an answer names, if the token may go there.
    pub(crate) fn same_host(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(format!("{}{location}", self.origin));
        }
        (origin(location)? == self.origin).then(|| location.to_owned())
    }

    /// An address to fetch something from without a token.
    pub(crate) fn elsewhere(&self, location: &str) -> Option<String> {
        let origin = origin(location)?;
        (origin.starts_with("https://") || origin == self.origin).then(|| location.to_owned())
    }
}

fn is_port(rest: &str) -> bool {
    rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

fn origin(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let plain = matches!(scheme, "http" | "https") && !authority.as_str().contains('@');
    plain.then(|| format!("{scheme}://{}", authority.as_str().to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_and_enterprise_have_their_addresses() {
        // REQ-DELIVER-17
        let github = ApiAddress::new("https://api.github.test").unwrap();
        assert_eq!(github.graphql(), "https://api.github.test/graphql");
        let server = ApiAddress::new("https://ghe.test:8443/api/v3/").unwrap();
        assert_eq!(server.graphql(), "https://ghe.test:8443/api/graphql");
        assert_eq!(server.rest("/app"), "https://ghe.test:8443/api/v3/app");
        for bad in
            ["http://ghe.test/api/v3", "http://127.0.0.1.evil.test", "ftp://x.test", "https://a@x.test", "x"]
        {
            assert!(ApiAddress::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_token_stays_with_its_host() {
        // REQ-DELIVER-04
        let server = ApiAddress::new("https://ghe.test/api/v3").unwrap();
        assert!(server.same_host("https://GHE.test/api/v3/repositories/1").is_some());
        assert_eq!(server.same_host("/api/v3/x").unwrap(), "https://ghe.test/api/v3/x");
        for other in [
            "https://evil.test/x",
            "http://ghe.test/x",
            "https://ghe.test:444/x",
            "//evil.test/x",
            "https://a@ghe.test/",
        ] {
            assert_eq!(server.same_host(other), None, "{other}");
        }
    }
}
