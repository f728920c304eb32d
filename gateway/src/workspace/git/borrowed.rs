//! A repository of the gateway's own, for as long as it looks at that of an agent. Objects are copied into it one by one
//! as they are needed, each checked by its hash; nothing else of the agent's git data is used.

use super::failed;
use crate::sessions::workspaces::WorkspaceFault;
use crate::workspace::beneath::Beneath;
use crate::workspace::disk;
use crate::workspace::private::Scratch;
use gateway_domain::PlaceName;
use git2::{ObjectType, Odb, OdbLookupFlags, Oid, Repository};
use rustix::fs::FileType;
use std::collections::{BTreeSet, HashSet};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Largest object: it is read into memory.
const MAX_OBJECT: usize = 256 * 1024 * 1024;

/// The same for its packed form on disk, and for a pack.
const MAX_LOOSE: u64 = 256 * 1024 * 1024;
const MAX_PACK: u64 = 8 * 1024 * 1024 * 1024;

/// Objects that one rescue keeps.
const MAX_OBJECTS: usize = 1_000_000;

const GIT_LINK: i32 = 0o160_000;

pub(super) struct Borrowed<'a> {
    pub(super) repository: Repository,
    place: PathBuf,
    /// What the gateway has already.
    ours: Odb<'static>,
    /// The agent's objects; none when there is no git data.
    theirs: Option<Beneath>,
    packs_taken: bool,
    shallow: BTreeSet<Oid>,
    /// All that was taken over.
    brought: Vec<Oid>,
    seen: HashSet<Oid>,
    name: &'a PlaceName,
}

impl<'a> Borrowed<'a> {
    /// `ours` are repositories of the gateway, of which those that are not there are left out.
    pub(super) fn new(
        scratch: &Scratch,
        ours: &[&Path],
        common: Option<&Beneath>,
        mut shallow: BTreeSet<Oid>,
        name: &'a PlaceName,
    ) -> Result<Self, WorkspaceFault> {
        let theirs = match common.map(|common| common.folder("objects")).transpose() {
            Ok(theirs) => theirs,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(odd(name, &error)),
        };
        let place = scratch.path().join("borrowed.git");
        let mut made = || -> Result<(Repository, Odb<'static>), git2::Error> {
            let (odb, mut alternates) = (Odb::new()?, String::new());
            Repository::init_bare(&place)?;
            for objects in ours.iter().map(|path| path.join("objects")).filter(|path| path.is_dir()) {
                let objects = objects.display().to_string();
                odb.add_disk_alternate(&objects)?;
                alternates += &format!("{objects}\n");
            }
            for path in ours.iter() {
                shallow
                    .extend(lines(&path.join("shallow")).iter().filter_map(|line| Oid::from_str(line).ok()));
            }
            write(&place.join("objects/info/alternates"), alternates.as_bytes())?;
            write_shallow(&place, &shallow)?;
            Ok((Repository::open_bare(&place)?, odb))
        };
        let (repository, ours) = made().map_err(|error| failed("look at the commits", name, &error))?;
        let (brought, seen) = (vec![], HashSet::new());
        Ok(Self { repository, place, ours, theirs, packs_taken: false, shallow, brought, seen, name })
    }

    /// Takes over an object and all that it needs, as far as the gateway does not have it.
    pub(super) fn bring(&mut self, wanted: Oid) -> Result<(), WorkspaceFault> {
        let mut open = vec![wanted];
        while let Some(id) = open.pop() {
            if !self.seen.insert(id) || has(&self.ours, id) {
                continue;
            }
            if self.seen.len() > MAX_OBJECTS {
                return Err(WorkspaceFault::Failed(format!(
                    "Repository {} has more new objects than can be kept.",
                    self.name
                )));
            }
            self.take(id)?;
            self.brought.push(id);
            let needed = self.needed(id);
            open.extend(needed.map_err(|error| failed("read the commits", self.name, &error))?);
        }
        Ok(())
    }

    /// What is made here has to be kept with what was brought.
    pub(super) fn made(&mut self, id: Oid) -> Result<(), WorkspaceFault> {
        self.bring(id)
    }

    pub(super) fn all_brought(&self) -> &[Oid] {
        &self.brought
    }

    pub(super) fn shallow(&self) -> &BTreeSet<Oid> {
        &self.shallow
    }

