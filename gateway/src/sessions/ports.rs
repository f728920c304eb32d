//! How the edges of the gateway talk to sessions, and what sessions want of the edges.
//!
//! An edge (the bridge today) hands in through [`PodFeed`]; sessions read through [`MessageSource`], which an
//! edge implements and `app.rs` plugs in. So no edge knows another, and sessions know none of them.

use bridge_protocol::{EventFrame, Hello, MessageInfo};
use futures_util::future::BoxFuture;
use gateway_domain::{AskCommand, AuditEntry, ChainedEntry, CommandOutcome, SessionRecord};

/// The duty to take one event into the state. Dropped without `done`, the event is delivered again.
pub trait Receipt: Send {
    fn done(self: Box<Self>);
}

/// An event and the duty to take it into the state.
pub struct Delivery {
    pub event: EventFrame,
    pub receipt: Box<dyn Receipt>,
}

/// What a pod's links tell. The order is the order in which it happened.
pub enum Inbound {
    /// A link is up. `hello` is how things stand in OpenCode right now.
    Connected(Box<Hello>),
    Event(Box<Delivery>),
    /// The pod's link is gone. Another may be on its way.
    Lost,
}

/// Takes in what pods tell.
pub trait PodFeed: Send + Sync + 'static {
    /// Takes a batch. While it does, the pod's further events wait in the pod's bounded queue, and behind
    /// that in the plugin's own buffer.
    fn take<'a>(&'a self, pod: &'a str, batch: Vec<Inbound>) -> BoxFuture<'a, ()>;
}

/// Reads a session's newest messages from OpenCode, oldest first.
pub trait MessageSource: Send + Sync + 'static {
    fn messages<'a>(
        &'a self,
        session: &'a str,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<MessageInfo>, MessagesUnavailable>>;
}

/// Why messages could not be read, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MessagesUnavailable(pub String);

/// Keeps what was promised.
pub trait Keeper: Send + Sync + 'static {
    /// Returns when the record is on disk.
    fn keep<'a>(&'a self, record: &'a SessionRecord) -> BoxFuture<'a, Result<(), NotKept>>;

    /// Returns when the entry is on disk, behind all earlier ones. A gateway that was killed gives entries again
    /// that may be missing: one that the log has (same time, person, deed and ask) is not added a second time.
    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>>;
}

/// What is kept, for people who look at it.
pub trait Archive: Send + Sync + 'static {
    /// Audit entries of a session (or of all), newest first, those before a number.
    fn audit_page<'a>(&'a self, wanted: AuditPage) -> BoxFuture<'a, Result<Vec<ChainedEntry>, NotKept>>;

    fn health(&self) -> KeptHealth;
}

#[derive(Clone, Debug)]
pub struct AuditPage {
    pub session: Option<String>,
    pub before: Option<u64>,
    pub limit: usize,
}

/// How the keeping is going.
#[derive(Clone, Debug, serde::Serialize)]
pub struct KeptHealth {
    /// Why commits fail, while they do. What was promised is on disk all the same.
    pub failing: Option<String>,
    /// Changes that are on disk and not committed yet.
    pub waiting: u64,
    /// What was found and put right lately, newest last.
    pub notices: Vec<String>,
}

/// Why something is not on disk, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub String);

/// Tells OpenCode what was decided about an ask.
pub trait AskExecutor: Send + Sync + 'static {
    /// Sent again under the same request id, it takes effect once.
    fn execute<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        command: AskCommand,
    ) -> BoxFuture<'a, CommandOutcome>;
}
