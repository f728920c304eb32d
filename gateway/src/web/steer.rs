//! What people do to a session: write, stop, pause, resume, close. Each is decided and kept before it is confirmed.

use super::files::{NewFile, attachments};
use super::sessions::checked;
use super::{Api, Problem};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bridge_protocol::ModelRef;
use gateway_domain::{ModelChoice, Person, Said, Steer, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    #[serde(default)]
    text: String,
    #[serde(default)]
    files: Vec<NewFile>,
    /// The sender's own word for this message: sent again with the same one, it is written once.
    key: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
}

/// What became of a message.
#[derive(JsonSchema, Serialize)]
pub(super) struct Written {
    #[serde(flatten)]
    verdict: Verdict,
    message_id: String,
}

pub(super) async fn say(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    body: Result<Json<NewMessage>, JsonRejection>,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let (id, Json(NewMessage { text, files, key, agent, model })) = (checked(id)?, body?);
    let key = key.map_or_else(|| Ok(api.ids.next("")), checked_key)?;
    let message_id = format!("msg_gw{key}");
    let model = model.map(|ModelRef { provider, model }| ModelChoice { provider, model });
    let said = Said { message_id: message_id.clone(), by, text, files: vec![], agent, model };
    let verdict = api.desk.say_with(&id, said, attachments(files)?).await?;
    Ok((StatusCode::ACCEPTED, Json(Written { verdict, message_id })))
}

pub(super) async fn stop(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Stop).await
}

pub(super) async fn pause(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Pause).await
}

pub(super) async fn resume(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Resume).await
}

pub(super) async fn close(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Close).await
}

async fn steer(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    to: Steer,
) -> Result<Json<Verdict>, Problem> {
    Ok(Json(api.desk.steer(&checked(id)?, by, to).await?))
}

pub(super) fn checked_key(key: String) -> Result<String, Problem> {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && (8..=64).contains(&key.len()) {
        return Ok(key);
    }
    Err(Problem::bad_request("A key has 8 to 64 letters or digits."))
}
