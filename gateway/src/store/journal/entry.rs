//! What one journal entry says: who wrote it under which fencing number, about which session, and what.

use crate::store::ledger::Post;
use gateway_domain::AuditEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
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
pub(crate) struct Entry<'a> {
    pub(crate) fence: u64,
    /// For people; the entry's number orders it, so a clock that jumps back changes nothing.
    pub(crate) at: Timestamp,
    pub(crate) kind: Kind,
    #[serde(borrow)]
    pub(crate) session: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) body: &'a RawValue,
}

/// Whether a journal understands it. What it says of a session is for the record to tell.
pub(crate) fn is_entry(bytes: &[u8]) -> bool {
    let Ok(entry) = serde_json::from_slice::<Entry<'_>>(bytes) else { return false };
    let body = entry.body.get();
    match entry.kind {
        Kind::Audit => serde_json::from_str::<AuditEntry>(body).is_ok(),
        Kind::Post => serde_json::from_str::<Post>(body).is_ok(),
        Kind::Archived => serde_json::from_str::<ArchivedBody>(body).is_ok(),
        Kind::Record | Kind::Action | Kind::ActionDone => true,
    }
}

/// The body of [`Kind::Record`]. The journal may be read by a newer gateway than wrote it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecordBody<'a> {
    pub(crate) schema: u32,
    #[serde(borrow)]
    pub(crate) record: &'a RawValue,
    /// Fields that a person or another version put into the file and that are carried along.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) foreign: Option<&'a RawValue>,
}

/// The body of [`Kind::Archived`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ArchivedBody {
    pub(crate) ended: Timestamp,
}
