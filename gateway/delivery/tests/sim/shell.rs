//! A shell without any hands but the model's: it writes the record, carries out orders, loses answers, and is killed.

use crate::chance::Chance;
use crate::planted::Planted;
use crate::promises::Witness;
use crate::truth::{PullTruth, Truth};
use gateway_delivery::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Shell {
    pub(crate) seed: u64,
    pub(crate) chance: Chance,
    pub(crate) now: Timestamp,
    pub(crate) delivery: Delivery,
    /// As it is on the disk.
    pub(crate) disk: Option<String>,
    pub(crate) truth: Truth,
    /// The switch as an operator set it. The delivery hears of it a little later.
    pub(crate) switch: Settings,
    pub(crate) told_switch: Settings,
    pub(crate) outcomes: Vec<(Timestamp, String, Outcome)>,
    pub(crate) armed: Option<Timestamp>,
    pub(crate) watch: Option<Timestamp>,
    pub(crate) held: bool,
    pub(crate) usage: Usage,
    pub(crate) has_right: bool,
    pub(crate) pictures: Vec<ForgeSeen>,
    pub(crate) asks: BTreeMap<String, DeliveryAsk>,
    pub(crate) prompted: BTreeSet<String>,
    /// Faults come until then.
    pub(crate) is_calm: bool,
    pub(crate) crash_in: Option<u64>,
    pub(crate) witness: Witness,
    pub(crate) planted: Option<Planted>,
    /// Only where a failing run is looked at.
    pub(crate) traces: bool,
    pub(crate) trace: Vec<String>,
}

