//! Grants: a person gives one with an answer, and calls like that one run by it.
//!
//! What a session grants is an order of its record until it is in the gateway's book, so a kill loses nothing. Which grants
//! could count is told before each call; whether one does is decided here, by the rules and the session as they are now.

use super::Session;
use super::gate::{BY_GRANT, by_grant};
use crate::ask::grantable::{GrantFor, Grantable, Likeness};
use crate::ask::held_call::Held;
use crate::ask::{Answer, Ask, AskBody, AskState, Decision};
use crate::audit::AuditEntry;
use crate::effect::Effect;
use crate::grants::{Grant, likeness, pattern_fault};
use crate::input::AnswerGiven;
use crate::mask::mask;
use crate::order::{GrantOrder, GrantOutcome};
use crate::proven::Proven;
use crate::record::PendingOrder;
use crate::sentences;
use crate::thread::Tone;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Letters of a grant's id; two sessions never meet in so many.
const ID: usize = 20;

impl Session {
    /// The grant by which a call runs that people would be asked about.
    pub(crate) fn granted(&self, held: &Held, now: Timestamp) -> Option<String> {
        let (rules, by_rules) = (self.policy.fingerprint(), self.rules_of_grants().0);
        let could = |grant: &&Arc<Grant>| {
            grant.tool == held.call.tool
                && grant.rules == rules
                && grant.by_rules == by_rules
                && self.counts(grant)
                && !grant.is_over(now)
        };
        let mut lent = self.lent.iter().filter(could).peekable();
        lent.peek()?;
        if self.is_to_be_asked(held) {
            return None;
        }
        let call = self.call_of(held);
        let like = likeness(&call, None).ok()?;
        lent.find(|grant| grant.covers(&call, &like)).map(|grant| grant.id.clone())
    }

    /// It is of this session or its project, and not from before the session was closed.
    fn counts(&self, grant: &Grant) -> bool {
        let is_old = grant.project.is_none() && grant.number <= self.record.grants_over;
        !is_old && grant.is_for(&self.record.session, self.record.about.project.as_deref())
    }

    /// What may have run in part, and what waits to be asked about once more: its card says more than a grant knew.
    fn is_to_be_asked(&self, held: &Held) -> bool {
        let digest = self.digest_of(held);
        let waits = |ask: &Ask| ask.digest == digest && self.waits_to_be_asked_again(ask);
        self.may_have_run(&digest) || self.record.asks.iter().any(waits)
    }

    /// What a grant for calls like this one would be about.
    pub(crate) fn grantable(&self, held: &Held) -> Grantable {
        match likeness(&self.call_of(held), self.record.about.project.as_deref()) {
            Ok(like) => Grantable::Like(like),
            Err(why) => Grantable::Never { why: mask(&why) },
        }
    }

    /// Why this grant can't be given, as a sentence. None for every other answer.
    pub(crate) fn no_grant(&self, ask: &Ask, answer: &Answer) -> Option<String> {
        let Answer::Grant { lasts, pattern } = answer else { return None };
        let is_over = !ask.is_answerable() && ask.state != AskState::TimedOut;
        if is_over || !matches!(ask.body, AskBody::Held { .. }) {
            return None;
        }
        let like = match ask.likeness() {
            Ok(like) => like,
            Err(why) => return Some(why),
        };
        if ask.state == AskState::TimedOut {
            return Some("Nobody answered in time, so this can only be allowed once.".to_owned());
        }
        if self.record.about.holds_writes {
            return Some(
                "This can only be allowed once: each change in this session needs an answer.".to_owned(),
            );
        }
        if like.project != self.record.about.project {
            return Some("The session's project has changed, so this can only be allowed once.".to_owned());
        }
        if *lasts == GrantFor::Project && like.project.is_none() {
            return Some("This session has no project. Allow it in this session instead.".to_owned());
        }
        pattern.as_deref().and_then(|pattern| pattern_fault(pattern, like))
    }

    /// Of an answer that is a grant: the order to write it down, and its id in the audit log.
    pub(crate) fn intend_grant(
        &mut self,
        index: usize,
        entry: &mut AuditEntry,
        now: Timestamp,
    ) -> Option<(Grant, PendingOrder)> {
        let ask = &self.record.asks[index];
        let Decision { answer: Answer::Grant { lasts, pattern }, by, .. } = ask.decision.clone()? else {
            return None;
        };
        let (ask, like) = (ask.id.clone(), ask.likeness().ok()?.clone());
        let id = self.grant_id();
        let (by_rules, longest) = self.rules_of_grants();
        let longest = longest.and_then(|longest| now.checked_add(longest).ok());
        let Likeness { tool, exact, about, project, .. } = like;
        let exact = pattern.is_none().then_some(exact);
        let grant = Grant {
            id,
            tool,
            pattern: pattern.unwrap_or(about),
            exact,
            lasts,
            session: self.record.session.clone(),
            number: self.record.counter,
            title: mask(&self.record.about.title),
            under: project.clone(),
            project: project.filter(|_| lasts != GrantFor::Session),
            by,
            at: now,
            ends: lasts.ends(now).into_iter().chain(longest).min(),
            rules: self.policy.fingerprint(),
            by_rules,
            ask,
        };
        entry.answer = with_id(&entry.answer, &grant.id);
        let order = GrantOrder::Give { grant: Box::new(grant.clone()) };
        Some((grant, self.intend_plain(order)))
    }

