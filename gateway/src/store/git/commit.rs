//! One round: what changed becomes blobs, trees and commits, in one pack; then the branch moves.
//!
//! Only the trees on the way to a changed file are made anew, so ten thousand sessions cost no more than the
//! few that changed. Pack, index of the pack and branch are on the disk when a round returns.

use super::{GitError, History, others_commits, pack, pack_names};
use crate::store::notice::Notice;
use git2::build::TreeUpdateBuilder;
use git2::{ErrorCode, FileMode, ObjectType, Oid, Repository, Signature, Time, Tree};
use jiff::Timestamp;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// One commit to be made.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) message: String,
    pub(crate) puts: Vec<Put>,
}

/// One file of a commit; no content removes it.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) path: String,
    pub(crate) content: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// None while there is no commit at all.
    pub(crate) tip: Option<Oid>,
    pub(crate) notices: Vec<Notice>,
    /// Somebody moved the branch or HEAD: what lies on the disk may be another version.
    pub(crate) disk_doubtful: bool,
}

/// Packs come before all other places where objects may be.
const IN_MEMORY_FIRST: i32 = 1_000;

impl History {
    /// Commits the drafts on top of whatever the branch holds; drafts that change nothing make no commit.
    ///
    /// `ours` is the commit that the last round ended with: the branch having moved since is somebody else's
    /// doing, and is kept.
    pub(crate) fn commit(
        &self,
        drafts: &[Draft],
        ours: Option<Oid>,
        now: Timestamp,
    ) -> Result<Committed, GitError> {
        let failed = self.failed("commit");
        let mut committed =
            Committed { notices: super::locks::clear_stale(&self.git_dir()), ..Committed::default() };
        let repository = self.open()?;
        if let Some(notice) = super::attach::attach(self, &repository)? {
            committed.disk_doubtful = true;
            committed.notices.push(notice);
        }
        let odb = repository.odb().map_err(&failed)?;
        let _memory = odb.add_new_mempack_backend(IN_MEMORY_FIRST).map_err(&failed)?;
        let tip = self.tip(&repository)?;
        let mut round = Round::begin(self, &repository, tip, now).map_err(&failed)?;
        if let (Some(tip), Some(ours)) = (tip, ours) {
            others_commits::look(&mut round, tip, ours, &mut committed).map_err(&failed)?;
        }
        for draft in drafts {
            round.add(draft).map_err(&failed)?;
        }
        committed.tip = round.finish()?;
        Ok(committed)
    }

    pub(super) fn tip(&self, repository: &Repository) -> Result<Option<Oid>, GitError> {
        match repository.refname_to_id(&self.branch) {
            Ok(tip) => Ok(Some(tip)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(self.failed("read the branch")(error)),
        }
    }
}

pub(super) struct Round<'a> {
    history: &'a History,
    pub(super) repository: &'a Repository,
    who: Signature<'static>,
    tip: Option<Oid>,
    parents: Vec<Oid>,
    pub(super) tree: Tree<'a>,
    /// Objects for the pack, with the names under which they are stored beside their like.
    objects: Vec<(Oid, Option<String>)>,
}

impl<'a> Round<'a> {
    fn begin(
        history: &'a History,
        repository: &'a Repository,
        tip: Option<Oid>,
        now: Timestamp,
    ) -> Result<Self, git2::Error> {
        let tree = match tip {
            Some(tip) => repository.find_commit(tip)?.tree()?,
            None => repository.find_tree(repository.treebuilder(None)?.write()?)?,
        };
        let time = Time::new(now.as_second(), 0);
        let who = Signature::new(&history.author.name, &history.author.email, &time)?;
        let parents = tip.into_iter().collect();
        Ok(Self { history, repository, who, tip, parents, tree, objects: vec![] })
    }

    fn add(&mut self, draft: &Draft) -> Result<(), git2::Error> {
        let mut updates = TreeUpdateBuilder::new();
        for put in &draft.puts {
            match &put.content {
                Some(content) => {
                    let blob = self.repository.blob(content)?;
                    self.objects.push((blob, pack_names::of_blob(content)));
                    updates.upsert(put.path.as_str(), blob, FileMode::Blob);
                }
                None if self.tree.get_path(Path::new(&put.path)).is_ok() => {
                    updates.remove(put.path.as_str());
                }
                None => {}
            }
        }
        let tree = updates.create_updated(self.repository, &self.tree)?;
        if tree == self.tree.id() {
            return Ok(());
        }
        self.commit(self.repository.find_tree(tree)?, &draft.message)
    }

    /// A commit of `tree` on top of what this round has so far.
    pub(super) fn commit(&mut self, tree: Tree<'a>, message: &str) -> Result<(), git2::Error> {
        let parents: Result<Vec<_>, _> =
            self.parents.iter().map(|parent| self.repository.find_commit(*parent)).collect();
        let parents = parents?;
        let parents: Vec<_> = parents.iter().collect();
        let commit = self.repository.commit(None, &self.who, &self.who, message, &tree, &parents)?;
        self.objects.push((commit, None));
        new_trees(self.repository, Some(&self.tree), &tree, &mut self.objects)?;
        self.tree = tree;
        self.parents = vec![commit];
        Ok(())
    }

    /// The next commit also continues `other`.
    pub(super) fn join(&mut self, other: Oid) {
        self.parents.push(other);
    }

    /// Packs, moves the branch, and waits until both are on the disk.
    fn finish(self) -> Result<Option<Oid>, GitError> {
        let Some(tip) = self.parents.first().copied().filter(|tip| Some(*tip) != self.tip) else {
            return Ok(self.tip);
        };
        pack::write(self.history, self.repository, &self.objects, &AtomicBool::new(false))?;
        let branch = self.history.branch.as_str();
        let moved = match self.tip {
            Some(before) => self.repository.reference_matching(branch, tip, true, before, "checkpoint"),
            None => self.repository.reference(branch, tip, false, "checkpoint"),
        };
        moved.map_err(|error| match error.code() {
            ErrorCode::Modified | ErrorCode::Exists => GitError::Moved { branch: branch.to_owned() },
            _ => self.history.failed("move the branch")(error),
        })?;
        sync_with_parent(&self.history.branch_file())?;
        Ok(Some(tip))
    }
}

/// The trees in `new` that `old` does not have at the same place.
fn new_trees(
    repository: &Repository,
    old: Option<&Tree<'_>>,
    new: &Tree<'_>,
    found: &mut Vec<(Oid, Option<String>)>,
) -> Result<(), git2::Error> {
    found.push((new.id(), pack_names::of_tree(new)));
    for entry in new.iter().filter(|entry| entry.kind() == Some(ObjectType::Tree)) {
        let before = old.and_then(|old| old.get_name_bytes(entry.name_bytes()));
        if before.as_ref().is_some_and(|before| before.id() == entry.id()) {
            continue;
        }
        let before = before.and_then(|before| repository.find_tree(before.id()).ok());
        new_trees(repository, before.as_ref(), &repository.find_tree(entry.id())?, found)?;
    }
    Ok(())
}

/// Brings a file and its name to the disk.
pub(super) fn sync_with_parent(path: &Path) -> Result<(), GitError> {
    let sync = |path: &Path| {
        let synced = File::open(path).and_then(|file| file.sync_all());
        synced.map_err(|source| GitError::Sync { path: path.to_owned(), source })
    };
    sync(path)?;
    path.parent().map_or(Ok(()), sync)
}
