//! Asks: OpenCode asks, somebody answers, here or there.

use super::Session;
use crate::ask::grantable::Grantable;
use crate::ask::{Answer, Ask, AskState, Asked, Decision, Rules};
use crate::audit::{AuditEntry, AuditSubject};
use crate::danger::dangers;
use crate::effect::Effect;
use crate::input::AnswerGiven;
use crate::mask::mask_text;
use crate::order::AgentOrder;
use crate::proven::Proof;
use crate::record::PendingOrder;
use crate::sentences;
use crate::thread::Tone;
use crate::verdict::Verdict;
use crate::words;
use jiff::Timestamp;

/// How the ids of messages begin by which the agent hears of a late answer.
const LATE_ID: &str = "msg_gwlate";

/// What the audit log says of an answer that overrode the rules.
const BROKE_GLASS: &str = "broke glass";

impl Session {
    pub(crate) fn asked(&mut self, asked: Asked, now: Timestamp) {
        self.asked_with(asked, None, now);
    }

    /// A call also says what a grant for calls like it would be about.
    pub(crate) fn asked_with(&mut self, asked: Asked, grantable: Option<Grantable>, now: Timestamp) {
        let digest = asked.digest_in(&self.record.session);
        self.keep_in_full(&asked.body, &digest);
        if let Some(index) = self.known(&asked) {
            return self.asked_after_all(index, now);
        }
        let again = |ask: &Ask| ask.digest == digest && self.waits_to_be_asked_again(ask);
        let Some(index) = self.record.asks.iter().position(again) else {
            return self.ask_anew(asked, digest, grantable, now);
        };
        let is_outruled = self.is_outruled(&self.record.asks[index]);
        let demand = self.demand(&self.record.asks[index]);
        let ask = &mut self.record.asks[index];
        ask.rebind(asked);
        ask.grantable = grantable;
        if is_outruled {
            ask.decision = None;
            ask.take_approvals([]);
        }
        ask.rules.take_demand(demand);
        if ask.decision.is_some() {
            ask.state = AskState::Decided;
            return self.apply(index);
        }
        ask.state = AskState::Open;
        self.give_time(index, now);
        self.show(index);
    }

    /// An ask that OpenCode's restart (or its own timeout) separated from the agent that asked.
    pub(crate) fn waits_to_be_asked_again(&self, ask: &Ask) -> bool {
        // While OpenCode holds it, the same once more is another ask.
        let lost = !self.holds.contains(&ask.opencode_id);
        match ask.state {
            AskState::AllowedLate => true,
            AskState::Suspended => lost,
            AskState::Decided => lost && !self.is_reply_under_way(ask),
            _ => false,
        }
    }

    pub(crate) fn is_reply_under_way(&self, ask: &Ask) -> bool {
        let is_reply =
            |order: &AgentOrder| matches!(order, AgentOrder::Reply { .. } | AgentOrder::Release { .. });
        let reply = |sent: &PendingOrder| sent.order.agent().is_some_and(is_reply);
        self.record.outbox.iter().any(|sent| sent.ask == ask.id && reply(sent))
    }

    fn ask_anew(&mut self, asked: Asked, digest: String, grantable: Option<Grantable>, now: Timestamp) {
        let id = asked.opencode_id.clone();
        // What would run, not what people see of it: a mask must not hide what a rule looks for.
        let risky = self.policy.risk(&asked.body);
        let proof = risky.map_or(Proof::Claimed, |risky| risky.proof);
        let risk = risky.map(|risky| risky.why.to_owned());
        let dangers = dangers(&asked.body, &asked.directory);
        let demand = self.demand_on(&asked.body, &asked.directory, &dangers);
        let mut ask = Ask::new(id, asked, digest, now);
        ask.rules = Rules { risk, proof, dangers, ..self.policy.rules(&ask, now) };
        ask.rules.take_demand(demand);
        ask.grantable = grantable;
        let backup = ask.rules.backup.as_ref().map(|backup| backup.from);
        ask.may_have_run = self.may_have_run(&ask.digest);
        ask.ran_before = self.ran_before(&ask.digest);
        self.record.asks.push(ask);
        self.give_time(self.record.asks.len() - 1, now);
        self.wake(backup);
        self.show(self.record.asks.len() - 1);
    }

