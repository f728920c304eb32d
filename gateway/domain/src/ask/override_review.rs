//! A look at an override afterwards: it is open until another person has had it.

use super::{Answer, Ask, Person};
use crate::visible::visible;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// It stands on the request that was allowed against the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverrideReview {
    /// Until when somebody should have had a look.
    pub due: Timestamp,
    /// People were told that it is overdue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Reviewed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reviewed {
    pub by: Person,
    pub at: Timestamp,
    /// What they found, in their own words; secrets are masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// An override that nobody has reviewed yet, for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenReview {
    pub ask: String,
    pub session: String,
    /// What was allowed.
    pub what: String,
    pub by: Person,
    pub at: Timestamp,
    pub reason: String,
    pub due: Timestamp,
    /// Who can review it, as a sentence.
    pub who: String,
}

/// An override, as it is told elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideTold {
    pub ask: String,
    pub session: String,
    /// The channels that are told.
    pub channels: Vec<String>,
    pub by: Person,
    pub at: Timestamp,
    pub what: String,
    pub reason: String,
    pub rules: Vec<String>,
}

impl Ask {
    /// Nobody has looked yet at what overrode the rules.
    pub fn awaits_review(&self) -> bool {
        self.review.as_ref().is_some_and(|review| review.done.is_none())
    }

    /// When people are told that nobody has had a look.
    pub(crate) fn review_is_due(&self) -> Option<Timestamp> {
        self.review.as_ref().filter(|review| review.done.is_none() && !review.told).map(|review| review.due)
    }

    pub fn open_review(&self) -> Option<OpenReview> {
        let review = self.review.as_ref().filter(|review| review.done.is_none())?;
        let decision = self.decision.as_ref()?;
        Some(OpenReview {
            ask: self.id.clone(),
            session: self.session.clone(),
            what: visible(&self.body.in_full()),
            by: decision.by.clone(),
            at: decision.at,
            reason: visible(decision.because.as_deref().unwrap_or_default()),
            due: review.due,
            who: self.who_reviews(),
        })
    }

    fn who_reviews(&self) -> String {
        let demand = self.rules.demand.as_deref();
        let groups = demand.map(|demand| demand.reviewing_groups().join(" or ")).unwrap_or_default();
        format!("People of {groups} can review it, but not the person who overrode the rules.")
    }

    /// Where else it is told that the rules were overridden here.
    pub fn override_told(&self) -> Option<OverrideTold> {
        let decision = self.decision.as_ref().filter(|decision| decision.broke_glass)?;
        let demand = self.rules.demand.as_deref()?;
        let channels = demand.break_glass.as_ref().map(|glass| glass.tell.clone()).unwrap_or_default();
        let is_told = !channels.is_empty() && matches!(decision.answer, Answer::Once);
        is_told.then(|| OverrideTold {
            ask: self.id.clone(),
            session: self.session.clone(),
            channels,
            by: decision.by.clone(),
            at: decision.at,
            what: visible(&self.body.in_full()),
            reason: visible(decision.because.as_deref().unwrap_or_default()),
            rules: demand.rules.clone(),
        })
    }
}
