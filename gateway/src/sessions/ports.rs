//! How the edges of the gateway talk to sessions, and what sessions want of the edges.
//!
//! An edge (the bridge today) hands in through [`PodFeed`]; sessions read through [`MessageSource`], which an
//! edge implements and `app/` plugs in. So no edge knows another, and sessions know none of them.

use super::message_files::{Attachment, FileSent};
use super::offers::Offered;
use bridge_protocol::{EventFrame, FileChange, Hello, HoldMode, MessageInfo, ModelRef, SessionInfo};
use futures_util::future::BoxFuture;
use gateway_domain::{
    AgentOrder, AgentOutcome, AuditEntry, ChainedEntry, Field, FileNote, SessionRecord, WorkspaceOrder,
    WorkspaceOutcome,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// that may be missing: one that the log has (same time, person, action and ask) is not added a second time.
    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>>;
}

/// Keeps what is in the files of messages until OpenCode has them.
pub trait FileShelf: Send + Sync + 'static {
    /// Returns when all of them are on disk. Put there again, they are the same.
    fn put<'a>(&'a self, message_id: &'a str, files: Vec<Attachment>) -> BoxFuture<'a, Result<(), NotKept>>;

    fn read<'a>(&'a self, message_id: &'a str, file: &'a FileNote)
    -> BoxFuture<'a, Result<Vec<u8>, NotKept>>;

    /// The files of this message are not needed any more.
    fn discard<'a>(&'a self, message_id: &'a str) -> BoxFuture<'a, Result<(), NotKept>>;
}

/// What is kept, for people who look at it.
pub trait Archive: Send + Sync + 'static {
    /// Audit entries as they are wanted, newest first.
    fn audit_page<'a>(&'a self, wanted: AuditPage) -> BoxFuture<'a, Result<Vec<ChainedEntry>, NotKept>>;

    fn health(&self) -> KeptHealth;

    /// Why nothing can be promised now, if so: the disk is full, or gone.
    fn refusing(&self) -> BoxFuture<'_, Option<String>>;
}

/// Which entries; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    pub session: Option<String>,
    /// Whoever did it has this in the id.
    pub person: Option<String>,
    /// It stands anywhere in the entry.
    pub text: Option<String>,
    /// Only entries of a lower number.
    pub before: Option<u64>,
    pub limit: usize,
}

impl AuditPage {
    pub fn wants(&self, link: &ChainedEntry) -> bool {
        let ChainedEntry { number, entry, .. } = link;
        let has = |who: &str, part: &String| who.to_lowercase().contains(&part.to_lowercase());
        self.before.is_none_or(|before| *number < before)
            && self.session.as_ref().is_none_or(|session| *session == entry.session)
            && self.person.as_ref().is_none_or(|person| has(&entry.who, person))
            && self.text.as_ref().is_none_or(|text| entry.mentions(text))
    }
}

/// How the keeping is going.
#[derive(Clone, Debug, schemars::JsonSchema, Serialize)]
pub struct KeptHealth {
    /// Why commits fail, while they do. What was promised is on disk all the same.
    pub failing: Option<String>,
    /// Changes that are on disk and not committed yet.
    pub waiting: u64,
    /// Sessions whose records cannot be written, a sentence for each. All others go on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<String>,
    /// What was found and put right lately, newest last.
    pub notices: Vec<String>,
}

/// Why something is not on disk, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub String);

/// Tells OpenCode what it is to do.
pub trait Agents: Send + Sync + 'static {
    /// Given again under the same request id, the order takes effect once.
    fn carry_out<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        order: AgentOrder,
        files: Vec<FileSent>,
    ) -> BoxFuture<'a, AgentOutcome>;
}

/// Sets up sessions that began in OpenCode.
pub trait WorkspaceSetup: Send + Sync + 'static {
    /// What is asked of a person, filled in as far as it is known.
    fn form(&self, session: &str, title: &str) -> Vec<Field>;

    /// Given again for the same session, the order leads to the same workspace.
    fn carry_out(&self, order: WorkspaceOrder) -> BoxFuture<'_, WorkspaceOutcome>;
}

/// The pods, as far as starting work needs them.
pub trait Pods: Send + Sync + 'static {
    /// Makes a session. Asked again under the same request id, it is the same session.
    fn create<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        new: NewSession,
    ) -> BoxFuture<'a, Result<SessionInfo, PodRefused>>;

    /// What the session changed, file by file.
    fn diff<'a>(&'a self, session: &'a str) -> BoxFuture<'a, Result<Vec<FileChange>, PodRefused>>;

    /// A file of a message: its name, and what is in it.
    fn attachment<'a>(
        &'a self,
        session: &'a str,
        message: &'a str,
        part: &'a str,
    ) -> BoxFuture<'a, Result<(String, Vec<u8>), PodRefused>>;

    /// The models and agents that OpenCode can use, in that directory if one is named.
    fn choices<'a>(
        &'a self,
        pod: &'a str,
        directory: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Offered, PodRefused>>;

    /// Names of the pods that are connected.
    fn connected(&self) -> Vec<String>;

    /// Directories that OpenCode has open in connected pods, whoever opened them.
    fn open_directories(&self) -> Vec<String>;
}

#[derive(Clone, Debug)]
pub struct NewSession {
    pub directory: String,
    pub title: String,
    pub agent: Option<String>,
    pub model: Option<ModelRef>,
    pub hold: HoldMode,
}

/// Why a pod did not do what was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct PodRefused {
    pub kind: PodRefusal,
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodRefusal {
    /// What is named does not exist.
    NoSuch,
    /// What was sent is wrong.
    Invalid,
    /// It does not fit how things stand.
    Conflict,
    /// It is not connected, or restarted meanwhile.
    Away,
    /// Too much at once.
    Busy,
    TimedOut,
    /// OpenCode or the plugin failed.
    Failed,
}

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
