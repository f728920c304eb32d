//! Reasons why the desk refused something.

use crate::sessions::ports::{PodRefused, ProjectFault, WorkspaceFault};
use gateway_domain::{FilesRefused, LimitReached, ModelChoice, Verdict};

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("There is no session {0}. It may have been deleted, or archived a month after it was closed.")]
    UnknownSession(String),
    #[error("There is no request {0}. It may have been closed long ago.")]
    UnknownAsk(String),
    /// An agent or a project that does not exist; the sentence names those that do.
    #[error("{0}")]
    NoSuch(String),
    #[error("{0}")]
    Invalid(String),
    #[error("{0}.")]
    Files(#[from] FilesRefused),
    #[error("{0}.")]
    Limit(LimitReached),
    #[error(
        "No agent is connected. Start OpenCode with the gateway's plugin, or tell whoever runs this gateway."
    )]
    NoPod,
    #[error("Choose a pod: {}.", .0.join(", "))]
    WhichPod(Vec<String>),
    #[error("{0}")]
    Pod(#[from] PodRefused),
    #[error("The grant {0} is no longer in force.")]
    GrantEnded(String),
    #[error("This couldn't be saved yet. Check the current state and try again.")]
    NotStored,
    /// Its record is set aside; the sentence says what is to be done.
    #[error("{0}")]
    Unrecoverable(String),
    #[error("{0}")]
    Workspace(#[from] WorkspaceFault),
    #[error("{0}")]
    Project(#[from] ProjectFault),
    /// Nothing was done: another model is to be chosen first, among these that can be used.
    #[error("Model {} is not available: {why}. Choose another{}.", .model.label(), offered(.others))]
    ModelDown { model: ModelChoice, why: String, others: Vec<ModelChoice> },
    /// The session decided against it.
    #[error("{}", .0.sentence())]
    Decided(Verdict),
}

fn offered(others: &[ModelChoice]) -> String {
    match others {
        [] => " (none of the configured models is available right now)".to_owned(),
        some => format!(": {}", some.iter().map(ModelChoice::label).collect::<Vec<_>>().join(", ")),
    }
}
