//! A repository and all that belongs to it.

use crate::checks::{Checks, CommitStatus};
use crate::git::Bare;
use crate::pull::Pull;
use crate::rights::{Level, Who};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) private: bool,
    pub(crate) default_branch: String,
    pub(crate) bare: Bare,
    pub(crate) created: Timestamp,
    pub(crate) pushed: Timestamp,
    pub(crate) collaborators: BTreeMap<String, Level>,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) pulls: BTreeMap<u64, Pull>,
    pub(crate) last_number: u64,
    pub(crate) checks: Checks,
    pub(crate) statuses: Vec<CommitStatus>,
    pub(crate) rules: Vec<(String, Rule)>,
    pub(crate) auto_merge: bool,
    pub(crate) drafts: bool,
    pub(crate) deletes_merged: bool,
}

/// An active rule of a ruleset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Checks or statuses that must have passed before a merge.
    RequiredChecks(Vec<String>),
    /// No direct pushes; so many approvals before a merge.
    PullRequest {
        approvals: usize,
    },
    NonFastForward,
    Deletion,
    RequiredSignatures,
}

impl Rule {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::RequiredChecks(_) => "required_status_checks",
            Self::PullRequest { .. } => "pull_request",
            Self::NonFastForward => "non_fast_forward",
            Self::Deletion => "deletion",
            Self::RequiredSignatures => "required_signatures",
        }
    }
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Rules for a branch, whether it exists or not. A pattern may hold `*`.
    pub(crate) fn rules_for<'a>(&'a self, branch: &'a str) -> impl Iterator<Item = &'a Rule> {
        let fits = move |(pattern, _): &&(String, Rule)| crate::faults::fits(pattern, branch);
        self.rules.iter().filter(fits).map(|(_, rule)| rule)
    }

    /// What the hook refuses, as `KIND:PATTERN`.
    pub(crate) fn guards(&self, _who: &Who) -> String {
        let guards = self.rules.iter().map(|(branch, rule)| format!("{}:refs/heads/{branch}", rule.kind()));
        guards.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn required_checks(&self, branch: &str) -> Vec<String> {
        let lists = self.rules_for(branch).filter_map(|rule| match rule {
            Rule::RequiredChecks(names) => Some(names.clone()),
            _ => None,
        });
        lists.flatten().collect()
    }

    pub(crate) fn required_approvals(&self, branch: &str) -> Option<usize> {
        let counts = self.rules_for(branch).filter_map(|rule| match rule {
            Rule::PullRequest { approvals } => Some(*approvals),
            _ => None,
        });
        counts.max()
    }

    pub(crate) fn may_write(&self, login: &str) -> bool {
        self.collaborators.get(login) >= Some(&Level::Write)
    }

    pub(crate) fn open_pull_of(&self, head: &str, base: &str) -> Option<&Pull> {
        let is = |pull: &&Pull| pull.open && pull.head == head && pull.base == base;
        self.pulls.values().find(is)
    }
}
