//! A repository of the gateway's own, for as long as it looks at one that agents can write to. Objects are copied into it
//! one by one as they are needed, each checked by its hash; nothing else of that git data is used.

use super::{failed, packs};
use crate::sessions::ports::WorkspaceFault;
use crate::workspace::beneath::Beneath;
use crate::workspace::private::Scratch;
use gateway_domain::SafeName;
use git2::{ObjectType, Odb, OdbLookupFlags, Oid, Repository};
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Largest file: it is read into memory.
const MAX_OBJECT: usize = 256 * 1024 * 1024;

/// Largest commit or folder: each line of it becomes something larger.
const MAX_LISTED: usize = 32 * 1024 * 1024;

/// Largest object in its packed form on disk.
const MAX_LOOSE: u64 = 256 * 1024 * 1024;

/// Objects that are brought over at once.
const MAX_OBJECTS: usize = 5_000_000;

const GIT_LINK: i32 = 0o160_000;

pub(super) struct Borrowed<'a> {
    pub(super) repository: Repository,
    place: PathBuf,
    /// What the gateway has already.
    ours: Odb<'static>,
    /// Folders of objects that others write to.
    theirs: Vec<Beneath>,
    /// Packs of theirs that were not taken yet, the smallest last. None until they are needed.
    packs: Option<Vec<(usize, OsString)>>,
    shallow: BTreeSet<Oid>,
    /// All that was taken over.
    brought: Vec<Oid>,
    seen: HashSet<Oid>,
    name: &'a SafeName,
}

impl<'a> Borrowed<'a> {
    /// `ours` are repositories of the gateway, of which those that are not there are left out.
    pub(super) fn new(
        scratch: &Scratch,
        ours: &[&Path],
        theirs: Vec<Beneath>,
        mut shallow: BTreeSet<Oid>,
        name: &'a SafeName,
    ) -> Result<Self, WorkspaceFault> {
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
        let (repository, ours) = made().map_err(|error| failed("inspect the commits", name, &error))?;
        let (brought, seen) = (vec![], HashSet::new());
        Ok(Self { repository, place, ours, theirs, packs: None, shallow, brought, seen, name })
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
                    "Repository {} has more new objects than can be saved.",
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
        if size > if kind == ObjectType::Blob { MAX_OBJECT } else { MAX_LISTED } {
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
        while !taken && !there(self) && self.take_pack()? {}
        match there(self) {
            true => Ok(()),
            false => Err(WorkspaceFault::Unsafe(format!(
                "The git data of repository {} is damaged: object {id} is missing.",
                self.name
            ))),
        }
    }

    fn take_loose(&self, id: Oid) -> io::Result<bool> {
        let text = id.to_string();
        let (folder, name) = text.split_at(2);
        for theirs in &self.theirs {
            let read = theirs.folder(folder).and_then(|folder| folder.read(name, MAX_LOOSE));
            let bytes = match read {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                read => read?,
            };
            let folder = self.place.join("objects").join(folder);
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(name), bytes)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// The next pack; what is new is seldom in the largest. Says whether there was one.
    fn take_pack(&mut self) -> Result<bool, WorkspaceFault> {
        let told = |error: io::Error| odd(self.name, &error);
        let packs = match &mut self.packs {
            Some(packs) => packs,
            none => none.insert(all_packs(&self.theirs).map_err(told)?),
        };
        let Some((at, name)) = packs.pop() else { return Ok(false) };
        let pack = self.theirs[at].folder("pack").and_then(|packs| packs.file(name)).map_err(told)?;
        packs::take(pack, &self.place, &self.repository)
            .map_err(|error| failed("read a pack", self.name, &error))?;
        Ok(true)
    }
}

/// By where they are and their names, the smallest last.
fn all_packs(theirs: &[Beneath]) -> io::Result<Vec<(usize, OsString)>> {
    let mut all = vec![];
    for (at, objects) in theirs.iter().enumerate() {
        all.extend(packs::of(objects)?.into_iter().map(|(size, name)| (size, at, name)));
    }
    all.sort_by(|a, b| b.cmp(a));
    Ok(all.into_iter().map(|(_, at, name)| (at, name)).collect())
}

/// The objects of a repository that others write to.
pub(super) fn objects(common: &Beneath, name: &SafeName) -> Result<Vec<Beneath>, WorkspaceFault> {
    match common.folder("objects") {
        Ok(objects) => Ok(vec![objects]),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(vec![]),
        Err(error) => Err(odd(name, &error)),
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

pub(super) fn odd(name: &SafeName, error: &io::Error) -> WorkspaceFault {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => WorkspaceFault::DiskFull(error.to_string()),
        _ => WorkspaceFault::Unsafe(format!("The git data of repository {name} is not valid: {error}.")),
    }
}
