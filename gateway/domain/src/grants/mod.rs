//! Grants: calls that are like one that a person allowed run without another ask, for as long as the person said.
//!
//! A grant is of one tool and covers either exactly one call ([`likeness`]) or what fits a pattern, which is read as the
//! patterns of rules are ([`patterns`]). It never covers what must be asked in any case, and dies with the rules under which
//! it was given. The [`GrantBook`] has all of them; a session is lent those that could count for it.

mod book;
mod grant_view;
mod likeness;
mod patterns;

pub use book::{GrantBook, GrantEnd, GrantEnding, KeptGrant, MOST_IN_FORCE, NotRevoked};
pub use grant_view::{GrantState, GrantView};

pub(crate) use likeness::likeness;
pub(crate) use patterns::{covers_all, pattern_fault, wider};

use crate::ask::Person;
use crate::ask::grantable::{GrantFor, Likeness, what};
use crate::gate::Call;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person granted. It never changes; how it stands is a [`KeptGrant`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: String,
    pub tool: String,
    /// The pattern. Of exactly one call what it is about, without secrets: for people, and compared with nothing.
    pub pattern: String,
    /// The fingerprint of the one call that it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<String>,
    #[serde(rename = "for")]
    pub lasts: GrantFor,
    /// Where it was given, and behind how many other ids of that session: those from before it was closed count no more.
    pub session: String,
    pub number: u64,
    #[serde(default)]
    pub title: String,
    /// The project whose rules allowed it: the session's, when it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// It counts in all sessions of this project; without one only where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub by: Person,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// The fingerprint of the rules that allowed to give it.
    pub rules: String,
    /// The rules of the repository that it was given under: it counts only where exactly those hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_rules: Option<String>,
    pub ask: String,
}

impl Grant {
    /// Whether it is of that session's own, or of its project.
    pub(crate) fn is_for(&self, session: &str, project: Option<&str>) -> bool {
        match &self.project {
            Some(own) => project == Some(own.as_str()),
            None => self.session == session,
        }
    }

    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }

    /// Whether it lets this call run. What has no likeness is asked about each time.
    pub(crate) fn covers(&self, call: &Call<'_>, like: &Likeness) -> bool {
        self.tool == call.call.tool && self.is_like(like)
    }

    pub(crate) fn is_like(&self, like: &Likeness) -> bool {
        match &self.exact {
            Some(exact) => *exact == like.exact,
            None => covers_all(&self.pattern, like),
        }
    }

    /// With the tool, where the pattern does not say it.
    pub fn what(&self) -> String {
        what(&self.tool, &self.pattern)
    }
}

#[cfg(test)]
mod tests;