    fn grant_id(&mut self) -> String {
        let own = self.next_id("grt_");
        format!("grt_{}", &hex::encode(Sha256::digest(own))[..ID])
    }

    /// Other calls that wait and are like it run by the grant too, where the same person can answer for them.
    pub(crate) fn allow_alike(&mut self, grant: &Grant, now: Timestamp) {
        let alike = |ask: &Ask| {
            let is_like = ask.likeness().is_ok_and(|like| like.tool == grant.tool && grant.is_like(like));
            let is_plain = !ask.may_have_run && ask.ran_before.is_none() && ask.approvals().next().is_none();
            ask.is_answerable() && is_plain && is_like && self.lets_grant(ask, grant, now)
        };
        let alike: Vec<_> = (0..self.record.asks.len()).filter(|&n| alike(&self.record.asks[n])).collect();
        for index in alike {
            self.allow_by(index, grant, now);
        }
    }

    /// The person who gave the grant could have allowed this one just so.
    fn lets_grant(&self, ask: &Ask, grant: &Grant, now: Timestamp) -> bool {
        let given = self.record.asks.iter().find(|given| given.id == grant.ask);
        let Some(decision) = given.and_then(|given| given.decision.as_ref()) else { return false };
        let proven = Proven { reason: decision.because.clone(), ..Proven::by(decision.proof) };
        let by = grant.by.clone();
        let given = AnswerGiven { ask: ask.id.clone(), digest: None, by, proven, answer: Answer::Once };
        self.may_answer(ask, &grant.by, now)
            && self.refused_by_rule(ask, &given, now).is_none()
            && ask.lacks_proof(&given).is_none()
    }

    fn allow_by(&mut self, index: usize, grant: &Grant, now: Timestamp) {
        let waiting = self.record.asks[index].state == AskState::Open;
        let entry = self.entry(&self.record.asks[index], "gateway", BY_GRANT, &Answer::Once, now);
        let entry = AuditEntry { answer: by_grant(&grant.id).to_string(), ..entry };
        let ask = &mut self.record.asks[index];
        ask.decision = Some(Decision::plain(Answer::Once, grant.by.clone(), now));
        (ask.state, ask.deadline) = (AskState::Decided, None);
        let sent = waiting.then(|| self.intend_to_apply(index)).flatten();
        self.audit(entry);
        self.effects.push(Effect::GrantUsed { grant: grant.id.clone() });
        self.show(index);
        sent.into_iter().for_each(|sent| self.send(sent));
    }

    pub(crate) fn after_grant(&mut self, order: &GrantOrder, outcome: &GrantOutcome, now: Timestamp) {
        let GrantOrder::Give { grant } = order;
        match outcome {
            GrantOutcome::Refused { why } => {
                let text = sentences::grant_refused(&grant.what(), why);
                self.note("grant", Tone::Error, text, now);
            }
            // It was closed while the grant was on its way into the book.
            GrantOutcome::Given if grant.number <= self.record.grants_over => self.tell_grants_over(),
            GrantOutcome::Given | GrantOutcome::Unknown => {}
        }
    }

    /// The session is closed: what was granted for it alone is over, also when it is reopened.
    pub(crate) fn end_grants(&mut self) {
        self.record.grants_over = self.record.counter;
        self.tell_grants_over();
    }

    fn tell_grants_over(&mut self) {
        self.effects.push(Effect::GrantsOver { up_to: self.record.grants_over });
    }

    /// After a restart: what was granted may not be in the book yet, and no pod is needed for that.
    pub(crate) fn give_again(&mut self) {
        let given: Vec<_> =
            self.record.outbox.iter().filter(|sent| sent.order.is_at_home()).cloned().collect();
        given.into_iter().for_each(|sent| self.send(sent));
    }
}

/// The answer with the id of what it gave.
fn with_id(answer: &str, id: &str) -> String {
    match serde_json::from_str(answer) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("grant".to_owned(), json!(id));
            Value::Object(fields).to_string()
        }
        _ => answer.to_owned(),
    }
}
