//! Lays the files of a commit into a folder, and makes the index that belongs to them. Files are written one by one into
//! folders that are held open, so that nothing is written elsewhere, whatever an agent swaps meanwhile.

use super::commit_files::{self, EXECUTABLE, KeptFile, LINK, MODULE, is_wanted};
use super::index::left_out;
use super::stamps::entry;
use crate::workspace::beneath::Beneath;
use git2::{Index, IndexEntry, Oid, Repository};
use rustix::fs::Stat;
use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Threads that write at once: each waits for the disk most of the time.
const WRITERS: usize = 4;

/// Fewer files than this are written sooner than a thread is started.
const PIECE: usize = 250;

type FileToWrite = (Vec<u8>, KeptFile);

/// Returns the bytes of the index, which lies at `index` as well.
pub(super) fn lay(
    tree: &Beneath,
    objects: &Path,
    commit: Oid,
    sparse: &[String],
    index: &Path,
) -> Result<Vec<u8>, git2::Error> {
    let repository = Repository::open_bare(objects)?;
    let all = commit_files::of_tree(&repository, &repository.find_commit(commit)?.tree()?)?;
    let (wanted, others): (Vec<FileToWrite>, Vec<FileToWrite>) =
        all.into_iter().partition(|(path, _)| is_wanted(path, sparse));
    let laid = written(tree, objects, &wanted)?;
    let others = others.into_iter().map(|(path, kept)| left_out(entry(path, kept, None)));
    listed(index, laid.into_iter().chain(others))
}

fn written(tree: &Beneath, objects: &Path, wanted: &[FileToWrite]) -> Result<Vec<IndexEntry>, git2::Error> {
    let piece = wanted.len().div_ceil(WRITERS).max(PIECE);
    std::thread::scope(|scope| {
        let pieces =
            wanted.chunks(piece).map(|piece| scope.spawn(move || written_one_by_one(tree, objects, piece)));
        let mut laid = vec![];
        for piece in pieces.collect::<Vec<_>>() {
            laid.extend(
                piece.join().unwrap_or_else(|_| Err(git2::Error::from_str("writing was interrupted")))?,
            );
        }
        Ok(laid)
    })
}

/// By path, so that a folder is opened once for all that is in it.
fn written_one_by_one(
    tree: &Beneath,
    objects: &Path,
    wanted: &[FileToWrite],
) -> Result<Vec<IndexEntry>, git2::Error> {
    let repository = Repository::open_bare(objects)?;
    let (mut laid, mut last): (_, Option<(&[u8], Beneath)>) = (Vec::with_capacity(wanted.len()), None);
    for (path, kept) in wanted {
        let (below, name) = parted(path);
        let folder = match last.take() {
            Some((known, folder)) if known == below => folder,
            _ => made(tree, below).map_err(|error| failed(path, &error))?,
        };
        let name = OsStr::from_bytes(name);
        let stat = one(&repository, &folder, name, *kept).map_err(|error| failed(path, &error))?;
        laid.push(entry(path.clone(), *kept, stat.as_ref()));
        last = Some((below, folder));
    }
    Ok(laid)
}

/// The folder, and the name in it.
pub(super) fn parted(path: &[u8]) -> (&[u8], &[u8]) {
    let at = path.iter().rposition(|byte| *byte == b'/');
    at.map_or((&path[..0], path), |at| (&path[..at], &path[at + 1..]))
}

pub(super) fn made(tree: &Beneath, below: &[u8]) -> io::Result<Beneath> {
    let mut parts = below.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    let first = parts.next().map(|part| folder(tree, part));
    let first = first.unwrap_or_else(|| tree.below(Path::new("")))?;
    parts.try_fold(first, |at, part| folder(&at, part))
}

/// What git ignored so far and lies in the way gives way.
fn folder(at: &Beneath, name: &[u8]) -> io::Result<Beneath> {
    let name = OsStr::from_bytes(name);
    match at.make_folder(name) {
        Err(error) if error.kind() == ErrorKind::NotADirectory || is_link(&error) => {
            at.remove(name)?;
            at.make_folder(name)
        }
        made => made,
    }
}

fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

pub(super) fn one(
    repository: &Repository,
    folder: &Beneath,
    name: &OsStr,
    kept: KeptFile,
) -> io::Result<Option<Stat>> {
    match put(repository, folder, name, kept) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            folder.remove(name)?;
            put(repository, folder, name, kept)
        }
        done => done,
    }
}

fn put(repository: &Repository, folder: &Beneath, name: &OsStr, kept: KeptFile) -> io::Result<Option<Stat>> {
    if kept.mode == MODULE {
        return folder.make_folder(name).map(|_| None);
    }
    let blob = repository.find_blob(kept.id).map_err(io::Error::other)?;
    if kept.mode == LINK {
        folder.link(name, blob.content())?;
        return folder.stat(name).map(Some);
    }
    let mut file = folder.create(name, kept.mode == EXECUTABLE)?;
    file.write_all(blob.content())?;
    Ok(Some(rustix::fs::fstat(&file)?))
}

/// The index is made where only the gateway writes, and read from there.
pub(super) fn listed(path: &Path, entries: impl Iterator<Item = IndexEntry>) -> Result<Vec<u8>, git2::Error> {
    let told = |error: io::Error| git2::Error::from_str(&format!("{}: {error}", path.display()));
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(told(error)),
        _ => {}
    }
    let mut index = Index::open(path)?;
    for entry in entries {
        index.add(&entry)?;
    }
    index.write()?;
    std::fs::read(path).map_err(told)
}

fn failed(path: &[u8], error: &io::Error) -> git2::Error {
    git2::Error::from_str(&format!("{}: {error}", String::from_utf8_lossy(path)))
}
