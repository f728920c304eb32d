//! Where the gateway's memory is kept: journal first, then YAML records in a git repository.
//!
//! A change goes to the append-only journal (one thread, one sync for a whole batch) and is confirmed when it
//! is there. A second thread turns what is durable into record files and commits, and then lets the journal
//! forget. At the start, records, newest commit and journal together say what is true.
//!
//! In reading order; nothing points up:
//!
//! - `store` is what others call; `session_ports` and `metrics` show it to sessions and operators; `running_store` has its threads;
//! - `startup/` opens a state folder and decides which version of each record counts;
//! - `inspect/` reads and checks one from outside, beside a running gateway or without one;
//! - `purge/` removes a text from everything that is kept, and from the history;
//! - `checkpoint/` turns what is durable into record files and commits;
//! - `errors`, `set_aside`, `store_health`: what went wrong, and how the store is doing;
//! - `ledger` (posts and people's actions), `grant_file` (the list of grants), `delivery_files` (deliveries and their evidence), `attachments` (files of messages);
//! - `journal/` makes a change durable, `records/` is a session's record as a YAML file, `git/` is the history;
//! - `audit_log` (entries, chained and as leaves of a tree), `audit_head` (its signed checkpoint), `audit_fault`, `purged_lines` (lines that
//!   a text was removed from);
//! - `state_keys`: what is signed, and what is believed;
//! - `notice`, `lock`, `layout`, `disk`, `locking`.

mod attachments;
mod audit_fault;
mod audit_head;
mod audit_log;
mod checkpoint;
mod delivery_files;
mod disk;
mod errors;
mod foreign_lines;
mod git;
mod grant_file;
mod inspect;
mod journal;
mod layout;
mod ledger;
mod lock;
mod locking;
mod metrics;
mod notice;
mod purge;
mod purged_lines;
mod records;
mod running_store;
mod session_ports;
mod set_aside;
mod startup;
mod state_keys;
#[expect(clippy::module_inception, reason = "the file holds the type `Store`")]
mod store;
mod store_health;
#[cfg(test)]
mod tests;

pub use attachments::Attachments;
pub use audit_fault::AuditFault;
pub use audit_head::{HeadFit, KeptCheckpoint, NewLogKey};
pub use audit_log::AuditLine;
pub use delivery_files::DeliveryFiles;
pub use errors::{CheckpointError, StoreError};
pub use git::{Author, GitError, LogEntry, ReadError, Size};
pub use grant_file::GrantFile;
pub use inspect::verify::StateReport;
pub use inspect::{AuditReport, Exported, InspectError, Inspection};
pub use journal::JournalError;
pub use ledger::{Post, StoredAction};
pub use lock::{LockError, LockLost, TakeOver};
pub use notice::Notice;
pub use purge::{Purge, PurgeError, PurgeSurvey, PurgeTarget, Unwanted, UnwantedError};
pub use records::migrate::Step;
pub use records::record::Record;
pub use records::record_fault::Fault;
pub use set_aside::Unrecoverable;
pub use startup::{OpenError, Recovered, StoreConfig};
pub use state_keys::StateKeys;
pub use store::{Store, StoreHealth};
