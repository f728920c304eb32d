//! The ids in paths, checked before anything is done with them.

use super::openapi::{Input, Sketch};
use super::steer::checked_key;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use gateway_domain::{MAX_SAFE_NAME, SAFE_NAME_PATTERN, SafeName, SessionId};
use serde_json::json;

/// The session that the path names.
pub(super) struct OfSession(pub(super) String);

/// The file of a session's message that the path names.
pub(super) struct OfFile {
    pub(super) session: String,
    pub(super) message: String,
    pub(super) file: String,
}

/// The check of a session that the path names.
pub(super) struct OfCheck {
    pub(super) session: String,
    pub(super) check: String,
}

/// The ask that the path names.
pub(super) struct OfAsk(pub(super) String);

/// The delivery that the path names, by its run's id.
pub(super) struct OfDelivery(pub(super) String);

/// The grant that the path names.
pub(super) struct OfGrant(pub(super) String);

/// The sign-in that the path names.
pub(super) struct OfSignIn(pub(super) String);

/// The passkey that the path names.
pub(super) struct OfPasskey(pub(super) String);

/// The start that the path names, by its key.
pub(super) struct OfStart(pub(super) String);

/// The workspace that the path names.
pub(super) struct OfWorkspace(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for OfStart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(key) = OfAsk::from_request_parts(parts, state).await?;
        checked_key(key).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfDelivery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(run) = OfAsk::from_request_parts(parts, state).await?;
        match is_id(&run) {
            true => Ok(Self(run)),
            false => Err(Problem::bad_request("The id of a delivery has 1 to 128 letters, digits, - and _.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfGrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(id) = OfAsk::from_request_parts(parts, state).await?;
        match is_id(&id) {
            true => Ok(Self(id)),
            false => Err(Problem::bad_request("The id of a grant has 1 to 128 letters, digits, - and _.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfSignIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(id) = OfAsk::from_request_parts(parts, state).await?;
        match is_id(&id) {
            true => Ok(Self(id)),
            false => Err(Problem::bad_request("The id of a sign-in has 1 to 128 letters, digits, - and _.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfPasskey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(id) = OfAsk::from_request_parts(parts, state).await?;
        match is_id(&id) {
            true => Ok(Self(id)),
            false => Err(Problem::bad_request("The id of a passkey has 1 to 128 letters, digits, - and _.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfWorkspace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(name) = OfAsk::from_request_parts(parts, state).await?;
        match SafeName::parse(&name) {
            Ok(_) => Ok(Self(name)),
            Err(error) => Err(Problem::bad_request(error.to_string())),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfAsk(id) = OfAsk::from_request_parts(parts, state).await?;
        match SessionId::parse(&id) {
            Ok(_) => Ok(Self(id)),
            Err(error) => Err(Problem::bad_request(error.to_string())),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfFile {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String, String)>::from_request_parts(parts, state).await;
        let Path((session, message, file)) =
            path.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        SessionId::parse(&session).map_err(|error| Problem::bad_request(error.to_string()))?;
        // They become part of an address at OpenCode.
        match is_id(&message) && is_id(&file) {
            true => Ok(Self { session, message, file }),
            false => Err(Problem::bad_request(
                "The id of a message or file has 1 to 128 letters, digits, - and _.",
            )),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfCheck {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((session, check)) = path.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        SessionId::parse(&session).map_err(|error| Problem::bad_request(error.to_string()))?;
        match is_id(&check) {
            true => Ok(Self { session, check }),
            false => Err(Problem::bad_request("The id of a check has 1 to 128 letters, digits, - and _.")),
        }
    }
}

/// Ids of OpenCode's messages and parts, of deliveries, of grants and of sign-ins.
const ID: &str = "^[A-Za-z0-9_-]{1,128}$";

fn is_id(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=128).contains(&word.len()) && word.bytes().all(fits)
}

impl<S: Send + Sync> FromRequestParts<S> for OfAsk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(rejection) => Err(Problem::bad_request(rejection.body_text())),
        }
    }
}

impl Input for OfSession {
    fn describe(sketch: &mut Sketch<'_>) {
        let schema = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{8,128}$" });
        sketch.path("id", "The session's id, as OpenCode has it.", &schema);
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfFile {
    fn describe(sketch: &mut Sketch<'_>) {
        OfSession::describe(sketch);
        let schema = json!({ "type": "string", "pattern": ID });
        sketch.path("message", "The message's id.", &schema);
        sketch.path("file", "The file's id.", &schema);
    }
}

impl Input for OfCheck {
    fn describe(sketch: &mut Sketch<'_>) {
        OfSession::describe(sketch);
        sketch.path("check", "The id of a check's run.", &json!({ "type": "string", "pattern": ID }));
    }
}

impl Input for OfDelivery {
    fn describe(sketch: &mut Sketch<'_>) {
        let words = "The delivery's id, such as `HB-20261128-k3f9`.";
        sketch.path("run", words, &json!({ "type": "string", "pattern": ID }));
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfGrant {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.path("id", "The grant's id.", &json!({ "type": "string", "pattern": ID }));
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfSignIn {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.path("id", "The sign-in's id.", &json!({ "type": "string", "pattern": ID }));
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfPasskey {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.path("id", "The passkey's id.", &json!({ "type": "string", "pattern": ID }));
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfStart {
    fn describe(sketch: &mut Sketch<'_>) {
        let schema = json!({ "type": "string", "pattern": "^[A-Za-z0-9]{8,64}$" });
        sketch.path("key", "The key that the start was sent with.", &schema);
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfWorkspace {
    fn describe(sketch: &mut Sketch<'_>) {
        let schema = json!({ "type": "string", "pattern": SAFE_NAME_PATTERN, "maxLength": MAX_SAFE_NAME });
        sketch.path("name", "The workspace's name.", &schema);
        sketch.refuses(&[400, 404]);
    }
}

impl Input for OfAsk {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.path("id", "The request's id.", &json!({ "type": "string", "minLength": 1 }));
        sketch.refuses(&[400, 404]);
    }
}
