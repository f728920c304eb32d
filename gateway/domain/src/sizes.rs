//! How long, how large and how many: the limits of what people type and send, once for every surface.

use serde::{Deserialize, Serialize};

/// Files of one message. A person who wants the agent to read more puts them into the repository.
pub const MAX_FILES: usize = 10;

/// Bytes of all files of a message: as text in a frame they take a third more, and must fit with the message.
pub const MAX_FILES_BYTES: usize = 5 << 20;

/// Messages that may wait for a busy agent; more than that nobody keeps in mind.
pub const MAX_QUEUED: usize = 20;

/// Bytes of all of them: they are part of the record, which stays small. One message has that limit too.
pub const MAX_QUEUED_BYTES: usize = 128 << 10;

/// Longest title; OpenCode's lists show one in a line with some room.
pub const MAX_TITLE: usize = 200;

/// Longest category; it is one or two words.
pub const MAX_CATEGORY: usize = 40;

/// Longest reason for a denial that forms take; the agent reads all of it.
pub const MAX_REASON: usize = 2_000;

/// Characters of the one line that says what a request is about; all of it is on the card or in its details.
pub const MAX_SUBJECT_LINE: usize = 140;

/// The limits that forms show and check before anything is sent. What is sent is checked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sizes {
    /// Files of one message.
    pub files: usize,
    /// Bytes of all files of a message.
    pub files_bytes: usize,
    /// Bytes of a message's text.
    pub message_bytes: usize,
    /// Messages that can be queued in one session.
    pub queued_messages: usize,
    /// Characters of a session's title.
    pub title: usize,
    /// Characters of a category.
    pub category: usize,
    /// Characters of the reason for a denial.
    pub reason: usize,
}

impl Sizes {
    pub const ALL: Self = Self {
        files: MAX_FILES,
        files_bytes: MAX_FILES_BYTES,
        message_bytes: MAX_QUEUED_BYTES,
        queued_messages: MAX_QUEUED,
        title: MAX_TITLE,
        category: MAX_CATEGORY,
        reason: MAX_REASON,
    };
}
