//! What really happened, seen from outside the gateway: the ground that its promises are held against.

use crate::world::World;
use gateway_domain::{AgentOrder, Answer, AnswerGiven, Ask, Asked, Order};
use std::collections::{BTreeMap, BTreeSet};

/// A broken promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    pub promise: &'static str,
    pub how: String,
}

#[derive(Default)]
pub struct Witness {
    pub broken: Option<Broken>,
    pub counts: BTreeMap<&'static str, u64>,
    /// To which session a name belongs: of an ask, a call, a message.
    pub owners: BTreeMap<String, String>,
    /// By the call's name, the ask's name in OpenCode.
    calls: BTreeMap<String, String>,
    /// By the ask's name in OpenCode, the card.
    pub cards: BTreeMap<String, String>,
    /// What somebody answered in OpenCode itself.
    pub elsewhere: BTreeMap<String, Answer>,
    /// What people were told was taken, by card.
    pub taken: BTreeMap<String, Taken>,
    /// Answers of ours that OpenCode took, by its name of the ask.
    pub applied: BTreeMap<String, Answer>,
    replies: BTreeMap<String, String>,
    /// How often a card's command ran.
    pub ran: BTreeMap<String, u32>,
    /// Late answers, by card, with our name of the message.
    /// Asks for what ran before, by OpenCode's name.
    ran_before: BTreeSet<String>,
    pub says: BTreeMap<String, String>,
    pub said: BTreeSet<String>,
    pub stops: BTreeMap<String, u64>,
    /// Asks whose answer OpenCode took, and whose session was then stopped under the call.
    stopped_short: BTreeSet<String>,
}

pub struct Taken {
    pub session: String,
    pub given: AnswerGiven,
    pub late: bool,
    pub at: u64,
}

impl Witness {
    pub fn owns(&mut self, thing: &str, session: &str) {
        self.owners.insert(thing.to_owned(), session.to_owned());
    }

    pub fn asked(&mut self, asked: &Asked) {
        let tool = asked.tool.as_ref().unwrap();
        for thing in [&asked.opencode_id, &tool.message_id, &tool.call_id] {
            self.owns(thing, &asked.session);
        }
        self.calls.insert(tool.call_id.clone(), asked.opencode_id.clone());
    }

    /// An answer of the gateway's let this call run.
    pub fn was_allowed_by_us(&self, call: &str) -> bool {
        self.calls
            .get(call)
            .and_then(|name| self.applied.get(name))
            .is_some_and(|answer| kind(answer) == "allow")
    }

    pub fn runs_again(&mut self, asked: &Asked) {
        self.ran_before.insert(asked.opencode_id.clone());
        *self.counts.entry("asked again after it ran").or_default() += 1;
    }

    pub fn resolved_elsewhere(&mut self, opencode_id: &str, answer: &Answer) {
        self.elsewhere.insert(opencode_id.to_owned(), answer.clone());
    }

    pub fn stopped(&mut self, session: &str, now: u64) {
        self.stops.insert(session.to_owned(), now);
    }

    pub fn stopped_short(&mut self, call: &str) {
        let name = self.calls.get(call).filter(|name| self.applied.contains_key(*name));
        self.stopped_short.extend(name.cloned());
    }

    pub fn was_stopped_short(&self, card: &str) -> bool {
        self.names_of(card).any(|name| self.stopped_short.contains(name))
    }

    /// All names that OpenCode ever had for the ask of this card.
    pub fn names_of<'a>(&'a self, card: &'a str) -> impl Iterator<Item = &'a String> {
        self.cards.iter().filter(move |(_, of)| of.as_str() == card).map(|(name, _)| name)
    }

    pub fn applied_to(&self, card: &str) -> Vec<&Answer> {
        self.names_of(card).filter_map(|name| self.applied.get(name)).collect()
    }

    /// Somebody answered the same in OpenCode itself. If OpenCode dies before it tells so, nobody can know whose
    /// answer it was.
    pub fn was_elsewhere_alike(&self, card: &str, answer: &Answer) -> bool {
        let is_alike = |theirs: &Answer| kind(theirs) == kind(answer);
        self.names_of(card).any(|name| self.elsewhere.get(name).is_some_and(is_alike))
    }

