//! A message on its way to Slack: its key in the ledger, where it goes, how urgent it is, and what became of it.

use super::urgency::Urgency;
use crate::slack::render::Drawing;
use sha2::{Digest, Sha256};

/// The key under which a message stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PostKey {
    /// The session, or what stands for it before there is one.
    pub book: String,
    pub key: String,
}

/// Where in Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub channel: String,
    pub thread: Option<String>,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub post_key: PostKey,
    pub at: Address,
    pub drawing: Drawing,
    pub urgency: Urgency,
}

/// How long to go on trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// As the promise of REQ-SLACK-03 says, then a dead letter. What a person can mend is waited for.
    ToDeadLetter,
    /// Somebody waits for the outcome: what is refused is told at once.
    Briefly,
}

/// Whether this job already holds a rate-limit permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    NotYet,
    /// The next call has its permit.
    InHand,
    /// An earlier call had one.
    Used,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PostOutcome {
    Posted {
        ts: String,
        /// It was found after a doubt and shows what was drawn when it was sent. That may be long ago.
        stale: bool,
    },
    /// It is not there any more, or cannot be changed any more.
    Gone,
    GivenUp {
        /// Slack's word for it, or ours.
        code: String,
        reason: String,
    },
}

/// The post's name in Slack, which everybody there may read.
pub(super) fn mark(post_key: &PostKey) -> String {
    hex::encode(&Sha256::digest(format!("{}\n{}", post_key.book, post_key.key))[..16])
}
