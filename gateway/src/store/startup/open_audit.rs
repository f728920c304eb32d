//! At the start: the audit log is made to begin with what was committed of it, is read whole, and is held against its own signed
//! checkpoint.

use super::{OpenError, file};
use crate::store::audit_fault::AuditFault;
use crate::store::audit_head::{CHECKPOINT, HeadFiles, KEY, KeptCheckpoint, NewLogKey, SignedHead};
use crate::store::audit_log::{self, AuditLine, AuditLog, AuditReading};
use crate::store::checkpoint::pending_changes::FoundFile;
use crate::store::disk::{Disk, Durability, ensure_dir, replace};
use crate::store::foreign_lines::{self, ForeignLines};
use crate::store::git::Snapshot;
use crate::store::layout::Layout;
use crate::store::notice::Notice;
use gateway_domain::AuditEntry;
use gateway_proof::note::{NoteKey, Signer};
use gateway_proof::tree::Edge;
use git2::{ObjectType, Oid};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The log, ready to grow, and what was noticed on the way.
pub(super) struct OpenedAudit {
    pub(super) log: AuditLog,
    /// The names of all entries.
    pub(super) names: HashSet<String>,
    /// Files that the newest commit does not have as they are: a kill came between.
    pub(super) uncommitted: Vec<FoundFile>,
    pub(super) notices: Vec<Notice>,
    /// The log has entries that were not signed by the key that signs from now on.
    pub(super) new_key: Option<NewLogKey>,
    /// Lines that no gateway with our key wrote, and that the log doesn't say that of yet.
    pub(super) foreign: Option<String>,
}

/// `journal`: the entries that it has; all of them are ours.
pub(super) fn open(
    layout: &Layout,
    snapshot: Option<&Snapshot>,
    signer: Option<Arc<Signer>>,
    journal: &[(u64, AuditEntry)],
) -> Result<OpenedAudit, OpenError> {
    let folder = layout.audit();
    let failed = || file("read", &folder);
    let reading = audit_log::verify(layout).map_err(failed())?;
    let there = HeadFiles::read(layout).map_err(failed())?;
    let committed = committed_head(snapshot);
    let mut notices = vec![];
    if let Some(doubtful) = doubtful_head(&reading, &there, committed.as_deref()) {
        keep_damaged(layout, &layout.at(CHECKPOINT), Some(doubtful.kept.as_bytes())).map_err(failed())?;
        notices.push(Notice::Audit(doubtful.fault));
    }
    let edge = Edge::of(&reading.leaves);
    let new_key = signer.as_ref().and_then(|signer| NewLogKey::look(signer.key(), &there, edge.size()));
    let was = new_key.as_ref().and_then(|new| new.instead_of.clone());
    notices.extend(was.map(|was| Notice::LogKeyChanged { path: layout.at(KEY), was }));
    let signed_by = signer.as_ref().map(|signer| signer.key()).filter(|_| new_key.is_none());
    let signed = signed_by.map_or(u64::MAX, |key| covered(&reading, &there, committed.as_deref(), key));
    let lines = audit_log::raw_lines(layout).map_err(failed())?;
    let (told, mut foreign) = (reading.purges.foreign(), foreign_lines::found(&lines, signed, journal));
    foreign.retain(|line| !told.contains(line));
    let is_ours =
        |line: &&AuditLine| ![&told, &foreign].iter().any(|others| others.contains(&line.link.number));
    let ours = reading.lines.iter().filter(is_ours);
    let names = ours.map(|line| audit_log::name(&line.link.entry)).collect();
    let foreign = ForeignLines::named(&foreign);
    notices.extend(foreign.clone().map(|lines| Notice::Audit(AuditFault::Foreign { lines })));
    notices.extend(reading.faults.into_iter().map(Notice::Audit));
    let signed = SignedHead::new(signer, &there, committed.as_deref(), &edge);
    let log = AuditLog::open(layout, edge, signed).map_err(failed())?;
    let uncommitted = uncommitted(layout, snapshot)?;
    Ok(OpenedAudit { log, names, uncommitted, notices, new_key, foreign })
}

