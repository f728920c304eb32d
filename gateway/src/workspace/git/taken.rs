//! Parts of a repository, read as plain files, that go into a mirror: its branches, its tags, and what is checked
//! out.

use super::BASE;
use super::borrowed::{Borrowed, lines, write_shallow};
use super::refs::Refs;
use super::rescue::packed;
use git2::{ErrorCode, ObjectType, Oid, Reference, Repository, Revwalk};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const REMOTE: &str = "refs/remotes/origin/";

pub(super) struct WantedRefs {
    head: Option<Oid>,
    /// By the names that they have in the mirror.
    branches: BTreeMap<String, Oid>,
    tags: BTreeMap<String, Oid>,
}

impl WantedRefs {
    pub(super) fn of(refs: &Refs) -> Self {
        let named = |start: &'static str, becomes: &'static str| {
            let found = refs.all.iter().filter_map(move |(name, id)| Some((name.strip_prefix(start)?, *id)));
            let renamed = found.map(move |(name, id)| (format!("{becomes}{name}"), id));
            renamed.filter(|(name, _)| Reference::is_valid_name(name)).collect()
        };
        let (branches, tags) = (named("refs/heads/", REMOTE), named("refs/tags/", "refs/tags/"));
        Self { head: refs.head, branches, tags }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Oid> {
        self.head.iter().chain(self.branches.values()).chain(self.tags.values()).copied()
    }

    /// The objects first: a reference never names what is not there.
    pub(super) fn put(&self, borrowed: &Borrowed<'_>, mirror: &Path) -> Result<(), git2::Error> {
        let ours = Repository::open_bare(mirror)?;
        let mut pack = borrowed.repository.packbuilder()?;
        // Along the commits, for then like is packed with like. A walk does not stop where a history is cut.
        if !borrowed.all_brought().is_empty() && borrowed.shallow().is_empty() {
            pack.insert_walk(&mut self.walk(&borrowed.repository, &ours)?)?;
        }
        packed(pack, borrowed.all_brought(), mirror)?;
        write_shallow(mirror, &shallow(borrowed, mirror))?;
        self.name(&ours)
    }

    fn walk<'r>(&self, borrowed: &'r Repository, ours: &Repository) -> Result<Revwalk<'r>, git2::Error> {
        let is_commit = |id: &Oid| borrowed.find_commit(*id).is_ok();
        let mut walk = borrowed.revwalk()?;
        for id in self.all().filter(is_commit) {
            walk.push(id)?;
        }
        for reference in ours.references()? {
            if let Some(id) = reference?.target().filter(is_commit) {
                walk.hide(id)?;
            }
        }
        Ok(walk)
    }

    fn name(&self, mirror: &Repository) -> Result<(), git2::Error> {
        for reference in mirror.references_glob(&format!("{REMOTE}*"))? {
            let mut reference = reference?;
            if !reference.name().is_ok_and(|name| self.branches.contains_key(name)) {
                reference.delete()?;
            }
        }
        let base = self.head.map(|id| (BASE.to_owned(), id));
        for (name, id) in self.branches.iter().map(|(name, id)| (name.clone(), *id)).chain(base) {
            if mirror.refname_to_id(&name) != Ok(id) {
                mirror.reference(&name, id, true, "Copied")?;
            }
        }
        for (name, id) in &self.tags {
            match mirror.reference(name, *id, false, "Copied") {
                // A tag stays what it was.
                Err(error) if error.code() == ErrorCode::Exists => {}
                done => drop(done?),
            }
        }
        Ok(())
    }

    pub(super) fn has_base(&self, mirror: &Path) -> bool {
        let base = Repository::open_bare(mirror).and_then(|mirror| mirror.refname_to_id(BASE));
        base.is_ok() && (self.head.is_some() || !self.branches.is_empty())
    }
}

/// Where the history is cut: of commits that are here already nobody else says it.
fn shallow(borrowed: &Borrowed<'_>, mirror: &Path) -> BTreeSet<Oid> {
    let brought = borrowed.all_brought().iter().filter(|id| borrowed.shallow().contains(id));
    let odb = borrowed.repository.odb();
    let is_commit = |id: &&Oid| {
        odb.as_ref().is_ok_and(|odb| odb.read_header(**id).is_ok_and(|(_, kind)| kind == ObjectType::Commit))
    };
    let known = lines(&mirror.join("shallow"));
    let known = known.iter().filter_map(|line| Oid::from_str(line).ok());
    brought.filter(is_commit).copied().chain(known).collect()
}
