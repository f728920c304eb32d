//! The history written anew without a text: every commit of every branch, with all that is in them, in a repository beside the old
//! one, which then takes its place. The old one goes whole, with what nothing refers to.

use super::commit::sync_with_parent;
use super::read::{Snapshot, named_in};
use super::{GitError, History, pack, pack_names};
use git2::{ObjectType, Oid, Repository, Sort};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Where the new repository is made, beside the old one.
const WORKSHOP: &str = ".tmp-purge";
/// Objects of one pack: bounds the memory of making it.
const PACK: usize = 100_000;

/// What becomes of files and of other texts, such as messages of commits. None where they stay as they are.
pub(crate) trait Change {
    type Refused;
    fn file(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Self::Refused>;
    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>>;
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RewriteError<E> {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{} can't be written", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the new history isn't whole: {object} can't be read ({reason})")]
    NotWhole { object: String, reason: String },
    #[error("a file of the history can't lose the text")]
    Refused(E),
}

impl History {
    /// Every object that lies in the repository, whether something refers to it or not.
    pub(crate) fn each_object<E>(
        &self,
        mut see: impl FnMut(ObjectType, &[u8]) -> Result<(), E>,
    ) -> Result<Result<(), E>, GitError> {
        let failed = self.failed("read the objects");
        if !self.git_dir().exists() {
            return Ok(Ok(()));
        }
        let repository = self.open()?;
        let odb = repository.odb().map_err(&failed)?;
        let mut all = vec![];
        let listed = odb.foreach(|object| {
            all.push(*object);
            true
        });
        listed.map_err(&failed)?;
        // The same one may lie in several packs.
        all.sort_unstable();
        all.dedup();
        for object in all {
            let object = odb.read(object).map_err(&failed)?;
            if let Err(stop) = see(object.kind(), object.data()) {
                return Ok(Err(stop));
            }
        }
        Ok(Ok(()))
    }

    /// Makes the new history. The old one still counts until [`History::put_in_place`].
    pub(crate) fn write_anew<C: Change>(&self, change: &C) -> Result<(), RewriteError<C::Refused>> {
        if !self.git_dir().exists() {
            return Ok(());
        }
        self.clear_workshop()?;
        let new = self.in_workshop();
        let old = self.open()?;
        fs::create_dir_all(&new.root).map_err(file_error::<C::Refused>(&new.root))?;
        let repository = new.init()?;
        let objects = self.git_dir().join("objects");
        let odb = repository.odb().map_err(self.failed("read the objects"))?;
        odb.add_disk_alternate(&objects.to_string_lossy()).map_err(self.failed("read the objects"))?;
        let mut rewriting = Rewriting {
            history: self,
            repository: &repository,
            change,
            commits: HashMap::new(),
            trees: HashMap::new(),
            blobs: HashMap::new(),
        };
        let tips = rewriting.references(&old)?;
        pack_all::<C::Refused>(&new, &repository, &tips)?;
        copy_config(&self.git_dir(), &new.git_dir(), change)?;
        drop(odb);
        drop(repository);
        new.is_whole(&tips)
    }

    /// The new history takes the old one's place, and the old one goes.
    pub(crate) fn put_in_place(&self) -> io::Result<()> {
        let (ours, new) = (self.git_dir(), self.in_workshop().git_dir());
        if new.exists() {
            exchange(&ours, &new)?;
            fs::File::open(&self.root)?.sync_all()?;
        }
        remove_all(&self.root.join(WORKSHOP))
    }

    /// A purge that was killed leaves it; it has either history. Where the old one could not be exchanged in one step, it is
    /// brought back.
    pub(crate) fn clear_workshop(&self) -> Result<(), GitError> {
        let workshop = self.root.join(WORKSHOP);
        let (aside, ours) = (workshop.join(ASIDE), self.git_dir());
        let back = match !ours.exists() && aside.exists() {
            true => fs::rename(&aside, &ours),
            false => Ok(()),
        };
        let cleared = back.and_then(|()| remove_all(&workshop));
        cleared.map_err(|source| GitError::Sync { path: workshop.clone(), source })
    }

    fn in_workshop(&self) -> Self {
        Self { root: self.root.join(WORKSHOP), ..self.clone() }
    }

    fn is_whole<E>(&self, tips: &[Oid]) -> Result<(), RewriteError<E>> {
        for tip in tips {
            let snapshot = Snapshot::at(self, *tip)?;
            let (_, unreadable) = snapshot.check_objects().map_err(|error| RewriteError::<E>::NotWhole {
                object: tip.to_string(),
                reason: error.to_string(),
            })?;
            if let Some((object, reason)) = unreadable.into_iter().next() {
                return Err(RewriteError::NotWhole { object, reason });
            }
        }
        Ok(())
    }
}

struct Rewriting<'a, C> {
    history: &'a History,
    repository: &'a Repository,
    change: &'a C,
    commits: HashMap<Oid, Oid>,
    trees: HashMap<Oid, Oid>,
    blobs: HashMap<Oid, Oid>,
}

type Rewritten<C, T> = Result<T, RewriteError<<C as Change>::Refused>>;

impl<C: Change> Rewriting<'_, C> {
    /// Every reference with all that it reaches; returns the new tips.
    fn references(&mut self, old: &Repository) -> Rewritten<C, Vec<Oid>> {
        let failed = self.history.failed("rewrite the commits");
        let mut named = vec![];
        for reference in old.references().map_err(&failed)? {
            let reference = reference.map_err(&failed)?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            named.extend(reference.peel_to_commit().ok().map(|commit| (name, commit.id())));
        }
        let mut walk = old.revwalk().map_err(&failed)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE).map_err(&failed)?;
        for (_, tip) in &named {
            walk.push(*tip).map_err(&failed)?;
        }
        for commit in walk {
            self.commit(commit.map_err(&failed)?)?;
        }
        let mut tips = vec![];
        for (name, tip) in named {
            let new = self.commits.get(&tip).copied().unwrap_or(tip);
            let without = self.change.text(name.as_bytes()).and_then(|name| String::from_utf8(name).ok());
            let name = without.unwrap_or(name);
            self.repository.reference(&name, new, true, "purge").map_err(&failed)?;
            tips.push(new);
        }
        Ok(tips)
    }

    /// Its parents are done.
    fn commit(&mut self, id: Oid) -> Rewritten<C, ()> {
        let failed = self.history.failed("rewrite a commit");
        let commit = self.repository.find_commit(id).map_err(&failed)?;
        let tree = self.tree(commit.tree_id())?;
        let parents = commit.parent_ids().map(|parent| self.commits.get(&parent).copied().unwrap_or(parent));
        let parents: Vec<_> = parents.collect();
        let odb = self.repository.odb().map_err(&failed)?;
        let said = odb.read(id).map_err(&failed)?.data().to_vec();
        let text = self.change.text(&said);
        let is_same =
            text.is_none() && tree == commit.tree_id() && parents.iter().copied().eq(commit.parent_ids());
        let new = match is_same {
            true => id,
            false => {
                let bytes = commit_of(tree, &parents, text.as_deref().unwrap_or(&said));
                self.write(ObjectType::Commit, &bytes)?
            }
        };
        self.commits.insert(id, new);
        Ok(())
    }

    fn tree(&mut self, id: Oid) -> Rewritten<C, Oid> {
        if let Some(done) = self.trees.get(&id) {
            return Ok(*done);
        }
        let failed = self.history.failed("rewrite a folder");
        let tree = self.repository.find_tree(id).map_err(&failed)?;
        let mut builder = self.repository.treebuilder(Some(&tree)).map_err(&failed)?;
        let mut has_changed = false;
        for entry in tree.iter() {
            let new = match entry.kind() {
                Some(ObjectType::Tree) => self.tree(entry.id())?,
                Some(ObjectType::Blob) => self.blob(entry.id())?,
                _ => entry.id(),
            };
            let name = self.change.text(entry.name_bytes());
            if new == entry.id() && name.is_none() {
                continue;
            }
            has_changed = true;
            builder.remove(entry.name_bytes().to_vec()).map_err(&failed)?;
            let name = name.unwrap_or_else(|| entry.name_bytes().to_vec());
            builder.insert(name, new, entry.filemode()).map_err(&failed)?;
        }
        let new = if has_changed { builder.write().map_err(&failed)? } else { id };
        self.trees.insert(id, new);
        Ok(new)
    }

    fn blob(&mut self, id: Oid) -> Rewritten<C, Oid> {
        if let Some(done) = self.blobs.get(&id) {
            return Ok(*done);
        }
        let failed = self.history.failed("read a file");
        let blob = self.repository.find_blob(id).map_err(&failed)?;
        let new = match self.change.file(blob.content()).map_err(RewriteError::Refused)? {
            Some(bytes) => self.write(ObjectType::Blob, &bytes)?,
            None => id,
        };
        self.blobs.insert(id, new);
        Ok(new)
    }

    fn write(&self, kind: ObjectType, bytes: &[u8]) -> Rewritten<C, Oid> {
        let failed = self.history.failed("rewrite an object");
        let odb = self.repository.odb().map_err(&failed)?;
        Ok(odb.write(kind, bytes).map_err(&failed)?)
    }
}