    pub fn was_elsewhere(&self, card: &str) -> bool {
        self.names_of(card).any(|name| self.elsewhere.contains_key(name))
    }
}

impl World {
    pub fn count(&mut self, what: &'static str) {
        *self.witness.counts.entry(what).or_default() += 1;
    }

    /// OpenCode takes an answer of ours.
    pub fn applied(&mut self, opencode_id: &str, answer: &Answer) {
        self.count("answers applied");
        self.witness.applied.insert(opencode_id.to_owned(), answer.clone());
    }

    /// However often it is sent: an ask of OpenCode's is answered under one request id.
    pub fn answered_under(&mut self, opencode_id: &str, request: &str) {
        let known = self.witness.replies.entry(opencode_id.to_owned()).or_insert_with(|| request.to_owned());
        if known != request {
            let how = format!("{opencode_id} is answered under {known} and under {request}");
            self.broken("I1", how);
        }
    }

    /// The answers of a question were written into a call that OpenCode's death interrupted.
    pub fn completed(&mut self, call: &str) {
        self.count("questions completed");
        let Some(name) = self.witness.calls.get(call).cloned() else { return };
        if self.witness.applied.contains_key(&name) {
            self.broken("I1", format!("{name} got its answer twice"));
        }
        self.witness.applied.insert(name, Answer::Answers { answers: vec![] });
    }

    /// A command runs.
    pub fn ran(&mut self, call: &str) {
        let Some(name) = self.witness.calls.get(call).cloned() else { return };
        if self.witness.elsewhere.contains_key(&name) {
            return;
        }
        self.count("commands run");
        let Some(card) = self.witness.cards.get(&name).cloned() else {
            return self.broken("I1", format!("{name} ran, and nobody ever saw a card of it"));
        };
        let times = self.witness.ran.entry(card.clone()).or_default();
        *times += 1;
        let times = *times;
        if times > 1 {
            self.broken("I1", format!("what {card} asked for ran {times} times"));
        }
        let taken = self.witness.taken.get(&card);
        if taken.is_some_and(|taken| matches!(taken.given.answer, Answer::Deny { .. })) {
            self.broken("I1", format!("{card} was denied, and ran"));
        }
    }

    pub fn said(&mut self, message: &str) {
        self.count("late answers told");
        self.witness.said.insert(message.to_owned());
    }

    /// Somebody was told that this answer counts.
    pub fn confirmed(&mut self, session: &str, given: &AnswerGiven, late: bool) {
        let (card, session, at) = (given.ask.clone(), session.to_owned(), self.now);
        let taken = Taken { session, given: given.clone(), late, at };
        if let Some(before) = self.witness.taken.insert(card.clone(), taken) {
            let by = before.given.by.id;
            self.broken("I1", format!("two answers to {card} were taken, the first by {by}"));
        }
    }

    pub fn will_say(&mut self, order: &Order, ask: &str) {
        if let Order::Agent(AgentOrder::Say { message_id, .. }) = order {
            self.witness.says.insert(ask.to_owned(), message_id.clone());
        }
    }

    pub fn post(&mut self, session: &str, ask: &Ask) {
        self.note(|| format!("card {} of {session}: {:?}", ask.id, ask.state));
        self.thread.show(session, ask);
        let before = self.witness.cards.insert(ask.opencode_id.clone(), ask.id.clone());
        let is_silent = ask.ran_before.is_none() && ask.id == ask.opencode_id;
        if is_silent && self.witness.ran_before.contains(&ask.id) {
            self.broken(
                "I1",
                format!("{} ran before in this turn, and its new card does not say so", ask.id),
            );
        }
        if let Some(before) = before.filter(|before| *before != ask.id) {
            self.broken("I3", format!("{} has two cards, {before} and {}", ask.opencode_id, ask.id));
        }
    }
}

/// What an answer does to the call that waits for it.
pub fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Once | Answer::Always | Answer::Grant { .. } => "allow",
        Answer::Deny { .. } => "deny",
        Answer::Answers { .. } | Answer::Configured { .. } => "answer",
    }
}
