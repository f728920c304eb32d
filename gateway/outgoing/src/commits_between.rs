//! The agent's own commits: those that the base branch doesn't have.

use crate::{Limits, OutgoingFault};
use git2::{Delta, DiffOptions, FileMode, Oid, Repository, Sort};

/// Where the work left the base branch.
pub(crate) fn merge_base(
    repository: &Repository,
    head: Option<Oid>,
    base: Oid,
) -> Result<Oid, OutgoingFault> {
    let Some(head) = head else { return Ok(base) };
    match repository.merge_base(head, base) {
        Ok(found) => Ok(found),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Err(OutgoingFault::Unrelated(
            "The work has no commit in common with the branch that it is for. Its history may have been rewritten since the \
             work began."
                .to_owned(),
        )),
        Err(error) => Err(OutgoingFault::git("read the commits", &error)),
    }
}

/// The oldest first.
pub(crate) fn commits(
    repository: &Repository,
    head: Option<Oid>,
    base: Oid,
    limits: &Limits,
) -> Result<Vec<Oid>, OutgoingFault> {
    let Some(head) = head else { return Ok(vec![]) };
    let walk = || -> Result<Vec<Oid>, git2::Error> {
        let mut walk = repository.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        walk.push(head)?;
        walk.hide(base)?;
        walk.take(limits.commits + 1).collect()
    };
    let commits = walk().map_err(|error| OutgoingFault::git("read the commits", &error))?;
    match commits.len() > limits.commits {
        true => Err(OutgoingFault::TooMuch(format!(
            "The work has more than {} commits that its base branch doesn't have. The branch may have been rewritten since the \
             work began.",
            limits.commits
        ))),
        false => Ok(commits),
    }
}

/// A file as one commit made it.
#[derive(Clone, Debug)]
pub(crate) struct MadeFile {
    pub(crate) path: Vec<u8>,
    pub(crate) id: Oid,
    /// What was there before it, if anything.
    pub(crate) before: Option<Oid>,
}

/// What none of its parents has: a merge makes only what differs from both sides.
pub(crate) fn made_by(repository: &Repository, commit: Oid) -> Result<Vec<MadeFile>, git2::Error> {
    let commit = repository.find_commit(commit)?;
    let tree = commit.tree()?;
    let mut made: Option<Vec<MadeFile>> = None;
    for parent in commit.parents() {
        let files = made_between(repository, Some(&parent.tree()?), &tree)?;
        made = Some(match made {
            None => files,
            Some(earlier) => {
                earlier.into_iter().filter(|one| files.iter().any(|other| other.path == one.path)).collect()
            }
        });
    }
    made.map_or_else(|| made_between(repository, None, &tree), Ok)
}

fn made_between(
    repository: &Repository,
    before: Option<&git2::Tree<'_>>,
    after: &git2::Tree<'_>,
) -> Result<Vec<MadeFile>, git2::Error> {
    let mut options = DiffOptions::new();
    options.include_typechange(true);
    let diff = repository.diff_tree_to_tree(before, Some(after), Some(&mut options))?;
    let made = diff.deltas().filter(|delta| delta.status() != Delta::Deleted).filter_map(|delta| {
        let (old, new) = (delta.old_file(), delta.new_file());
        // Commits of other repositories are nothing that is here.
        if new.mode() == FileMode::Commit {
            return None;
        }
        let before = Some(old.id()).filter(|id| !id.is_zero() && old.mode() != FileMode::Commit);
        Some(MadeFile { path: new.path_bytes()?.to_vec(), id: new.id(), before })
    });
    Ok(made.collect())
}
