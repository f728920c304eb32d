//! A token in which a provider says who signed in (OpenID Connect Core, section 3.1.3.7).

use super::{Claims, Expected, KeySet, TokenFault, signed_claims};

const TYPES: &[&str] = &["JWT"];

/// Who signed in, as the provider says it.
#[derive(Clone, Debug, PartialEq)]
pub struct IdToken {
    /// Never given to anybody else by this issuer.
    pub subject: String,
    /// The person's session at the provider, by which it can be ended from there.
    pub session: Option<String>,
    /// When the person last showed that it is them, in seconds.
    pub auth_time: Option<i64>,
    pub claims: Claims,
}

/// The word that ties a token to one sign-in in one browser.
#[derive(Clone, Copy, Debug)]
pub enum Nonce<'a> {
    Exactly(&'a str),
    /// For tokens that come with a refresh: nobody was asked for one.
    NotAsked,
}

/// What the token says, if it passes every check.
pub fn read(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    nonce: Nonce<'_>,
) -> Result<IdToken, TokenFault> {
    let claims = signed_claims(token, keys, TYPES)?;
    claims.check(expected)?;
    if let Nonce::Exactly(nonce) = nonce
        && claims.text("nonce") != Some(nonce)
    {
        return Err(TokenFault::Claim("nonce"));
    }
    let subject = claims.subject()?.ok_or(TokenFault::Claim("sub"))?;
    let session = claims.text("sid").map(str::to_owned);
    Ok(IdToken { subject, session, auth_time: claims.seconds("auth_time"), claims })
}
