//! Who presents a token on the bridge: the API server says whose it is and whether it was made for us.

use super::Cluster;
use crate::sessions::ports::{Accounts, Unreviewed};
use futures_util::future::BoxFuture;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use kube::Api;
use kube::api::PostParams;

/// For whom the token must have been made; the pod's volume asks for it by this name.
const AUDIENCE: &str = "opencode-gateway";

impl Accounts for Cluster {
    fn account_of<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<String>, Unreviewed>> {
        Box::pin(async move {
            let user = self.review(token).await.map_err(|error| Unreviewed(error.to_string()))?;
            Ok(user.filter(|name| self.identity.bridge_accounts.contains(name)))
        })
    }
}

impl Cluster {
    async fn review(&self, token: &str) -> Result<Option<String>, kube::Error> {
        let spec =
            TokenReviewSpec { token: Some(token.to_owned()), audiences: Some(vec![AUDIENCE.to_owned()]) };
        let review = TokenReview { spec, ..TokenReview::default() };
        let reviews: Api<TokenReview> = Api::all(self.client.clone());
        let status = reviews.create(&PostParams::default(), &review).await?.status.unwrap_or_default();
        let for_us = status.audiences.is_some_and(|audiences| audiences.iter().any(|name| name == AUDIENCE));
        let valid = status.authenticated == Some(true) && for_us;
        Ok(status.user.and_then(|user| user.username).filter(|_| valid))
    }
}
