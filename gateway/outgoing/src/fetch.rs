//! Fetches branches from the forge: the base branch into the mirror that all runs of a repository share, others into the
//! run's own repository.

use crate::git_output::last_words;
use crate::own_folder::unlock;
use crate::push_answer::refused_at_the_door;
use crate::{GitProgram, OutgoingFault, Remote, Store};
use git2::{Oid, Reference, Repository};
use std::path::Path;

/// The newest commit of the base branch. Its history may have been rewritten: what was there before stays in the mirror.
pub async fn fetch_base(
    store: &Store,
    remote: &Remote,
    git: &GitProgram,
    branch: &str,
) -> Result<String, OutgoingFault> {
    let reference = reference(branch)?;
    let _one = store.one_fetch.lock().await;
    fetch(&store.mirror, remote, git, &reference, &reference).await
}

/// The newest commit of another branch, such as our own after a person pushed to it.
pub async fn fetch_branch(
    store: &Store,
    remote: &Remote,
    git: &GitProgram,
    branch: &str,
) -> Result<String, OutgoingFault> {
    let from = reference(branch)?;
    fetch(&store.place, remote, git, &from, &format!("refs/gateway/fetched/{branch}")).await
}

async fn fetch(
    into: &Path,
    remote: &Remote,
    git: &GitProgram,
    from: &str,
    to: &str,
) -> Result<String, OutgoingFault> {
    let refspec = format!("+{from}:{to}");
    let args = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        "--",
        remote.address(),
        &refspec,
    ];
    let ended = git.run(into, remote, &args).await;
    if ended.as_ref().is_err() {
        // It was killed, and what it had locked stays locked.
        unlock(into);
    }
    let ended = ended?;
    if ended.status.success() {
        return head(into, to).map_err(|error| OutgoingFault::git("read what was fetched", &error));
    }
    let said = last_words(&ended.err);
    Err(match refused_at_the_door(&ended.err) {
        Some(sentence) => OutgoingFault::Refused(sentence),
        None if ended.err.contains("couldn't find remote ref") => OutgoingFault::Failed(format!(
            "The repository has no branch {:?}.",
            from.trim_start_matches("refs/heads/")
        )),
        None if ended.err.contains("No space left") => OutgoingFault::DiskFull(said),
        None => OutgoingFault::Failed(format!("The branch could not be fetched: {said}")),
    })
}

fn head(repository: &Path, reference: &str) -> Result<String, git2::Error> {
    let id: Oid = Repository::open_bare(repository)?.refname_to_id(reference)?;
    Ok(id.to_string())
}

/// A name that can be nothing else for git than a branch.
pub(crate) fn reference(branch: &str) -> Result<String, OutgoingFault> {
    let name = format!("refs/heads/{branch}");
    let is_odd =
        branch.starts_with('-') || branch.contains(['*', ':', '+']) || !Reference::is_valid_name(&name);
    match is_odd {
        true => Err(OutgoingFault::Refused(format!("{branch:?} is not a branch's name."))),
        false => Ok(name),
    }
}
