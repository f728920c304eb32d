//! Workspaces: where a session works, for as long as it lasts.

use bridge_protocol::FileChange;
use futures_util::future::BoxFuture;
use gateway_domain::{ProgressLine, SafeName, UnsafeName, Workspace};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Takes lines for people while something is being made.
pub type OnProgress<'a> = dyn Fn(ProgressLine) + Send + Sync + 'a;

pub trait Workspaces: Send + Sync + 'static {
    /// Makes the workspace, or takes the one there is and cleans it. Asked again under the same key it is left as
    /// it is, since the session may be working in it. Only one caller at a time per name.
    fn prepare<'a>(
        &'a self,
        spec: WorkspaceSpec,
        tell: &'a OnProgress<'a>,
    ) -> BoxFuture<'a, Result<WorkspaceMade, WorkspaceFault>>;

    /// Takes back what a start made whose session did not come to be.
    fn give_up<'a>(&'a self, made: &'a WorkspaceMade) -> BoxFuture<'a, ()>;

    fn list(&self) -> BoxFuture<'_, Result<Vec<WorkspaceView>, WorkspaceFault>>;

    /// Without `confirmed` it refuses when something would go that is nowhere else.
    fn remove<'a>(
        &'a self,
        name: &'a SafeName,
        confirmed: bool,
    ) -> BoxFuture<'a, Result<Vec<ProgressLine>, WorkspaceFault>>;

    /// What differs from the commits that its session began at, committed or not.
    fn changes<'a>(&'a self, name: &'a SafeName) -> BoxFuture<'a, Result<Vec<FileChange>, WorkspaceFault>>;

    /// Copies the files that belong to the work into a folder that only the gateway has. Links and what looks like a secret
    /// stay behind.
    fn copy_to<'a>(
        &'a self,
        name: &'a SafeName,
        into: &'a Path,
        limits: CopyLimits,
    ) -> BoxFuture<'a, Result<WorkspaceCopy, WorkspaceFault>>;

    /// Whether a directory is in that workspace.
    fn holds(&self, name: &SafeName, directory: &str) -> bool;
}

/// More than this is not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyLimits {
    pub bytes: u64,
    pub files: usize,
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceCopy {
    pub files: usize,
    pub bytes: u64,
    /// The commit that is checked out, shortened.
    pub commit: Option<String>,
    /// Files that differ from it.
    pub changed: usize,
    /// What stayed behind, and why.
    pub left_out: Vec<String>,
    /// The folders of its repositories, where there are several.
    pub folders: Vec<SafeName>,
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct WorkspaceSpec {
    pub name: SafeName,
    /// The start's own word.
    pub key: String,
    pub repositories: Vec<RepositorySource>,
}

/// Where a repository comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositorySource {
    pub name: SafeName,
    /// An address or a directory; a command that makes workspaces may know better.
    pub from: Option<String>,
    /// What a session's branch begins at; else the remote's own choice.
    pub branch: Option<String>,
    /// Commits to bring over; all without it.
    pub depth: Option<u32>,
    /// Folders to check out; all without them.
    pub sparse: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceMade {
    pub workspace: Workspace,
    pub key: String,
    /// Where the session works: the repository, or the folder of all of them.
    pub directory: String,
    /// It was not there before.
    pub new: bool,
}

#[derive(JsonSchema, Clone, Debug, Serialize)]
pub struct WorkspaceView {
    pub name: SafeName,
    pub directory: PathBuf,
    pub repositories: Vec<SafeName>,
    /// Bytes on disk, without what the repositories share.
    pub bytes: u64,
    /// There is more than was counted.
    pub at_least: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    /// What is only there, as sentences.
    pub losses: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceFault {
    #[error("{0}")]
    BadName(#[from] UnsafeName),
    #[error("Workspace {name} is in use by {by}. Choose another name.")]
    Taken { name: SafeName, by: String },
    /// It is not to be removed now.
    #[error("Workspace {name} is in use by {by}. Close that session first.")]
    InUse { name: SafeName, by: String },
    #[error("There is no workspace {0}. `gateway workspaces list` shows all of them.")]
    Unknown(SafeName),
    #[error("{0}")]
    NoSuchRepository(String),
    #[error("{what} did not finish within {} s and was stopped.", .after.as_secs())]
    TimedOut { what: String, after: Duration },
    #[error("{0}")]
    CommandFailed(String),
    #[error("The disk is full: {0}. Remove workspaces you no longer need (`gateway workspaces list`).")]
    DiskFull(String),
    /// Something on disk is not what it should be, such as a link out of the folder.
    #[error("{0}")]
    Unsafe(String),
    #[error("This would delete unsaved work: {}. Use --force to remove it anyway; it is saved first, and \
        you'll see where.", .0.join("; "))]
    WouldLose(Vec<String>),
    #[error("Too many workspaces are being created at once. Try again in a minute.")]
    Busy,
    #[error("{0}")]
    Failed(String),
}
