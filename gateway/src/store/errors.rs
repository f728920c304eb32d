//! What the store says when something did not work, and the sentence that an error makes with its causes.

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
    #[error("{} is no session id, so nothing of it is kept.", one_line(session))]
    NoId { session: String },
    #[error("Could not write this down as JSON.")]
    Encode(#[from] serde_json::Error),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("The change is durable in the journal, but not committed.")]
    NotCommitted(#[source] Arc<CheckpointError>),
    #[error(
        "The store ended before the change was committed; it is in the journal, and the next start commits it."
    )]
    Ended,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(
        "The record of session {session} at commit {commit} cannot be used: {fault}. Choose another one with `gateway state log {session}`."
    )]
    NotRestorable { session: String, commit: String, fault: Fault },
}

/// Why a checkpoint was not made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("The checkpoint could not be made because the journal failed.")]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Fenced(#[from] LockLost),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("Could not chain an audit entry.")]
    Audit(#[from] serde_json::Error),
    #[error(
        "Could not write {}; free space on the volume or mend it. The journal has everything, and it is tried \
         again each second.", path.display()
    )]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("Its name is no session id")]
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
