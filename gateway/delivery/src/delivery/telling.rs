//! What people see in the thread, and what the audit log gets (5.8, 5.13).

use super::Delivery;
use crate::delivery_ask::{Choice, DeliveryAsk, Who};
use crate::effect::Effect;
use crate::order::{Order, Outcome};
use crate::record::PendingOrder;
use crate::sentences::{self, Sentence};
use crate::thread_lines::ThreadLine;
use crate::{Decision, DeliveryStage, Stage};
use gateway_domain::AuditEntry;
use jiff::Timestamp;

/// So many lines are kept, to be shown again after a restart.
const KEPT: usize = 200;

impl Delivery {
    /// The same key replaces. A line that says the same again is not put again.
    pub(super) fn put_line(&mut self, key: &str, told: Sentence, now: Timestamp) {
        let key = format!("{} {key}", self.record.run);
        let line = ThreadLine { key, at: now, text: told.says, details: told.details, links: told.links };
        let known = self.record.lines.iter().position(|known| known.key == line.key);
        match known {
            Some(at) if self.record.lines[at].says_the_same(&line) => return,
            Some(at) => self.record.lines[at] = line.clone(),
            None => {
                if self.record.lines.len() >= KEPT {
                    self.record.lines.remove(0);
                }
                self.record.lines.push(line.clone());
            }
        }
        self.effects.push(Effect::Thread(line));
    }

    pub(super) fn has_line(&self, key: &str) -> bool {
        let key = format!("{} {key}", self.record.run);
        self.record.lines.iter().any(|line| line.key == key)
    }

    pub(super) fn drop_line(&mut self, key: &str) {
        let key = format!("{} {key}", self.record.run);
        if let Some(line) = self.record.lines.iter_mut().find(|line| line.key == key) {
            line.text = sentences::forge_answers().says;
            line.details.clear();
            let line = line.clone();
            self.record.lines.retain(|known| known.key != key);
            self.effects.push(Effect::Thread(line));
        }
    }

    pub(super) fn wait_told(&mut self, until: Timestamp) {
        let told = sentences::rate_limited(until);
        let shown = self.record.outbox.iter().filter_map(|one| one.not_before).min().unwrap_or(until);
        let waits = until.duration_since(shown.min(until));
        // A short wait is nobody's business.
        if until.duration_since(self.record.since) >= jiff::SignedDuration::from_mins(5) || !waits.is_zero() {
            self.put_line("wait", told, until);
        }
    }

    /// After a restart everything is shown as it is; the same key replaces.
    pub(super) fn show_again(&mut self) {
        self.effects.extend(self.record.lines.iter().cloned().map(Effect::Thread));
        if let Some(ask) = self.record.ask.clone() {
            self.effects.push(Effect::Ask(Box::new(ask)));
        }
        match self.stage() {
            DeliveryStage::BudgetAsked => self.effects.push(Effect::HoldTools),
            stage => self.effects.push(Effect::ReleaseTools { go_on: stage.is_work() || !stage.is_over() }),
        }
    }

    pub(super) fn audit(&mut self, what: &str, who: &str, words: &str, now: Timestamp) {
        let session = self.record.session.clone();
        let mut entry = AuditEntry::of_act(now, who, what, &session, &self.record.title, words);
        entry.ask = self.record.run.to_string();
        self.put_audit(entry);
    }

    fn put_audit(&mut self, entry: AuditEntry) {
        self.record.unaudited.push(entry.clone());
        self.effects.push(Effect::Audit(entry));
    }

    /// With the digests of the pack and of what it was asked with.
    pub(super) fn audit_decision(&mut self, stage: Stage, decision: &Decision, now: Timestamp) {
        let tree = self.round().map_or("-", |round| round.tree.as_str()).to_owned();
        let stage = format!("{stage:?}").to_lowercase();
        let rules: Vec<_> =
            decision.deny.iter().chain(&decision.ask).map(|finding| finding.rule.clone()).collect();
        let words = format!("{stage} of tree {tree}: pack {}, input {}", decision.pack, decision.input);
        let mut entry = AuditEntry::of_act(
            now,
            "gateway",
            "delivery judged",
            &self.record.session,
            &self.record.title,
            &words,
        );
        entry.ask = self.record.run.to_string();
        entry.answer = sentences::tier(decision.tier).to_owned();
        entry.told.rule = rules;
        self.put_audit(entry);
    }

    pub(super) fn audit_answer(
        &mut self,
        ask: &DeliveryAsk,
        by: &Who,
        choice: Choice,
        word: Option<&str>,
        now: Timestamp,
    ) {
        let mut entry = AuditEntry::of_act(
            now,
            &by.id,
            "delivery answered",
            &self.record.session,
            &self.record.title,
            &ask.says,
        );
        entry.ask = format!("{} {}", self.record.run, ask.id);
        entry.answer = choice.label().to_owned();
        entry.told.reason = word.unwrap_or_default().to_owned();
        self.put_audit(entry);
    }

    /// Each outside write, with what came of it.
    pub(super) fn audit_write(&mut self, pending: &PendingOrder, outcome: &Outcome, now: Timestamp) {
        if !pending.order.is_outside() {
            return;
        }
        let words = written(&pending.order);
        let mut entry = AuditEntry::of_act(
            now,
            "gateway",
            "delivery wrote",
            &self.record.session,
            &self.record.title,
            &words,
        );
        entry.ask = format!("{} {}", self.record.run, pending.id);
        entry.answer = came_of(outcome).to_owned();
        self.put_audit(entry);
    }
}

fn written(order: &Order) -> String {
    match order {
        Order::Push { branch, commit, tree, .. } => format!("pushed {commit} (tree {tree}) to {branch}"),
        Order::OpenPull { branch, base, .. } => format!("opened a draft of {branch} for {base}"),
        Order::EditBody { number, section } => {
            format!("edited the body of #{number} ({})", crate::digest_of(section.as_bytes()))
        }
        Order::Ready { number, head } => format!("marked #{number} ready at {head}"),
        Order::BackToDraft { number } => format!("made #{number} a draft again"),
        Order::AskReviewers { number, reviewers } => {
            format!("asked {} to review #{number}", reviewers.join(", "))
        }
        Order::Report { head, title, .. } => format!("reported on {head}: {title}"),
        Order::Rerun { head, runs } => format!("ran {runs:?} again for {head}"),
        Order::Reply { number, comment, .. } => format!("answered {comment:?} of #{number}"),
        Order::Merge { number, head } => format!("asked for the merge of #{number} at {head}"),
        Order::CancelMerge { number } => format!("took back the merge of #{number}"),
        Order::RemoveBranch { branch, commit } => format!("removed {branch} at {commit}"),
        _ => String::new(),
    }
}

fn came_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Refused(_) => "refused",
        Outcome::NotDone => "not done",
        Outcome::Moved { .. } => "met others",
        _ => "done",
    }
}
