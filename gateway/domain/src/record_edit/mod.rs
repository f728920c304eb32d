//! What counts of a record that somebody edited by hand: an edit may withdraw, and never grants.
//!
//! It begins with the kept record and takes over, one by one, what the edit takes away and the texts that are for people.
//! Everything else stays as it was kept, whatever the edit says; each difference that is left is told as a sentence. So a
//! field that is added to the record one day is refused until somebody allows it here.

mod ask_edit;
mod changed_fields;
mod order_edit;
mod unlogged;

pub use unlogged::{Decided, void_unlogged};

use crate::record::{About, Queued, SessionRecord};
use changed_fields::{keeps, left_out};
use std::collections::BTreeSet;

/// The record to go on with.
#[derive(Clone, Debug, PartialEq)]
pub struct HandEdit {
    pub record: SessionRecord,
    /// A sentence for each thing of which the kept version counts.
    pub refused: Vec<String>,
}

/// What of `edited` counts, now that `kept` is known to be the gateway's own.
pub fn edited_by_hand(kept: &SessionRecord, edited: &SessionRecord) -> HandEdit {
    let mut refused = vec![];
    let mut record = taken(kept, edited);
    let gone = ask_edit::apply(&mut record, edited, &mut refused);
    order_edit::apply(&mut record, edited, &gone, &mut refused);
    take_messages(&mut record, edited, &mut refused);
    refused.extend(keeps("The session keeps", &left_out(kept, edited, &record, &OWN_SENTENCES)));
    refused.extend(keeps("The session keeps", &left_out(&kept.about, &edited.about, &record.about, &[])));
    HandEdit { record, refused }
}

/// Fields that have sentences of their own.
const OWN_SENTENCES: [&str; 4] = ["asks", "outbox", "queue", "about"];

/// The kept record with texts for people, and with what the edit makes stricter.
fn taken(kept: &SessionRecord, edited: &SessionRecord) -> SessionRecord {
    let About { title, priority, holds_writes, .. } = &edited.about;
    let about = About {
        title: title.clone(),
        priority: *priority,
        holds_writes: kept.about.holds_writes || *holds_writes,
        ..kept.about.clone()
    };
    SessionRecord {
        about,
        notes: edited.notes.clone(),
        milestones: edited.milestones.clone(),
        paused: kept.paused.clone().or_else(|| edited.paused.clone()),
        grants_over: kept.grants_over.max(edited.grants_over),
        ..kept.clone()
    }
}

/// A message that waits may be removed; to write one is to order something.
fn take_messages(record: &mut SessionRecord, edited: &SessionRecord, refused: &mut Vec<String>) {
    let wanted: BTreeSet<&str> = edited.queue.iter().map(|queued| queued.message_id.as_str()).collect();
    record.queue.retain(|queued| wanted.contains(queued.message_id.as_str()));
    let is_kept = |queued: &&Queued| record.queue.contains(queued);
    let unknown = edited.queue.iter().filter(|queued| !is_kept(queued));
    refused
        .extend(unknown.map(|queued| format!("The message {} is not as it was written.", queued.message_id)));
}
