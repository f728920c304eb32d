//! Routes that steer a session: write, stop, pause, resume, close. Each is decided and saved before it is
//! confirmed.

use super::idempotency::SentAs;
use super::path_ids::OfSession;
use super::uploads::{NewFile, attachments};
use super::{Api, Problem};
use crate::access::OPERATOR;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::{Extension, Json};
use bridge_protocol::ModelRef;
use gateway_domain::{MAX_FILES, ModelChoice, Person, Proven, Reply, Said, Steer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Letters of a person in the key of what they do.
const KEY_OF_PERSON: usize = 16;

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["text"], "properties": { "text": { "pattern": r"\S" } } },
    { "required": ["files"], "properties": { "files": { "minItems": 1 } } },
]))]
pub(super) struct NewMessage {
    /// May be empty beside files.
    #[serde(default)]
    text: String,
    #[serde(default)]
    #[schemars(length(max = MAX_FILES))]
    files: Vec<NewFile>,
    /// The sender's own word for this message: sent again with the same one, it is written once.
    #[schemars(regex(pattern = r"^[A-Za-z0-9]{8,64}$"))]
    key: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
}

/// What became of a message.
#[derive(JsonSchema, Serialize)]
pub(super) struct MessageReceipt {
    #[serde(flatten)]
    reply: Reply,
    message_id: String,
}

pub(super) async fn say(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    sent_as: Option<Extension<SentAs>>,
    body: Result<Json<NewMessage>, JsonRejection>,
) -> Result<(StatusCode, Json<MessageReceipt>), Problem> {
    let Json(NewMessage { text, files, key, agent, model }) = body?;
    let key = self::key(&api, &by, key, sent_as)?;
    let message_id = format!("msg_gw{key}");
    let model = model.map(|ModelRef { provider, model }| ModelChoice { provider, model });
    let said = Said { message_id: message_id.clone(), by, proven, text, files: vec![], agent, model };
    let reply = api.desk.say_with(&id, said, attachments(files)?).await?.into();
    Ok((StatusCode::ACCEPTED, Json(MessageReceipt { reply, message_id })))
}

pub(super) async fn stop(
    state: State<Api>,
    path: OfSession,
    by: Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    steer(state, path, by, Steer::Stop).await
}

pub(super) async fn pause(
    state: State<Api>,
    path: OfSession,
    by: Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    steer(state, path, by, Steer::Pause).await
}

pub(super) async fn resume(
    state: State<Api>,
    path: OfSession,
    by: Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    steer(state, path, by, Steer::Resume).await
}

pub(super) async fn retry(
    state: State<Api>,
    path: OfSession,
    by: Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    steer(state, path, by, Steer::Retry).await
}

pub(super) async fn close(
    state: State<Api>,
    path: OfSession,
    by: Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    steer(state, path, by, Steer::Close).await
}

pub(super) async fn reopen(
    state: State<Api>,
    path: OfSession,
    by: Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    steer(state, path, by, Steer::Reopen).await
}

async fn steer(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    to: Steer,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(api.desk.steer(&id, by, to).await?.into()))
}

/// What makes the change the same when it is sent again: the sender's own word, or its Idempotency-Key.
pub(super) fn key(
    api: &Api,
    by: &Person,
    wanted: Option<String>,
    sent_as: Option<Extension<SentAs>>,
) -> Result<String, Problem> {
    match (wanted, sent_as) {
        (Some(key), _) => checked_key(key).map(|key| own_key(by, &key)),
        (None, Some(Extension(SentAs(key)))) => Ok(key),
        (None, None) => Ok(api.ids.next("")),
    }
}

/// Two people who take the same word mean two things. Programs that name nobody are one.
pub(super) fn own_key(by: &Person, key: &str) -> String {
    if by.id == OPERATOR {
        return key.to_owned();
    }
    let whose = hex::encode(Sha256::digest(by.id.as_bytes()));
    format!("{key}{}", whose.get(..KEY_OF_PERSON).unwrap_or(&whose))
}

pub(super) fn checked_key(key: String) -> Result<String, Problem> {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && (8..=64).contains(&key.len()) {
        return Ok(key);
    }
    Err(Problem::bad_request("A key must have 8 to 64 letters or digits."))
}
