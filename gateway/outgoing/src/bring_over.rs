//! Brings an agent's work over by hash, out of a folder that it can write to while that is done.

use crate::git_data::GitData;
use crate::held_folder::HeldFolder;
use crate::ignore_rules::IgnoreRules;
use crate::limits::{Budget, Limits};
use crate::quarantine::Quarantine;
use crate::tree_files::{self, Files};
use crate::working_tree::{self, WorkingTree};
use crate::{OutgoingFault, Store};
use git2::{ObjectType, Oid};
use std::path::Path;

/// Where the agent works: no part of the path below the folder of all workspaces may be a link.
#[derive(Clone, Copy, Debug)]
pub struct AgentsFolder<'a> {
    /// The folder of all workspaces, which only the gateway's operator chooses.
    pub workspaces: &'a Path,
    /// The repository's folder in it.
    pub below: &'a Path,
    /// The only folders that were laid out; empty where all were.
    pub sparse: &'a [String],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving<'a> {
    /// What is committed on what is checked out. Other changes stay.
    Committed,
    /// What is committed on this branch, whatever is checked out.
    CommittedOn(&'a str),
    /// What is committed on what is checked out, and what `git add -A` would add to it: all files that its rules don't ignore,
    /// as they are.
    WithFiles,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// What would leave.
    pub tree: String,
    /// The commit that the agent is at; none when it has none.
    pub commit: Option<String>,
    /// What is checked out; none when it is no branch.
    pub branch: Option<String>,
    /// Files of the tree that are in no commit of the agent's.
    pub uncommitted: usize,
    /// What stayed behind, in sentences.
    pub left_behind: Vec<String>,
}

/// Reads much from the disk: for a thread that may block.
pub fn bring_over(
    store: &Store,
    from: AgentsFolder<'_>,
    leaving: Leaving<'_>,
    limits: &Limits,
) -> Result<Brought, OutgoingFault> {
    let tree = HeldFolder::open(from.workspaces).and_then(|all| all.below(from.below));
    let tree = tree.map_err(|error| OutgoingFault::odd("The workspace's folder", &error))?;
    let data = GitData::of(&tree)?;
    let mut at = data.checked_out()?;
    if let Leaving::CommittedOn(branch) = leaving {
        at.commit = data.branch(branch)?;
        at.branch = Some(branch.to_owned());
    }
    let mut quarantine = Quarantine::new(store, data.objects()?, Budget::of(limits))?;
    if let Some(commit) = at.commit {
        quarantine.bring(commit, ObjectType::Commit)?;
    }
    let found = match leaving {
        Leaving::WithFiles => with_files(&mut quarantine, &tree, &data, at.commit, from.sparse)?,
        _ => committed(&quarantine, at.commit)?,
    };
    quarantine.settle()?;
    Ok(Brought {
        tree: found.tree.to_string(),
        commit: at.commit.map(|id| id.to_string()),
        branch: at.branch,
        uncommitted: found.uncommitted,
        left_behind: found.left_behind,
    })
}

struct FoundWork {
    tree: Oid,
    uncommitted: usize,
    left_behind: Vec<String>,
}

fn committed(quarantine: &Quarantine, commit: Option<Oid>) -> Result<FoundWork, OutgoingFault> {
    let Some(commit) = commit else { return Err(OutgoingFault::NothingChanged) };
    let commit = quarantine.repository.find_commit(commit);
    let commit = commit.map_err(|error| OutgoingFault::git("read the commits", &error))?;
    Ok(FoundWork { tree: commit.tree_id(), uncommitted: 0, left_behind: vec![] })
}

fn with_files(
    quarantine: &mut Quarantine,
    tree: &HeldFolder,
    data: &GitData,
    commit: Option<Oid>,
    sparse: &[String],
) -> Result<FoundWork, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("read the files", &error);
    let files = match commit {
        None => Files::new(),
        Some(commit) => tree_files::of_commit(&quarantine.repository, commit)?,
    };
    let rules = IgnoreRules::new(quarantine.scratch.path(), &data.excludes()).map_err(told)?;
    let WorkingTree { files: now, changed, nested } =
        working_tree::read(tree, &files, &rules, &quarantine.repository, &mut quarantine.budget, sparse)?;
    let made = tree_files::written(&quarantine.repository, &now).map_err(told)?;
    quarantine.bring(made, ObjectType::Tree)?;
    let left_behind = nested.iter().map(|path| {
        format!(
            "{} is a separate repository, and stays behind.",
            String::from_utf8_lossy(path).escape_debug()
        )
    });
    Ok(FoundWork { tree: made, uncommitted: changed, left_behind: left_behind.collect() })
}
