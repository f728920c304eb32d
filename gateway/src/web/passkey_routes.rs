//! A person's passkeys, and what they are asked to sign.

use super::Api;
use super::ask_routes::AnswerSaid;
use super::path_ids::{OfAsk, OfPasskey};
use crate::passkeys::{
    Enrolled, GivenAssertion, GivenRegistration, NewPasskey, OwnPasskeys, PasskeyRefusal, PasskeyView,
    TouchWanted,
};
use crate::problem::Problem;
use crate::sessions::desk::Refusal;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::{Extension, Json};
use gateway_domain::{Person, Proven, Verdict};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) async fn list(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Extension(proven): Extension<Proven>,
) -> Json<OwnPasskeys> {
    Json(api.passkeys.of(&person, &proven))
}

pub(super) async fn begin(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Extension(proven): Extension<Proven>,
) -> Result<Json<NewPasskey>, Problem> {
    Ok(Json(api.passkeys.begin(&person, &proven)?))
}

pub(super) async fn enrol(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Extension(proven): Extension<Proven>,
    body: Result<Json<GivenRegistration>, JsonRejection>,
) -> Result<Json<Enrolled>, Problem> {
    let Json(given) = body?;
    Ok(Json(api.passkeys.enrol(&person, &proven, given).await?))
}

pub(super) async fn confirm(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Extension(proven): Extension<Proven>,
    body: Result<Json<GivenAssertion>, JsonRejection>,
) -> Result<Json<PasskeyView>, Problem> {
    let Json(given) = body?;
    Ok(Json(api.passkeys.confirm(&person, &proven, &given).await?))
}

pub(super) async fn removal(
    State(api): State<Api>,
    OfPasskey(id): OfPasskey,
    Extension(person): Extension<Person>,
) -> Result<Json<TouchWanted>, Problem> {
    Ok(Json(api.passkeys.removal(&person, &id)?))
}

/// How it is confirmed; without anything a sign-in of the last 15 minutes counts.
#[derive(Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovalGiven {
    assertion: Option<GivenAssertion>,
}

pub(super) async fn remove(
    State(api): State<Api>,
    OfPasskey(id): OfPasskey,
    Extension(person): Extension<Person>,
    Extension(proven): Extension<Proven>,
    body: Result<Json<RemovalGiven>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(RemovalGiven { assertion }) = body?;
    api.passkeys.remove(&person, &proven, &id, assertion.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer that is to be signed, and what the person saw.
#[derive(Debug, JsonSchema, Deserialize)]
pub(super) struct AnswerToSign {
    #[serde(flatten)]
    said: AnswerSaid,
    /// Of what the person saw: a request that changed since is not signed.
    digest: String,
}

pub(super) async fn challenge(
    State(api): State<Api>,
    OfAsk(id): OfAsk,
    Extension(person): Extension<Person>,
    body: Result<Json<AnswerToSign>, JsonRejection>,
) -> Result<Json<TouchWanted>, Problem> {
    let Json(AnswerToSign { said, digest }) = body?;
    let ask = api.desk.ask(&id).ok_or(Refusal::UnknownAsk(id))?;
    if ask.digest != digest {
        return Err(Refusal::Decided(Verdict::Changed).into());
    }
    Ok(Json(api.passkeys.answer_challenge(&person, &ask, said.into())?))
}

impl From<PasskeyRefusal> for Problem {
    fn from(refusal: PasskeyRefusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            PasskeyRefusal::NoSite(_) => Self::new(StatusCode::CONFLICT, "No passkeys here", detail),
            PasskeyRefusal::NotProven | PasskeyRefusal::NotConfirmed => {
                Self::new(StatusCode::FORBIDDEN, "Sign in first", detail)
            }
            PasskeyRefusal::Fault(_) | PasskeyRefusal::NotYours => {
                Self::new(StatusCode::FORBIDDEN, "Passkey refused", detail)
            }
            PasskeyRefusal::Over
            | PasskeyRefusal::NoneYet
            | PasskeyRefusal::Known
            | PasskeyRefusal::TooMany(_) => Self::new(StatusCode::CONFLICT, "Passkey", detail),
            PasskeyRefusal::Unknown => Self::not_found(detail),
            PasskeyRefusal::Name => Self::bad_request(detail),
            PasskeyRefusal::NotSaved => Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not saved", detail),
        }
    }
}