    fn needed(&self, id: Oid) -> Result<Vec<Oid>, git2::Error> {
        let odb = self.repository.odb()?;
        let (size, kind) = odb.read_header(id)?;
        if size > MAX_OBJECT {
            return Err(git2::Error::from_str(&format!("object {id} has {size} bytes")));
        }
        Ok(match kind {
            ObjectType::Commit => {
                let commit = self.repository.find_commit(id)?;
                let parents = commit.parent_ids().filter(|_| !self.shallow.contains(&id));
                parents.chain([commit.tree_id()]).collect()
            }
            ObjectType::Tree => {
                let tree = self.repository.find_tree(id)?;
                tree.iter().filter(|entry| entry.filemode() != GIT_LINK).map(|entry| entry.id()).collect()
            }
            ObjectType::Tag => vec![self.repository.find_tag(id)?.target_id()],
            // Reading it checks its hash.
            _ => odb.read(id).map(|_| vec![])?,
        })
    }

    /// From the agent's loose objects, else from its packs.
    fn take(&mut self, id: Oid) -> Result<(), WorkspaceFault> {
        let there = |at: &Self| at.repository.odb().is_ok_and(|odb| has(&odb, id));
        if there(self) {
            return Ok(());
        }
        let taken = self.take_loose(id).map_err(|error| odd(self.name, &error))?;
        if !taken && !self.packs_taken {
            self.packs_taken = true;
            self.take_packs()?;
        }
        match there(self) {
            true => Ok(()),
            false => Err(WorkspaceFault::Unsafe(format!(
                "The git data of repository {} is damaged: object {id} is not there.",
                self.name
            ))),
        }
    }

    fn take_loose(&self, id: Oid) -> io::Result<bool> {
        let Some(theirs) = &self.theirs else { return Ok(false) };
        let text = id.to_string();
        let (folder, name) = text.split_at(2);
        let read = theirs.folder(folder).and_then(|folder| folder.read(name, MAX_LOOSE));
        let bytes = match read {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            read => read?,
        };
        let folder = self.place.join("objects").join(folder);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name), bytes)?;
        Ok(true)
    }

    /// Packs are read as if they came over a network: the list of what is in them is made anew.
    fn take_packs(&self) -> Result<(), WorkspaceFault> {
        let packs = match self.theirs.as_ref().map(|theirs| theirs.folder("pack")).transpose() {
            Ok(Some(packs)) => packs,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(odd(self.name, &error)),
        };
        for entry in packs.entries().map_err(|error| odd(self.name, &error))? {
            let is_pack = entry.kind == FileType::RegularFile
                && entry.name.to_str().is_some_and(|n| n.ends_with(".pack"));
            if is_pack {
                let file = packs.file(&entry.name).map_err(|error| odd(self.name, &error))?;
                self.take_pack(file.take(MAX_PACK))?;
            }
        }
        let refreshed = self.repository.odb().and_then(|odb| odb.refresh());
        refreshed.map_err(|error| failed("read the commits", self.name, &error))
    }

    fn take_pack(&self, mut pack: impl Read) -> Result<(), WorkspaceFault> {
        let into = self.place.join("objects/pack");
        std::fs::create_dir_all(&into).map_err(|error| disk("make", &into, &error))?;
        let odb = self.repository.odb();
        let read = odb.and_then(|odb| {
            git2::Indexer::new(Some(&odb), &into, 0o444, false).and_then(|mut indexer| {
                io::copy(&mut pack, &mut indexer)
                    .map_err(|error| git2::Error::from_str(&error.to_string()))?;
                indexer.flush().map_err(|error| git2::Error::from_str(&error.to_string()))?;
                indexer.commit()
            })
        });
        read.map(drop).map_err(|error| failed("read a pack", self.name, &error))
    }
}

/// Without looking for packs that came meanwhile: none do.
fn has(odb: &Odb<'_>, id: Oid) -> bool {
    odb.exists_ext(id, OdbLookupFlags::NO_REFRESH)
}

pub(super) fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

pub(super) fn write_shallow(repository: &Path, shallow: &BTreeSet<Oid>) -> Result<(), git2::Error> {
    if shallow.is_empty() {
        return Ok(());
    }
    let text: String = shallow.iter().map(|id| format!("{id}\n")).collect();
    write(&repository.join("shallow"), text.as_bytes())
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), git2::Error> {
    std::fs::write(path, bytes)
        .map_err(|error| git2::Error::from_str(&format!("{}: {error}", path.display())))
}

fn odd(name: &PlaceName, error: &io::Error) -> WorkspaceFault {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => WorkspaceFault::DiskFull(error.to_string()),
        _ => WorkspaceFault::Unsafe(format!(
            "The git data of repository {name} is not as it should be: {error}."
        )),
    }
}
