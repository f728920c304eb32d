//! Approval: the people who can answer, a second person for what is risky, a backup when nobody answers.

use super::Session;
use crate::ask::kind::Patience;
use crate::ask::{Answer, Aside, Ask, AskBody, Backup, OnSilence, Person, Question, Rules};
use crate::demand::Demand;
use crate::input::AnswerGiven;
use crate::pattern::matches;
use crate::policy::{Approvers, AskPolicy};
use crate::proven::Proof;
use crate::sentences;
use crate::verdict::Verdict;
use jiff::Timestamp;

/// Reminders about a question without a recommendation; after them it stays open in silence.
const REMINDERS: u32 = 5;

const BY_RULES: &str = "the rules ask for two people";
const BY_RULES_MORE: &str = "the rules ask for several people";

impl Rules {
    /// What the rules of its repository ask for. It only ever gets more.
    pub(crate) fn take_demand(&mut self, demand: Option<Box<Demand>>) {
        let Some(demand) = demand else { return };
        self.proof = self.proof.max(demand.proof);
        if demand.people > 1 && self.risk.is_none() {
            self.risk = Some(if demand.people > 2 { BY_RULES_MORE } else { BY_RULES }.to_owned());
        }
        if self.on_silence == OnSilence::TakeRecommended {
            self.on_silence = OnSilence::Remind;
        }
        self.demand = Some(demand);
    }
}

impl AskPolicy {
    /// What the card says about this ask.
    pub(crate) fn rules(&self, ask: &Ask, now: Timestamp) -> Rules {
        let may_answer = match &self.approvers {
            Approvers::Anybody => None,
            Approvers::Only(people) => Some(people.clone()),
        };
        let backup = self.backup.as_ref().map(|rule| Backup {
            from: now.saturating_add(rule.after).unwrap_or(Timestamp::MAX),
            people: rule.people.clone(),
            told: false,
        });
        let on_silence = match ask.body.patience() {
            Patience::Permission => OnSilence::Deny,
            Patience::Question if ask.recommended().is_some() && self.silence_may_choose(ask) => {
                OnSilence::TakeRecommended
            }
            Patience::Question => OnSilence::Remind,
            Patience::Endless => OnSilence::Wait,
        };
        Rules {
            may_answer,
            proof: Proof::Claimed,
            demand: None,
            risk: None,
            dangers: vec![],
            backup,
            on_silence,
            reminders: 0,
        }
    }

    /// The agent itself marks what it recommends. Where only some people may answer nobody answers for them, and what
    /// cannot be taken back is not chosen by silence.
    fn silence_may_choose(&self, ask: &Ask) -> bool {
        let AskBody::Question { questions } = &ask.body else { return false };
        self.approvers == Approvers::Anybody && !questions.iter().any(names_what_stays)
    }
}

/// Words for what is not taken back easily.
const STAYS: [&str; 13] = [
    "access",
    "credential*",
    "delet*",
    "deploy*",
    "destroy*",
    "drop",
    "pay",
    "payment*",
    "publish*",
    "purchas*",
    "releas*",
    "remov*",
    "wipe*",
];

fn names_what_stays(question: &Question) -> bool {
    let texts = question.options.iter().chain(&question.descriptions).chain([&question.question]);
    let mut words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    words.any(|word| STAYS.iter().any(|stays| matches(stays, &word.to_lowercase())))
}

impl Session {
    pub(crate) fn may_answer(&self, ask: &Ask, by: &Person, now: Timestamp) -> bool {
        let people = &self.policy.people;
        let stands_in = |backup: &Backup| backup.from <= now && people.lists(&backup.people, &by.id);
        self.policy.lets(by) || ask.rules.backup.as_ref().is_some_and(stands_in)
    }

    /// Whether an answer counts in place of one that is not on the disk: the last word of the same person does, and so does
    /// whoever denies.
    pub fn replaces(&self, unstored: &AnswerGiven, given: &AnswerGiven, now: Timestamp) -> bool {
        let Some(ask) = self.record.asks.iter().find(|ask| ask.id == given.ask) else { return false };
        let same_person = self.policy.people.may_be_one(&given.by.id, &unstored.by.id);
        given.ask == unstored.ask
            && (same_person || matches!(given.answer, Answer::Deny { .. }))
            && self.may_answer(ask, &given.by, now)
            && self.refused_by_rule(ask, given, now).is_none()
            && given.digest.as_ref().is_none_or(|digest| *digest == ask.digest)
            && ask.takes(&given.answer)
            && ask.lacks_proof(given).is_none()
    }

    /// Tells once that others may answer now.
    pub(crate) fn call_backup(&mut self, now: Timestamp) {
        let is_due = |backup: &Backup| !backup.told && backup.from <= now;
        let calls = |ask: &Ask| ask.is_answerable() && ask.rules.backup.as_ref().is_some_and(is_due);
        let due: Vec<_> = (0..self.record.asks.len()).filter(|&n| calls(&self.record.asks[n])).collect();
        for index in due {
            let Some(backup) = &mut self.record.asks[index].rules.backup else { continue };
            backup.told = true;
            let text = sentences::others_can_answer(&backup.people);
            self.remind_of(index, "backup", text, now);
            self.show(index);
        }
    }

    /// A question without a recommendation stays open; people are reminded of it.
    pub(crate) fn remind(&mut self, index: usize, now: Timestamp) {
        let deadline = self.policy.deadline(&self.record.asks[index].body, now);
        let ask = &mut self.record.asks[index];
        ask.rules.reminders += 1;
        ask.deadline = deadline.filter(|_| ask.rules.reminders < REMINDERS);
        let next = ask.deadline;
        self.remind_of(index, "reminder", sentences::REMINDER.to_owned(), now);
        self.wake(next);
        self.show(index);
    }

    pub(crate) fn taken_aside(&mut self, id: &str, person: &Person, place: Option<String>, now: Timestamp) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.id == id) else {
            return self.tell(Verdict::Unknown);
        };
        let ask = &mut self.record.asks[index];
        let known = ask.aside.take();
        let place = place.or_else(|| known.as_ref().and_then(|aside| aside.place.clone()));
        let (by, at) = known.map_or_else(|| (person.name.clone(), now), |aside| (aside.by, aside.at));
        ask.aside = Some(Aside { by, at, place });
        self.audit_aside(index, person, now);
        self.tell(Verdict::Done);
        self.show(index);
    }
}
