//! The record files: read all at the start, on every core; written one by one by the checkpoint.
//!
//! Files are replaced atomically but not synced one by one: until a journal file is removed, everything in
//! the records is in the journal too. [`sync`] brings them to the disk before that.

mod bounded_yaml;
pub(super) mod migrate;
mod nesting;
pub(super) mod record;
pub(super) mod record_fault;
pub(super) mod record_signature;
#[cfg(test)]
pub(super) mod sample;
pub(super) mod seal;
pub(super) mod typed_words;
mod unknown_fields;
pub(super) mod yaml;

use crate::store::disk::{Disk, Durability, TEMPORARY, ensure_dir, open_plain, replace};
use crate::store::layout::{Layout, id_of, is_id, record_path};
use crate::store::state_keys::{Proof, Trust};
use git2::{ObjectType, Oid};
use record::Record;
use record_fault::Fault;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use yaml::Sheet;

/// Threads that read at the start; more than this wait for the disk.
const MAX_READERS: usize = 8;

#[derive(Debug, thiserror::Error)]
#[error("Could not read the records in {}; check that the volume is mounted and readable.", path.display())]
pub struct LoadError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Tells whether a file is still the one that was written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from(&fs::symlink_metadata(path)?))
    }
}

impl From<&fs::Metadata> for Stamp {
    fn from(metadata: &fs::Metadata) -> Self {
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Self { inode: metadata.ino(), size: metadata.size(), modified }
    }
}

/// A record file as this gateway left it.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownFile {
    pub(super) stamp: Stamp,
    pub(super) blob: Oid,
}

/// One record file as it was found.
#[derive(Debug)]
pub(super) struct LoadedRecord<R> {
    pub(super) id: String,
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    pub(super) blob: Oid,
    pub(super) bytes: Vec<u8>,
    pub(super) proof: Proof,
    pub(super) sheet: Result<Sheet<R>, Fault>,
}

/// Reads every record file. A file that is no record costs its session only.
pub(super) fn load_all<R: Record>(layout: &Layout, trust: &Trust) -> Result<Vec<LoadedRecord<R>>, LoadError> {
    let paths = list(&layout.sessions()).map_err(|source| LoadError { path: layout.sessions(), source })?;
    let readers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_READERS);
    let next = AtomicUsize::new(0);
    let read = || -> Result<Vec<LoadedRecord<R>>, LoadError> {
        let mut loaded = vec![];
        while let Some((path, id)) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            loaded.extend(load(path, id, trust)?);
        }
        Ok(loaded)
    };
    let parts: Vec<_> = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..readers).map(|_| scope.spawn(read)).collect();
        readers.into_iter().map(|reader| reader.join()).collect()
    });
    let mut all = Vec::with_capacity(paths.len());
    for part in parts {
        match part {
            Ok(loaded) => all.extend(loaded?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    Ok(all)
}

/// None for a file that has gone to the archive since it was listed.
fn load<R: Record>(path: &Path, id: &str, trust: &Trust) -> Result<Option<LoadedRecord<R>>, LoadError> {
    let failed = |source| LoadError { path: path.to_owned(), source };
    let mut file = match open_plain(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return aside(path, id, Fault::Locked).map(Some);
        }
        Ok(None) => return aside(path, id, Fault::NoFile).map(Some),
        Ok(Some(file)) => file,
        Err(error) => return Err(failed(error)),
    };
    let stamp = Stamp::from(&file.metadata().map_err(failed)?);
    let mut bytes = Vec::with_capacity(stamp.size.min(yaml::MAX_FILE as u64) as usize + 1);
    // One byte more than is allowed tells that it is too large.
    (&mut file).take(yaml::MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let blob = Oid::hash_object(ObjectType::Blob, &bytes).map_err(|error| failed(io::Error::other(error)))?;
    let sheet = if is_id(id) { yaml::read(&bytes, id) } else { Err(Fault::NoId) };
    let proof = record_signature::proof(&bytes, id, trust);
    Ok(Some(LoadedRecord { id: id.to_owned(), path: path.to_owned(), stamp, blob, bytes, proof, sheet }))
}

/// What is there, but cannot even be opened as a file.
fn aside<R>(path: &Path, id: &str, fault: Fault) -> Result<LoadedRecord<R>, LoadError> {
    let failed = |source| LoadError { path: path.to_owned(), source };
    let stamp = Stamp::of(path).map_err(failed)?;
    let blob = Oid::hash_object(ObjectType::Blob, &[]).map_err(|error| failed(io::Error::other(error)))?;
    Ok(LoadedRecord {
        id: id.to_owned(),
        path: path.to_owned(),
        stamp,
        blob,
        bytes: vec![],
        proof: Proof::Missing,
        sheet: Err(fault),
    })
}

/// The record files and their sessions.
fn list(sessions: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut found = vec![];
    let shards = match fs::read_dir(sessions) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        other => other?,
    };
    for shard in shards {
        let shard = shard?;
        if !shard.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(shard.path())? {
            let file = file?;
            let Ok(name) = file.file_name().into_string() else { continue };
            let id = id_of(&name).filter(|_| !name.starts_with(TEMPORARY));
            found.extend(id.map(|id| (file.path(), id.to_owned())));
        }
    }
    Ok(found)
}

/// Removes files that a crash left half written.
pub(super) fn clear_leftovers(layout: &Layout) -> io::Result<()> {
    let shards = fs::read_dir(layout.sessions()).into_iter().flatten().flatten();
    for shard in shards.filter(|shard| shard.path().is_dir()) {
        for file in fs::read_dir(shard.path())? {
            let file = file?;
            let ours = file.file_name().to_string_lossy().starts_with(TEMPORARY);
            if ours && !file.file_type()?.is_dir() {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// Replaces the file and tells how it can be known again.
pub(super) fn write(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<Stamp> {
    match replace(disk, path, bytes, Durability::Later) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            ensure_dir(path.parent().unwrap_or(path))?;
            replace(disk, path, bytes, Durability::Later)?;
        }
        other => other?,
    }
    Stamp::of(path)
}

/// Brings the files of these sessions to the disk, and their names.
pub(super) fn sync<'a>(
    disk: &dyn Disk,
    layout: &Layout,
    ids: impl Iterator<Item = &'a String>,
) -> io::Result<()> {
    let mut shards = std::collections::BTreeSet::new();
    for id in ids {
        let path = layout.at(&record_path(id));
        match open_plain(&path) {
            Ok(Some(file)) => file.sync_all()?,
            Ok(None) => continue,
            // Archived since, or removed by a person.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        }
        shards.extend(path.parent().map(Path::to_owned));
    }
    shards.iter().try_for_each(|shard| disk.sync_dir(shard))
}
