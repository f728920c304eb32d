//! All grants: those in force, and for a while those that ended.

use super::Grant;
use crate::ask::Person;
use crate::audit::{AuditEntry, AuditSubject};
use crate::mask::mask;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// More in force than this are nothing that anybody looks through.
pub const MOST_IN_FORCE: usize = 5_000;

/// How many that ended are remembered, and for how long.
const MOST_ENDED: usize = 500;
const ENDED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How a grant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantEnding {
    /// Its hour passed, or its session was closed.
    Over,
    Revoked,
    /// The rules are not those under which it was given.
    RulesChanged,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantEnd {
    pub how: GrantEnding,
    pub at: Timestamp,
    /// Who revoked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

/// A grant with what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGrant {
    pub grant: Arc<Grant>,
    /// May lag behind the audit log, which has each use.
    #[serde(default)]
    pub uses: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<GrantEnd>,
}

impl KeptGrant {
    pub(crate) fn is_in_force(&self, now: Timestamp) -> bool {
        self.ended.is_none() && !self.grant.is_over(now)
    }

    /// What the audit log says of the one who revoked it.
    pub fn revocation(&self, by: &Person) -> AuditEntry {
        let Grant { id, session, title, ask, at, .. } = &*self.grant;
        AuditEntry {
            at: self.ended.as_ref().map_or(*at, |end| end.at),
            who: by.id.clone(),
            what: "revoked grant".to_owned(),
            session: session.clone(),
            ask: ask.clone(),
            digest: self.grant.exact.clone().unwrap_or_default(),
            answer: json!({ "grant": id }).to_string(),
            told: AuditSubject { subject: mask(&self.grant.what()), ..AuditSubject::of_session(title) },
        }
    }

    /// When it ended, however it did.
    pub(crate) fn ended_at(&self, now: Timestamp) -> Option<Timestamp> {
        let over = self.grant.ends.filter(|ends| *ends <= now);
        self.ended.as_ref().map(|end| end.at).or(over)
    }
}

/// Why a grant is not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRevoked {
    Unknown,
    /// It had ended before.
    Ended,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantBook(BTreeMap<String, KeptGrant>);

impl GrantBook {
    pub fn of(all: Vec<KeptGrant>) -> Self {
        Self(all.into_iter().map(|kept| (kept.grant.id.clone(), kept)).collect())
    }

    pub fn get(&self, id: &str) -> Option<&KeptGrant> {
        self.0.get(id)
    }

    pub fn all(&self) -> impl Iterator<Item = &KeptGrant> {
        self.0.values()
    }

    /// Given again under the same id, it stays what became of it. False when there are too many.
    pub fn give(&mut self, grant: Grant, now: Timestamp) -> bool {
        if self.0.contains_key(&grant.id) {
            return true;
        }
        if self.0.values().filter(|kept| kept.is_in_force(now)).count() >= MOST_IN_FORCE {
            return false;
        }
        let kept = KeptGrant { grant: Arc::new(grant), uses: 0, last_used: None, ended: None };
        self.0.insert(kept.grant.id.clone(), kept);
        true
    }

    pub fn revoke(&mut self, id: &str, by: &Person, now: Timestamp) -> Result<(), NotRevoked> {
        let kept = self.0.get_mut(id).ok_or(NotRevoked::Unknown)?;
        if !kept.is_in_force(now) {
            return Err(NotRevoked::Ended);
        }
        kept.ended = Some(GrantEnd { how: GrantEnding::Revoked, at: now, by: Some(by.clone()) });
        Ok(())
    }

    pub fn used(&mut self, id: &str, now: Timestamp) {
        if let Some(kept) = self.0.get_mut(id) {
            kept.uses = kept.uses.saturating_add(1);
            kept.last_used = Some(now);
        }
    }

    /// Ends those that no longer count, each in the way that is said. Whether there were any.
    pub fn end_where(&mut self, why: impl Fn(&Grant) -> Option<GrantEnding>, now: Timestamp) -> bool {
        let mut any = false;
        for kept in self.0.values_mut().filter(|kept| kept.is_in_force(now)) {
            if let Some(how) = why(&kept.grant) {
                kept.ended = Some(GrantEnd { how, at: now, by: None });
                any = true;
            }
        }
        any
    }

    /// The session was closed: what was given for it alone is over.
    pub fn session_over(&mut self, session: &str, up_to: u64, now: Timestamp) -> bool {
        let is_own = |grant: &Grant| grant.project.is_none() && grant.session == session;
        let over = |grant: &Grant| (is_own(grant) && grant.number <= up_to).then_some(GrantEnding::Over);
        self.end_where(over, now)
    }

    /// Those that could count for a session now. What it has given and the book does not know yet counts already.
    pub fn lent_to<'a>(
        &self,
        session: &str,
        project: Option<&str>,
        given: impl Iterator<Item = &'a Grant>,
        now: Timestamp,
    ) -> Vec<Arc<Grant>> {
        let kept = self.0.values().filter(|kept| kept.is_in_force(now)).map(|kept| Arc::clone(&kept.grant));
        let given =
            given.filter(|grant| !self.0.contains_key(&grant.id)).map(|grant| Arc::new(grant.clone()));
        kept.chain(given).filter(|grant| grant.is_for(session, project) && !grant.is_over(now)).collect()
    }

    /// Forgets what ended long ago.
    pub fn forget_old(&mut self, now: Timestamp) {
        let mut ended: Vec<(Timestamp, String)> =
            self.0.values().filter_map(|kept| Some((kept.ended_at(now)?, kept.grant.id.clone()))).collect();
        ended.sort_by(|a, b| b.cmp(a));
        let is_old = |(n, (at, _)): &(usize, (Timestamp, String))| {
            *n >= MOST_ENDED || now.duration_since(*at) > ENDED_KEPT
        };
        for (_, (_, id)) in ended.into_iter().enumerate().filter(is_old) {
            self.0.remove(&id);
        }
    }

    /// Newest first, those in force before the others.
    pub fn listed(&self, now: Timestamp) -> Vec<KeptGrant> {
        let mut all: Vec<_> = self.0.values().cloned().collect();
        all.sort_by(|a, b| {
            let by = |one: &KeptGrant| (one.is_in_force(now), one.grant.at, one.grant.number);
            by(b).cmp(&by(a)).then_with(|| a.grant.id.cmp(&b.grant.id))
        });
        all
    }
}
