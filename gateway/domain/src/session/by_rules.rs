//! What the rules of its repository ask of a session's asks, and whether an answer satisfies them.
//!
//! What stood on the card and what the rules say now count together: an ask that people were shown is never made easier.

use super::Session;
use super::trial::{Trial, outcome};
use crate::ask::danger::Danger;
use crate::ask::held_call::HeldCall;
use crate::ask::{Answer, Ask, AskBody, Decision, Person};
use crate::audit::AuditEntry;
use crate::danger::dangers;
use crate::demand::{Demand, count_in_words};
use crate::input::AnswerGiven;
use crate::people::SERVICE;
use crate::proven::{Proof, Proven};
use crate::rulebook::{Answered, Subject, Writers};
use crate::thread::{MessageSeen, PartSeen, Writer};
use crate::verdict::Verdict;
use crate::words;
use jiff::{SignedDuration, Timestamp};

/// Accounts that are remembered as those who wrote to the agent; with more of them nobody knows all.
const MOST_WRITERS: usize = 100;

const BY_RULE: &str = "the rules for this repository call it risky";
const A_PROGRAM: &str = "The gateway's token alone is a program's: it can start, read and deny, and never allow. Sign in to \
    answer this.";
const NOTHING_TO_OVERRIDE: &str = "No rule holds here that could be overridden.";
const ONE_AT_A_TIME: &str = "The rules can be overridden for one request at a time: allow this once.";
const NOT_LISTED: &str = "Your account belongs to none of the people in the gateway's configuration.";

impl Session {
    fn writers(&self) -> Writers {
        let owner = self.record.about.owner.iter().map(|owner| owner.id.clone());
        let wrote = self.record.writers.iter().cloned();
        // Records from before accounts were remembered have names only.
        let has_names = self.record.authors.iter().any(|author| !author.name.is_empty());
        let old = self.record.writers.is_empty() && has_names;
        let some_unknown = self.record.unknown_writer || old || self.record.about.owner.is_none();
        Writers { accounts: owner.chain(wrote).collect(), some_unknown }
    }

    /// What the rules of now ask for. None without rules.
    pub(crate) fn demand_on(
        &self,
        body: &AskBody,
        directory: &str,
        dangers: &[Danger],
    ) -> Option<Box<Demand>> {
        let book = self.policy.rules.as_ref()?;
        let risky_elsewhere = self.policy.risk(body).map(|risky| risky.proof);
        let (about, writers) = (&self.record.about, &self.writers());
        let subject = Subject { about, directory, body, dangers, risky_elsewhere, writers };
        Some(Box::new(book.demand(&self.policy.people, &subject)))
    }

    /// What stands on the card and what the rules ask for now.
    pub(crate) fn demand(&self, ask: &Ask) -> Option<Box<Demand>> {
        let now = self.demand_on(&ask.body, &ask.directory, &ask.rules.dangers);
        match (ask.rules.demand.clone(), now) {
            (Some(shown), Some(now)) => Some(Box::new(shown.and(&now))),
            (shown, now) => shown.or(now),
        }
    }

    /// Why the rules don't take this answer.
    pub(crate) fn refused_by_rule(&self, ask: &Ask, given: &AnswerGiven, now: Timestamp) -> Option<Verdict> {
        let refused = |why: &str| Some(Verdict::RefusedByRule { why: why.to_owned() });
        let is_denial = matches!(given.answer, Answer::Deny { .. });
        if self.policy.persons_only && given.by.id == SERVICE && !is_denial {
            return refused(A_PROGRAM);
        }
        let Some(demand) = self.demand(ask) else {
            return given.proven.break_glass.then(|| refused(NOTHING_TO_OVERRIDE)).flatten();
        };
        if is_denial {
            return (!self.may_deny(&given.by)).then(|| refused(NOT_LISTED)).flatten();
        }
        if given.proven.break_glass && given.answer != Answer::Once {
            return refused(ONE_AT_A_TIME);
        }
        let answered =
            Answered { by: &given.by.id, proven: &given.proven, allows: ask.lets_happen(&given.answer) };
        let verdict = demand.refusal(&self.policy.people, &answered);
        verdict.or_else(|| self.closed(ask, given, now).and_then(|why| refused(&why)))
    }

    /// To deny is safe: whoever is known can, and so can the session's owner and a program.
    fn may_deny(&self, by: &Person) -> bool {
        let is_owner = self.record.about.owner.as_ref().is_some_and(|owner| owner.id == by.id);
        is_owner || by.id == SERVICE || self.policy.people.human_of(&by.id).is_some()
    }

    fn closed(&self, ask: &Ask, given: &AnswerGiven, now: Timestamp) -> Option<String> {
        let book = self.policy.rules.as_ref().filter(|_| !given.proven.break_glass)?;
        let (about, writers) = (&self.record.about, &Writers::default());
        let Ask { body, directory, .. } = ask;
        let subject = Subject { about, directory, body, dangers: &[], risky_elsewhere: None, writers };
        book.closed_at(&subject, now).filter(|_| ask.lets_happen(&given.answer))
    }

    /// A person of all its groups sees what a card hides.
    pub(crate) fn may_look(&self, ask: &Ask, by: &Person, proven: &Proven) -> bool {
        let Some(demand) = self.demand(ask) else { return true };
        let Some(known) = self.policy.people.known(&by.id, proven) else { return false };
        demand.by.iter().all(|named| named.group.has(&known))
    }

