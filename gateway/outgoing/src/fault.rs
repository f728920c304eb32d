//! Why nothing leaves, as sentences for people.

use std::io::{self, ErrorKind};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingFault {
    /// The workspace's git data is not as git makes it, or leads elsewhere.
    #[error("{0}")]
    Unsafe(String),
    #[error("{0}")]
    TooMuch(String),
    /// The work and the branch that it is for have no commit in common.
    #[error("{0}")]
    Unrelated(String),
    #[error("The agent changed nothing, so there is nothing to deliver.")]
    NothingChanged,
    /// What was to be sealed has something in it that must not be there.
    #[error("{0}")]
    Refused(String),
    #[error("The disk is full: {0}")]
    DiskFull(String),
    #[error("{0}")]
    Failed(String),
    #[error("{0}")]
    TimedOut(String),
}

impl OutgoingFault {
    pub(crate) fn git(doing: &str, error: &git2::Error) -> Self {
        let message = gateway_domain::mask_text(error.message());
        match message.contains("No space left") || message.contains("quota exceeded") {
            true => Self::DiskFull(message),
            false => Self::Failed(format!("Could not {doing}: {message}.")),
        }
    }

    pub(crate) fn disk(doing: &str, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(error.to_string()),
            _ => Self::Failed(format!("Could not {doing}: {error}.")),
        }
    }

    /// Of something that an agent can write.
    pub(crate) fn odd(what: &str, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(error.to_string()),
            ErrorKind::FileTooLarge => Self::TooMuch(format!("{what} is too large: {error}.")),
            ErrorKind::TimedOut => Self::TimedOut(error.to_string()),
            _ => Self::Unsafe(format!("{what} is not as git makes it: {error}.")),
        }
    }
}
