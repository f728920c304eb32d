//! A repository of a workspace, looked at: what its files are, what its references name, and what the gateway knows of
//! the same repository. Nothing in the workspace is changed by that, and nothing of it is run.

use super::borrowed::{self, Borrowed};
use super::commit_files::{self, Files};
use super::data::{self, GitData};
use super::failed;
use super::ignored::Ignored;
use super::laid::Laid;
use super::look::{Look, TreeState};
use super::refs::Refs;
use super::stamps::Stamps;
use crate::sessions::ports::WorkspaceFault;
use crate::workspace::beneath::Beneath;
use crate::workspace::private::Scratch;
use crate::workspace::{Folders, disk};
use gateway_domain::SafeName;
use git2::{Oid, Repository};
use std::path::PathBuf;

/// Which repository of which workspace.
#[derive(Clone, Copy)]
pub(in crate::workspace) struct Spot<'a> {
    pub(in crate::workspace) folders: &'a Folders,
    pub(in crate::workspace) workspace: &'a SafeName,
    pub(in crate::workspace) repository: &'a SafeName,
}

impl Spot<'_> {
    pub(super) fn path(&self) -> PathBuf {
        self.folders.folder.tree(self.workspace, self.repository)
    }

    pub(super) fn laid(&self) -> Option<Laid> {
        Laid::read(&self.folders.private, self.workspace, self.repository)
    }

    /// It is gone, and so is what was noted about it.
    pub(super) fn forget(&self) {
        let private = &self.folders.private;
        for path in
            [private.laid(self.workspace, self.repository), private.index(self.workspace, self.repository)]
        {
            let _ = std::fs::remove_file(path);
        }
    }

    /// None when there is no such folder.
    pub(super) fn hold(&self) -> Result<Option<Beneath>, WorkspaceFault> {
        self.folders.folder.hold_tree(self.workspace, self.repository)
    }
}

pub(super) struct Examined<'a> {
    pub(super) spot: Spot<'a>,
    pub(super) tree: Beneath,
    pub(super) data: Option<GitData>,
    pub(super) refs: Refs,
    pub(super) label: String,
    /// The commit that the session began at.
    pub(super) base: Option<Oid>,
    /// What is checked out; the base when the agent has no commit to show.
    pub(super) head: Option<Oid>,
    pub(super) borrowed: Borrowed<'a>,
    pub(super) head_files: Files,
    pub(super) ignored: Ignored,
    pub(super) found: TreeState,
    /// The last to go: everything above may lie in it.
    _scratch: Scratch,
}

impl<'a> Examined<'a> {
    /// None when its files are not under git.
    pub(super) fn new(spot: Spot<'a>, tree: Beneath) -> Result<Option<Self>, WorkspaceFault> {
        let name = spot.repository;
        let told = |error: git2::Error| failed("inspect the files", name, &error);
        let data = data::find(&tree, &spot.path(), &spot.folders.folder)?;
        let laid = spot.laid();
        let refs = match &data {
            None if laid.is_none() => return Ok(None),
            None => Refs::default(),
            Some(data) => {
                Refs::read(data).map_err(|error| disk("read the references of", &spot.path(), &error))?
            }
        };
        let label = label(laid.as_ref(), data.as_ref(), name);
        let private = &spot.folders.private;
        let (mirror, kept, scratch) = (private.mirror(&label), private.kept(&label), private.scratch()?);
        let theirs = data.as_ref().map(|data| borrowed::objects(&data.common, name)).transpose()?;
        let (base, mut shallow) = (laid.as_ref().and_then(Laid::base), refs.shallow.clone());
        if !mirror.is_dir() {
            // What the session began with is somebody else's to keep; its files are needed to compare with.
            shallow.extend(base);
        }
        let mut borrowed =
            Borrowed::new(&scratch, &[&mirror, &kept], theirs.unwrap_or_default(), shallow, name)?;
        let head = refs.head.or(base);
        for id in head.iter().chain(&base) {
            borrowed.bring(*id)?;
        }
        let head_files = of_commit(&borrowed.repository, head).map_err(told)?;
        let rules = of_commit(&borrowed.repository, base.or(head)).map_err(told)?;
        let ignored = Ignored::by(&scratch, &borrowed.repository, &rules).map_err(told)?;
        let stamps = Stamps::read(&private.index(spot.workspace, name));
        let sparse = laid.map(|laid| laid.sparse).unwrap_or_default();
        let look = Look {
            tree: &tree,
            into: &borrowed.repository,
            commit: &head_files,
            stamps: &stamps,
            ignored: &ignored,
            sparse: &sparse,
        };
        let found = look.over().map_err(|error| disk("inspect", &spot.path(), &error))?;
        let (refs, _scratch) = (refs, scratch);
        Ok(Some(Self {
            spot,
            tree,
            data,
            refs,
            label,
            base,
            head,
            borrowed,
            head_files,
            ignored,
            found,
            _scratch,
        }))
    }

    /// The files as they are now, as a tree.
    pub(super) fn snapshot(&self) -> Result<Oid, git2::Error> {
        super::index::written(&self.found.files)?.write_tree_to(&self.borrowed.repository)
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.borrowed.repository
    }
}

fn of_commit(repository: &Repository, commit: Option<Oid>) -> Result<Files, git2::Error> {
    let Some(commit) = commit else { return Ok(Files::new()) };
    commit_files::of_tree(repository, &repository.find_commit(commit)?.tree()?)
}

/// The gateway's own note says which mirror it is; a worktree of an earlier version, the folder's name. What a command
/// made has none, and a name of its own under which it is kept.
fn label(laid: Option<&Laid>, data: Option<&GitData>, repository: &SafeName) -> String {
    let shared = data.and_then(|data| data.shared.as_deref()).and_then(|name| name.strip_suffix(".git"));
    // It becomes a path of ours.
    let shared = shared.and_then(|name| SafeName::parse(name).ok()).map(String::from);
    laid.map(|laid| laid.label.clone()).or(shared).unwrap_or_else(|| format!("{repository}-by-command"))
}
