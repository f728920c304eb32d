//! A lab in a few words, for the session's card.

use super::{Lab, LabState};
use crate::lab_plan::LabPlan;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a lab stands, in one word for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabStanding {
    Deploying,
    /// A request about it needs an answer.
    Asked,
    Waiting,
    Ready,
    /// It was ready, and does not answer now.
    Down,
    Failed,
    Removing,
    Stuck,
}

impl LabStanding {
    /// The same word on every surface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deploying => "Deploying",
            Self::Asked => "Needs approval",
            Self::Waiting => "Starting",
            Self::Ready => "Ready",
            Self::Down => "Down",
            Self::Failed => "Failed",
            Self::Removing => "Removing",
            Self::Stuck => "Not removed",
        }
    }

    /// It is on its way: another deploy would change nothing.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Deploying | Self::Asked | Self::Waiting | Self::Removing)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabCard {
    pub attempt: String,
    pub standing: LabStanding,
    /// The standing, as people read it.
    pub word: String,
    /// Who wanted it.
    pub by: String,
    pub wanted_at: Timestamp,
    /// Where it answers, or did before it went down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Why it is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Somebody else's change is in the way, and can be overwritten.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub can_take_over: bool,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// What was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<LabPlan>,
}

impl Lab {
    /// None when there is nothing of it any more.
    pub fn card(&self) -> Option<LabCard> {
        let (standing, url, reason) = match &self.state {
            LabState::Gone | LabState::Denied => return None,
            LabState::Reading | LabState::Applying { .. } => (LabStanding::Deploying, None, None),
            LabState::Asked { .. } => (LabStanding::Asked, None, None),
            LabState::Waiting { why, .. } => (LabStanding::Waiting, None, Some(why)),
            LabState::Ready { url, down: None, .. } => (LabStanding::Ready, Some(url), None),
            LabState::Ready { url, down: Some(down), .. } => (LabStanding::Down, Some(url), Some(&down.why)),
            LabState::Failed { reason, .. } => (LabStanding::Failed, None, Some(reason)),
            LabState::Cleaning => (LabStanding::Removing, None, None),
            LabState::Stuck { what } => (LabStanding::Stuck, None, Some(what)),
        };
        Some(LabCard {
            attempt: self.attempt.clone(),
            standing,
            word: standing.word().to_owned(),
            by: self.by.name.clone(),
            wanted_at: self.wanted_at,
            url: url.cloned(),
            reason: reason.cloned(),
            can_take_over: self.state.is_conflict(),
            ends_at: self.ends_at.filter(|_| matches!(standing, LabStanding::Ready | LabStanding::Down)),
            plan: self.plan.clone(),
        })
    }
}
