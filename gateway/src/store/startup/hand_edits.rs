//! Records that somebody edited: what counts of them is what they take away from the newest version that is a gateway's own.

use super::choose_version::{ChooseError, PutRight, VersionChooser, last_good};
use crate::store::checkpoint::pending_changes::{FoundFile, KeptRecord};
use crate::store::layout::record_path;
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::record_fault::Fault;
use crate::store::records::yaml::{self, Sheet};
use crate::store::records::{KnownFile, LoadedRecord, record_signature};
use git2::Oid;
use std::sync::Arc;

impl<R: Record> VersionChooser<'_, R> {
    pub(super) fn edited_by_hand(
        &mut self,
        edited: LoadedRecord<R>,
        journal: Option<(u64, KeptRecord<R>)>,
        blob: Option<Oid>,
    ) -> Result<(), ChooseError> {
        let LoadedRecord { id, path, stamp, blob: on_disk, bytes, sheet, proof: _ } = edited;
        let Ok(sheet) = sheet else { return Ok(()) };
        let committed = self.newest_of_ours(&id, blob)?;
        let known = journal.into_iter().chain(committed).max_by_key(|(revision, _)| *revision);
        let Some((revision, kept)) = known else {
            self.set_aside(id, path, &Fault::Unsigned);
            return Ok(());
        };
        self.chosen.known.insert(id.clone(), KnownFile { stamp, blob: on_disk });
        self.chosen.work.found.push(FoundFile { path: record_path(&id), bytes });
        let (kept, sentences) = self.merged(&id, revision, kept, sheet);
        self.notice(&id, |path| match sentences.is_empty() {
            true => Notice::RecordEdited { path },
            false => Notice::RecordEditRefused { path, refused: sentences.clone() },
        });
        self.take(revision, kept.clone());
        let right = PutRight { kept, what: "edited by hand", sentences, digest: on_disk.to_string() };
        self.chosen.put_right.insert(id, right);
        Ok(())
    }

    /// The kept record with what of the edit counts, and what does not.
    fn merged(
        &mut self,
        id: &str,
        revision: u64,
        kept: KeptRecord<R>,
        edited: Sheet<R>,
    ) -> (KeptRecord<R>, Vec<String>) {
        if edited.revision < revision {
            return (kept, vec!["A newer version is known than the one that was edited.".to_owned()]);
        }
        let Sheet { record, foreign, dropped, .. } = edited;
        self.tell_of_fields(id, &foreign, dropped);
        // Whoever edited it saw what people typed without its secrets.
        let (record, refused) = R::edited_by_hand(&kept.record, record.with_typed_of(&kept.record));
        (KeptRecord { record: Arc::new(record), foreign: Arc::new(foreign) }, refused)
    }

    /// What counts is committed on top of what somebody else committed.
    pub(super) fn forged_commit(&mut self, id: &str, kept: KeptRecord<R>, newest: Oid) {
        self.notice(id, |path| Notice::CommitUnsigned { path });
        let sentences = vec!["The newest commit is not signed; an older one was used.".to_owned()];
        let right = PutRight { kept, what: "commit refused", sentences, digest: newest.to_string() };
        self.chosen.put_right.insert(id.to_owned(), right);
    }

    fn newest_of_ours(
        &self,
        id: &str,
        blob: Option<Oid>,
    ) -> Result<Option<(u64, KeptRecord<R>)>, ChooseError> {
        let Some(blob) = blob else { return Ok(None) };
        let Some((_, bytes)) = self.committed_by_us(id, blob)? else { return Ok(None) };
        Ok(yaml::read::<R>(&bytes, id).ok().map(|sheet| {
            let Sheet { record, revision, foreign, .. } = sheet;
            let record = self.typed.whole(id, revision).map_or_else(|| Arc::new(record), Arc::clone);
            (revision, KeptRecord { record, foreign: Arc::new(foreign) })
        }))
    }

    /// The newest committed version that is a gateway's own: mostly that of the newest commit.
    pub(super) fn committed_by_us(&self, id: &str, blob: Oid) -> Result<Option<(Oid, Vec<u8>)>, ChooseError> {
        let Some(snapshot) = self.snapshot else { return Ok(None) };
        let bytes = snapshot.content(blob)?;
        if self.trust.believes(record_signature::proof(&bytes, id, self.trust)) {
            return Ok(Some((blob, bytes)));
        }
        let Some(good) = last_good::<R>(snapshot, id, self.trust) else { return Ok(None) };
        let commit = snapshot.commit(Some(&good.commit))?;
        let bytes = snapshot.file_at(commit, &record_path(id))?;
        let blob = Oid::hash_object(git2::ObjectType::Blob, &bytes).ok();
        Ok(blob.map(|blob| (blob, bytes)))
    }
}
