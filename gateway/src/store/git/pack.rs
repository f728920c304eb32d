//! Packs: one for each round, merged later so that the repository stays small and quick.
//!
//! A pack is merged with others of its size class when there are many of them, so an object is packed anew
//! only a few times in its life. Merging runs beside the rounds and only adds a pack; the thread that commits
//! takes the old ones away. Every object is kept, whether something refers to it or not.

use super::commit::sync_with_parent;
use super::{GitError, History, pack_names};
use git2::{Indexer, Oid, Repository};
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Packs of one size class before they are merged.
const MANY: usize = 32;
/// Objects in the largest pack that merging makes: bounds its memory (about 100 MiB) and time.
const LARGEST: usize = 256_000;
/// Upper limits of the size classes, in objects.
const CLASSES: [usize; 3] = [1_000, 16_000, LARGEST];
/// Loose objects (people's own commits make them) before they are packed.
const MANY_LOOSE: usize = 256;

/// How large the history is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub bytes: u64,
    pub packs: usize,
    pub objects: usize,
    pub loose: usize,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TidyError {
    #[error("Could not merge packs of the state's history; the old ones stay in use.")]
    Git(#[from] GitError),
    #[error("Could not read the packs in {}; the old ones stay in use.", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Files whose every object is in another pack now.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    files: Vec<PathBuf>,
}

impl Merged {
    /// Takes the old files away. One that stays is merged again some day.
    pub(crate) fn remove_old(&self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
    }
}

/// Writes the objects as one pack and brings it to the disk.
pub(super) fn write(
    history: &History,
    repository: &Repository,
    objects: &[(Oid, Option<String>)],
    stop: &AtomicBool,
) -> Result<PathBuf, GitError> {
    let failed = history.failed("write a pack");
    let directory = pack_dir(&history.git_dir());
    let mut builder = repository.packbuilder().map_err(&failed)?;
    builder.set_threads(1);
    builder.set_progress_callback(|_, _, _| !stop.load(Ordering::Relaxed)).map_err(&failed)?;
    for (object, name) in objects {
        builder.insert_object(*object, name.as_deref()).map_err(&failed)?;
    }
    let odb = repository.odb().map_err(&failed)?;
    let mut indexer = Indexer::new(Some(&odb), &directory, 0o444, false).map_err(&failed)?;
    let mut written = Ok(());
    let packed = builder.foreach(|bytes| {
        written = indexer.write_all(bytes);
        written.is_ok()
    });
    written.map_err(|source| GitError::Sync { path: directory.clone(), source })?;
    packed.map_err(&failed)?;
    let name = indexer.commit().map_err(&failed)?;
    let pack = directory.join(format!("pack-{name}.pack"));
    sync_with_parent(&pack)?;
    sync_with_parent(&pack.with_extension("idx"))?;
    Ok(pack)
}

/// Merges packs, and packs loose objects, if there are many. Takes long; changes nothing that others use.
pub(crate) fn tidy(history: &History, stop: &AtomicBool) -> Result<Merged, TidyError> {
    let git_dir = history.git_dir();
    let unreadable = |source| TidyError::Read { path: git_dir.clone(), source };
    let packs = list(&git_dir).map_err(unreadable)?;
    let mut merged = Merged::default();
    if let Some(chosen) = choose(&packs) {
        let mut objects = HashSet::new();
        for pack in &chosen {
            objects.extend(pack.objects().map_err(unreadable)?);
        }
        let new = merge(history, objects, stop)?;
        let old = chosen.iter().filter(|pack| pack.path != new);
        merged.files.extend(old.flat_map(|pack| [pack.path.with_extension("idx"), pack.path.clone()]));
    }
    let loose = loose(&git_dir);
    if loose.len() >= MANY_LOOSE {
        merge(history, loose.iter().map(|(object, _)| *object).collect(), stop)?;
        merged.files.extend(loose.into_iter().map(|(_, path)| path));
    }
    Ok(merged)
}

fn merge(history: &History, objects: HashSet<Oid>, stop: &AtomicBool) -> Result<PathBuf, GitError> {
    let repository = history.open()?;
    let named = objects.into_iter().map(|object| (object, pack_names::of_object(&repository, object)));
    let mut named: Vec<_> = named.collect();
    // The same objects give the same pack, whatever the order they were found in.
    named.sort();
    write(history, &repository, &named, stop)
}

pub(super) struct Pack {
    path: PathBuf,
    objects: usize,
    bytes: u64,
}

impl Pack {
    /// Reads the names from the pack's index: a table of 256 counts, then the names.
    fn objects(&self) -> io::Result<Vec<Oid>> {
        let index = fs::read(self.path.with_extension("idx"))?;
        let names = index.get(NAMES..NAMES + 20 * self.objects).ok_or(io::ErrorKind::UnexpectedEof)?;
        names.chunks_exact(20).map(|name| Oid::from_bytes(name).map_err(io::Error::other)).collect()
    }
}

/// Where the names begin in a pack's index: behind a magic number, a version, and the counts.
const NAMES: usize = 8 + 256 * 4;

fn list(git_dir: &Path) -> io::Result<Vec<Pack>> {
    let mut packs = vec![];
    for entry in fs::read_dir(pack_dir(git_dir))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            let bytes = fs::metadata(&path)?.len();
            packs.push(Pack { objects: count(&path.with_extension("idx"))?, path, bytes });
        }
    }
    packs.sort_by_key(|pack| pack.objects);
    Ok(packs)
}

