//! What the start itself changes in records: edits by hand that counted in part, decisions that are void, and the taking over
//! of a state that was not signed. Each change has a number, so that no older file passes for the newest, and an entry in the
//! audit log.

use super::OpenError;
use super::choose_version::{ChosenVersions, PutRight};
use super::file;
use crate::store::checkpoint::pending_changes::KeptRecord;
use crate::store::disk::Disk;
use crate::store::layout::{Layout, record_path};
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::{self, KnownFile, yaml};
use crate::store::state_keys::{StateKeys, Trust};
use gateway_domain::{AuditEntry, AuditSubject, Decided};
use git2::{ObjectType, Oid};
use jiff::Timestamp;
use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

/// Decisions that the audit log knows nothing of are void. In a state that is taken over they count as they are, with the
/// orders that come of them, and get the entries that are returned.
pub(super) fn without_entries<R: Record>(
    chosen: &mut ChosenVersions<R>,
    audited: &HashSet<String>,
    layout: &Layout,
    trust: &Trust,
) -> Vec<AuditEntry> {
    match trust.keys() {
        Some(_) if trust.adopts() => return taken_over(&chosen.records, audited),
        Some(_) => void_decisions(chosen, audited, layout),
        None => {}
    }
    vec![]
}

/// Takes decisions back that the audit log knows nothing of. `audited`: the entries' names.
fn void_decisions<R: Record>(chosen: &mut ChosenVersions<R>, audited: &HashSet<String>, layout: &Layout) {
    let logged = Logged::of(audited);
    let is_logged = |decided: Decided<'_>| logged.has(decided);
    for record in &mut chosen.records {
        let Some((without, sentences)) = record.void_unlogged(&is_logged) else { continue };
        *record = Arc::new(without);
        let (id, kept) = (record.id().to_owned(), Arc::clone(record));
        let path = layout.at(&record_path(&id));
        chosen.notices.push(Notice::DecisionVoid { path, void: sentences.clone() });
        let foreign = chosen.foreign.get(&id).cloned().unwrap_or_default();
        let kept = KeptRecord { record: kept, foreign };
        let known = chosen.put_right.remove(&id);
        let (what, digest) = known
            .as_ref()
            .map_or(("decision void", String::new()), |known| (known.what, known.digest.clone()));
        let sentences = known.map_or(vec![], |known| known.sentences).into_iter().chain(sentences).collect();
        chosen.put_right.insert(id, PutRight { kept, what, sentences, digest });
    }
}

/// An entry for each decision that still has to take effect and has none, of a state that is taken over as it is.
fn taken_over<R: Record>(records: &[Arc<R>], audited: &HashSet<String>) -> Vec<AuditEntry> {
    let logged = Logged::of(audited);
    let entries = RefCell::new(vec![]);
    let is_logged = |decided: Decided<'_>| {
        if !logged.has(decided) {
            let Decided { session, ask, at } = decided;
            let entry = AuditEntry::new(at, "gateway", "taken over", session);
            entries.borrow_mut().push(AuditEntry { ask: ask.to_owned(), ..entry });
        }
        true
    };
    for record in records {
        record.void_unlogged(&is_logged);
    }
    entries.into_inner()
}

/// The decisions that the audit log has, by time and ask.
struct Logged<'a>(HashSet<(&'a str, &'a str)>);

impl<'a> Logged<'a> {
    fn of(names: &'a HashSet<String>) -> Self {
        Self(names.iter().filter_map(|name| time_and_ask(name)).collect())
    }

    fn has(&self, decided: Decided<'_>) -> bool {
        self.0.contains(&(decided.at.to_string().as_str(), decided.ask))
    }
}

/// The first and the last word of an entry's name.
fn time_and_ask(name: &str) -> Option<(&str, &str)> {
    Some((name.split_once(' ')?.0, name.rsplit_once(' ')?.1))
}

/// Gives each of these changes its number, counted on from `last`, and its entry. Returns the last number.
pub(super) fn number<R: Record>(chosen: &mut ChosenVersions<R>, mut last: u64, now: Timestamp) -> u64 {
    for (id, PutRight { kept, what, sentences, digest }) in std::mem::take(&mut chosen.put_right) {
        let answer = if sentences.is_empty() { "taken".to_owned() } else { "refused".to_owned() };
        let told = AuditSubject { subject: sentences.join(" "), ..AuditSubject::default() };
        let entry = AuditEntry { digest, answer, told, ..AuditEntry::new(now, "gateway", what, &id) };
        chosen.work.records.insert(id, (last + 1, kept));
        chosen.work.audit.push((last + 2, entry));
        last += 2;
    }
    last
}

/// Signs the records that were taken over as they are, on the disk: a start that is killed in the middle takes over the rest.
pub(super) fn adopt<R: Record>(
    chosen: &mut ChosenVersions<R>,
    disk: &dyn Disk,
    layout: &Layout,
    keys: &StateKeys,
) -> Result<(), OpenError> {
    let adopted = std::mem::take(&mut chosen.adopted);
    let records = adopted.len();
    for (revision, kept) in adopted {
        let id = kept.record.id().to_owned();
        chosen.work.records.entry(id).or_insert((revision, kept));
    }
    for (id, (revision, kept)) in &chosen.work.records {
        // One that is too large stays as it is; the checkpoint tells of it.
        let Ok(text) = yaml::render_signed(kept.record.as_ref(), *revision, &kept.foreign, Some(keys)) else {
            continue;
        };
        let path = layout.at(&record_path(id));
        let Ok(stamp) = records::write(disk, &path, text.as_bytes()) else { continue };
        if let Ok(blob) = Oid::hash_object(ObjectType::Blob, text.as_bytes()) {
            chosen.known.insert(id.clone(), KnownFile { stamp, blob });
        }
    }
    records::sync(disk, layout, chosen.work.records.keys())
        .map_err(file("sign the records in", &layout.sessions()))?;
    if records > 0 {
        chosen.notices.push(Notice::StateSigned { path: layout.root().to_owned(), records });
    }
    Ok(())
}
