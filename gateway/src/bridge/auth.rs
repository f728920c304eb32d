//! What a plugin shows for its pod: a token of the pod's own, one that the cluster knows, or the one that all share.

pub use crate::token::Token as BridgeToken;

use super::{Hub, PodTokensRule};
use crate::sessions::ports::TokenHolder;
use crate::token::{PodToken, WrongTokenReply, bearer};
use axum::http::{HeaderMap, StatusCode, header};
use gateway_domain::{PodCredential, PodIdentity};
use std::net::IpAddr;

/// Why a peer was turned away, as a sentence for its log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AuthError {
    #[error("The bridge requires `Authorization: Bearer <token>`; set BRIDGE_TOKEN for the plugin.")]
    Missing,
    #[error(
        "The bridge token is wrong; set BRIDGE_TOKEN for the plugin to the gateway's, or to one that \
        `gateway pod add NAME` has printed."
    )]
    Wrong,
    #[error("Too many wrong tokens from your address; try again in {0} seconds.")]
    TooOften(i64),
    #[error(
        "The token of {0} is not bound to a pod. Mount a projected serviceAccountToken with the audience \
        opencode-gateway into the pod and use that."
    )]
    Unbound(String),
    #[error("This token could not be checked ({0}); connect again.")]
    Unreviewed(String),
    #[error("Web pages can't connect to the bridge (the request has an Origin header).")]
    FromBrowser,
}

impl AuthError {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unreviewed(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}

/// What a peer that was let in has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// What others have as well, or nothing where nothing is wanted.
    Shared,
    /// What only this pod has.
    Of(PodIdentity),
}

impl Shown {
    /// Who the peer is when it says that it has this name; otherwise a sentence for its log.
    pub(super) fn says_to_be(self, name: &str, tokens: &[PodToken]) -> Result<PodIdentity, String> {
        match self {
            Self::Of(pod) if pod.name == name => Ok(pod),
            Self::Of(pod) => Err(format!(
                "This token is of the pod {}, but the plugin says that it is in {name}. Set POD_NAME to {}.",
                pod.name, pod.name
            )),
            Self::Shared if tokens.iter().any(|known| known.pod == name) => {
                Err(format!("The pod {name} has its own token; set BRIDGE_TOKEN for the plugin to it."))
            }
            Self::Shared => Ok(PodIdentity::new(name, PodCredential::Shared)),
        }
    }
}

/// A right token always counts. How often wrong ones may be tried depends on where they come from.
pub(super) async fn admit(hub: &Hub, headers: &HeaderMap, from: IpAddr) -> Result<Shown, AuthError> {
    if headers.contains_key(header::ORIGIN) {
        return Err(AuthError::FromBrowser);
    }
    let presented = bearer(headers);
    let own = hub.pod_tokens().await.map_err(AuthError::Unreviewed)?;
    if let Some(known) = presented.and_then(|token| PodToken::of(&own, token)) {
        let credential = PodCredential::OwnToken(known.id.clone());
        return Ok(Shown::Of(PodIdentity::new(known.pod.clone(), credential)));
    }
    if is_shared(hub, presented) {
        return Ok(Shown::Shared);
    }
    of_cluster(hub, presented.ok_or(AuthError::Missing)?, from).await
}

fn is_shared(hub: &Hub, presented: Option<&str>) -> bool {
    match (&hub.config.pods, &hub.config.token) {
        (PodTokensRule::Own, _) => false,
        (PodTokensRule::Shared, None) => true,
        (PodTokensRule::Shared, Some(token)) => presented.is_some_and(|presented| token.matches(presented)),
    }
}

/// Whoever guesses does not make the API server work.
async fn of_cluster(hub: &Hub, presented: &str, from: IpAddr) -> Result<Shown, AuthError> {
    let may_ask = hub.attempts.is_limited(from, hub.clock.now()).is_none();
    let Some(accounts) = hub.accounts.as_ref().filter(|_| may_ask) else { return Err(wrong(hub, from)) };
    match accounts.holder_of(presented).await {
        Ok(TokenHolder::Pod(pod)) => {
            tracing::debug!(pod = %pod, "pod connects with its service account");
            Ok(Shown::Of(pod))
        }
        Ok(TokenHolder::Account(account)) => {
            hub.attempts.wrong(from, hub.clock.now());
            Err(AuthError::Unbound(account))
        }
        Ok(TokenHolder::Nobody) => Err(wrong(hub, from)),
        Err(error) => Err(AuthError::Unreviewed(error.to_string())),
    }
}

