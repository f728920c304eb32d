//! A repository of the gateway's own, for as long as it looks at one that an agent can write. Objects come into it one by
//! one as they are needed, each checked by its hash. They go on into the run's repository in one pack, with all that they
//! need, or not at all.

use crate::forged_entries::{EntryKind, read_tree};
use crate::held_folder::HeldFolder;
use crate::limits::Budget;
use crate::loose_object::{MAX_LISTED, MAX_OBJECT, unpacked};
use crate::own_folder::{Scratch, Store, made};
use crate::{OutgoingFault, packs};
use git2::{ObjectType, Odb, OdbLookupFlags, Oid, Repository};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Largest object in its packed form on disk.
const MAX_LOOSE: u64 = 256 * 1024 * 1024;

pub(crate) struct Quarantine {
    pub(crate) repository: Repository,
    place: PathBuf,
    into: PathBuf,
    /// What the gateway has already.
    ours: Odb<'static>,
    theirs: HeldFolder,
    /// Packs of theirs that were not taken yet, the smallest last. None until they are needed.
    packs: Option<Vec<OsString>>,
    brought: Vec<Oid>,
    seen: HashMap<Oid, ObjectType>,
    pub(crate) budget: Budget,
    /// The last to go: what is above lies in it.
    pub(crate) scratch: Scratch,
}

impl Quarantine {
    pub(crate) fn new(store: &Store, theirs: HeldFolder, budget: Budget) -> Result<Self, OutgoingFault> {
        let told = |error: git2::Error| OutgoingFault::git("look at the work", &error);
        let scratch = store.scratch()?;
        let place = scratch.path().join("quarantine.git");
        made(&place, Some(&store.mirror))?;
        let all = [store.place.join("objects"), store.mirror.join("objects")]
            .map(|path| path.display().to_string());
        std::fs::write(place.join("objects/info/alternates"), all.join("\n") + "\n")
            .map_err(|error| OutgoingFault::disk("look at the work", &error))?;
        let repository = Repository::open_bare(&place).map_err(told)?;
        // Like is not packed with like: it takes longer than all the rest, and the push does it anyway. This is the setting
        // that libgit2 reads as the size from which on it doesn't.
        repository.config().and_then(|mut config| config.set_i64("pack.deltaCacheSize", 1)).map_err(told)?;
        let ours = Odb::new().map_err(told)?;
        for objects in &all {
            ours.add_disk_alternate(objects).map_err(told)?;
        }
        let into = store.place.clone();
        let (brought, seen) = (vec![], HashMap::new());
        Ok(Self { repository, place, into, ours, theirs, packs: None, brought, seen, budget, scratch })
    }

    /// Takes over a commit or a folder and all that it needs, as far as the gateway does not have it.
    pub(crate) fn bring(&mut self, wanted: Oid, kind: ObjectType) -> Result<(), OutgoingFault> {
        let mut open = vec![(wanted, kind)];
        while let Some((id, kind)) = open.pop() {
            let known = self.known(id);
            if let Some(known) = known {
                if known != kind {
                    return Err(forged(&format!("object {id} is another kind than what names it says")));
                }
                continue;
            }
            self.budget.take_object()?;
            let found = self.take(id)?;
            if found.0 != kind {
                return Err(forged(&format!("object {id} is another kind than what names it says")));
            }
            self.budget.take_bytes(found.1.len() as u64)?;
            self.seen.insert(id, kind);
            self.brought.push(id);
            self.needed(id, kind, &found.1, &mut open)?;
        }
        Ok(())
    }

    fn known(&self, id: Oid) -> Option<ObjectType> {
        let seen = self.seen.get(&id).copied();
        seen.or_else(|| {
            let has = self.ours.exists_ext(id, OdbLookupFlags::NO_REFRESH);
            has.then(|| self.ours.read_header(id).ok()).flatten().map(|(_, kind)| kind)
        })
    }

