//! The pods and their OpenCode: what they tell, what they are told, and what is read from them.

use crate::sessions::message_files::FileSent;
use crate::sessions::offers::Offered;
use bridge_protocol::{
    EventFrame, FileChange, GuardReport, Hello, HoldMode, MessageInfo, ModelRef, SessionInfo,
};
use futures_util::future::BoxFuture;
use gateway_domain::{AgentOrder, AgentOutcome, GuardState, Person, PodIdentity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    /// A session that was another pod's lives in this one from now on, by the will of a person or because that one is gone.
    HandedOver {
        session: String,
        by: Option<Person>,
    },
    /// It spoke of what is another pod's; nothing came of it.
    Refused(ForeignWord),
    /// The pod's link is gone. Another may be on its way.
    Lost,
}

/// What a pod said of a session that is not its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignWord {
    pub session: String,
    pub what: &'static str,
}

/// Takes in what pods tell.
pub trait PodFeed: Send + Sync + 'static {
    /// A pod is here, and is not connected for anybody yet: what must be known before work is given to it.
    fn greet(&self, pod: &str, hello: &Hello);

    /// Takes a batch. While it does, the pod's further events wait in the pod's bounded queue, and behind
    /// that in the plugin's own buffer.
    fn take<'a>(&'a self, pod: &'a Arc<PodIdentity>, batch: Vec<Inbound>) -> BoxFuture<'a, ()>;

    /// The session that people answer an ask of this id in, open or not.
    fn session_asking(&self, _ask: &str) -> Option<String> {
        None
    }

    /// Whether something is kept of this session, though OpenCode has deleted it.
    fn keeps(&self, _session: &str) -> bool {
        false
    }
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

/// The pods, as far as people need them.
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

    /// The session's messages as OpenCode has them, only those before `before` if that is given.
    fn message_page<'a>(
        &'a self,
        session: &'a str,
        limit: u32,
        before: Option<String>,
    ) -> BoxFuture<'a, Result<MessagePage, PodRefused>>;

    fn rename<'a>(&'a self, session: &'a str, title: String) -> BoxFuture<'a, Result<(), PodRefused>>;

    /// Whether the plugin holds writes back until somebody decides about them.
    fn hold<'a>(&'a self, session: &'a str, hold: HoldMode) -> BoxFuture<'a, Result<(), PodRefused>>;

    /// These sessions live in this pod from now on, whose they are until now. A person says so.
    fn hand_over<'a>(
        &'a self,
        sessions: Vec<String>,
        pod: &'a str,
        by: Person,
    ) -> BoxFuture<'a, Result<(), PodRefused>>;

    /// All pods that are known, connected or away.
    fn status(&self) -> Vec<PodStatus>;

    /// Names of the pods that are connected.
    fn connected(&self) -> Vec<String> {
        self.status().into_iter().filter(|pod| pod.connected).map(|pod| pod.pod).collect()
    }

    /// Directories that OpenCode has open in connected pods, whoever opened them.
    fn open_directories(&self) -> Vec<String> {
        self.status().into_iter().filter(|pod| pod.connected).flat_map(|pod| pod.open_directories).collect()
    }
}

/// A pod as people see it.
#[derive(JsonSchema, Clone, Debug, Serialize, Deserialize)]
pub struct PodStatus {
    pub pod: String,
    /// What it has shown for its name: `shared` with others, a token of its `own`, or one of the `cluster`.
    #[serde(default)]
    pub credential: Option<String>,
    pub connected: bool,
    pub connection_id: Option<String>,
    pub boot_id: Option<String>,
    pub opencode_version: Option<String>,
    pub plugin_version: Option<String>,
    pub server_url: Option<String>,
    /// What the guarded shell gives there; nothing where agents work without it.
    #[serde(default)]
    pub guard: Option<GuardReport>,
    /// The same in one word, with what is open beside it.
    #[serde(default)]
    pub guard_state: Option<GuardState>,
    pub directories: usize,
    #[serde(default)]
    pub open_directories: Vec<String>,
    /// That the gateway shows of it.
    pub sessions: usize,
    pub events_received: u64,
    pub commands_in_flight: usize,
}

/// Messages, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct MessagePage {
    pub messages: Vec<MessageInfo>,
    /// Older ones exist.
    pub more: bool,
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
