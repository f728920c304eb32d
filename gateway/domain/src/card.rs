//! A session in a few words, for lists and for the card that opens its thread.

use crate::checks::CheckRun;
use crate::delivery_talk::DeliveryCard;
use crate::failure::Failed;
use crate::guard_state::GuardState;
use crate::lab::LabCard;
use crate::record::{About, Ended, Paused};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the session is doing, as a person would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// The agent waits for a person.
    Waiting,
    Working,
    Paused,
    /// Its newest turn failed.
    Failed,
    Idle,
    Ended,
}

impl Doing {
    /// Those that need somebody first, then as lists group them.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Failed, Self::Working, Self::Paused, Self::Idle, Self::Ended];

    /// As the API writes it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Idle => "idle",
            Self::Ended => "ended",
        }
    }

    /// The same word on every surface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "Needs input",
            Self::Working => "Working",
            Self::Paused => "Paused",
            Self::Failed => "Failed",
            Self::Idle => "Ready",
            Self::Ended => "Closed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionCard {
    pub session: String,
    pub pod: String,
    #[serde(flatten)]
    pub about: About,
    pub doing: Doing,
    /// Its pod is connected.
    pub online: bool,
    /// Messages that wait until the agent has time.
    pub queued: usize,
    /// Asks that a person can answer, the oldest first.
    pub open_asks: Vec<String>,
    /// Asks that nobody answered in time and nobody has seen to since: a late answer still reaches the agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expired_asks: Vec<String>,
    /// The newest milestone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// The newest run of each check, oldest first, without what it printed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRun>,
    /// When something last happened in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Its record is damaged and set aside, for this reason: nothing of it is decided until an operator restores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrecoverable: Option<String>,
    /// The session's page in OpenCode's web UI. Filled in when the card is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opencode_url: Option<String>,
    /// How its agent is kept from what is not its own. Filled in when the card is shown; not known before its pod said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardState>,
    /// Where its work runs, for people to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<LabCard>,
    /// How its work is delivered, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<DeliveryCard>,
}

impl SessionCard {
    /// What people call it: a session has no title before its first message.
    pub fn title(&self) -> &str {
        if self.about.title.is_empty() { &self.session } else { &self.about.title }
    }

    /// What it is doing, in a few words; while its agent is offline that is said too.
    pub fn standing(&self) -> String {
        let away = if self.online || self.doing == Doing::Ended { "" } else { ", agent offline" };
        format!("{}{away}", self.doing.word())
    }

    /// It has a workspace of its own, and nothing is on its way there already.
    pub fn can_deploy(&self) -> bool {
        let is_under_way = self.lab.as_ref().is_some_and(|lab| lab.standing.is_under_way());
        self.about.workspace.is_some() && self.ended.is_none() && !is_under_way
    }

    /// It has a workspace of its own, and the agent rests.
    pub fn can_deliver(&self) -> bool {
        self.about.workspace.is_some() && matches!(self.doing, Doing::Idle | Doing::Failed | Doing::Paused)
    }

    /// Counts for the limit of running sessions: one that waits for a person does not (B30).
    pub fn is_running(&self) -> bool {
        self.doing == Doing::Working
    }
}
