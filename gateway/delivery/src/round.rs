//! One tree on its way out: measured, checked, judged, sealed, pushed. All of it is about this tree and no other.

use crate::delivery_ask::Who;
use crate::order::CheckResult;
use crate::weaker::Weakness;
use crate::{ChangedFile, Decision, DependencyChange, Finding, MeasuredChange, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// 1 for the first.
    pub number: u32,
    pub tree: String,
    pub merge_base: String,
    pub base_head: String,
    pub summary: ChangeSummary,
    /// The agent worked on a failing CI.
    pub is_fix: bool,
    /// What the fix changed that makes green worth less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weaknesses: Vec<Weakness>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckResult>,
    /// The newest answer of the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Who allowed what of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Of the manifest, which names everything of this round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    #[serde(default)]
    pub ci: CiWatch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: Vec<Who>,
    pub at: Timestamp,
    pub what: Approved,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// What they were asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What somebody allowed although it isn't as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approved {
    /// What rules asked about at this stage. Asked about the same at a later one, they are not asked again.
    Rules(Stage),
    RedChecks,
    NoCi,
    Inherited,
    Weaker,
}

/// What is remembered of CI for this round's commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiWatch {
    /// Of all checks and how they stood.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The doubtful ones were run once more.
    pub rerun: bool,
    /// It was green, settled.
    pub green: bool,
}

/// What stays of a measured change. The whole of it is kept as evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeSummary {
    pub files: usize,
    pub added: u64,
    pub deleted: u64,
    pub tests_added: u64,
    pub tests_deleted: u64,
    /// The first of them.
    pub paths: Vec<String>,
    pub dependencies: usize,
    pub first_dependencies: Vec<String>,
    pub secrets: usize,
}

/// So many paths and dependencies stay in the record.
const KEPT: usize = 30;

impl ChangeSummary {
    pub fn of(change: &MeasuredChange) -> Self {
        let tests = || change.files.iter().filter(|file| file.test);
        Self {
            files: change.files.len(),
            added: change.added(),
            deleted: change.deleted(),
            tests_added: tests().map(|file| file.added).sum(),
            tests_deleted: tests().map(|file| file.deleted).sum(),
            paths: change.files.iter().take(KEPT).map(path).collect(),
            dependencies: change.dependencies.len(),
            first_dependencies: change.dependencies.iter().take(KEPT).map(dependency).collect(),
            secrets: change.secrets.len(),
        }
    }

    /// Lines of tests that there are more of.
    pub fn test_lines(&self) -> i64 {
        let lines = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        lines(self.tests_added) - lines(self.tests_deleted)
    }
}

fn path(file: &ChangedFile) -> String {
    file.path.clone()
}

fn dependency(change: &DependencyChange) -> String {
    let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "none".to_owned());
    format!("{} {} → {}", change.name, version(&change.from), version(&change.to))
}

impl Round {
    pub(crate) fn allowed(&self, what: Approved) -> bool {
        self.approvals.iter().any(|approval| approval.what == what)
    }

    /// Somebody allowed this tree under these rules, and everything that they ask about now.
    pub(crate) fn is_allowed_under(&self, decision: &Decision) -> bool {
        let mut under = self.approvals.iter().filter(|one| {
            matches!(one.what, Approved::Rules(_)) && one.pack.as_deref() == Some(decision.pack.as_str())
        });
        under.any(|one| decision.ask.iter().all(|finding| one.findings.contains(finding)))
    }
}
