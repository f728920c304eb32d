//! What waits for a person, as OpenCode holds it.

use bridge_protocol::{HeldTool, PermissionAsk, QuestionAsk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An ask and what became of it.
#[derive(JsonSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveAsk {
    #[serde(flatten)]
    pub body: LiveAskBody,
    #[serde(flatten)]
    pub state: LiveAskState,
}

#[derive(JsonSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[schemars(rename = "LiveAskBody")]
pub enum LiveAskBody {
    Permission(PermissionAsk),
    Question(QuestionAsk),
    Held(HeldTool),
}

by_name::by_name!(LiveAskBody);

#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[schemars(rename = "LiveAskState")]
pub enum LiveAskState {
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

by_name::by_name!(LiveAskState);

impl LiveAsk {
    pub(super) fn open(body: LiveAskBody) -> Self {
        Self { body, state: LiveAskState::Open }
    }

    pub fn id(&self) -> &str {
        match &self.body {
            LiveAskBody::Permission(ask) => &ask.id,
            LiveAskBody::Question(ask) => &ask.id,
            LiveAskBody::Held(held) => &held.hold_id,
        }
    }

    pub fn session_id(&self) -> &str {
        match &self.body {
            LiveAskBody::Permission(ask) => &ask.session_id,
            LiveAskBody::Question(ask) => &ask.session_id,
            LiveAskBody::Held(held) => &held.session_id,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state == LiveAskState::Open
    }
}
