//! A lab: the running work of one session, for people to look at before anybody reviews it. What is known of it stands in
//! the record; `session/labs.rs` decides what happens next.

mod lab_card;
mod lab_fault;
pub(crate) mod lab_sentences;

pub use lab_card::{LabCard, LabStanding};
pub use lab_fault::LabFault;

use crate::ask::Person;
use crate::lab_plan::LabPlan;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Recipes that a session's people allowed, so that the same one is not asked about again.
pub(crate) const KEPT_RECIPES: usize = 20;

/// A second click within this time is the same click.
pub(crate) const DOUBLE_CLICK: SignedDuration = SignedDuration::from_secs(2);

/// From the beginning of a deploy to its link.
pub(crate) const DONE_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// Whoever comes and goes all day is not told of each time.
pub(crate) const TOLD_OUTAGES: u32 = 5;

/// The last part of a lab's time that people are warned in.
const LONGEST_NOTICE: SignedDuration = SignedDuration::from_mins(30);
const LAST_PART: i32 = 5;

/// The newest lab of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lab {
    /// Each deploy is an attempt with a name of its own; outside it is known by that.
    pub attempt: String,
    pub by: Person,
    pub wanted_at: Timestamp,
    /// When the way to a link began: with the click, or with the answer to the request about it.
    pub begun_at: Timestamp,
    #[serde(flatten)]
    pub state: LabState,
    /// What is deployed, with secrets masked. None before the workspace was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<LabPlan>,
    /// The note in the thread that tells of this attempt, and is changed in place.
    pub note: String,
    /// When it ends by itself; from the first time that it was ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// People were told that it ends soon.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warned: bool,
    /// How often it was ready, and then was not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outages: u32,
    /// People were told that its certificate is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_certificate: bool,
    /// Digests of the recipes that were allowed, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "LabState"))]
pub enum LabState {
    /// The workspace is read, and copied.
    Reading,
    /// People are asked whether this recipe may run.
    Asked {
        ask: String,
    },
    /// It is being started; once more, if it had run before.
    Applying {
        again: bool,
    },
    /// It was started, and does not answer yet.
    Waiting {
        since: Timestamp,
        again: bool,
        why: String,
    },
    Ready {
        since: Timestamp,
        url: String,
        /// It does not answer now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down: Option<LabDown>,
    },
    Failed {
        at: Timestamp,
        reason: String,
        /// Somebody else changed what is applied, and this could be overwritten.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        conflict: bool,
    },
    /// Somebody said no to its recipe.
    Denied,
    Cleaning,
    Gone,
    /// It could not be removed, or not all of it.
    Stuck {
        what: String,
    },
}

by_name::by_name!(LabState);

/// A lab that was ready, and is not for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabDown {
    pub since: Timestamp,
    pub why: String,
}

/// What is seen of an attempt, by whoever runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabSeen {
    pub attempt: String,
    pub what: LabSight,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabSight {
    /// Not ready, for this reason.
    Waiting {
        why: String,
    },
    Ready {
        url: String,
    },
    /// It was ready, does not answer, and may come back by itself. `moves`: in another place.
    Down {
        since: Timestamp,
        why: String,
        moves: bool,
    },
    /// Ready, and its address has no certificate yet, for this reason; or has one at last.
    Certificate {
        missing: Option<String>,
    },
    /// It ended, and nobody wanted that. With the last lines that it wrote.
    Ended {
        fault: LabFault,
        why: String,
        log: Option<String>,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// For how long labs of a project run, and how long they may take to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabPolicy {
    pub lasts: SignedDuration,
    /// What runs has this long to answer on its address; all of it together has a little longer.
    pub answers_within: SignedDuration,
}

impl Default for LabPolicy {
    fn default() -> Self {
        Self { lasts: SignedDuration::from_hours(8), answers_within: SignedDuration::from_mins(3) }
    }
}

impl LabPolicy {
    /// How long before its end people are warned.
    pub(crate) fn notice(&self) -> SignedDuration {
        (self.lasts / LAST_PART).min(LONGEST_NOTICE)
    }
}

impl LabState {
    /// On its way to a link, or asked about: another deploy would be the same one.
    pub(crate) fn is_under_way(&self) -> bool {
        matches!(
            self,
            Self::Reading
                | Self::Asked { .. }
                | Self::Applying { .. }
                | Self::Waiting { .. }
                | Self::Cleaning
        )
    }

    /// It failed for what somebody else changed.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Failed { conflict: true, .. })
    }

    /// On its way to its first link. What comes back after a restart of the gateway is no deploy.
    pub(crate) fn is_first_start(&self) -> bool {
        matches!(self, Self::Reading | Self::Applying { again: false } | Self::Waiting { again: false, .. })
    }

    /// Whoever runs it has something of it: files, a process, an address.
    pub(crate) fn is_outside(&self) -> bool {
        !matches!(self, Self::Gone | Self::Cleaning)
    }

    /// It runs, or is about to. After a restart of the gateway that has to be seen to again.
    pub(crate) fn runs(&self) -> bool {
        matches!(self, Self::Applying { .. } | Self::Waiting { .. } | Self::Ready { .. })
    }
}
