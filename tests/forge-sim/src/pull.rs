//! A pull request with its reviews and comments.

use jiff::Timestamp;
use std::collections::BTreeSet;

pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: String,
    pub(crate) open: bool,
    pub(crate) draft: bool,
    pub(crate) locked: bool,
    /// Branch names and the commits they had when last looked at.
    pub(crate) head: String,
    pub(crate) head_sha: String,
    pub(crate) base: String,
    pub(crate) base_sha: String,
    pub(crate) maintainer_can_modify: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) closed_by: Option<String>,
    pub(crate) merged: Option<Merged>,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) reviewers: BTreeSet<String>,
    pub(crate) teams: BTreeSet<String>,
    pub(crate) assignees: BTreeSet<String>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) threads: Vec<ReviewThread>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) auto_merge: Option<AutoMerge>,
    /// Head and base for which somebody asked already: the first answer is always `null`.
    pub(crate) mergeability: Option<(String, String)>,
}

pub(crate) struct Merged {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) sha: String,
}

#[derive(Clone)]
pub(crate) struct AutoMerge {
    pub(crate) by: String,
    /// MERGE or SQUASH.
    pub(crate) method: String,
    pub(crate) title: Option<String>,
    pub(crate) enabled: Timestamp,
}

pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) by: String,
    /// APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING.
    pub(crate) state: &'static str,
    pub(crate) body: String,
    pub(crate) commit: String,
    pub(crate) at: Timestamp,
}

pub(crate) struct ReviewThread {
    pub(crate) id: u64,
    pub(crate) resolved_by: Option<String>,
    pub(crate) path: String,
    pub(crate) line: Option<u64>,
    /// LEFT or RIGHT.
    pub(crate) side: String,
    pub(crate) commit: String,
    pub(crate) comments: Vec<ReviewComment>,
}

pub(crate) struct ReviewComment {
    pub(crate) review: u64,
    pub(crate) comment: Comment,
    pub(crate) in_reply_to: Option<u64>,
}

pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) by: String,
    pub(crate) body: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Pull {
    pub(crate) fn state(&self) -> &'static str {
        if self.open { "open" } else { "closed" }
    }

    pub(crate) fn node_id(&self) -> String {
        format!("PR_kwDO{}", self.id)
    }

    /// The latest verdict of each reviewer; comments don't undo one.
    pub(crate) fn verdicts(&self) -> Vec<&Review> {
        let mut latest: Vec<&Review> = Vec::new();
        for review in self.reviews.iter().filter(|review| !matches!(review.state, "COMMENTED" | "PENDING")) {
            latest.retain(|earlier| earlier.by != review.by);
            latest.push(review);
        }
        latest
    }
}
