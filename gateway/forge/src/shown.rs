//! As much of GitHub's answers as we read.

use jiff::Timestamp;
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct PullShown {
    pub(crate) number: u64,
    pub(crate) node_id: String,
    pub(crate) html_url: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) draft: bool,
    pub(crate) body: Option<String>,
    pub(crate) head: Side,
    pub(crate) base: Side,
    pub(crate) mergeable: Option<bool>,
    pub(crate) merged_at: Option<String>,
    pub(crate) merged_by: Option<Account>,
    pub(crate) user: Option<Account>,
    #[serde(default)]
    pub(crate) labels: Vec<Named>,
    #[serde(default)]
    pub(crate) comments: u64,
    #[serde(default)]
    pub(crate) review_comments: u64,
    #[serde(default)]
    pub(crate) requested_reviewers: Vec<Account>,
    #[serde(default)]
    pub(crate) requested_teams: Vec<Team>,
}

impl PullShown {
    pub(crate) fn is_open(&self) -> bool {
        self.state == "open"
    }

    pub(crate) fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Side {
    #[serde(rename = "ref")]
    pub(crate) branch: String,
    pub(crate) sha: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Account {
    /// Empty: GitHub shows an object without anything in it for a commit that belongs to nobody.
    #[serde(default)]
    pub(crate) login: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

impl Account {
    pub(crate) fn is_bot(&self) -> bool {
        self.kind == "Bot" || self.login.ends_with("[bot]")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Team {
    pub(crate) slug: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CheckRunShown {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) html_url: Option<String>,
    pub(crate) details_url: Option<String>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) output: Option<OutputShown>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct OutputShown {
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
}

impl CheckRunShown {
    /// The run of Actions stands in the address of its job.
    pub(crate) fn actions_run(&self) -> Option<u64> {
        let urls = [&self.details_url, &self.html_url];
        urls.into_iter().flatten().find_map(|url| {
            let rest = url.split_once("/actions/runs/")?.1;
            rest.split(['/', '?', '#']).next()?.parse().ok()
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StatusShown {
    #[serde(default)]
    pub(crate) id: u64,
    pub(crate) context: String,
    pub(crate) state: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) updated_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ReviewShown {
    pub(crate) id: u64,
    pub(crate) user: Option<Account>,
    pub(crate) body: Option<String>,
    pub(crate) state: String,
    pub(crate) commit_id: Option<String>,
    pub(crate) submitted_at: Option<Timestamp>,
}

/// In the conversation, or on a line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CommentShown {
    pub(crate) id: u64,
    pub(crate) user: Option<Account>,
    pub(crate) body: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) line: Option<u64>,
    pub(crate) original_line: Option<u64>,
    pub(crate) in_reply_to_id: Option<u64>,
    pub(crate) created_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RefShown {
    pub(crate) object: ObjectShown,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ObjectShown {
    pub(crate) sha: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CompareShown {
    pub(crate) merge_base_commit: ObjectShown,
    #[serde(default)]
    pub(crate) total_commits: u64,
    #[serde(default)]
    pub(crate) commits: Vec<CommitShown>,
    #[serde(default)]
    pub(crate) files: Vec<FileShown>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CommitShown {
    pub(crate) sha: String,
    pub(crate) author: Option<Account>,
    pub(crate) committer: Option<Account>,
    pub(crate) commit: CommitText,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CommitText {
    pub(crate) author: Option<Named>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FileShown {
    pub(crate) filename: String,
    pub(crate) previous_filename: Option<String>,
}
