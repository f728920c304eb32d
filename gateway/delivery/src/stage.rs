//! Where a delivery is.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStage {
    Planned,
    PlanAsked,
    Working,
    BudgetAsked,
    Measuring,
    Validating,
    Judging,
    /// A person decides whether it goes on.
    Asked,
    Pushing,
    Opening,
    WaitingCi,
    Fixing,
    /// What the gateway may do by itself is used up.
    NeedsPerson,
    Reviewable,
    InReview,
    Approved,
    /// The branch has commits of somebody else.
    Moved,
    /// A rule denies it. It can be sent back.
    Refused,
    Merged,
    Closed,
    Shadowed,
    Stopped,
    Nothing,
    Failed,
}

impl DeliveryStage {
    pub fn is_over(self) -> bool {
        use DeliveryStage::{Closed, Failed, Merged, Nothing, Shadowed, Stopped};
        matches!(self, Merged | Closed | Shadowed | Stopped | Nothing | Failed)
    }

    /// The agent works, and what it uses is counted against the budget.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Working | Self::Fixing)
    }

    /// As the record, the API and figures write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::PlanAsked => "plan_asked",
            Self::Working => "working",
            Self::BudgetAsked => "budget_asked",
            Self::Measuring => "measuring",
            Self::Validating => "validating",
            Self::Judging => "judging",
            Self::Asked => "asked",
            Self::Pushing => "pushing",
            Self::Opening => "opening",
            Self::WaitingCi => "waiting_ci",
            Self::Fixing => "fixing",
            Self::NeedsPerson => "needs_person",
            Self::Reviewable => "reviewable",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Moved => "moved",
            Self::Refused => "refused",
            Self::Merged => "merged",
            Self::Closed => "closed",
            Self::Shadowed => "shadowed",
            Self::Stopped => "stopped",
            Self::Nothing => "nothing",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for DeliveryStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
