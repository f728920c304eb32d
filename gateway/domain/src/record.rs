//! What of a session must survive: its asks, its promises, and where they belong. No message text.

use crate::ask::Ask;
use crate::audit::AuditEntry;
use crate::effect::AskCommand;
use serde::{Deserialize, Serialize};

/// The version of the record's shape.
pub(crate) const SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    pub schema: u32,
    /// OpenCode's id of the session.
    pub session: String,
    pub pod: String,
    /// Open asks, and the newest of those that are settled.
    pub asks: Vec<Ask>,
    /// Commands whose outcome is not known yet. After a restart they are sent again under the same ids.
    pub outbox: Vec<PendingCommand>,
    /// Makes ids of ours that repeat in a replay.
    pub counter: u64,
    /// The turn was resumed after a restart: asks that are left when it ends were not needed any more.
    #[serde(default)]
    pub resumed: bool,
    /// The user message of the turn that is being taken up after a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    /// Asks of the running turn that were answered, here or in OpenCode. Until the turn ends, OpenCode's death can
    /// undo that, and the turn is to be taken up again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub under_way: Vec<String>,
    /// Entries that may not be in the audit log yet. It takes an entry once, however often it is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<AuditEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingCommand {
    pub request_id: String,
    /// The ask it is about.
    pub ask: String,
    pub command: AskCommand,
    /// Sent before, with an outcome that nobody knows: it may have taken effect.
    #[serde(default)]
    pub in_doubt: bool,
}

impl SessionRecord {
    pub fn new(session: &str, pod: &str) -> Self {
        Self {
            schema: SCHEMA,
            session: session.to_owned(),
            pod: pod.to_owned(),
            asks: vec![],
            outbox: vec![],
            counter: 0,
            resumed: false,
            turn: None,
            under_way: vec![],
            unaudited: vec![],
        }
    }

    /// Whether anything is still to be done for somebody.
    pub fn is_unsettled(&self) -> bool {
        !self.outbox.is_empty() || self.asks.iter().any(Ask::is_unsettled)
    }
}