/// How many lines a checkpoint of this key proves to be the gateway's own.
fn covered(reading: &AuditReading, there: &HeadFiles, committed: Option<&str>, key: &NoteKey) -> u64 {
    let heads = [there.checkpoint.as_deref(), committed].into_iter().flatten();
    let fits = heads.filter_map(|head| {
        let head = KeptCheckpoint::own(head.to_owned());
        head.hold_against(&reading.leaves, std::slice::from_ref(key)).ok()
    });
    fits.map(|fit| fit.entries).max().unwrap_or(0)
}

impl OpenedAudit {
    /// Entries that only the journal has are known too.
    pub(super) fn knows<'a>(&mut self, entries: impl Iterator<Item = &'a AuditEntry>) {
        self.names.extend(entries.map(audit_log::name));
    }
}

/// The checkpoint that the newest commit has.
pub(crate) fn committed_head(snapshot: Option<&Snapshot>) -> Option<String> {
    let snapshot = snapshot?;
    let bytes = snapshot.file_at(snapshot.tip(), CHECKPOINT).ok()?;
    String::from_utf8(bytes).ok()
}

/// A signed head that the log does not fit.
struct DoubtfulHead {
    kept: String,
    fault: AuditFault,
}

/// What a power cut left half written is no evidence; the commit has it whole.
fn doubtful_head(reading: &AuditReading, there: &HeadFiles, committed: Option<&str>) -> Option<DoubtfulHead> {
    let keys = there.keys();
    let heads = [there.checkpoint.as_deref(), committed].into_iter().flatten();
    let whole = heads.filter(|head| head.ends_with('\n'));
    whole.map(|head| KeptCheckpoint::own(head.to_owned())).find_map(|head| {
        let fault = head.hold_against(&reading.leaves, &keys).err()?;
        Some(DoubtfulHead { kept: head.text, fault })
    })
}

/// A file of the log must begin with what was committed of it. One that does not is set aside and written again.
pub(super) fn put_back(
    layout: &Layout,
    disk: &dyn Disk,
    snapshot: &Snapshot,
) -> Result<Vec<Notice>, OpenError> {
    let mut notices = vec![];
    for (name, blob) in snapshot.files("audit")? {
        let path = layout.at(&name);
        let there = fs::read(&path).ok();
        // The checkpoint is no file that grows: it is signed again over the lines.
        if name == CHECKPOINT || there.as_deref().is_some_and(|there| is(there, blob)) {
            continue;
        }
        let committed = snapshot.content(blob)?;
        if there.as_ref().is_some_and(|there| there.starts_with(&committed)) {
            continue;
        }
        let written = keep_damaged(layout, &path, there.as_deref())
            .and_then(|()| ensure_dir(&layout.audit()))
            .and_then(|()| replace(disk, &path, &committed, Durability::Synced));
        written.map_err(file("write", &path))?;
        notices.push(Notice::AuditPutBack { path });
    }
    Ok(notices)
}

/// Lines that reached the disk and not the history, because the gateway was killed in between.
fn uncommitted(layout: &Layout, snapshot: Option<&Snapshot>) -> Result<Vec<FoundFile>, OpenError> {
    let committed = snapshot.map_or_else(|| Ok(HashMap::new()), |snapshot| snapshot.files("audit"))?;
    let mut found = vec![];
    for number in audit_log::files(&layout.audit()).map_err(file("read", &layout.audit()))? {
        let path = audit_log::path_of(number);
        let bytes = fs::read(layout.at(&path)).map_err(file("read", &layout.at(&path)))?;
        if !committed.get(&path).is_some_and(|blob| is(&bytes, *blob)) {
            found.push(FoundFile { path, bytes });
        }
    }
    Ok(found)
}

fn is(bytes: &[u8], blob: Oid) -> bool {
    Oid::hash_object(ObjectType::Blob, bytes).is_ok_and(|hash| hash == blob)
}

/// Evidence is not thrown away: under the content's own checksum, so that nothing is overwritten.
fn keep_damaged(layout: &Layout, path: &Path, bytes: Option<&[u8]>) -> io::Result<()> {
    let Some(bytes) = bytes else { return Ok(()) };
    ensure_dir(&layout.damaged())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    fs::write(layout.damaged().join(format!("{name}.{:08x}", crc32fast::hash(bytes))), bytes)
}