/// The last of the counts is that of all objects.
fn count(index: &Path) -> io::Result<usize> {
    let mut head = [0; NAMES];
    io::Read::read_exact(&mut fs::File::open(index)?, &mut head)?;
    let last = [head[NAMES - 4], head[NAMES - 3], head[NAMES - 2], head[NAMES - 1]];
    Ok(u32::from_be_bytes(last) as usize)
}

/// The packs of one class that are worth merging, smallest first.
fn choose(packs: &[Pack]) -> Option<Vec<&Pack>> {
    let mut from = 0;
    for limit in CLASSES {
        let class: Vec<_> = packs.iter().filter(|pack| (from..limit).contains(&pack.objects)).collect();
        let total: usize = class.iter().map(|pack| pack.objects).sum();
        if class.len() >= MANY || (class.len() > 1 && total >= LARGEST) {
            return Some(up_to_largest(class));
        }
        from = limit;
    }
    None
}

fn up_to_largest(class: Vec<&Pack>) -> Vec<&Pack> {
    let mut objects = 0;
    let fits = class.into_iter().enumerate().take_while(|(index, pack)| {
        objects += pack.objects;
        *index < 2 || objects <= LARGEST
    });
    fits.map(|(_, pack)| pack).collect()
}

/// The loose objects and their files.
fn loose(git_dir: &Path) -> Vec<(Oid, PathBuf)> {
    let shards = fs::read_dir(git_dir.join("objects")).into_iter().flatten().flatten();
    let shards = shards.filter(|entry| entry.file_name().len() == 2);
    let files = shards.filter_map(|shard| fs::read_dir(shard.path()).ok()).flatten().flatten();
    files.filter_map(|file| Some((loose_name(&file.path())?, file.path()))).collect()
}

fn loose_name(path: &Path) -> Option<Oid> {
    let shard = path.parent()?.file_name()?.to_str()?;
    Oid::from_str(&format!("{shard}{}", path.file_name()?.to_str()?)).ok()
}

/// Removes packs that a crash left half written.
pub(super) fn clear_leftovers(git_dir: &Path) {
    let entries = fs::read_dir(pack_dir(git_dir)).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("pack_git2_")) {
        let _ = fs::remove_file(entry.path());
    }
}

pub(super) fn size(git_dir: &Path) -> io::Result<Size> {
    let packs = list(git_dir)?;
    let loose = loose(git_dir);
    let loose_bytes: u64 = loose.iter().filter_map(|(_, path)| Some(fs::metadata(path).ok()?.len())).sum();
    Ok(Size {
        bytes: packs.iter().map(|pack| pack.bytes).sum::<u64>() + loose_bytes,
        packs: packs.len(),
        objects: packs.iter().map(|pack| pack.objects).sum(),
        loose: loose.len(),
    })
}

fn pack_dir(git_dir: &Path) -> PathBuf {
    git_dir.join("objects/pack")
}
