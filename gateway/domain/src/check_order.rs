//! What a session wants done about its checks, and what came back.

use crate::checks::CheckEnd;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done to check the work: commands in the session's pod, and addresses that the gateway fetches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum CheckOrder {
    /// Given again for the same check, it is the same run.
    #[serde(rename = "start_check")]
    Start {
        session: String,
        check: String,
        /// What is run.
        #[serde(rename = "runs")]
        command: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        environment: BTreeMap<String, String>,
        limit_seconds: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
        /// On the code from before the session's changes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        before: bool,
    },
    /// What came of it, once it has ended.
    #[serde(rename = "await_check")]
    Await {
        session: String,
        check: String,
        /// Its command was configured: then its exit code alone says something.
        configured: bool,
    },
    #[serde(rename = "stop_check")]
    Stop { session: String, check: String },
    /// What came of checks that the agent wanted, for it to read.
    #[serde(rename = "tell_checks")]
    Tell {
        session: String,
        /// What it asked with.
        wish: String,
        text: String,
    },
    #[serde(rename = "fetch_check")]
    Fetch {
        session: String,
        check: String,
        url: String,
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        limit_seconds: u64,
    },
}

by_name::by_name!(CheckOrder);

impl CheckOrder {
    pub(crate) fn check(&self) -> &str {
        match self {
            Self::Start { check, .. }
            | Self::Await { check, .. }
            | Self::Stop { check, .. }
            | Self::Tell { wish: check, .. }
            | Self::Fetch { check, .. } => check,
        }
    }

    pub fn session(&self) -> &str {
        match self {
            Self::Start { session, .. }
            | Self::Await { session, .. }
            | Self::Stop { session, .. }
            | Self::Tell { session, .. }
            | Self::Fetch { session, .. } => session,
        }
    }

    /// One for each thing that is done about a check, however often that is tried.
    pub(crate) fn request_id(&self) -> String {
        let what = match self {
            Self::Start { .. } => "start",
            Self::Await { .. } => "await",
            Self::Stop { .. } => "stop",
            Self::Tell { .. } => "tell",
            Self::Fetch { .. } => "fetch",
        };
        format!("req_{}_{what}", self.check())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It runs, or has run.
    Started,
    Ended(Box<CheckEnd>),
    /// The pod knows no such check: its OpenCode started after the check did.
    Lost,
    /// It cannot be run, for this reason.
    Refused {
        why: String,
    },
    /// Nobody could say; it is asked for again.
    Unknown,
}
