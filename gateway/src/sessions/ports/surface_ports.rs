//! What surfaces keep on disk: which messages they posted, and what people did there.

use super::NotKept;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What surfaces note of the messages that they post, so that nothing is posted twice.
pub trait PostBook: Send + Sync + 'static {
    /// Returns when it is on disk.
    fn note<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
        state: PostState,
    ) -> BoxFuture<'a, Result<(), NotKept>>;

    fn state(&self, session: &str, key: &str) -> Option<PostState>;

    /// All of one session, by key.
    fn of(&self, session: &str) -> Vec<(String, PostState)>;
}

/// Where a thread item is on its way into a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum PostState {
    /// It may be in the thread or not: look before posting again (REQ-SLACK-05).
    Intended,
    Posted {
        /// The thread's own name for the message.
        ts: String,
        /// A fingerprint of what it shows, once nothing more is expected: drawn anew only when it is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drawn: Option<String>,
    },
    Failed {
        reason: String,
    },
}

by_name::by_name!(PostState);

/// What people did on a surface, kept from its acknowledgement until it is worked off.
pub trait ActionLog: Send + Sync + 'static {
    /// Returns its number when it is on disk.
    fn add<'a>(&'a self, session: &'a str, action: &'a Value) -> BoxFuture<'a, Result<u64, NotKept>>;

    fn done(&self, number: u64) -> BoxFuture<'_, Result<(), NotKept>>;
}

/// An action that was acknowledged before the gateway last stopped.
#[derive(Clone, Debug)]
pub struct PendingAction {
    pub number: u64,
    pub session: String,
    pub at: Timestamp,
    pub body: Value,
}
