//! Records that cannot be written, one by one: there is a folder in the place of the file, say, or it is too large. Each
//! keeps its own session out of git and nobody else's. The journal keeps it, and every round tries it again.

use super::pending_changes::{KeptRecord, Work};
use crate::store::layout::{Layout, is_id, record_path};
use crate::store::records::record::Record;
use crate::store::records::yaml;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// By session: the number of the change, and the record.
pub(crate) struct Stuck<R>(BTreeMap<String, (u64, KeptRecord<R>)>);

impl<R> Default for Stuck<R> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<R> Stuck<R> {
    /// Puts them among the work of a round, unless newer work has come.
    pub(crate) fn rejoin(&self, work: &mut Work<R>) {
        for (id, (number, kept)) in &self.0 {
            if !work.archived.contains_key(id) {
                work.records.entry(id.clone()).or_insert_with(|| (*number, kept.clone()));
            }
        }
    }

    /// Takes those of this round out of its work. All others could be written.
    pub(crate) fn replace<'a>(&mut self, work: &mut Work<R>, failed: impl Iterator<Item = &'a String>) {
        self.0 = failed.filter_map(|id| work.records.remove_entry(id)).collect();
    }

    /// What is committed up to here may be forgotten by the journal, but for those that are stuck.
    pub(crate) fn forgettable(&self, committed: u64) -> u64 {
        let lowest = self.0.values().map(|(number, _)| number.saturating_sub(1)).min();
        lowest.map_or(committed, |lowest| lowest.min(committed))
    }
}

/// What will keep the record from being written, as far as that can be seen from outside.
pub(crate) fn foreseen<R: Record>(
    layout: &Layout,
    id: &str,
    number: u64,
    kept: &KeptRecord<R>,
) -> Option<String> {
    let path = layout.at(&record_path(id));
    let why = match yaml::render(kept.record.as_ref(), number, &kept.foreign) {
        Err(error) => error.to_string(),
        Ok(_) if !is_id(id) => "its name is not a session id".to_owned(),
        Ok(_) if is(&path, fs::Metadata::is_dir) => "there is a folder in its place".to_owned(),
        Ok(_) if path.parent().is_some_and(|shard| is(shard, |found| !found.is_dir())) => {
            "its folder is not a folder".to_owned()
        }
        Ok(_) => return None,
    };
    Some(sentence(&path, id, &why))
}

fn is(path: &Path, what: impl Fn(&fs::Metadata) -> bool) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| what(&found))
}

pub(crate) fn sentence(path: &Path, id: &str, why: &str) -> String {
    format!(
        "{}: the record of session {id} can't be written ({why}). Its changes stay in the journal and are \
            not in git; all other sessions continue. Remove what is in its place; the next change retries it.",
        path.display()
    )
}
