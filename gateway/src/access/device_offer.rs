//! What a provider offers a command line (RFC 8628, section 3.2): a code that a person enters at an address.

use super::device_table::INTERVAL;
use jiff::SignedDuration;
use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;

/// What the token endpoint is asked for.
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A code holds no longer here, whatever the provider says.
const LONGEST: i64 = 30 * 60;

/// Characters of a code that a person types, and of an address.
const LONGEST_CODE: usize = 64;
const LONGEST_ADDRESS: usize = 500;

pub(super) struct OfferedDevice {
    pub(super) code: SecretString,
    pub(super) user_code: String,
    pub(super) address: String,
    pub(super) address_with_code: Option<String>,
    pub(super) lasts: SignedDuration,
    pub(super) interval: SignedDuration,
}

/// As it was answered; nothing of it is checked yet.
#[derive(Deserialize)]
pub(super) struct DeviceOffer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: i64,
    interval: Option<i64>,
}

impl DeviceOffer {
    /// A terminal shows them to a person, who follows the address. `is_plain`: the provider is on this machine, without TLS.
    pub(super) fn checked(self, is_plain: bool) -> Result<OfferedDevice, &'static str> {
        let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ');
        let code = (1..=LONGEST_CODE).contains(&self.user_code.len()) && self.user_code.chars().all(is_code);
        let address = plain_address(&self.verification_uri, is_plain);
        let (true, Some(address)) = (code, address) else {
            return Err("its code or address for a person is odd");
        };
        Ok(OfferedDevice {
            code: SecretString::from(self.device_code),
            user_code: self.user_code,
            address,
            address_with_code: self.verification_uri_complete.and_then(|url| plain_address(&url, is_plain)),
            lasts: SignedDuration::from_secs(self.expires_in.clamp(0, LONGEST)),
            interval: SignedDuration::from_secs(self.interval.unwrap_or(INTERVAL).clamp(1, 60)),
        })
    }
}

fn plain_address(text: &str, is_plain: bool) -> Option<String> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST_ADDRESS)?;
    let safe = url.scheme() == "https" || (is_plain && url.scheme() == "http");
    (safe && url.username().is_empty()).then(|| url.into())
}
