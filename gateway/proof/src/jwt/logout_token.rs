//! A token in which a provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).

use super::{Expected, KeySet, TokenFault, signed_claims};
use serde_json::Value;

const TYPES: &[&str] = &["logout+jwt", "JWT"];

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Whose sign-ins end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// Each token counts once.
    pub id: String,
    /// Until when it must be remembered, in seconds.
    pub ends: i64,
    /// Without a session all of this person's.
    pub subject: Option<String>,
    pub session: Option<String>,
}

/// What the token says, if it passes every check.
pub fn read(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<LogoutToken, TokenFault> {
    let claims = signed_claims(token, keys, TYPES)?;
    claims.check(expected)?;
    // With a nonce it could be an ID token that somebody took from a browser.
    if claims.get("nonce").is_some() {
        return Err(TokenFault::Claim("nonce"));
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(TokenFault::Claim("events"));
    }
    let (subject, session) = (claims.subject()?, claims.text("sid").map(str::to_owned));
    if subject.is_none() && session.is_none() {
        return Err(TokenFault::Claim("sub"));
    }
    let id = claims.text("jti").ok_or(TokenFault::Claim("jti"))?.to_owned();
    let ends = claims.seconds("exp").ok_or(TokenFault::Claim("exp"))?;
    Ok(LogoutToken { id, ends, subject, session })
}