    /// Whether the person can let the agent do more without asking.
    pub(crate) fn may_loosen(&self, by: &Person, proven: &Proven) -> bool {
        let nothing = String::new;
        let body = AskBody::Gate { title: nothing(), detail: nothing(), user_message_id: nothing() };
        let answered = Answered { by: &by.id, proven, allows: false };
        let demand = self.demand_on(&body, "", &[]);
        let refused = demand.and_then(|demand| demand.refusal(&self.policy.people, &answered));
        let is_program = self.policy.persons_only && by.id == SERVICE;
        self.policy.lets(by) && !is_program && refused.is_none()
    }

    /// What a rule says of a call before it is asked about.
    pub(crate) fn risk_by_rule(&self, call: &HeldCall, directory: &str) -> Option<&'static str> {
        let book = self.policy.rules.as_ref()?;
        let body = AskBody::Held { held: call.clone() };
        let dangers = dangers(&body, directory);
        book.is_risky(&self.record.about, directory, &body, &dangers).then_some(BY_RULE)
    }

    /// The rules that a grant is given under, and for how long it counts at most.
    pub(crate) fn rules_of_grants(&self) -> (Option<String>, Option<SignedDuration>) {
        let about = &self.record.about;
        self.policy
            .rules
            .as_ref()
            .map_or((None, None), |book| (Some(book.marks(about)), book.longest_grant(about)))
    }

    /// Somebody wrote to the agent: what is open and risky is not for them.
    pub(crate) fn remember_writer(&mut self, account: &str) {
        if self.record.writers.iter().any(|known| known == account) {
            return;
        }
        match self.record.writers.len() < MOST_WRITERS {
            true => self.record.writers.push(account.to_owned()),
            false => self.record.unknown_writer = true,
        }
        self.tighten_open();
    }

    /// A message in OpenCode that did not come through the gateway has no name.
    pub(crate) fn look_for_writers(&mut self, seen: &MessageSeen) {
        let is_ours = self.record.writer_of(&seen.id) != Writer::Elsewhere;
        let is_words =
            |part: &PartSeen| matches!(part, PartSeen::Text { text, .. } if !words::is_go_on(text));
        let has_words = seen.parts.iter().any(is_words);
        if self.policy.rules.is_some()
            && seen.from_person
            && has_words
            && !is_ours
            && !self.record.unknown_writer
        {
            self.record.unknown_writer = true;
            self.tighten_open();
        }
    }

    /// What is open asks for what its facts ask for now, if that is more.
    pub(crate) fn tighten_open(&mut self) {
        let open: Vec<_> =
            (0..self.record.asks.len()).filter(|&n| self.record.asks[n].is_answerable()).collect();
        for index in open {
            let demand = self.demand(&self.record.asks[index]);
            if demand == self.record.asks[index].rules.demand {
                continue;
            }
            self.record.asks[index].rules.take_demand(demand);
            self.show(index);
        }
    }

    /// Which person it was, how far that is proven, and under which rules.
    pub(crate) fn attributed(&self, mut entry: AuditEntry, ask: &Ask, given: &AnswerGiven) -> AuditEntry {
        entry.told.human = self.policy.people.human_of(&given.by.id).unwrap_or_default().to_owned();
        entry.told.proof = Some(given.proven.counts()).filter(|proof| *proof > Proof::Claimed);
        entry.told.rule = ask.rules.demand.iter().flat_map(|demand| demand.rules.clone()).collect();
        // The log outlives the record.
        entry.told.signed.clone_from(&given.proven.signed);
        entry.told.reason = crate::mask::mask(given.proven.reason.as_deref().unwrap_or_default());
        entry
    }

    /// It was allowed under other rules, and would not be by those of now.
    pub(crate) fn is_outruled(&self, ask: &Ask) -> bool {
        let Some(now) = self.demand_on(&ask.body, &ask.directory, &ask.rules.dangers) else { return false };
        let is_same = ask.rules.demand.as_ref().is_some_and(|shown| shown.rules == now.rules);
        let allowed = ask.decision.as_ref().filter(|decision| decision.answer.allows());
        !is_same && allowed.is_some_and(|decision| self.would_refuse(&now, ask, decision).is_some())
    }

    pub(crate) fn trial(&self, ask: &Ask) -> Option<Trial> {
        let demand = self.demand_on(&ask.body, &ask.directory, &ask.rules.dangers)?;
        let allowed = ask.decision.as_ref().filter(|decision| decision.answer.allows());
        let verdict = allowed.and_then(|decision| self.would_refuse(&demand, ask, decision));
        Some(Trial {
            session: self.record.session.clone(),
            ask: ask.id.clone(),
            what: ask.body.in_full(),
            was: outcome(ask),
            counts: allowed.map(|_| verdict.is_none()),
            why_not: verdict,
            needs: demand.sentence(),
            demand: *demand,
        })
    }

    fn would_refuse(&self, demand: &Demand, ask: &Ask, decision: &Decision) -> Option<String> {
        let reason = decision.because.clone();
        let proven = Proven { reason, break_glass: decision.broke_glass, ..Proven::by(decision.proof) };
        let answered = Answered { by: &decision.by.id, proven: &proven, allows: true };
        let people = ask.approvals().count() + 1;
        let too_few = people < usize::from(demand.people) && !decision.broke_glass;
        let verdict = demand.refusal(&self.policy.people, &answered).map(|verdict| verdict.sentence());
        verdict.or_else(|| too_few.then(|| only(people)))
    }
}

fn only(people: usize) -> String {
    match people {
        1 => "Only one person allowed it.".to_owned(),
        more => format!("Only {} people allowed it.", count_in_words(u8::try_from(more).unwrap_or(u8::MAX))),
    }
}
