//! Packs of somebody else's, taken over. They are read as if they came over a network: measured first, and the list of
//! what is in them is made anew.

use super::measured::Measured;
use crate::workspace::beneath::{Beneath, Entry};
use git2::{Indexer, Repository};
use rustix::fs::FileType;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const MAX_PACK: u64 = 8 * 1024 * 1024 * 1024;

/// One at a time, whoever's it is: a pack may need a good part of the memory that there is.
static ONE: Mutex<()> = Mutex::new(());

/// The packs in these objects, each with its size.
pub(super) fn of(objects: &Beneath) -> io::Result<Vec<(i64, OsString)>> {
    let packs = match objects.folder("pack") {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        packs => packs?,
    };
    let is_pack = |entry: &Entry| {
        entry.kind == FileType::RegularFile && entry.name.to_str().is_some_and(|name| name.ends_with(".pack"))
    };
    let found = packs.entries()?.into_iter().filter(is_pack);
    Ok(found.map(|entry| (entry.stat.st_size, entry.name)).collect())
}

pub(super) fn take(pack: impl Read, into: &Path, repository: &Repository) -> Result<(), git2::Error> {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let told = |error: io::Error| git2::Error::from_str(&error.to_string());
    let place = into.join("objects/pack");
    std::fs::create_dir_all(&place).map_err(told)?;
    let odb = repository.odb()?;
    let mut indexer = Indexer::new(Some(&odb), &place, 0o444, false)?;
    io::copy(&mut Measured::new(pack.take(MAX_PACK)), &mut indexer).map_err(told)?;
    indexer.commit()?;
    odb.refresh()
}
