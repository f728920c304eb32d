//! Calls that the gate holds: a rule lets them run or refuses them, or people are asked.
//!
//! In the audit log each verdict of a rule stands before the call runs. Calls that only look would fill it, so of those that
//! one rule lets run in a turn the first has an entry, and one more at the turn's end counts the others and binds them all
//! by their digests.

use super::Session;
use crate::ask::held_call::Held;
use crate::ask::{AskBody, Asked};
use crate::audit::{AuditEntry, AuditSubject};
use crate::effect::Effect;
use crate::gate::{self, Call, Verdict};
use crate::mask::mask;
use crate::order::AgentOrder;
use crate::thread::Tone;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Calls of one session that may wait for people; the plugin holds no more at once.
const MOST_WAITING: usize = 256;

/// Alarms of one turn that people are told of; all of them are counted.
const ALARMS_TOLD: u32 = 20;

const TOO_MANY: &str = "Too many calls of this session are waiting for a person already; this one did not run. \
    Wait for those, or continue without it.";

/// What the audit log says of a call that ran by a grant.
pub(crate) const BY_GRANT: &str = "allowed by grant";

pub(crate) fn by_grant(grant: &str) -> serde_json::Value {
    json!({ "verdict": "allow", "rule": format!("grant {grant}") })
}

/// What rules let run since the turn began.
#[derive(Default)]
pub(crate) struct Let {
    by_rule: BTreeMap<String, LetByRule>,
    alarms: u32,
}

#[derive(Default)]
struct LetByRule {
    calls: u64,
    digests: Sha256,
}

impl Session {
    /// False when people are to be asked.
    pub(crate) fn decided_by_rule(&mut self, held: &Held, now: Timestamp) -> bool {
        // It was told of before: what follows from that is under way.
        if self.record.asks.iter().any(|ask| ask.opencode_id == held.hold_id) {
            return false;
        }
        let verdict = self.verdict_on(held, now);
        let name = verdict.name();
        let mut used = None;
        let (refuse, entry) = match verdict {
            Verdict::Granted { grant } => {
                let entry = self.entry_of_call(held, BY_GRANT, &by_grant(&grant), now);
                used = Some(Effect::GrantUsed { grant });
                (None, Some(entry))
            }
            Verdict::Allow { rule, only_looks } => (None, self.entry_of_rule(held, &rule, only_looks, now)),
            Verdict::Deny { sentence } => {
                let answer = json!({ "verdict": name, "why": mask(&sentence) });
                (Some(sentence), Some(self.entry_of_call(held, "denied by rule", &answer, now)))
            }
            Verdict::Ask | Verdict::AskTwo { .. } => {
                let judged = Effect::Judged { verdict: name, release: None };
                self.effects.extend((!held.early).then_some(judged));
                return false;
            }
        };
        self.effects.extend(entry.map(Effect::Audit));
        let (session, hold_id, tool) = (held.session.clone(), held.hold_id.clone(), held.tool.clone());
        let runs = held.call.runs_as_read().filter(|_| refuse.is_none());
        let release = Some(AgentOrder::Release { session, hold_id, refuse, runs, tool });
        self.effects.push(Effect::Judged { verdict: name, release });
        self.effects.extend(used);
        true
    }

    pub(crate) fn call_of<'a>(&'a self, held: &'a Held) -> Call<'a> {
        let risk = self.policy.risk_of_call(&held.call);
        Call {
            call: &held.call,
            directory: &held.directory,
            denied_by: held.denied_by.as_deref(),
            risk: risk.or_else(|| self.risk_by_rule(&held.call, &held.directory)),
            is_unguarded: self.is_unguarded,
            holds_writes: self.record.about.holds_writes || self.is_to_be_set_up(),
        }
    }

    fn verdict_on(&self, held: &Held, now: Timestamp) -> Verdict {
        let verdict = match gate::verdict(&self.policy.gate, &self.call_of(held)) {
            Verdict::Ask => self.granted(held, now).map_or(Verdict::Ask, |grant| Verdict::Granted { grant }),
            other => other,
        };
        let asks = matches!(verdict, Verdict::Ask | Verdict::AskTwo { .. });
        let waiting = self.record.asks.iter().filter(|ask| ask.is_unsettled()).count();
        match asks && waiting >= MOST_WAITING {
            true => Verdict::Deny { sentence: TOO_MANY.to_owned() },
            false => verdict,
        }
    }

    /// None for what is counted only.
    fn entry_of_rule(
        &mut self,
        held: &Held,
        rule: &str,
        only_looks: bool,
        now: Timestamp,
    ) -> Option<AuditEntry> {
        let answer = json!({ "verdict": "allow", "rule": rule });
        let entry = self.entry_of_call(held, "allowed by rule", &answer, now);
        if !only_looks {
            return Some(entry);
        }
        let so_far = self.let_run.by_rule.entry(rule.to_owned()).or_default();
        so_far.calls += 1;
        so_far.digests.update(&entry.digest);
        (so_far.calls == 1).then_some(entry)
    }

    fn entry_of_call(
        &self,
        held: &Held,
        what: &str,
        answer: &serde_json::Value,
        at: Timestamp,
    ) -> AuditEntry {
        let digest = self.digest_of(held);
        let told = AuditSubject::of_call(&held.call, &self.record.about.title);
        self.entry_of_gate(at, what, &held.hold_id, digest, answer.to_string(), told)
    }

    /// The one that its ask would have.
    pub(crate) fn digest_of(&self, Held { hold_id, session, directory, call, .. }: &Held) -> String {
        let asked = Asked {
            opencode_id: hold_id.clone(),
            session: session.clone(),
            directory: directory.clone(),
            tool: None,
            body: AskBody::Held { held: call.bound() },
        };
        asked.digest_in(&self.record.session)
    }

    /// The turn is over: what was counted is told.
    pub(crate) fn tell_what_ran(&mut self, now: Timestamp) {
        for (rule, LetByRule { calls, digests }) in std::mem::take(&mut self.let_run).by_rule {
            if calls > 1 {
                let answer = json!({ "verdict": "allow", "rule": rule, "calls": calls }).to_string();
                let digest = hex::encode(digests.finalize());
                let told = AuditSubject::of_session(&self.record.about.title);
                let entry = self.entry_of_gate(now, "allowed by rule", "", digest, answer, told);
                self.effects.push(Effect::Audit(entry));
            }
        }
    }

    /// Whoever it was decided nothing by it, and everybody is to know.
    pub(crate) fn alarmed(&mut self, alarm: &'static str, text: String, now: Timestamp) {
        self.effects.push(Effect::Alarmed { alarm });
        self.let_run.alarms = self.let_run.alarms.saturating_add(1);
        if self.let_run.alarms > ALARMS_TOLD {
            return;
        }
        let text = mask(&text);
        let told =
            AuditSubject { subject: text.clone(), ..AuditSubject::of_session(&self.record.about.title) };
        let entry =
            self.entry_of_gate(now, "alarm", "", String::new(), json!({ "alarm": alarm }).to_string(), told);
        self.audit(entry);
        self.note("alarm", Tone::Error, text, now);
    }

    fn entry_of_gate(
        &self,
        at: Timestamp,
        what: &str,
        ask: &str,
        digest: String,
        answer: String,
        told: AuditSubject,
    ) -> AuditEntry {
        AuditEntry {
            at,
            who: "gateway".to_owned(),
            what: what.to_owned(),
            session: self.record.session.clone(),
            ask: ask.to_owned(),
            digest,
            answer,
            told,
        }
    }
}