impl Shell {
    pub(crate) fn handle(&mut self, input: Input) {
        self.note(|| format!("< {input:?}"));
        self.witness.before(&input, self.delivery.record());
        let effects = self.delivery.handle(input, self.now);
        self.run(effects);
    }

    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if !self.traces {
            return;
        }
        if self.trace.len() > 400 {
            self.trace.drain(..200);
        }
        let line: String = line().chars().take(260).collect();
        self.trace.push(format!(
            "{} {} {line}",
            self.now.as_second() - 1_795_000_000,
            self.delivery.record().stage
        ));
    }

    pub(crate) fn run(&mut self, mut effects: Vec<Effect>) {
        if let Some(planted) = self.planted {
            planted.spoil(&mut effects, &self.truth, &self.delivery);
        }
        self.witness.effects(&effects, self.delivery.record());
        for effect in effects {
            if self.is_killed() {
                return self.restart();
            }
            self.carry_out(effect);
            if self.is_killed() {
                return self.restart();
            }
        }
    }

    fn is_killed(&mut self) -> bool {
        match &mut self.crash_in {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    pub(crate) fn restart(&mut self) {
        self.crash_in = None;
        self.outcomes.clear();
        (self.armed, self.watch) = (None, None);
        self.note(|| "KILLED".to_owned());
        let Some(disk) = &self.disk else { return };
        let mut record: DeliveryRecord = serde_json::from_str(disk).unwrap();
        if let Some(planted) = self.planted {
            planted.spoil_record(&mut record);
        }
        self.told_switch = self.switch.clone();
        let (delivery, effects) = Delivery::restore(record, self.told_switch.clone(), self.now);
        self.delivery = delivery;
        self.run(effects);
    }

    fn carry_out(&mut self, effect: Effect) {
        self.note(|| format!("> {effect:?}"));
        match effect {
            Effect::Persist => self.persist(),
            Effect::Order { id, order, attempt } => self.order(id, order, attempt),
            Effect::HoldTools => self.held = true,
            Effect::ReleaseTools { .. } => self.held = false,
            Effect::Ask(ask) => {
                self.asks.insert(ask.id.clone(), *ask);
            }
            Effect::AskOver { ask, .. } => {
                self.asks.remove(&ask);
            }
            Effect::WatchForge { at } => self.watch = at,
            Effect::Arm(at) => self.armed = Some(at),
            Effect::Tell(told) => self.witness.told(&told),
            Effect::Thread(_) | Effect::Audit(_) | Effect::Count(_) | Effect::HasNoCi => {}
        }
    }

    fn persist(&mut self) {
        let record = self.delivery.record();
        let text = serde_json::to_string(record).unwrap();
        let read: DeliveryRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(read, *record, "seed {}: what is written is read again", self.seed);
        self.witness.persisted(&read);
        self.disk = Some(text);
    }

    fn order(&mut self, id: String, order: Order, attempt: Attempt) {
        self.witness.given_out(&id, &order, self.disk.as_deref(), self.delivery.record());
        let outcome = self.outcome_of(&id, &order, attempt);
        let delay = SignedDuration::from_secs(self.chance.below(4) as i64);
        self.outcomes.push((self.now + delay, id.clone(), outcome.clone()));
        if !self.is_calm && self.chance.percent(3) {
            // Told twice.
            self.outcomes.push((self.now + delay + delay, id, outcome));
        }
    }

    fn outcome_of(&mut self, id: &str, order: &Order, attempt: Attempt) -> Outcome {
        if order.is_outside() {
            return self.outside(order, attempt);
        }
        match order {
            Order::Judge { .. } if !self.is_calm && self.chance.percent(2) => {
                Outcome::Unjudged { why: "broken".to_owned() }
            }
            Order::Judge { tree, stage } => {
                let decision = self.truth.decision(tree.as_deref());
                self.witness.judged(*stage, tree.as_deref(), &decision);
                Outcome::Judged(Box::new(decision))
            }
            Order::Prompt { .. } => {
                self.prompted.insert(id.to_owned());
                Outcome::Done
            }
            Order::Measure { since } => self.measure(since.as_deref()),
            Order::RunChecks { tree } => {
                let passed = Some(!self.truth.trees[tree].red_here);
                Outcome::Checked(vec![CheckResult {
                    name: "unit".to_owned(),
                    passed,
                    says: String::new(),
                    digest: None,
                }])
            }
            Order::Seal { tree, parents, message, at } => {
                let sealed = match self.planted {
                    Some(Planted::PushesAnUnjudgedTree) => self.truth.new_tree(&mut self.chance, true),
                    _ => tree.clone(),
                };
                let commit = self.truth.seal(&sealed, parents, message, *at, true);
                Outcome::Sealed { commit, tree: tree.clone() }
            }
            Order::ReadFailures { .. } => Outcome::Failures { text: "expected 1, got 2".to_owned() },
            Order::TakeIn { head } => self.take_in(head),
            _ => Outcome::Done,
        }
    }

    fn measure(&mut self, since: Option<&str>) -> Outcome {
        let tree = self.truth.workspace.clone();
        let is_other = since.is_some_and(|since| since != tree);
        let changed = is_other && self.truth.trees[&tree].judge_changed;
        let since_last_push = if changed { vec!["jest.config.js".to_owned()] } else { vec![] };
        Outcome::Measured { change: Box::new(self.truth.change(&tree)), since_last_push }
    }

    fn take_in(&mut self, head: &str) -> Outcome {
        if self.truth.remote.as_deref() != Some(head) {
            return Outcome::Conflict { paths: vec!["src/cart.rs".to_owned()] };
        }
        let tree = self.truth.commits[head].tree.clone();
        self.truth.workspace = tree.clone();
        self.witness.taken_in(head);
        Outcome::TakenIn { head: head.to_owned(), tree, by: vec!["ben".to_owned()] }
    }

    /// The switch is read directly before; then the forge may fail before or after it did it.
    fn outside(&mut self, order: &Order, attempt: Attempt) -> Outcome {
        if attempt != Attempt::OnlyLook
            && self.switch.mode < order.needs()
            && self.planted != Some(Planted::IgnoresTheSwitch)
        {
            return Outcome::Held;
        }
        if !self.has_right {
            return Outcome::Refused(Refusal::RightMissing { right: "Contents: write".to_owned() });
        }
        if attempt != Attempt::First
            && let Some(done) = self.was_done(order)
        {
            return done;
        }
        if attempt == Attempt::OnlyLook {
            return Outcome::NotDone;
        }
        match self.chance.below(100) {
            _ if self.is_calm => self.write(order),
            0..5 => Outcome::Unknown,
            5..12 => {
                self.write(order);
                Outcome::Unknown
            }
            12..14 => {
                Outcome::Refused(Refusal::RateLimited { until: self.now + SignedDuration::from_secs(90) })
            }
            14 => Outcome::Refused(Refusal::Other { why: "500".to_owned() }),
            _ => self.write(order),
        }
    }

    fn was_done(&self, order: &Order) -> Option<Outcome> {
        let pull = |number: u64| &self.truth.pulls[number as usize - 1];
        let done = match order {
            Order::Push { commit, .. } => self.truth.remote.as_ref() == Some(commit),
            Order::OpenPull { branch, .. } => {
                let at = self.truth.pulls.iter().position(|pull| pull.branch == *branch)?;
                return Some(Outcome::Opened {
                    number: at as u64 + 1,
                    url: format!("https://forge.test/{at}"),
                });
            }
            Order::Ready { number, .. } => !pull(*number).draft,
            Order::BackToDraft { number } => pull(*number).draft,
            Order::EditBody { number, section } => pull(*number).body.contains(section.as_str()),
            Order::Merge { number, head } => pull(*number).merging.as_ref() == Some(head),
            _ => false,
        };
        done.then_some(Outcome::Done)
    }

    fn write(&mut self, order: &Order) -> Outcome {
        self.witness.writes(order, &self.truth, &self.switch, &self.delivery);
        match order {
            Order::Push { commit, expected, .. } => return self.push(commit, expected.as_ref()),
            Order::OpenPull { branch, section, .. } => return self.open(branch, section),
            _ => {}
        }
        let (now, head) = (self.now, self.truth.remote.clone().unwrap_or_default());
        let Some(pull) = self.truth.pulls.first_mut() else { return Outcome::Done };
        match order {
            Order::Ready { head: wanted, .. } | Order::Merge { head: wanted, .. } if *wanted != head => {
                return Outcome::Moved { head: Some(head), by: vec![], commits: 0 };
            }
            Order::Ready { .. } => pull.draft = false,
            Order::BackToDraft { .. } => (pull.draft, pull.merging) = (true, None),
            Order::EditBody { section, .. } => pull.body = section.clone(),
            Order::Merge { head, .. } => pull.merging = Some(head.clone()),
            Order::CancelMerge { .. } => pull.merging = None,
            Order::Rerun { head, .. } => self.truth.commits.get_mut(head).unwrap().rerun_at = Some(now),
            _ => {}
        }
        Outcome::Done
    }

    fn push(&mut self, commit: &str, expected: Option<&String>) -> Outcome {
        if self.truth.remote.as_deref() == Some(commit) {
            return Outcome::Done;
        }
        if self.truth.remote.as_ref() != expected {
            return Outcome::Moved {
                head: self.truth.remote.clone(),
                by: vec!["ben".to_owned()],
                commits: 1,
            };
        }
        self.truth.arrive(commit, self.now);
        Outcome::Done
    }

    fn open(&mut self, branch: &str, section: &str) -> Outcome {
        // The forge has one open pull request for a branch.
        if let Some(at) = self.truth.pulls.iter().position(|pull| pull.branch == branch) {
            return Outcome::Opened { number: at as u64 + 1, url: format!("https://forge.test/{at}") };
        }
        let number = self.truth.pulls.len() as u64 + 1;
        self.truth.pulls.push(PullTruth {
            branch: branch.to_owned(),
            draft: true,
            state: PullRequestState::Open,
            body: section.to_owned(),
            reviews: vec![],
            comments: vec![],
            merging: None,
            ended_by: None,
            stop_label: false,
            conflict: false,
        });
        Outcome::Opened { number, url: format!("https://forge.test/{}", number - 1) }
    }
}
