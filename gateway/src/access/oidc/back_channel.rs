//! The provider tells that somebody signed out there: their sign-ins here end before it gets its answer.

use super::{Oidc, ProviderFault};
use crate::access::Access;
use crate::access::sign_in_entry::{Provided, SignIn};
use crate::access::sign_in_words;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gateway_proof::jwt::logout_token::LogoutToken;
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Logout tokens that are remembered until they end. Only the provider can make one.
const KEPT: usize = 10_000;

/// Seconds that a token counts after its end, for clocks that are apart.
const GRACE: i64 = 120;

/// Each token counts once.
#[derive(Default)]
pub(super) struct UsedTokens(Mutex<HashMap<String, i64>>);

impl UsedTokens {
    fn is_first(&self, token: &LogoutToken, now: Timestamp) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, ends| *ends > now.as_second());
        used.len() < KEPT && used.insert(token.id.clone(), token.ends.saturating_add(GRACE)).is_none()
    }

    /// It did not count after all.
    fn forget(&self, token: &LogoutToken) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&token.id);
    }
}

pub(crate) async fn back_channel(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(oidc) = &access.oidc else { return StatusCode::NOT_FOUND.into_response() };
    let refused = |why: &str| {
        let too_often = access.refused_sign_in("back_channel", Some(peer.ip()), None, why).is_some();
        answer(if too_often { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::BAD_REQUEST }, why)
    };
    let Some(sent) = body.ok().and_then(|body| logout_token_in(&body)) else {
        return refused("there is no `logout_token` in the form");
    };
    let token = match oidc.provider.logout_token(&sent).await {
        Ok(token) => token,
        Err(fault @ ProviderFault::Token(_)) => return refused(&fault.to_string()),
        Err(fault) => {
            tracing::warn!(%fault, "a sign-out at the provider can't be checked");
            return answer(StatusCode::BAD_GATEWAY, "the gateway can't reach the provider's keys");
        }
    };
    if !oidc.used.is_first(&token, access.clock.now()) {
        return refused("this token was used before");
    }
    end(&access, oidc, &token).await
}

fn logout_token_in(body: &[u8]) -> Option<String> {
    let mut fields = form_urlencoded::parse(body);
    fields.find(|(name, _)| name == "logout_token").map(|(_, token)| token.into_owned())
}

async fn end(access: &Access, oidc: &Oidc, token: &LogoutToken) -> Response {
    let ended = access.sign_ins.end_all(|sign_in| is_meant(oidc, sign_in, token));
    tracing::info!(ended = ended.len(), "a sign-out at the provider was carried out");
    let why = "the provider told of a sign-out there (back-channel logout)";
    access.book.after(sign_in_words::ended(&ended, why, access.clock.now())).await;
    match access.sign_ins.saved().await {
        Ok(()) => (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response(),
        Err(error) => {
            // They are signed out; a restart could bring them back, so the provider is to tell it again.
            tracing::error!(%error, "sign-out not saved");
            oidc.used.forget(token);
            answer(StatusCode::INSUFFICIENT_STORAGE, "not saved yet; tell it again")
        }
    }
}

/// By the session, or else all of the person's.
fn is_meant(oidc: &Oidc, sign_in: &SignIn, token: &LogoutToken) -> bool {
    let Some(Provided { issuer, subject, session, .. }) = sign_in.provided() else { return false };
    let of_subject = token.subject.as_ref().is_none_or(|wanted| wanted == subject);
    // A sign-in whose session nobody told can't be found by one.
    let of_session = token.session.is_none() || session.is_none() || token.session == *session;
    let findable = token.subject.is_some() || session.is_some();
    *issuer == oidc.settings.issuer && of_subject && of_session && findable
}

fn answer(status: StatusCode, why: &str) -> Response {
    let error = json!({ "error": "invalid_request", "error_description": why });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(error)).into_response()
}
