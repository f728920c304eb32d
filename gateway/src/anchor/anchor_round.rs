//! One round: is there a new checkpoint, does the log fit the one that is outside already, and then the push.

use super::Anchor;
use super::anchor_git::{BRANCH_SEEN, HeadRepository, place};
use crate::store::{Author, Inspection, KeptCheckpoint};
use gateway_proof::checkpoint::Checkpoint;
use git2::{Oid, Repository};
use jiff::Timestamp;
use std::path::Path;

/// The file in the repository.
pub(super) const FILE: &str = "checkpoint";

#[derive(Debug, thiserror::Error)]
pub(super) enum AnchorFault {
    #[error(
        "Checkpoints of the audit log can't be anchored in {remote}: {reason}. The gateway retries every minute."
    )]
    Failed { remote: String, reason: String },
    #[error(
        "THE AUDIT LOG CONTRADICTS ITS ANCHOR in {remote}: {reason} Nothing was pushed there. Someone rewrote or cut the log, \
            or an old copy of the state was put back. docs/audit.md says what to do."
    )]
    Conflict { remote: String, reason: String },
    #[error(
        "Checkpoints of the audit log are anchored in {remote}, and something there is not from this gateway: {reason}. Find out who \
            else can write there."
    )]
    Strange { remote: String, reason: String, entries: u64 },
}

/// What is outside after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchored {
    pub(super) entries: u64,
    pub(super) pushed: bool,
}

/// The newest checkpoint that is known to be outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideHead {
    pub entries: u64,
    pub at: Timestamp,
}

impl Anchor {
    /// None while the log has no signed checkpoint.
    pub(super) async fn round(&mut self) -> Result<Option<Anchored>, AnchorFault> {
        let store = self.store.clone();
        let head = self.blocking(move |_| Ok(store.committed_head())).await?;
        let Some(head) = head else { return Ok(None) };
        let checkpoint = head.parse::<Checkpoint>().map_err(|error| self.failed(&error))?;
        let (entries, branch) = (checkpoint.size, checkpoint.origin);
        if self.outside.as_ref() == Some(&head) {
            return Ok(Some(Anchored { entries, pushed: false }));
        }
        self.repository.fetch().await.map_err(|reason| self.failed(&reason))?;
        let there = self.outside_now(branch.clone()).await?;
        if let Some((_, text)) = there.as_ref().filter(|(_, text)| self.outside.as_ref() != Some(text)) {
            self.hold_against(text.clone()).await?;
        }
        if there.as_ref().is_some_and(|(_, text)| *text == head) {
            self.outside = Some(head);
            return Ok(Some(Anchored { entries, pushed: false }));
        }
        self.push(&branch, there.map(|(commit, _)| commit), head).await?;
        Ok(Some(Anchored { entries, pushed: true }))
    }

    /// The commit and the checkpoint that the repository has, as they were fetched.
    async fn outside_now(&self, branch: String) -> Result<Option<(Oid, String)>, AnchorFault> {
        self.blocking(move |repository| {
            let repository = repository.open().map_err(|error| error.to_string())?;
            seen(&repository, &branch).map_err(|error| error.message().to_owned())
        })
        .await
    }

    /// The alarm: the repository has what the log is not.
    async fn hold_against(&self, text: String) -> Result<(), AnchorFault> {
        let (directory, remote) = (self.store.directory(), self.repository.remote().to_owned());
        let kept = KeptCheckpoint { name: format!("the checkpoint in {remote}"), text };
        let held = self
            .blocking(move |_| {
                let inspection = Inspection::of(&directory).map_err(|error| error.to_string())?;
                inspection.audit_fits(&kept).map_err(|error| error.to_string())
            })
            .await?;
        held.map(drop).map_err(|fault| AnchorFault::Conflict { remote, reason: fault.to_string() })
    }

    async fn push(&mut self, branch: &str, parent: Option<Oid>, head: String) -> Result<(), AnchorFault> {
        let (name, text, now) = (branch.to_owned(), head.clone(), self.clock.now());
        let commit = self.blocking(move |repository| {
            let repository = repository.open().map_err(|error| error.to_string())?;
            commit(&repository, parent, &text, now).map_err(|error| error.message().to_owned())
        });
        let commit = commit.await?;
        self.repository.push(commit, branch).await.map_err(|reason| self.failed(&reason))?;
        self.blocking(move |repository| {
            let repository = repository.open().map_err(|error| error.to_string())?;
            let seen = repository.reference(&format!("{BRANCH_SEEN}{name}"), commit, true, "anchored");
            seen.map(drop).map_err(|error| error.message().to_owned())
        })
        .await?;
        self.outside = Some(head);
        Ok(())
    }

    /// Git and files are not for the workers that serve people.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&HeadRepository) -> Result<T, String> + Send + 'static,
    ) -> Result<T, AnchorFault> {
        let repository = self.repository.clone();
        let done = tokio::task::spawn_blocking(move || work(&repository)).await;
        done.map_err(|error| self.failed(&error))?.map_err(|reason| self.failed(&reason))
    }

    fn failed(&self, reason: &dyn std::fmt::Display) -> AnchorFault {
        AnchorFault::Failed { remote: self.repository.remote().to_owned(), reason: reason.to_string() }
    }
}

fn seen(repository: &Repository, branch: &str) -> Result<Option<(Oid, String)>, git2::Error> {
    let name = format!("{BRANCH_SEEN}{branch}");
    let commit = match repository.find_reference(&name) {
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        found => found?.peel_to_commit()?,
    };
    let entry = commit.tree()?.get_path(Path::new(FILE))?;
    let blob = repository.find_blob(entry.id())?;
    Ok(Some((commit.id(), String::from_utf8_lossy(blob.content()).into_owned())))
}

fn commit(
    repository: &Repository,
    parent: Option<Oid>,
    text: &str,
    now: Timestamp,
) -> Result<Oid, git2::Error> {
    let blob = repository.blob(text.as_bytes())?;
    let mut tree = repository.treebuilder(None)?;
    tree.insert(FILE, blob, git2::FileMode::Blob.into())?;
    let tree = repository.find_tree(tree.write()?)?;
    let Author { name, email } = Author::default();
    let who = git2::Signature::new(&name, &email, &git2::Time::new(now.as_second(), 0))?;
    let parent = parent.map(|parent| repository.find_commit(parent)).transpose()?;
    let mut lines = text.lines().skip(1);
    let message =
        format!("audit {} {}\n", lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    repository.commit(None, &who, &who, &message, &tree, &parent.iter().collect::<Vec<_>>())
}

/// What a gateway of this state anchored last, as far as is known here.
pub fn newest_outside(state: &Path, origin: &str) -> Option<OutsideHead> {
    let repository = Repository::open_bare(place(state)).ok()?;
    let (commit, text) = seen(&repository, origin).ok()??;
    let at = repository.find_commit(commit).ok()?.time().seconds();
    let checkpoint: Checkpoint = text.parse().ok()?;
    Some(OutsideHead { entries: checkpoint.size, at: Timestamp::from_second(at).ok()? })
}