    pub(crate) fn resolved(&mut self, opencode_id: &str, answer: String, by_gateway: bool, now: Timestamp) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.opencode_id == opencode_id) else {
            return;
        };
        let became = match self.record.asks[index].state {
            AskState::Decided if by_gateway => AskState::Applied,
            AskState::Open | AskState::Suspended | AskState::Decided | AskState::Superseded
                if !by_gateway =>
            {
                AskState::AnsweredElsewhere { answer: mask_text(&answer) }
            }
            _ => return,
        };
        if let AskState::AnsweredElsewhere { answer } = &became {
            self.audit_elsewhere(index, answer, now);
        }
        self.record.asks[index].state = became;
        self.note_under_way(index);
        self.show(index);
    }

    pub(crate) fn settle_where(&mut self, which: impl Fn(&Ask) -> bool, became: &AskState) {
        let found: Vec<_> = (0..self.record.asks.len()).filter(|&n| which(&self.record.asks[n])).collect();
        if found.is_empty() {
            return;
        }
        for index in found {
            self.record.asks[index].state = became.clone();
            self.show(index);
        }
    }

    pub(crate) fn answer(&mut self, given: AnswerGiven, now: Timestamp) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.id == given.ask) else {
            return self.tell(Verdict::Unknown);
        };
        let ask = &self.record.asks[index];
        if let Some(verdict) = self.refused_to(ask, &given, now) {
            let entry = self.entry(ask, &given.by.id, "refused", &given.answer, now);
            let entry = self.attributed(entry, ask, &given);
            self.effects.push(Effect::Audit(entry));
            return self.tell(verdict);
        }
        if given.digest.as_ref().is_some_and(|digest| *digest != ask.digest) {
            return self.tell(Verdict::Changed);
        }
        if let Some(why) = self.no_grant(ask, &given.answer) {
            return self.tell(Verdict::NoGrant { why });
        }
        if !ask.takes(&given.answer) {
            return self.tell(Verdict::WrongKind { takes: ask.takes_in_words().to_owned() });
        }
        if let Some(wanted) = ask.lacks_proof(&given) {
            let entry = self.entry(ask, &given.by.id, "refused", &given.answer, now);
            let entry = self.attributed(entry, ask, &given);
            self.effects.push(Effect::Audit(entry));
            return self.tell(Verdict::NeedsProof { wanted });
        }
        match &ask.state {
            AskState::Open | AskState::Suspended if self.needs_more(index, &given, now) => {
                self.approve_in_part(index, given, now);
            }
            AskState::Open | AskState::Suspended => self.decide(index, given, now),
            // Late or not, what needs two people needs them, and a closed session is not woken up.
            AskState::TimedOut if self.record.ended.is_some() => self.tell(answered_before(ask)),
            AskState::TimedOut if self.needs_more(index, &given, now) => {
                self.approve_in_part(index, given, now)
            }
            AskState::TimedOut => self.decide_late(index, given, now),
            _ => self.tell(answered_before(ask)),
        }
    }

    /// Why this person's answer does not count, whatever it is about.
    fn refused_to(&self, ask: &Ask, given: &AnswerGiven, now: Timestamp) -> Option<Verdict> {
        match self.may_answer(ask, &given.by, now) {
            true => self.refused_by_rule(ask, given, now),
            false => Some(Verdict::NotAllowed),
        }
    }

    fn decide(&mut self, index: usize, given: AnswerGiven, now: Timestamp) {
        let ask = &self.record.asks[index];
        // Open since the pod came back: when it goes, all that is open is suspended.
        let waiting = ask.state == AskState::Open;
        let what = if given.overrides() { BROKE_GLASS } else { "answered" };
        let entry = self.entry(ask, &given.by.id, what, &given.answer, now);
        let mut entry = self.attributed(entry, ask, &given);
        self.note_override(index, &given, now);
        self.expect_review(index, &given, now);
        let ask = &mut self.record.asks[index];
        ask.decision = Some(Decision::of(given, now));
        ask.state = AskState::Decided;
        ask.deadline = None;
        let verdict = taken(ask, waiting);
        let sent = waiting.then(|| self.intend_to_apply(index)).flatten();
        let grant = self.intend_grant(index, &mut entry, now);
        self.audit(entry);
        self.tell(verdict);
        self.show(index);
        sent.into_iter().for_each(|sent| self.send(sent));
        if let Some((grant, sent)) = grant {
            self.send(sent);
            self.allow_alike(&grant, now);
        }
    }

    /// The agent went on without it; it is told, and an allowed call may be made once without asking again.
    fn decide_late(&mut self, index: usize, given: AnswerGiven, now: Timestamp) {
        let message_id = self.next_id(LATE_ID);
        self.remember_own_message(&message_id);
        let ask = &self.record.asks[index];
        let text = match &given.answer {
            Answer::Once | Answer::Always | Answer::Grant { .. } => words::allowed_late(ask),
            Answer::Deny { reason } => words::denied_late(ask, reason.as_deref()),
            Answer::Answers { answers } => words::answered_late(ask, answers),
            Answer::Configured { .. } => String::new(),
        };
        let what = if given.overrides() { BROKE_GLASS } else { "answered late" };
        let entry = self.entry(ask, &given.by.id, what, &given.answer, now);
        let entry = self.attributed(entry, ask, &given);
        self.note_override(index, &given, now);
        self.expect_review(index, &given, now);
        let allowed = matches!(given.answer, Answer::Once | Answer::Always);
        let ask = &mut self.record.asks[index];
        ask.state = if allowed { AskState::AllowedLate } else { AskState::Applied };
        ask.late = true;
        ask.decision = Some(Decision::of(given, now));
        // A sub-agent that asked has ended; whoever it worked for is told.
        let say = AgentOrder::Say { session: self.record.session.clone(), message_id, text };
        let sent = self.intend(index, say);
        self.audit(entry);
        self.tell(Verdict::TakenLate);
        self.show(index);
        self.send(sent);
    }

    /// Everyone in the thread is to see it.
    fn note_override(&mut self, index: usize, given: &AnswerGiven, now: Timestamp) {
        if given.overrides() {
            let reason = mask_text(given.proven.reason.as_deref().unwrap_or_default());
            let what = self.record.asks[index].body.in_full();
            let text = sentences::rules_overridden(&given.by.name, &what, &reason);
            self.note("glass", Tone::Error, text, now);
        }
    }

    /// What the audit log says of an action that is about an ask.
    pub(crate) fn entry(
        &self,
        ask: &Ask,
        who: &str,
        what: &str,
        answer: &Answer,
        at: Timestamp,
    ) -> AuditEntry {
        AuditEntry {
            at,
            who: who.to_owned(),
            what: what.to_owned(),
            session: self.record.session.clone(),
            ask: ask.id.clone(),
            digest: ask.digest.clone(),
            answer: serde_json::to_string(&answer.masked()).unwrap_or_default(),
            told: AuditSubject::of_ask(ask, answer, &self.record.about.title),
        }
    }
}

/// Of an ask that has its decision.
fn taken(ask: &Ask, waiting: bool) -> Verdict {
    match &ask.decision {
        Some(decision) if ask.is_deploy() && decision.answer.allows() => Verdict::DeployAllowed,
        Some(_) if ask.is_deploy() => Verdict::DeployDenied,
        _ if waiting => Verdict::Taken,
        _ => Verdict::TakenForLater,
    }
}

fn answered_before(ask: &Ask) -> Verdict {
    match (&ask.decision, &ask.state) {
        (Some(decision), _) => {
            Verdict::AnsweredBefore { by: decision.by.name.clone(), answer: decision.answer.masked() }
        }
        (None, AskState::Withdrawn { why }) => Verdict::NoLongerAsked { why: why.clone() },
        (None, AskState::AnsweredElsewhere { answer }) => {
            Verdict::NoLongerAsked { why: format!("it was answered in OpenCode: {answer}") }
        }
        (None, _) => Verdict::NoLongerAsked { why: "the agent continued without it".to_owned() },
    }
}