    fn needed(
        &self,
        id: Oid,
        kind: ObjectType,
        bytes: &[u8],
        open: &mut Vec<(Oid, ObjectType)>,
    ) -> Result<(), OutgoingFault> {
        match kind {
            ObjectType::Commit => {
                let commit = self.repository.find_commit(id);
                let commit = commit.map_err(|error| forged(&format!("commit {id}: {}", error.message())))?;
                open.extend(commit.parent_ids().map(|parent| (parent, ObjectType::Commit)));
                open.push((commit.tree_id(), ObjectType::Tree));
            }
            ObjectType::Tree => {
                for entry in read_tree(bytes).map_err(|why| forged(&why))? {
                    match entry.kind {
                        EntryKind::Folder => open.push((entry.id, ObjectType::Tree)),
                        EntryKind::File => open.push((entry.id, ObjectType::Blob)),
                        EntryKind::Submodule => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// From what was made or taken here, the agent's loose objects, or its packs.
    fn take(&mut self, id: Oid) -> Result<(ObjectType, Vec<u8>), OutgoingFault> {
        if let Some(here) = self.here(id)? {
            return Ok(here);
        }
        if let Some((kind, content)) = self.loose(id).map_err(|error| odd(&error))? {
            let written = self.repository.odb().and_then(|odb| odb.write(kind, &content));
            written.map_err(|error| OutgoingFault::git("take over the work", &error))?;
            return Ok((kind, content));
        }
        while self.take_pack()? {
            if let Some(here) = self.here(id)? {
                return Ok(here);
            }
        }
        Err(OutgoingFault::Unsafe(format!(
            "The workspace's git data is not complete: object {id} is neither in it nor in the repository that the work is \
             for."
        )))
    }

    /// Reading checks the hash.
    fn here(&self, id: Oid) -> Result<Option<(ObjectType, Vec<u8>)>, OutgoingFault> {
        let told = |error: git2::Error| forged(&format!("object {id}: {}", error.message()));
        let odb = self.repository.odb().map_err(told)?;
        if !odb.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            return Ok(None);
        }
        let (size, kind) = odb.read_header(id).map_err(told)?;
        if size > if kind == ObjectType::Blob { MAX_OBJECT } else { MAX_LISTED } {
            return Err(OutgoingFault::TooMuch(format!(
                "A file of the work has {size} bytes, which is too large."
            )));
        }
        let object = odb.read(id).map_err(told)?;
        Ok(Some((object.kind(), object.data().to_vec())))
    }

    fn loose(&self, id: Oid) -> io::Result<Option<(ObjectType, Vec<u8>)>> {
        let text = id.to_string();
        let (folder, name) = text.split_at(2);
        match self.theirs.folder(folder).and_then(|folder| folder.file(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(file) => unpacked(file.take(MAX_LOOSE), id).map(Some),
        }
    }

    /// Says whether there was one.
    fn take_pack(&mut self) -> Result<bool, OutgoingFault> {
        let packs = match &mut self.packs {
            Some(packs) => packs,
            none => none.insert(packs::of(&self.theirs).map_err(|error| odd(&error))?),
        };
        let Some(name) = packs.pop() else { return Ok(false) };
        let pack =
            self.theirs.folder("pack").and_then(|packs| packs.file(name)).map_err(|error| odd(&error))?;
        packs::take(pack, &self.place, &self.repository, self.budget.until()).map_err(|error| odd(&error))?;
        Ok(true)
    }

    /// All that was brought, in one pack and on disk: from here on it is the run's.
    pub(crate) fn settle(self) -> Result<(), OutgoingFault> {
        if self.brought.is_empty() {
            return Ok(());
        }
        let packs = self.into.join("objects/pack");
        let packed = || -> Result<(), git2::Error> {
            let mut pack = self.repository.packbuilder()?;
            pack.set_threads(1);
            for id in &self.brought {
                pack.insert_object(*id, None)?;
            }
            pack.write(&packs, 0o444)
        };
        packed().map_err(|error| OutgoingFault::git("keep the work", &error))?;
        synced(&packs).map_err(|error| OutgoingFault::disk("keep the work", &error))
    }
}

fn synced(packs: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(packs)? {
        std::fs::File::open(entry?.path())?.sync_all()?;
    }
    std::fs::File::open(packs)?.sync_all()
}

fn odd(error: &io::Error) -> OutgoingFault {
    OutgoingFault::odd("The workspace's git data", error)
}

fn forged(why: &str) -> OutgoingFault {
    OutgoingFault::Unsafe(format!("The workspace's git data was not made by git: {why}."))
}
