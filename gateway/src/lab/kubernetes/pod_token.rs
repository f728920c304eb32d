//! Whose the token is that a lab's pod presents for its files. The cluster made it for that pod, at the pod's own request, and for
//! one archive of one attempt: that stands in it as its audience, so it opens nothing else, the Kubernetes API included.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus};
use kube::api::PostParams;
use kube::{Api, Client};

const POD_NAME: &str = "authentication.kubernetes.io/pod-name";

/// For whom a token must have been made.
pub(super) fn audience(attempt: &str, digest: &str) -> String {
    format!("opencode-gateway/lab-files/{attempt}/{digest}")
}

pub(super) trait Vouching: Send + Sync + 'static {
    /// The pod that presents a token, if it is one of this account and the token was made for this.
    fn pod_with<'a>(
        &'a self,
        token: &'a str,
        audience: &'a str,
        account: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, String>>;
}

impl Vouching for Client {
    fn pod_with<'a>(
        &'a self,
        token: &'a str,
        audience: &'a str,
        account: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, String>> {
        async move {
            let (token, audiences) = (Some(token.to_owned()), Some(vec![audience.to_owned()]));
            let review = TokenReview { spec: TokenReviewSpec { token, audiences }, ..TokenReview::default() };
            let reviews: Api<TokenReview> = Api::all(self.clone());
            let reviewed = reviews.create(&PostParams::default(), &review).await;
            let status = reviewed.map_err(|error| error.to_string())?.status.unwrap_or_default();
            Ok(pod_of(&status, audience, account))
        }
        .boxed()
    }
}

/// None: it is not valid, not for this, of another account, or bound to no pod.
fn pod_of(status: &TokenReviewStatus, audience: &str, account: &str) -> Option<String> {
    let is_for_it = status.audiences.iter().flatten().any(|one| one == audience);
    let user = status.user.as_ref().filter(|_| status.authenticated == Some(true) && is_for_it)?;
    let is_its = user.username.as_deref() == Some(account);
    let pod = user.extra.as_ref()?.get(POD_NAME)?.first()?;
    (is_its && !pod.is_empty()).then(|| pod.clone())
}

#[cfg(test)]
mod tests {
    use super::pod_of;
    use serde_json::{Value, json};

    const ACCOUNT: &str = "system:serviceaccount:shop-lab:default";

    fn pod(change: impl FnOnce(&mut Value)) -> Option<String> {
        // As Kubernetes 1.36.2 answers.
        let mut status = json!({
            "authenticated": true,
            "audiences": ["this"],
            "user": {
                "username": ACCOUNT, "uid": "u", "groups": ["system:authenticated"],
                "extra": {
                    "authentication.kubernetes.io/pod-name": ["shop-7c9f-abcde"],
                    "authentication.kubernetes.io/pod-uid": ["3ae1"],
                },
            },
        });
        change(&mut status);
        pod_of(&serde_json::from_value(status).unwrap(), "this", ACCOUNT)
    }

    #[test]
    fn a_token_is_its_pods_or_nobodys() {
        // REQ-LAB-09
        assert_eq!(pod(|_| {}).as_deref(), Some("shop-7c9f-abcde"));
        assert_eq!(pod(|status| status["authenticated"] = json!(false)), None);
        assert_eq!(pod(|status| status["audiences"] = json!(["another"])), None);
        assert_eq!(pod(|status| status["audiences"] = Value::Null), None);
        let other = "system:serviceaccount:other-lab:default";
        assert_eq!(pod(|status| status["user"]["username"] = json!(other)), None);
        assert_eq!(pod(|status| status["user"]["extra"] = json!({})), None, "bound to no pod");
        assert_eq!(pod(|status| status["user"] = Value::Null), None);
    }
}