/// A signature of a commit covers what is not there any more, so it goes; everything else stays.
fn commit_of(tree: Oid, parents: &[Oid], said: &[u8]) -> Vec<u8> {
    let mut bytes = format!("tree {tree}\n").into_bytes();
    for parent in parents {
        bytes.extend_from_slice(format!("parent {parent}\n").as_bytes());
    }
    let (mut in_header, mut skips) = (true, false);
    for line in said.split_inclusive(|byte| *byte == b'\n') {
        if in_header {
            in_header = line != b"\n";
            skips = match line.first() {
                Some(b' ') => skips,
                _ => [&b"tree "[..], b"parent ", b"gpgsig"].iter().any(|known| line.starts_with(known)),
            };
        }
        if !in_header || !skips {
            bytes.extend_from_slice(line);
        }
    }
    bytes
}

/// Everything that the tips reach, from wherever it lies, in packs of its own.
fn pack_all<E>(new: &History, repository: &Repository, tips: &[Oid]) -> Result<(), RewriteError<E>> {
    let failed = new.failed("collect the objects");
    let (mut seen, mut next, mut all) = (HashSet::new(), tips.to_vec(), vec![]);
    let odb = repository.odb().map_err(&failed)?;
    while let Some(object) = next.pop() {
        if !seen.insert(object) {
            continue;
        }
        all.push((object, pack_names::of_object(repository, object)));
        let (_, kind) = odb.read_header(object).map_err(&failed)?;
        next.extend(named_in(repository, object, kind).map_err(&failed)?);
    }
    // Like beside like: they are stored as differences.
    all.sort_by(|(_, one), (_, other)| one.cmp(other));
    for part in all.chunks(PACK) {
        pack::write(new, repository, part, &AtomicBool::new(false))?;
    }
    let objects = new.git_dir().join("objects");
    for folder in fs::read_dir(&objects).map_err(file_error::<E>(&objects))?.flatten() {
        if folder.file_name().len() == 2 {
            remove_all(&folder.path()).map_err(file_error::<E>(&folder.path()))?;
        }
    }
    Ok(())
}

/// What people set, such as another remote.
fn copy_config<C: Change>(from: &Path, to: &Path, change: &C) -> Rewritten<C, ()> {
    let (from, to) = (from.join("config"), to.join("config"));
    let bytes = match fs::read(&from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        bytes => bytes.map_err(file_error::<C::Refused>(&from))?,
    };
    let text = change.text(&bytes);
    fs::write(&to, text.as_deref().unwrap_or(&bytes)).map_err(file_error::<C::Refused>(&to))?;
    Ok(sync_with_parent(&to)?)
}

/// Where the old history lies for a moment, on a disk that can't exchange two folders.
const ASIDE: &str = "old.git";

fn exchange(ours: &Path, new: &Path) -> io::Result<()> {
    if renameat_with(CWD, new, CWD, ours, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    let aside = new.with_file_name(ASIDE);
    fs::rename(ours, aside)?;
    fs::rename(new, ours)
}

fn remove_all(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn file_error<E>(path: &Path) -> impl FnOnce(io::Error) -> RewriteError<E> {
    let path = path.to_owned();
    move |source| RewriteError::File { path, source }
}
