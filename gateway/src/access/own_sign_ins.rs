//! Where a person is signed in, and how they end it from elsewhere.

use super::sign_in_entry::{SignIn, Way};
use super::sign_in_table::Listed;
use super::sign_in_words::ended_by_person;
use super::{Access, CurrentSignIn};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use gateway_domain::Person;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

#[derive(JsonSchema, Serialize)]
pub(crate) struct OwnSignIns {
    /// Newest first.
    sign_ins: Vec<OwnSignIn>,
}

/// A person's sign-in in one browser.
#[derive(JsonSchema, Serialize)]
pub(crate) struct OwnSignIn {
    id: String,
    /// Such as `Firefox on Linux`, as the browser says.
    browser: String,
    /// How the person came in: with the gateway's token, with the sign-in provider, with GitHub, or passed on from another sign-in.
    by: SignedInBy,
    began: Timestamp,
    last_used: Timestamp,
    ends: Timestamp,
    /// The one that asks.
    current: bool,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum SignedInBy {
    Token,
    Provider,
    Github,
    PassedOn,
}

pub(crate) async fn own_sign_ins(
    State(access): State<Arc<Access>>,
    Extension(person): Extension<Person>,
    current: Option<Extension<CurrentSignIn>>,
) -> Json<OwnSignIns> {
    let current = current.map(|Extension(current)| current.id);
    let listed = access.sign_ins.of(&person.id, access.clock.now());
    let sign_ins = listed.into_iter().map(|listed| OwnSignIn::of(listed, current.as_deref())).collect();
    Json(OwnSignIns { sign_ins })
}

/// Ends a sign-in of whoever asks, with those that came from it. What is open there is closed.
pub(crate) async fn end_own_sign_in(
    access: &Access,
    person: &Person,
    id: &str,
) -> Result<StatusCode, Problem> {
    let ended = access.sign_ins.end(id, |sign_in| sign_in.person.id == person.id);
    if ended.is_empty() {
        return Err(Problem::not_found("You have no sign-in of that id; it may have ended already."));
    }
    tracing::info!(person = %person.id, "ended a sign-in of theirs");
    access.book.after(ended_by_person(&ended, access.clock.now())).await;
    access.sign_ins.saved().await.map_err(|error| {
        tracing::error!(%error, "the end of a sign-in not saved");
        let detail = "That sign-in has ended, but this couldn't be saved yet: a restart of the gateway could bring it back.";
        Problem::new(StatusCode::INSUFFICIENT_STORAGE, "Not saved yet", detail)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

impl OwnSignIn {
    fn of(listed: Listed, current: Option<&str>) -> Self {
        let SignIn { id, browser, way, began, ends, .. } = listed.sign_in;
        let by = match way {
            Way::Token { .. } => SignedInBy::Token,
            Way::Oidc(_) => SignedInBy::Provider,
            Way::Github(_) => SignedInBy::Github,
            Way::PassedOn { .. } => SignedInBy::PassedOn,
        };
        let current = current == Some(id.as_str());
        Self { id, browser, by, began, last_used: listed.last_used, ends, current }
    }
}
