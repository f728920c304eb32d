//! Whose a token is, and what somebody may do.

use super::cluster::Cluster;
use super::routes::{Shared, lock};
use super::state::{MadeToken, State as Inner};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewStatus, UserInfo};
use k8s_openapi::api::authorization::v1::{SelfSubjectAccessReview, SubjectAccessReviewStatus};
use std::collections::BTreeMap;
use std::sync::Arc;

const AUTHENTICATION: &str = "authentication.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";

pub(super) async fn review_token(State(state): State<Shared>, body: Bytes) -> Response {
    let mut state = lock(&state);
    if let Some(refusal) = state.note("create", AUTHENTICATION, "tokenreviews", None) {
        return refusal;
    }
    let mut review = match state.typed::<TokenReview>(&body) {
        Ok(review) => review,
        Err(refusal) => return *refusal,
    };
    let wanted = review.spec.audiences.clone().unwrap_or_default();
    let presented = review.spec.token.clone().unwrap_or_default();
    let judged = state.judge(&presented, &wanted);
    review.status =
        Some(judged.unwrap_or_else(|error| TokenReviewStatus {
            error: Some(error),
            ..TokenReviewStatus::default()
        }));
    (StatusCode::CREATED, Json(review)).into_response()
}

impl Inner {
    /// As a real server says it: who is not known has an error, and is not even called unauthenticated.
    fn judge(&self, presented: &str, wanted: &[String]) -> Result<TokenReviewStatus, String> {
        let token = self.tokens.get(presented).ok_or("[invalid bearer token]")?;
        let audiences: Vec<_> = wanted.iter().filter(|one| token.audiences.contains(one)).cloned().collect();
        if audiences.is_empty() {
            return Err(format!("[invalid bearer token, token audiences {:?} is invalid]", token.audiences));
        }
        let Some((pod, uid)) = &token.pod else { return Ok(accepted(token, audiences)) };
        match self.pods.get(pod) {
            Some(known) if known == uid => Ok(accepted(token, audiences)),
            Some(known) => {
                Err(format!("[invalid bearer token, pod UID ({known}) does not match claim ({uid})]"))
            }
            None => Err("[invalid bearer token, service account token has been invalidated]".to_owned()),
        }
    }
}

fn accepted(token: &MadeToken, audiences: Vec<String>) -> TokenReviewStatus {
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |key: &str, value: &str| {
        extra.insert(format!("authentication.kubernetes.io/{key}"), vec![value.to_owned()]);
    };
    add("credential-id", "JTI=0b0a9a0e-8f9f-4a6b-9c57-0a4c0e0f2b9d");
    if let Some((pod, uid)) = &token.pod {
        add("pod-name", pod);
        add("pod-uid", uid);
        add("node-name", "n1");
        add("node-uid", "a1a1");
    }
    let groups = ["system:serviceaccounts", "system:authenticated"].map(str::to_owned);
    let user = UserInfo {
        username: Some(token.account.clone()),
        uid: Some("c0de".to_owned()),
        groups: Some(groups.into()),
        extra: Some(extra),
    };
    TokenReviewStatus { authenticated: Some(true), audiences: Some(audiences), user: Some(user), error: None }
}

pub(super) async fn review_access(
    State(state): State<Shared>,
    cluster: Arc<Cluster>,
    body: Bytes,
) -> Response {
    let mut state = lock(&state);
    state.note("create", AUTHORIZATION, "selfsubjectaccessreviews", None);
    let mut review = match state.typed::<SelfSubjectAccessReview>(&body) {
        Ok(review) => review,
        Err(refusal) => return *refusal,
    };
    let asked = review.spec.resource_attributes.clone().unwrap_or_default();
    let [verb, group, namespace, name, subresource, resource] =
        [asked.verb, asked.group, asked.namespace, asked.name, asked.subresource, asked.resource]
            .map(Option::unwrap_or_default);
    let resource = if subresource.is_empty() { resource } else { format!("{resource}/{subresource}") };
    let forbidden = state.forbidden.contains(&(verb.clone(), resource.clone()));
    let allowed = !forbidden && cluster.allows(&verb, &group, &resource, &namespace, &name);
    review.status = Some(SubjectAccessReviewStatus { allowed, ..SubjectAccessReviewStatus::default() });
    (StatusCode::CREATED, Json(review)).into_response()
}