fn wrong(hub: &Hub, from: IpAddr) -> AuthError {
    match hub.attempts.wrong(from, hub.clock.now()) {
        WrongTokenReply::Wrong(_) => AuthError::Wrong,
        WrongTokenReply::TooOften(seconds) => AuthError::TooOften(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{Bridge, BridgeMetrics, Config, Neighbours};
    use crate::ids::IdSource;
    use crate::token::PodTokens;
    use axum::http::HeaderValue;
    use jiff::Timestamp;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn with_bearer(token: &str) -> HeaderMap {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    fn bridge(config: Config) -> Bridge {
        Bridge::new(config, BridgeMetrics::unregistered(), IdSource::seeded(1), Neighbours::default())
    }

    fn sharing(token: Option<&str>) -> Config {
        Config { token: token.map(BridgeToken::new), ..Config::default() }
    }

    async fn check(bridge: &Bridge, headers: &HeaderMap) -> Result<Shown, AuthError> {
        admit(&bridge.shared, headers, HERE).await
    }

    #[tokio::test]
    async fn only_the_right_token_is_let_in() {
        // REQ-BRIDGE-10
        let closed = bridge(sharing(Some("s3cret-token")));
        assert_eq!(check(&closed, &with_bearer("s3cret-token")).await, Ok(Shown::Shared));
        assert_eq!(check(&closed, &with_bearer("s3cret-toke")).await, Err(AuthError::Wrong));
        assert_eq!(check(&closed, &HeaderMap::new()).await, Err(AuthError::Missing));
        assert_eq!(check(&bridge(sharing(None)), &HeaderMap::new()).await, Ok(Shown::Shared));
    }

    #[tokio::test]
    async fn a_web_page_is_refused_even_without_a_token() {
        let headers = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("http://evil.test"))]);
        assert_eq!(check(&bridge(sharing(None)), &headers).await, Err(AuthError::FromBrowser));
    }

    #[tokio::test]
    async fn wrong_tokens_are_limited_by_address_and_a_right_one_never_is() {
        // REQ-WHO-04, M9: they were not even counted.
        let closed = bridge(sharing(Some("s3cret-token")));
        let wrong = with_bearer("another-token");
        for _ in 0..5 {
            assert_eq!(check(&closed, &wrong).await, Err(AuthError::Wrong));
        }
        let limited = check(&closed, &wrong).await.unwrap_err();
        assert!(matches!(limited, AuthError::TooOften(1..=60)), "{limited:?}");
        assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(check(&closed, &with_bearer("s3cret-token")).await, Ok(Shown::Shared));
        let elsewhere = IpAddr::from([10, 0, 0, 2]);
        assert_eq!(admit(&closed.shared, &wrong, elsewhere).await, Err(AuthError::Wrong));
    }

    #[tokio::test]
    async fn a_token_of_its_own_is_good_for_one_pod_and_its_name_is_nobody_elses() {
        // REQ-WHO-04, H7
        let state = tempfile::tempdir().unwrap();
        let tokens = PodTokens::in_state(state.path());
        let annas = tokens.add("anna", Timestamp::UNIX_EPOCH).unwrap();
        let own_tokens = Some(tokens.clone());
        let both = bridge(Config { own_tokens: own_tokens.clone(), ..sharing(Some("s3cret-token")) });
        let shown = check(&both, &with_bearer(&annas)).await.unwrap();
        let list = tokens.list().unwrap();
        assert_eq!(shown.clone().says_to_be("anna", &list).unwrap().name, "anna");
        assert!(shown.says_to_be("ben", &list).is_err_and(|told| told.contains("POD_NAME")));
        let shared = check(&both, &with_bearer("s3cret-token")).await.unwrap();
        assert!(shared.clone().says_to_be("ben", &list).is_ok());
        assert!(shared.says_to_be("anna", &list).is_err_and(|told| told.contains("its own token")));

        let only_own = Config { pods: PodTokensRule::Own, own_tokens, ..sharing(Some("s3cret-token")) };
        let only_own = bridge(only_own);
        assert_eq!(check(&only_own, &with_bearer("s3cret-token")).await, Err(AuthError::Wrong));
        assert!(check(&only_own, &with_bearer(&annas)).await.is_ok());
        tokens.remove("anna").unwrap();
        assert_eq!(check(&only_own, &with_bearer(&annas)).await, Err(AuthError::Wrong), "at once");
        let open = bridge(Config { pods: PodTokensRule::Own, ..sharing(None) });
        assert_eq!(check(&open, &HeaderMap::new()).await, Err(AuthError::Missing));
    }

    #[test]
    fn the_token_does_not_show_in_debug() {
        let shown = format!("{:?}", BridgeToken::new("s3cret-token"));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
