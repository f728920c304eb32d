//! A card of a delivery: what a person decides, and about what exactly.

use crate::{DeliveryStage, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAsk {
    pub id: String,
    pub about: AskAbout,
    /// A sentence, and what else is to be read.
    pub says: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    pub choices: Vec<Choice>,
    /// What it is bound to: an answer counts for this tree under these rules, and for no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// So many people have to say yes.
    pub people: u32,
    /// The yes of whoever asked for the work doesn't count.
    pub not_by_requester: bool,
    /// Who said yes so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yes: Vec<Who>,
    /// Without an answer by then the delivery stops. The work stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum AskAbout {
    /// The plan, before the work.
    Plan,
    /// Rules ask, at this stage.
    Rules {
        stage: Stage,
    },
    /// Rules deny; it can be sent back.
    Denied,
    ChecksRed,
    /// The agent waits in this stage.
    Budget {
        back_to: DeliveryStage,
    },
    NoCi,
    Inherited,
    Weaker,
    /// Still red, and nothing is left to try.
    StillRed,
    /// Whatever was to be done outside was refused.
    Refused,
    Moved {
        head: String,
    },
    /// Changes are asked for in a review.
    Review {
        reviews: Vec<u64>,
        comments: Vec<u64>,
    },
    Conflict,
}

by_name::by_name!(AskAbout);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Yes, once, for exactly this.
    GoOn,
    /// Back to the agent, with a word.
    SendBack,
    Stop,
    /// Half as much again.
    More,
    DeliverNow,
    /// The gateway tries the same again.
    Again,
    /// The agent tries once more, on a person's word.
    Fix,
    TakeIn,
    LeaveIt,
    /// The agent addresses what the review says.
    Address,
    /// A person does it.
    Mine,
    /// The agent merges the base branch in.
    MergeBase,
    Wait,
}

impl Choice {
    pub fn label(self) -> &'static str {
        match self {
            Self::GoOn => "Continue anyway",
            Self::SendBack => "Send back…",
            Self::Stop => "Stop",
            Self::More => "+50 %",
            Self::DeliverNow => "Deliver what is there",
            Self::Again => "Try again",
            Self::Fix => "Let the agent try again",
            Self::TakeIn => "Take them in",
            Self::LeaveIt => "Leave it to them",
            Self::Address => "Let the agent address them",
            Self::Mine => "I'll do it",
            Self::MergeBase => "Let the agent merge the base",
            Self::Wait => "Wait",
        }
    }
}

/// Who answers or steers. The surface has made sure that they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// `slack:U1`, `web:anna`
    pub id: String,
    pub name: String,
}

/// Whoever asked for the work, with all the names that they have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    pub name: String,
    /// `slack:U1`, `web:anna`
    pub accounts: Vec<String>,
    /// At the forge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logins: Vec<String>,
    /// `Anna Berg <12345+annab@users.noreply.github.com>`, if they linked their account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co_author: Option<String>,
}

impl Requester {
    pub fn is(&self, who: &Who) -> bool {
        let same = |account: &String| account.eq_ignore_ascii_case(&who.id);
        let login = |login: &String| {
            who.id
                .split_once(':')
                .is_some_and(|(place, id)| place == "github" && id.eq_ignore_ascii_case(login))
        };
        self.accounts.iter().any(same) || self.logins.iter().any(login)
    }
}
