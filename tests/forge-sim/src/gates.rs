//! What stands between a pull request and its merge.

use crate::checks::CommitStatus;
use crate::git::CommitSeen;
use crate::git::diff::FileChange;
use crate::pull::{Merged, Pull};
use crate::repository::Repository;
use crate::world::World;

/// What the forge knows of one required check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Expected,
    Pending,
    Passed,
    Failed,
}

impl Repository {
    /// The latest status of each context.
    pub(crate) fn latest_statuses(&self, sha: &str) -> Vec<&CommitStatus> {
        let mut latest: Vec<&CommitStatus> = Vec::new();
        for status in self.statuses.iter().filter(|status| status.sha == sha) {
            latest.retain(|earlier| earlier.context != status.context);
            latest.push(status);
        }
        latest
    }

    pub(crate) fn standing(&self, sha: &str, check: &str) -> Standing {
        let runs = self.checks.of(sha, true);
        let run = runs.iter().filter(|run| run.name == check).map(|run| match run.status.as_str() {
            "completed" if run.passed() => Standing::Passed,
            "completed" => Standing::Failed,
            _ => Standing::Pending,
        });
        let statuses = self.latest_statuses(sha);
        let status =
            statuses.iter().filter(|status| status.context == check).map(|one| match one.state.as_str() {
                "success" => Standing::Passed,
                "pending" => Standing::Pending,
                _ => Standing::Failed,
            });
        let order = |standing: &Standing| *standing as usize;
        run.chain(status).max_by_key(order).unwrap_or(Standing::Expected)
    }

    /// Sentences that say why the rules of the base don't allow the merge yet.
    pub(crate) fn blockers(&self, pull: &Pull) -> Vec<String> {
        let required = self.required_checks(&pull.base);
        let mut blockers: Vec<String> = required
            .iter()
            .filter_map(|check| {
                let state = match self.standing(&pull.head_sha, check) {
                    Standing::Passed => return None,
                    Standing::Expected => "expected",
                    Standing::Pending => "pending",
                    Standing::Failed => "failing",
                };
                Some(format!("Required status check \"{check}\" is {state}."))
            })
            .collect();
        if let Some(wanted) = self.required_approvals(&pull.base) {
            let verdicts = pull.verdicts();
            let heard = || verdicts.iter().filter(|review| self.may_write(&review.by));
            if heard().any(|review| review.state == "CHANGES_REQUESTED") {
                blockers.push("Changes have been requested by reviewers with write access.".to_owned());
            }
            if heard().filter(|review| review.state == "APPROVED").count() < wanted {
                blockers.push(format!(
                    "At least {wanted} approving review is required by reviewers with write access."
                ));
            }
        }
        blockers
    }

    /// As GraphQL names it.
    pub(crate) fn merge_state(&self, pull: &Pull, mergeable: Option<bool>) -> &'static str {
        let others_bad = || {
            let runs = self.checks.of(&pull.head_sha, true);
            let bad = |one: &&CommitStatus| one.state != "success";
            runs.iter().any(|run| !run.passed()) || self.latest_statuses(&pull.head_sha).iter().any(bad)
        };
        match mergeable {
            None => "UNKNOWN",
            Some(false) => "DIRTY",
            Some(true) if pull.draft => "DRAFT",
            Some(true) if !self.blockers(pull).is_empty() => "BLOCKED",
            Some(true) if others_bad() => "UNSTABLE",
            Some(true) => "CLEAN",
        }
    }

    pub(crate) fn review_decision(&self, pull: &Pull) -> Option<&'static str> {
        let verdicts = pull.verdicts();
        let has =
            |state: &str| verdicts.iter().filter(|one| one.state == state && self.may_write(&one.by)).count();
        let wanted = self.required_approvals(&pull.base);
        match (has("CHANGES_REQUESTED"), has("APPROVED"), wanted) {
            (1.., ..) => Some("CHANGES_REQUESTED"),
            (0, approved, Some(wanted)) if approved < wanted => Some("REVIEW_REQUIRED"),
            (0, 1.., _) => Some("APPROVED"),
            _ => None,
        }
    }

    fn base_of(&self, pull: &Pull) -> String {
        let base = if pull.open { self.bare.tip(&pull.base) } else { None };
        base.unwrap_or_else(|| pull.base_sha.clone())
    }

    pub(crate) fn changes_of(&self, pull: &Pull) -> Vec<FileChange> {
        let base = self.base_of(pull);
        let middle = self.bare.merge_base(&base, &pull.head_sha).unwrap_or(base);
        self.bare.changes(&middle, &pull.head_sha)
    }

    pub(crate) fn commits_of(&self, pull: &Pull) -> Vec<CommitSeen> {
        self.bare.commits_between(&self.base_of(pull), &pull.head_sha)
    }
}

impl World {
    /// None the first time that somebody asks for this head and base: a job finds out in the background.
    pub(crate) fn mergeable(&mut self, repository: u64, number: u64) -> Option<bool> {
        let found = self.repositories.get_mut(&repository)?;
        let base = found.pulls.get(&number).map(|pull| found.bare.tip(&pull.base).unwrap_or_default())?;
        let pull = found.pulls.get_mut(&number)?;
        if !pull.open {
            return None;
        }
        let asked = (pull.head_sha.clone(), base);
        if pull.mergeability.as_ref() == Some(&asked) {
            return Some(found.bare.merges_cleanly(&asked.1, &asked.0));
        }
        pull.mergeability = Some(asked);
        None
    }

    /// Merges without asking anybody any more. The new commit of the base.
    pub(crate) fn merge(
        &mut self,
        repository: u64,
        number: u64,
        by: &str,
        squash: bool,
        title: &str,
    ) -> anyhow::Result<String> {
        let before = self.branches(repository);
        let now = self.now;
        let found = self.repositories.get_mut(&repository).ok_or_else(|| anyhow::anyhow!("no repository"))?;
        let pull = found.pulls.get_mut(&number).ok_or_else(|| anyhow::anyhow!("no pull request"))?;
        let author = crate::git::Author { name: by, mail: "merges@example.com", at: now };
        let (base, head) = (pull.base.clone(), pull.head.clone());
        let sha = found.bare.merge(&base, &pull.head_sha, squash, title, &author)?;
        pull.merged = Some(Merged { at: now, by: by.to_owned(), sha: sha.clone() });
        pull.end(by, now);
        if found.deletes_merged {
            found.bare.delete_branch(&head);
        }
        self.told_of_pull(repository, number, "closed", by);
        self.pushed(repository, &crate::rights::Who::Person(by.to_owned()), &before);
        Ok(sha)
    }
}

impl Pull {
    pub(crate) fn end(&mut self, by: &str, now: jiff::Timestamp) {
        self.open = false;
        self.closed = Some(now);
        self.closed_by = Some(by.to_owned());
        self.updated = now;
        self.auto_merge = None;
    }
}
