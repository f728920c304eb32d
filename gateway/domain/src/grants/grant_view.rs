//! A grant as people see it.

use super::book::{GrantEnding, KeptGrant};
use crate::ask::Person;
use crate::ask::grantable::{GrantFor, what};
use crate::visible::visible;
use crate::words::count;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A grant, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GrantView {
    pub id: String,
    pub tool: String,
    /// The pattern, or what the one call that it covers is about.
    pub pattern: String,
    /// It covers exactly one call, and `pattern` is no pattern.
    pub exact: bool,
    #[serde(rename = "for")]
    pub lasts: GrantFor,
    /// The session in which it was given.
    pub session: String,
    pub title: String,
    /// It counts in all sessions of this project; missing where it counts only in its session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub given_by: Person,
    pub given_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// Calls that ran by it; the audit log has each of them.
    pub uses: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// The request that it was given with.
    pub ask: String,
    pub state: GrantState,
    /// All of that in one line.
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    InForce,
    /// Its hour passed, or its session was closed.
    Over,
    Revoked,
    /// The rules that allowed it changed.
    RulesChanged,
}

impl GrantView {
    pub fn of(kept: &KeptGrant, now: Timestamp) -> Self {
        let grant = &*kept.grant;
        Self {
            id: grant.id.clone(),
            tool: visible(&grant.tool),
            pattern: visible(&grant.pattern),
            exact: grant.exact.is_some(),
            lasts: grant.lasts,
            session: grant.session.clone(),
            title: visible(&grant.title),
            project: grant.project.as_deref().map(visible),
            given_by: grant.by.clone(),
            given_at: grant.at,
            ends: grant.ends,
            uses: kept.uses,
            last_used: kept.last_used,
            ask: grant.ask.clone(),
            state: kept.state(now),
            sentence: visible(&kept.sentence(now)),
        }
    }

    /// What it covers, and the rest of the sentence.
    pub fn in_parts(&self) -> (String, &str) {
        let what = what(&self.tool, &self.pattern);
        let rest = self.sentence.get(what.len() + 2..).unwrap_or_default().trim_start();
        (what, rest)
    }

    pub fn is_in_force(&self) -> bool {
        self.state == GrantState::InForce
    }
}

impl KeptGrant {
    pub fn state(&self, now: Timestamp) -> GrantState {
        match self.ended.as_ref().map(|end| end.how) {
            Some(GrantEnding::Over) => GrantState::Over,
            Some(GrantEnding::Revoked) => GrantState::Revoked,
            Some(GrantEnding::RulesChanged) => GrantState::RulesChanged,
            None if self.grant.is_over(now) => GrantState::Over,
            None => GrantState::InForce,
        }
    }

    fn sentence(&self, now: Timestamp) -> String {
        let grant = &self.grant;
        let used = match self.uses {
            0 => "not used yet".to_owned(),
            uses => format!("used {}", count(usize::try_from(uses).unwrap_or(usize::MAX), "time")),
        };
        let ended = match self.state(now) {
            GrantState::InForce => "",
            GrantState::Over => "; over",
            GrantState::Revoked => "; revoked",
            GrantState::RulesChanged => "; the rules changed",
        };
        let what = visible(&grant.what());
        format!("`{what}` {}, by {}, {used}{ended}", self.place(), grant.by.name)
    }

    fn place(&self) -> String {
        let grant = &self.grant;
        match (&grant.project, grant.lasts) {
            (Some(project), GrantFor::Hour) => format!("for one hour in {project}"),
            (Some(project), _) => format!("always in {project}"),
            (None, lasts) => {
                let how = if lasts == GrantFor::Hour { "for one hour in" } else { "in" };
                let title = if grant.title.is_empty() { &grant.session } else { &grant.title };
                format!("{how} the session “{title}”")
            }
        }
    }
}
