//! Who presents a token on the bridge: the API server says whose it is, whether it was made for us, and to which pod it is
//! bound.

use super::Cluster;
use crate::sessions::ports::{Accounts, TokenHolder, Unreviewed};
use futures_util::future::BoxFuture;
use gateway_domain::{PodCredential, PodIdentity};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, UserInfo};
use kube::Api;
use kube::api::PostParams;

/// For whom the token must have been made; the pod's volume asks for it by this name.
const AUDIENCE: &str = "opencode-gateway";

const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";

impl Accounts for Cluster {
    fn holder_of<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<TokenHolder, Unreviewed>> {
        Box::pin(async move {
            let user = self.review(token).await.map_err(|error| Unreviewed(error.to_string()))?;
            let user = user.filter(|user| self.may_connect(user));
            Ok(user.map_or(TokenHolder::Nobody, |user| holder(&user)))
        })
    }

    fn is_gone<'a>(&'a self, pod: &'a PodIdentity) -> BoxFuture<'a, Result<bool, Unreviewed>> {
        Box::pin(async move { self.has_ended(pod).await.map_err(|error| Unreviewed(error.to_string())) })
    }
}

impl Cluster {
    fn may_connect(&self, user: &UserInfo) -> bool {
        user.username.as_ref().is_some_and(|name| self.identity.bridge_accounts.contains(name))
    }

    async fn review(&self, token: &str) -> Result<Option<UserInfo>, kube::Error> {
        let spec =
            TokenReviewSpec { token: Some(token.to_owned()), audiences: Some(vec![AUDIENCE.to_owned()]) };
        let review = TokenReview { spec, ..TokenReview::default() };
        let reviews: Api<TokenReview> = Api::all(self.client.clone());
        let status = reviews.create(&PostParams::default(), &review).await?.status.unwrap_or_default();
        let for_us = status.audiences.is_some_and(|audiences| audiences.iter().any(|name| name == AUDIENCE));
        let valid = status.authenticated == Some(true) && for_us;
        Ok(status.user.filter(|_| valid))
    }
}

/// A token of the account that is bound to no pod is valid too, and whoever may make tokens of the account has as many as
/// they like.
fn holder(user: &UserInfo) -> TokenHolder {
    let account = user.username.clone().unwrap_or_default();
    match (only(user, POD_NAME), only(user, POD_UID)) {
        (Some(name), Some(uid)) => {
            TokenHolder::Pod(PodIdentity::new(name, PodCredential::Bound { uid, account }))
        }
        _ => TokenHolder::Account(account),
    }
}

/// The value, if there is exactly one.
fn only(user: &UserInfo, key: &str) -> Option<String> {
    match user.extra.as_ref()?.get(key)?.as_slice() {
        [one] if !one.is_empty() => Some(one.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(extra: Value) -> TokenHolder {
        let user = json!({
            "username": "system:serviceaccount:default:codev", "uid": "u", "groups": ["system:authenticated"],
            "extra": extra,
        });
        holder(&serde_json::from_value(user).unwrap())
    }

    #[test]
    fn a_token_names_its_pod_or_is_nobodys() {
        // REQ-WHO-04, H7: as Kubernetes 1.36.2 answers.
        let whole = json!({
            "authentication.kubernetes.io/credential-id": ["JTI=1"],
            "authentication.kubernetes.io/pod-name": ["opencode-anna-7c9f-abcde"],
            "authentication.kubernetes.io/pod-uid": ["3ae1"],
            "authentication.kubernetes.io/node-name": ["n1"],
        });
        let account = "system:serviceaccount:default:codev".to_owned();
        let credential = PodCredential::Bound { uid: "3ae1".to_owned(), account: account.clone() };
        let pod = PodIdentity::new("opencode-anna-7c9f-abcde", credential);
        assert_eq!(told(whole.clone()), TokenHolder::Pod(pod));
        let with = |key: &str, value: Value| {
            let mut extra = whole.clone();
            extra[key] = value;
            extra
        };
        let odd = [
            json!({ "authentication.kubernetes.io/credential-id": ["JTI=1"] }),
            with(POD_NAME, json!([])),
            with(POD_NAME, json!(["a", "b"])),
            with(POD_NAME, json!([""])),
            with(POD_UID, json!([])),
            with(POD_UID, json!(["1", "2"])),
        ];
        for extra in odd {
            assert_eq!(told(extra.clone()), TokenHolder::Account(account.clone()), "{extra}");
        }
    }
}
