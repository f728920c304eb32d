//! HEAD belongs on the state branch. A person who looked around with `git checkout` may have left it elsewhere.
//!
//! Nothing is checked out here: what lies on the disk is put right by [`crate::store::startup::reconcile`].

use super::{GitError, History};
use crate::store::notice::Notice;
use git2::{ErrorClass, ErrorCode, Oid, Repository};

/// Puts HEAD back on the branch; work that was done elsewhere is kept.
pub(super) fn attach(history: &History, repository: &Repository) -> Result<Option<Notice>, GitError> {
    let failed = history.failed("put HEAD back on the state branch");
    let head = match repository.find_reference("HEAD") {
        Ok(head) => head,
        Err(error) if error.class() == ErrorClass::Reference => return write_anew(history).map(Some),
        Err(error) => return Err(failed(error)),
    };
    if head.symbolic_target().ok().flatten() == Some(history.branch.as_str()) {
        return Ok(None);
    }
    let was = match head.target() {
        Some(commit) => {
            keep(history, repository, commit).map_err(&failed)?;
            format!("detached at {commit}")
        }
        None => head.symbolic_target().ok().flatten().unwrap_or("nothing").to_owned(),
    };
    repository.set_head(&history.branch).map_err(&failed)?;
    Ok(Some(Notice::HeadPutBack { path: history.git_dir().join("HEAD"), was }))
}

/// HEAD is damaged. It holds nothing but the branch's name, which is known.
fn write_anew(history: &History) -> Result<Notice, GitError> {
    let path = history.git_dir().join("HEAD");
    let written = std::fs::write(&path, format!("ref: {}\n", history.branch));
    written.map_err(|source| GitError::Sync { path: path.clone(), source })?;
    Ok(Notice::HeadPutBack { path, was: "damaged".to_owned() })
}

/// A commit that HEAD alone names: the branch takes it if it builds on it, else a reference keeps it.
fn keep(history: &History, repository: &Repository, commit: Oid) -> Result<(), git2::Error> {
    let tip = match repository.refname_to_id(&history.branch) {
        Err(error) if error.code() == ErrorCode::NotFound => {
            repository.reference(&history.branch, commit, false, "start of the state branch")?;
            return Ok(());
        }
        other => other?,
    };
    if repository.graph_descendant_of(commit, tip)? {
        repository.reference_matching(&history.branch, commit, true, tip, "taken from a detached HEAD")?;
    } else if commit != tip && !repository.graph_descendant_of(tip, commit)? {
        rescue(repository, commit)?;
    }
    Ok(())
}

/// A reference of its own keeps a commit that no branch holds.
pub(super) fn rescue(repository: &Repository, commit: Oid) -> Result<(), git2::Error> {
    let name = format!("refs/rescue/{commit}");
    repository.reference(&name, commit, true, "kept by the gateway").map(drop)
}
