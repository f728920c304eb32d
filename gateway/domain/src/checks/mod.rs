//! Checks: tests that run before anybody reviews the work (`docs/checks.md`, decision 0052).
//!
//! 1. [`found`]: what a project's own files say that can be run; what is configured comes first.
//! 2. [`parsers`]: what runners write, read as the hostile text that it is.
//! 3. [`judge`]: what came back becomes an end that says what was seen, and never more than that.
//!
//! The session orders them and says what became of them (`session/checks.rs`, `session/check_lines.rs`).

mod found;
mod judge;
mod missing;
mod parsers;
mod report;

pub use found::{LOOKED_FOR, ProjectFiles, found};
pub use judge::{CheckOutput, Fetched, judge, judge_fetch, shown_output};
pub use report::{MAX_NAMED_FAILURES, TestReport};

use crate::attachments::FileNote;
use crate::excerpt::cut;
use crate::mask::mask;
use crate::visible::one_line;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long a check may take, unless it is configured otherwise.
pub const STANDARD_LIMIT_SECONDS: u64 = 600;

/// Longest time limit of a check: what takes longer belongs into CI.
pub const LONGEST_LIMIT_SECONDS: u64 = 3_600;

/// Failures that a card names.
const FAILURES_ON_CARD: usize = 10;

/// Longest name of a check, and longest command that people read.
const NAME: usize = 60;
const COMMAND: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Needs nothing but the workspace.
    Unit,
    /// Runs in the workspace against a running copy of the work, whose address is in `TEST_URL`.
    Integration,
    /// The gateway fetches an address and looks at the answer.
    Acceptance,
}

impl CheckKind {
    pub const ALL: [Self; 3] = [Self::Unit, Self::Integration, Self::Acceptance];

    /// As the API writes it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Integration => "integration",
            Self::Acceptance => "acceptance",
        }
    }

    /// Within a sentence.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit tests",
            Self::Integration => "integration tests",
            Self::Acceptance => "acceptance check",
        }
    }

    /// As the beginning of a line.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Unit => "Unit Tests",
            Self::Integration => "Integration Tests",
            Self::Acceptance => "Acceptance Check",
        }
    }
}

/// A check that can be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckSpec {
    /// What people call it; no other check of the session has the same name.
    pub name: String,
    pub kind: CheckKind,
    pub work: CheckWork,
    /// Longest time that it may take.
    pub limit_seconds: u64,
    /// The file that it was found in. Nothing when the project's configuration has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_in: Option<String>,
    /// What that file says that runs, where the command is only a name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

/// What a check does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "does", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "CheckWork"))]
pub enum CheckWork {
    /// Runs a command in the session's directory, in the guarded shell.
    Run {
        command: String,
        /// A file that the runner writes its results to, below the session's directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
    },
    /// The gateway fetches an address.
    Fetch {
        /// The whole address, or a path below `TEST_URL`.
        url: String,
        status: u16,
        /// What must be in the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

by_name::by_name!(CheckWork);

impl CheckSpec {
    pub fn is_configured(&self) -> bool {
        self.found_in.is_none()
    }

    /// It needs the address of a running copy of the work.
    pub fn needs_test_url(&self) -> bool {
        match &self.work {
            CheckWork::Run { .. } => self.kind == CheckKind::Integration,
            CheckWork::Fetch { url, .. } => url.starts_with('/'),
        }
    }

    /// Nothing has to run beside it.
    pub(crate) fn needs_code_alone(&self) -> bool {
        self.kind == CheckKind::Unit && matches!(self.work, CheckWork::Run { .. })
    }

    /// What is done, on one line.
    pub(crate) fn doing(&self) -> String {
        let told = match &self.work {
            CheckWork::Run { command, .. } => command,
            CheckWork::Fetch { url, .. } => url,
        };
        cut(&one_line(&mask(told)), COMMAND)
    }

    /// The name as people read it.
    pub fn shown_name(&self) -> String {
        cut(&one_line(&self.name), NAME)
    }
}

/// How a check ended, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// A report says so, or a configured command ended with 0.
    Passed,
    Failed,
    /// It ran, and nobody can tell from its output what came of it.
    Unclear,
    /// There was nothing to run.
    NoTests,
    /// What it needs is not installed.
    MissingDependencies,
    TimedOut,
    Stopped,
    /// OpenCode ended under it.
    Interrupted,
    /// It was not run, for the reason that is told.
    Skipped,
}

impl CheckVerdict {
    /// As the API and metrics write it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unclear => "unclear",
            Self::NoTests => "no_tests",
            Self::MissingDependencies => "missing_dependencies",
            Self::TimedOut => "timed_out",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Skipped => "skipped",
        }
    }
}

/// What a check ran on, as the session's pod says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckedCode {
    /// The commit that was checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Git's digest of all files as they were, changes that are not committed included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// There were changes that are not committed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncommitted: bool,
    /// Files changed while it ran.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed_meanwhile: bool,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckEnd {
    pub verdict: CheckVerdict,
    /// What its runner reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<TestReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    pub took_ms: u64,
    /// A sentence for people, where counts don't say it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// SHA-256 of everything that it printed, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// How much it printed.
    #[serde(default)]
    pub printed_bytes: u64,
    /// The end of what it printed, without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CheckedCode>,
    /// Where more of what it printed is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub output: Option<FileNote>,
}

impl CheckEnd {
    /// Of a check that never ran, or of which nothing came back.
    pub fn without_output(verdict: CheckVerdict, why: impl Into<String>) -> Self {
        Self {
            verdict,
            report: None,
            exit_code: None,
            took_ms: 0,
            why: Some(why.into()),
            digest: None,
            printed_bytes: 0,
            tail: String::new(),
            code: None,
            output: None,
        }
    }
}

/// A check of a session: wanted, under way, or over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckRun {
    pub id: String,
    /// Those that were wanted together share it, and one message of the thread.
    pub batch: String,
    pub spec: CheckSpec,
    /// On the code as it was before the session's changes, with the tests of now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
    /// Who wanted it: a person's name, or `the gateway`.
    pub by: String,
    pub wanted_at: Timestamp,
    /// When it was given to the session's pod. Nothing while it waits for its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<CheckEnd>,
    /// Somebody stopped it; its end is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
}

impl CheckRun {
    pub fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// Without what it printed, and with some failures only: cards are kept and sent by the hundred.
    pub(crate) fn on_card(&self) -> Self {
        let mut shown = self.clone();
        if let Some(end) = &mut shown.end {
            end.tail.clear();
            end.report.iter_mut().for_each(|report| report.failures.truncate(FAILURES_ON_CARD));
        }
        shown
    }
}

/// What a project's configuration says of checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckPolicy {
    pub checks: Vec<ConfiguredCheck>,
    /// The address of a running copy of the work, where the project has one that stays.
    pub test_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredCheck {
    pub spec: CheckSpec,
    /// It runs by itself when the agent reports that the work is done.
    pub when_done: bool,
}
