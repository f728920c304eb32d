//! What a token says, and the checks that tokens of every kind have to pass.

use super::TokenFault;
use serde_json::{Map, Value};

/// How far the clocks of issuer and gateway may be apart, in seconds.
const CLOCKS_APART: i64 = 60;

/// Longest subject (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// What the token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// To the last character.
    pub issuer: &'a str,
    /// Whom the token is for: the name under which the gateway is known to the issuer.
    pub audience: &'a str,
    /// In seconds since 1970.
    pub now: i64,
}

/// What a token says whose signature was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text that is there and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A list of texts. A single text is a list of one, as some providers send it.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(all)) => all.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
            _ => vec![],
        }
    }

    /// A moment in seconds. Some issuers write it with a fraction, which says nothing here.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.get(name)?;
        let whole = value.as_f64().filter(|seconds| (0.0..1e12).contains(seconds));
        value.as_i64().or_else(|| whole.map(|seconds| seconds as i64))
    }

    /// Who it is about. It becomes a part of names in logs and rules, so nothing hidden stands in it.
    pub(super) fn subject(&self) -> Result<Option<String>, TokenFault> {
        let Some(subject) = self.get("sub") else { return Ok(None) };
        let plain = |text: &&str| {
            (1..=LONGEST_SUBJECT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let subject = subject.as_str().filter(plain).ok_or(TokenFault::Claim("sub"))?;
        Ok(Some(subject.to_owned()))
    }

    /// Issuer, audience and times.
    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        if self.text("iss") != Some(expected.issuer) {
            return Err(TokenFault::Claim("iss"));
        }
        self.check_audience(expected.audience)?;
        self.check_times(expected.now)
    }

    /// With several audiences it must say that this one asked for it.
    fn check_audience(&self, ours: &str) -> Result<(), TokenFault> {
        let (audiences, party) = (self.texts("aud"), self.get("azp"));
        let is_named = audiences.iter().any(|one| one == ours);
        let is_party = party.is_some_and(|party| party.as_str() == Some(ours));
        let needs_party = audiences.len() > 1 || party.is_some();
        if is_named && (is_party || !needs_party) { Ok(()) } else { Err(TokenFault::Audience) }
    }

    fn check_times(&self, now: i64) -> Result<(), TokenFault> {
        let ends = self.seconds("exp").ok_or(TokenFault::Claim("exp"))?;
        let issued = self.seconds("iat").ok_or(TokenFault::Claim("iat"))?;
        let begins = self.seconds("nbf").unwrap_or(issued);
        if ends.saturating_add(CLOCKS_APART) <= now {
            return Err(TokenFault::Ended(ends));
        }
        let first = issued.max(begins);
        if first > now.saturating_add(CLOCKS_APART) { Err(TokenFault::TooEarly(first)) } else { Ok(()) }
    }
}
