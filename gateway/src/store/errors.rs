//! Errors of the store, and the sentence that an error makes with its causes.

use crate::store::disk::is_of_one_file;
use crate::store::git::{GitError, ReadError};
use crate::store::journal::JournalError;
use crate::store::lock::LockLost;
use crate::store::records::record_fault::Fault;
use crate::store::records::yaml::RenderError;
use crate::store::set_aside::Unrecoverable;
use gateway_domain::one_line;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a change was not kept, or not committed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("{0}")]
    SetAside(Box<Unrecoverable>),
    #[error("{} is not a session id, so nothing was saved.", one_line(session))]
    NoId { session: String },
    #[error("Could not serialise this as JSON.")]
    Encode(#[from] serde_json::Error),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("The change is durable in the journal, but not committed.")]
    NotCommitted(#[source] Arc<CheckpointError>),
    #[error(
        "The store stopped before the change was committed. It is in the journal, and the next start commits it."
    )]
    Ended,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(
        "The record of session {session} at commit {commit} is not usable: {fault}. Choose another one with \
            `gateway state log {session}`."
    )]
    NotRestorable { session: String, commit: String, fault: Fault },
}

/// Why a checkpoint was not made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("The checkpoint failed because the journal failed.")]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Fenced(#[from] LockLost),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("Could not chain an audit entry.")]
    Audit(#[from] serde_json::Error),
    #[error(
        "Could not write {}. Free up space on the volume or repair it. The journal has everything, and the \
            gateway retries every second.", path.display()
    )]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("Its name is not a session id")]
    NoId,
}

impl CheckpointError {
    /// Whether it says something of one record only, and of no other.
    pub(super) fn is_of_one_record(&self) -> bool {
        match self {
            Self::Render(_) | Self::NoId => true,
            Self::Write { source, .. } => is_of_one_file(source),
            _ => false,
        }
    }
}

/// An error with everything that caused it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence.push_str(": ");
        sentence.push_str(&cause.to_string());
        source = cause.source();
    }
    sentence
}
