//! Authentication of plugins by the shared bridge token, or by a token that the cluster knows.

pub use crate::token::Token as BridgeToken;

use crate::sessions::ports::Accounts;
use crate::token::bearer;
use axum::http::{HeaderMap, header};

/// Why a peer was turned away, as a sentence for its log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AuthError {
    #[error("The bridge requires `Authorization: Bearer <token>`; set BRIDGE_TOKEN for the plugin.")]
    Missing,
    #[error("The bridge token is wrong; set the gateway's BRIDGE_TOKEN for the plugin.")]
    Wrong,
    #[error("This token could not be checked ({0}); connect again.")]
    Unreviewed(String),
    #[error("Web pages can't connect to the bridge (the request has an Origin header).")]
    FromBrowser,
}

/// Lets in who knows the shared token, or whose own token is one of the cluster's that may connect.
pub(super) async fn admit(
    token: Option<&BridgeToken>,
    accounts: Option<&dyn Accounts>,
    headers: &HeaderMap,
) -> Result<(), AuthError> {
    let refused = match check(token, headers) {
        Err(refused @ AuthError::Wrong) => refused,
        other => return other,
    };
    let (Some(accounts), Some(presented)) = (accounts, bearer(headers)) else { return Err(refused) };
    match accounts.account_of(presented).await {
        Ok(Some(account)) => {
            tracing::debug!(account, "pod connects with its service account");
            Ok(())
        }
        Ok(None) => Err(refused),
        Err(error) => Err(AuthError::Unreviewed(error.to_string())),
    }
}

fn check(token: Option<&BridgeToken>, headers: &HeaderMap) -> Result<(), AuthError> {
    if headers.contains_key(header::ORIGIN) {
        return Err(AuthError::FromBrowser);
    }
    let Some(token) = token else { return Ok(()) };
    let presented = bearer(headers).ok_or(AuthError::Missing)?;
    if token.matches(presented) { Ok(()) } else { Err(AuthError::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with_bearer(token: &str) -> HeaderMap {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    #[test]
    fn only_the_right_token_is_let_in() {
        // REQ-BRIDGE-10
        let token = BridgeToken::new("s3cret-token");
        assert_eq!(check(Some(&token), &with_bearer("s3cret-token")), Ok(()));
        assert_eq!(check(Some(&token), &with_bearer("s3cret-toke")), Err(AuthError::Wrong));
        assert_eq!(check(Some(&token), &HeaderMap::new()), Err(AuthError::Missing));
        assert_eq!(check(None, &HeaderMap::new()), Ok(()));
    }

    #[test]
    fn a_web_page_is_refused_even_without_a_token() {
        let headers = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("http://evil.test"))]);
        assert_eq!(check(None, &headers), Err(AuthError::FromBrowser));
    }

    #[test]
    fn the_token_does_not_show_in_debug() {
        let shown = format!("{:?}", BridgeToken::new("s3cret-token"));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
