//! What waits for a person, as OpenCode holds it.

use bridge_protocol::{HeldTool, PermissionAsk, QuestionAsk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An ask and what became of it.
#[derive(JsonSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveAsk {
    #[serde(flatten)]
    pub body: AskBody,
    #[serde(flatten)]
    pub state: AskState,
}

#[derive(JsonSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[schemars(rename = "LiveAskBody")]
pub enum AskBody {
    Permission(PermissionAsk),
    Question(QuestionAsk),
    Held(HeldTool),
}

by_name::by_name!(AskBody);

#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[schemars(rename = "LiveAskState")]
pub enum AskState {
    Open,
    /// OpenCode says it was answered; `by_gateway` tells whether through us.
    Resolved {
        answer: String,
        by_gateway: bool,
    },
    /// OpenCode died under it: nobody waits for the answer now.
    Orphaned,
    /// OpenCode no longer holds it, and did not say why (its session was aborted or deleted).
    Withdrawn,
}

by_name::by_name!(AskState);

impl LiveAsk {
    pub(super) fn open(body: AskBody) -> Self {
        Self { body, state: AskState::Open }
    }

    pub fn id(&self) -> &str {
        match &self.body {
            AskBody::Permission(ask) => &ask.id,
            AskBody::Question(ask) => &ask.id,
            AskBody::Held(held) => &held.hold_id,
        }
    }

    pub fn session_id(&self) -> &str {
        match &self.body {
            AskBody::Permission(ask) => &ask.session_id,
            AskBody::Question(ask) => &ask.session_id,
            AskBody::Held(held) => &held.session_id,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state == AskState::Open
    }
}
