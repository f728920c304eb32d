//! Where passkeys can be used: the one page that people open the console at. It is configured; what a request says of its host
//! decides nothing.

use gateway_proof::webauthn::Site;
use reqwest::Url;
use std::fmt;

/// The console's host and origin, as browsers write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySite {
    pub rp_id: String,
    pub origin: String,
}

/// Why no browser has passkeys at the console's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSite {
    /// It is a number.
    Number,
    /// It is not encrypted.
    Plain,
    Unreadable,
}

impl PasskeySite {
    /// `console`: where people open it. This machine's own address has a name that browsers take.
    pub fn of(console: &str) -> Result<Self, NoSite> {
        let mut url = Url::parse(console).map_err(|_| NoSite::Unreadable)?;
        if is_loopback(&url) {
            url.set_host(Some("localhost")).map_err(|_| NoSite::Unreadable)?;
        }
        let name = url.domain().ok_or(NoSite::Number)?;
        let is_local = name == "localhost" || name.ends_with(".localhost");
        match (url.scheme(), is_local) {
            ("https", _) | ("http", true) => {
                Ok(Self { rp_id: name.to_owned(), origin: url.origin().ascii_serialization() })
            }
            _ => Err(NoSite::Plain),
        }
    }

    pub(super) fn site(&self) -> Site<'_> {
        Site { rp_id: &self.rp_id, origin: &self.origin }
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
}

impl fmt::Display for NoSite {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Number => {
                "Browsers allow no passkeys at an address that is a number. Set `public_url` to a host name."
            }
            Self::Plain => {
                "Browsers allow no passkeys without encryption. Set `public_url` to the https:// address of the console."
            }
            Self::Unreadable => "`public_url` is not a valid address, so passkeys can't be used.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_belong_to_the_configured_page() {
        // REQ-WHO-03
        let of = |console: &str| PasskeySite::of(console).map(|site| (site.rp_id, site.origin));
        let site = |rp_id: &str, origin: &str| Ok((rp_id.to_owned(), origin.to_owned()));
        assert_eq!(
            of("https://Gateway.Example.com:443/console"),
            site("gateway.example.com", "https://gateway.example.com")
        );
        assert_eq!(of("https://gw.test:8443"), site("gw.test", "https://gw.test:8443"));
        assert_eq!(
            of("http://127.0.0.1:8000"),
            site("localhost", "http://localhost:8000"),
            "browsers refuse the number"
        );
        assert_eq!(of("http://[::1]:8000"), site("localhost", "http://localhost:8000"));
        assert_eq!(of("http://gateway.test"), Err(NoSite::Plain));
        assert_eq!(of("https://10.0.0.7"), Err(NoSite::Number));
        assert_eq!(of("http://0.0.0.0:8000"), Err(NoSite::Number));
        assert_eq!(of("gateway"), Err(NoSite::Unreadable));
    }
}
