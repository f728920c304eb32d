//! Cleans a worktree without losing anything: what is not committed, or not pushed, is first kept on a rescue branch.

use super::check_out::{changed, lay};
use super::tree::{Tree, signature};
use super::{failed, rescue_branch, session_branch};
use crate::sessions::workspaces::WorkspaceFault;
use gateway_domain::PlaceName;
use git2::{Oid, Repository};
use std::path::Path;

/// Commits that are counted; a rescue needs only to know that there are some.
const COUNTED: usize = 1_000;

/// Rescues of one workspace within a second.
const SAME_SECOND: usize = 100;

/// Commits of a tip that no remote branch has.
fn only_here(repository: &Repository, tip: Oid) -> Result<usize, git2::Error> {
    beyond(repository, tip, &["refs/remotes/*"])
}

/// Whether a branch may go, since its commits are pushed or on a rescue branch.
pub(super) fn is_spare(repository: &Repository, tip: Oid) -> bool {
    beyond(repository, tip, &["refs/remotes/*", "refs/heads/rescue/*"]).is_ok_and(|count| count == 0)
}

fn beyond(repository: &Repository, tip: Oid, kept: &[&str]) -> Result<usize, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.push(tip)?;
    for kept in kept {
        walk.hide_glob(kept)?;
    }
    if let Ok(base) = repository.refname_to_id(super::BASE) {
        walk.hide(base)?;
    }
    Ok(walk.take(COUNTED).count())
}

/// Opens what is really the repository in that folder: the file `.git` there can be written by an agent.
fn open(path: &Path, within: &Path, repository: &PlaceName) -> Result<Repository, WorkspaceFault> {
    let opened = Repository::open(path).map_err(|error| failed("open the files", repository, &error))?;
    let real = |path: &Path| path.canonicalize().ok();
    let files = opened.workdir().and_then(real);
    let inside = real(opened.commondir()).is_some_and(|common| common.starts_with(within));
    if files.is_none() || files != real(path) || !inside {
        return Err(WorkspaceFault::Unsafe(format!(
            "The git data of {} lies elsewhere than it should; remove the workspace and start anew.",
            path.display()
        )));
    }
    Ok(opened)
}

impl Tree<'_> {
    /// Brings a worktree that is there back to the base. Returns what was kept, as sentences.
    pub(in crate::workspace) fn renew(
        &self,
        within: &Path,
        stamp: &str,
    ) -> Result<Vec<String>, WorkspaceFault> {
        let name = &self.source.name;
        let tree = open(&self.path, within, name)?;
        let renew = || -> Result<Vec<String>, git2::Error> {
            let mut kept = keep(&tree, name, &rescue_branch(self.workspace, stamp))?;
            let branch = format!("refs/heads/{}", session_branch(self.workspace));
            kept.extend(keep_other(&tree, name, &branch, &rescue_branch(self.workspace, stamp))?);
            let base = tree.find_commit(self.base)?;
            lay(&tree, &base, &self.source.sparse)?;
            tree.reference(&branch, self.base, true, "A new session begins")?;
            tree.set_head(&branch)?;
            Ok(kept)
        };
        renew().map_err(|error| failed("clean the files", name, &error))
    }
}

/// The same for a repository that a command made: it stays on its branch, at its last commit.
pub(in crate::workspace) fn clean_in_place(
    path: &Path,
    repository: &PlaceName,
    rescue: &str,
) -> Result<Vec<String>, WorkspaceFault> {
    if !path.join(".git").exists() {
        return Ok(vec![format!("{repository} is not under git, so its files stay as they are.")]);
    }
    let tree = open(path, path.ancestors().nth(3).unwrap_or(path), repository)?;
    let clean = || -> Result<Vec<String>, git2::Error> {
        let head = tree.head()?.peel_to_commit()?;
        let kept = match changed(&tree)?.is_empty() {
            true => vec![],
            false => keep(&tree, repository, rescue)?,
        };
        lay(&tree, &head, &[])?;
        Ok(kept)
    };
    clean().map_err(|error| failed("clean the files", repository, &error))
}

