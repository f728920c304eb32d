//! What a session that began in OpenCode waits for, shown in OpenCode's own web UI by a script of ours: OpenCode has no
//! form that others could fill (REQ-START-10).

use super::{OpenDoor, page};
use crate::problem::Problem;
use crate::sessions::desk::Refusal;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_domain::{
    Answer, AnswerGiven, AnswerKey, Ask, AskDisplay, Field, Person, Proven, SessionId, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SCRIPT: &str = include_str!("form.js");

pub(super) async fn script() -> Response {
    page::script(SCRIPT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    session: String,
}

/// What the script shows.
#[derive(Default, Serialize)]
pub(super) struct FormView {
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Form>,
    /// Where the session is now: it may have moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Form {
    ask: String,
    digest: String,
    title: String,
    /// What waits.
    call: String,
    fields: Vec<Field>,
    /// What stands on the button that denies, where it can be denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    deny: Option<String>,
}

pub(super) async fn shown(
    State(here): State<OpenDoor>,
    of: Result<Query<Of>, QueryRejection>,
) -> Result<Json<FormView>, Problem> {
    let Query(Of { session }) = of?;
    let session = SessionId::parse(&session).map_err(|error| Problem::bad_request(error.to_string()))?;
    let desk = &here.ui.parts.desk;
    let form = desk.asks().iter().filter(|ask| ask.session == session.as_str()).find_map(form_of);
    let page = desk.card_of(session.as_str()).map(|card| card.about.directory.clone());
    let page = page.filter(|directory| !directory.is_empty());
    let page =
        page.map(|directory| format!("/{}/session/{}", URL_SAFE_NO_PAD.encode(directory), session.as_str()));
    Ok(Json(FormView { form, page }))
}

/// The form that this ask is, while it can be filled in.
pub(crate) fn form_of(ask: &Ask) -> Option<Form> {
    let AskDisplay { title, subject, answers, .. } = ask.display();
    let can = |key| answers.iter().find(|choice| choice.key == key);
    can(AnswerKey::Configured)?;
    let (id, digest, fields) = (ask.id.clone(), ask.digest.clone(), ask.body.fields().to_vec());
    let deny = can(AnswerKey::Deny).map(|choice| choice.label.clone());
    Some(Form { ask: id, digest, title, call: subject.text, fields, deny })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilledForm {
    ask: String,
    digest: String,
    /// None denies the call.
    values: Option<BTreeMap<String, String>>,
}

pub(super) async fn filled(
    State(here): State<OpenDoor>,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    filled: Result<Json<FilledForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(FilledForm { ask, digest, values }) = filled?;
    let answer = values.map_or(Answer::Deny { reason: None }, |values| Answer::Configured { values });
    let given = AnswerGiven { ask, digest: Some(digest), by, proven, answer };
    match here.ui.parts.desk.answer(given).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(refusal) => Err(problem(&refusal)),
    }
}

fn problem(refusal: &Refusal) -> Problem {
    let status = match refusal {
        Refusal::Decided(Verdict::NotAllowed | Verdict::RefusedByRule { .. }) => StatusCode::FORBIDDEN,
        Refusal::Decided(Verdict::WrongKind { .. }) => StatusCode::BAD_REQUEST,
        Refusal::Decided(_) | Refusal::UnknownAsk(_) => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(status, "Not set up", refusal.to_string())
}
