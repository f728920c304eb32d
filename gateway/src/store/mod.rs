//! Where the gateway's memory is kept: journal first, then YAML records in a git repository.
//!
//! A change goes to the append-only journal (one thread, one sync for a whole batch) and is confirmed when it
//! is there. A second thread turns what is durable into record files and commits, and then lets the journal
//! forget. At the start, records, newest commit and journal together say what is true.
//!
//! In reading order: `handle` (what others call), `open`, `journal` and `writer`, `board`, `checkpoint`, `git`;
//! then `settle` and `reconcile` (the start), `yaml` (the form of a record), `inspect` (reading from outside).

mod archive;
mod audit;
mod board;
mod budget;
mod checkpoint;
mod disk;
mod drafts;
mod entry;
mod fault;
mod foreign;
mod frame;
mod git;
mod handle;
mod health;
mod inner;
mod inspect;
mod journal;
mod keeper;
mod layout;
mod ledger;
mod lock;
mod messages;
mod metrics;
mod migrate;
mod notice;
mod open;
mod past;
mod reassert;
mod reconcile;
mod record;
mod records;
#[cfg(test)]
mod sample;
mod seal;
mod segment;
mod segments;
mod settle;
mod shelf;
mod tail;
#[cfg(test)]
mod tests;
mod tidying;
mod verify;
mod writer;
mod yaml;

pub use audit::{AuditFault, AuditLine};
pub use checkpoint::CheckpointError;
pub use fault::Fault;
pub use git::{Author, GitError, LogEntry, ReadError, Size};
pub use handle::{Store, StoreError, StoreHealth};
pub use inspect::{AuditReport, Exported, InspectError, Inspection};
pub use journal::JournalError;
pub use ledger::{Action, Post};
pub use lock::{LockError, LockLost, TakeOver};
pub use migrate::Step;
pub use notice::Notice;
pub use open::{OpenError, Recovered, StoreConfig};
pub use record::Record;
pub use settle::Unrecoverable;
pub use shelf::Shelf;
pub use verify::StateReport;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks that guard plain data: a panic elsewhere leaves it as it was.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