/// Puts what only this worktree has on a branch.
pub(super) fn keep(tree: &Repository, name: &PlaceName, rescue: &str) -> Result<Vec<String>, git2::Error> {
    let (changed, head) = (changed(tree)?, tree.head()?.peel_to_commit()?);
    let own = only_here(tree, head.id())?;
    if changed.is_empty() && own == 0 {
        return Ok(vec![]);
    }
    let tip = if changed.is_empty() { head.id() } else { committed(tree, &head, &changed)? };
    let branch = rescued(tree, tip, rescue)?;
    let mut what = vec![];
    if !changed.is_empty() {
        what.push(format!("{} uncommitted files", changed.len()));
    }
    if own > 0 {
        what.push(format!("{own} commits that were not pushed"));
    }
    Ok(vec![format!("{name}: {} are kept on the branch {branch}.", what.join(" and "))])
}

/// The session's branch, when something else is checked out.
fn keep_other(
    tree: &Repository,
    name: &PlaceName,
    branch: &str,
    rescue: &str,
) -> Result<Option<String>, git2::Error> {
    let Ok(tip) = tree.refname_to_id(branch) else { return Ok(None) };
    if tree.head()?.peel_to_commit()?.id() == tip || only_here(tree, tip)? == 0 {
        return Ok(None);
    }
    let kept = rescued(tree, tip, rescue)?;
    Ok(Some(format!("{name}: the commits of the last session are kept on the branch {kept}.")))
}

fn rescued(tree: &Repository, tip: Oid, rescue: &str) -> Result<String, git2::Error> {
    let tip = tree.find_commit(tip)?;
    let mut last = None;
    for n in 1..=SAME_SECOND {
        let branch = if n == 1 { rescue.to_owned() } else { format!("{rescue}-{n}") };
        match tree.branch(&branch, &tip, false) {
            Ok(_) => return Ok(branch),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| git2::Error::from_str("no name is left for a rescue branch")))
}

fn committed(
    tree: &Repository,
    head: &git2::Commit<'_>,
    changed: &[(Vec<u8>, git2::Status)],
) -> Result<Oid, git2::Error> {
    let mut index = tree.index()?;
    let folder = tree.workdir().unwrap_or_else(|| Path::new("")).to_path_buf();
    for (path, _) in changed {
        let Ok(path) = std::str::from_utf8(path) else { continue };
        match folder.join(path).symlink_metadata() {
            Ok(_) => index.add_path(Path::new(path.trim_end_matches('/')))?,
            Err(_) => index.remove_path(Path::new(path))?,
        }
    }
    let files = tree.find_tree(index.write_tree()?)?;
    // Only the commit was wanted: the index is as it was.
    index.read(true)?;
    let who = signature()?;
    tree.commit(None, &who, &who, "What was not committed when a new session began", &files, &[head])
}

/// What would be gone with the worktree, as sentences.
pub(in crate::workspace) fn losses(
    path: &Path,
    within: &Path,
    repository: &PlaceName,
) -> Result<Vec<String>, WorkspaceFault> {
    if !path.join(".git").exists() {
        return Ok(vec![format!("{repository}: its files are not under git")]);
    }
    let tree = open(path, within, repository)?;
    let look = || -> Result<Vec<String>, git2::Error> {
        let (changed, mut losses) = (changed(&tree)?.len(), vec![]);
        if changed > 0 {
            losses.push(format!("{repository}: {changed} uncommitted files"));
        }
        let head = tree.head()?;
        let own = only_here(&tree, head.peel_to_commit()?.id())?;
        if own > 0 {
            let branch = head.shorthand().unwrap_or("HEAD").to_owned();
            losses.push(format!("{repository}: {own} commits on {branch} that were not pushed"));
        }
        Ok(losses)
    };
    look().map_err(|error| failed("look at the files", repository, &error))
}

/// Before a worktree goes, what is only there is kept in its mirror.
pub(in crate::workspace) fn keep_before_removal(
    path: &Path,
    within: &Path,
    repository: &PlaceName,
    rescue: &str,
) -> Result<Vec<String>, WorkspaceFault> {
    let tree = open(path, within, repository)?;
    if !tree.is_worktree() {
        // Its own git data goes with it.
        return Ok(vec![]);
    }
    keep(&tree, repository, rescue).map_err(|error| failed("keep the work", repository, &error))
}
