//! What one journal entry says: who wrote it under which fencing number, about which session, and what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A session's whole record.
    Record,
    /// The session's record moved to the archive.
    Archived,
    /// The fate of one thread item.
    Post,
    /// Something that a person did and that was acknowledged before it was worked off.
    Action,
    /// The action with the number in the body is worked off.
    ActionDone,
    /// An entry of the audit log.
    Audit,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    pub(super) fence: u64,
    /// For people; the entry's number orders it, so a clock that jumps back changes nothing.
    pub(super) at: Timestamp,
    pub(super) kind: Kind,
    #[serde(borrow)]
    pub(super) session: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) body: &'a RawValue,
}

/// The body of [`Kind::Record`]. The journal may be read by a newer gateway than wrote it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RecordBody<'a> {
    pub(super) schema: u32,
    #[serde(borrow)]
    pub(super) record: &'a RawValue,
    /// Fields that a person or another version put into the file and that are carried along.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) foreign: Option<&'a RawValue>,
}

/// The body of [`Kind::Archived`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ArchivedBody {
    pub(super) ended: Timestamp,
}
