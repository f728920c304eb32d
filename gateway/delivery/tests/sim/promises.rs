//! What is promised (D1 to D12), looked at with the model's own eyes after each step.

use crate::truth::{OWN_CHECK, Truth};
use gateway_delivery::*;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const REQUESTER: &str = "anna";

#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) broken: Vec<String>,
    /// What the rules last answered for each tree and stage.
    judged: BTreeMap<(String, Stage), Decision>,
    /// Trees that people let go on, and what the card was about.
    allowed: Vec<(String, AskAbout)>,
    taken_in: BTreeSet<String>,
    answering: Option<(DeliveryAsk, Who, Choice)>,
    fixes_seen: u32,
    fix_prompts: BTreeSet<String>,
    disk: BTreeSet<String>,
    pub(crate) last_picture: Option<ForgeSeen>,
    /// Names that CI showed for each commit.
    names: BTreeMap<String, BTreeSet<String>>,
    pub(crate) reached: BTreeSet<DeliveryStage>,
    pub(crate) max_fixes: u32,
}

impl Witness {
    pub(crate) fn new(max_fixes: u32) -> Self {
        Self { max_fixes, ..Self::default() }
    }

    fn must(&mut self, holds: bool, promise: &str, why: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(format!("{promise}: {}", why()));
        }
    }

    pub(crate) fn before(&mut self, input: &Input, record: &DeliveryRecord) {
        self.answering = None;
        match input {
            Input::Person(PersonInput::Answered { by, choice, ask, .. }) => {
                let open = record.ask.clone().filter(|open| open.id == *ask);
                self.answering = open.map(|open| (open, by.clone(), *choice));
            }
            Input::Seen(look)
                if self.last_picture.as_ref().is_none_or(|last| last.asked_at <= look.asked_at) =>
            {
                let names =
                    look.seen.checks.iter().map(|check| check.name.clone()).filter(|name| name != OWN_CHECK);
                self.names.entry(look.seen.head.clone()).or_default().extend(names);
                self.last_picture = Some((**look).clone());
            }
            _ => {}
        }
    }

    pub(crate) fn told(&mut self, told: &SteerReply) {
        let Some((ask, by, choice)) = self.answering.take() else { return };
        let own = by.id == format!("web:{REQUESTER}");
        let counted =
            matches!(told, SteerReply::Taken | SteerReply::TakenOneOf { .. }) && choice == Choice::GoOn;
        self.must(!(counted && own && ask.not_by_requester), "D7", || {
            format!("{ask:?} was allowed by the requester")
        });
    }

    pub(crate) fn effects(&mut self, effects: &[Effect], record: &DeliveryRecord) {
        self.reached.insert(record.stage);
        for effect in effects {
            let Effect::Audit(entry) = effect else { continue };
            let is_known = AUDITED.iter().any(|(kind, ..)| *kind == entry.what);
            self.must(is_known, "5.13", || format!("no kind of entry is called {}", entry.what));
        }
        let late = effects.iter().skip(1).any(|effect| *effect == Effect::Persist);
        self.must(!late, "I2", || format!("something comes before the record: {effects:?}"));
        self.must(record.fixes_used <= self.max_fixes, "D5", || format!("{} fixes", record.fixes_used));
    }

    pub(crate) fn persisted(&mut self, record: &DeliveryRecord) {
        self.disk = record.outbox.iter().map(|pending| pending.id.clone()).collect();
        self.must(record.fixes_used >= self.fixes_seen, "D5", || "fixes were forgotten".to_owned());
        self.fixes_seen = self.fixes_seen.max(record.fixes_used);
        // On the disk it counts, though the person may never hear of it.
        let Some((ask, _, Choice::GoOn)) = &self.answering else { return };
        if record.ask.as_ref().is_none_or(|open| open.id != ask.id) {
            self.allowed.push((ask.tree.clone().unwrap_or_default(), ask.about.clone()));
        }
    }

    pub(crate) fn judged(&mut self, stage: Stage, tree: Option<&str>, decision: &Decision) {
        self.judged.insert((tree.unwrap_or_default().to_owned(), stage), decision.clone());
    }

    pub(crate) fn taken_in(&mut self, head: &str) {
        self.taken_in.insert(head.to_owned());
    }

    /// D11: whatever is given out stands on the disk.
    pub(crate) fn given_out(&mut self, id: &str, order: &Order, disk: Option<&str>, record: &DeliveryRecord) {
        let stands = disk.is_some() && self.disk.contains(id);
        self.must(stands, "D11", || format!("{order:?} is not on the disk"));
        if let Order::Prompt { text } = order {
            if text.starts_with("CI failed") && !text.contains("wants you to try again") {
                self.fix_prompts.insert(id.to_owned());
            }
            let prompts = self.fix_prompts.len();
            self.must(prompts as u32 <= self.max_fixes, "D5", || format!("{prompts} automatic fixes"));
            let spent = record.budget.tokens() >= record.budget.limits.tokens;
            self.must(!spent, "D8", || "the agent is set to work without a budget".to_owned());
        }
    }

    pub(crate) fn writes(&mut self, order: &Order, truth: &Truth, switch: &Settings, delivery: &Delivery) {
        let record = delivery.record();
        self.must(switch.mode >= order.needs(), "D12", || {
            format!("{order:?} with the switch at {:?}", switch.mode)
        });
        match order {
            Order::Push { commit, expected, .. } => self.push(commit, expected.as_ref(), truth, record),
            Order::OpenPull { branch, section, .. } => {
                let others = truth.pulls.iter().filter(|pull| pull.branch != *branch).count();
                self.must(others == 0, "D2", || "a second pull request".to_owned());
                self.fits(section, truth);
            }
            Order::EditBody { section, .. } => self.fits(section, truth),
            Order::Ready { head, .. } => self.ready(head, truth, record),
            Order::Merge { head, .. } => self.merge(head, record),
            _ => {}
        }
    }

    fn push(&mut self, commit: &str, expected: Option<&String>, truth: &Truth, record: &DeliveryRecord) {
        let made = &truth.commits[commit];
        self.tree_may_leave(&made.tree, record);
        let is_ours = |hash: &String| truth.commits[hash].ours || self.taken_in.contains(hash);
        let over_others = expected.is_some_and(|hash| !is_ours(hash));
        self.must(!over_others, "D3", || "pushed over someone's commit".to_owned());
        let is_forward = expected.is_none_or(|hash| made.parents.contains(hash));
        self.must(is_forward, "D3", || "not a fast-forward".to_owned());
    }

    /// D1: measured, judged, not denied; and where somebody has to allow it, somebody has.
    fn tree_may_leave(&mut self, tree: &str, record: &DeliveryRecord) {
        let Some(decision) = self.judged.get(&(tree.to_owned(), Stage::Push)).cloned() else {
            return self.must(false, "D1", || format!("{tree} was never judged"));
        };
        self.must(decision.deny.is_empty(), "D1", || format!("{tree} was denied"));
        let asks = !decision.ask.is_empty() || decision.tier == Tier::High;
        let is_allowed =
            self.allowed.iter().any(|(of, about)| of == tree && matches!(about, AskAbout::Rules { .. }));
        self.must(!asks || is_allowed, "D1", || format!("nobody allowed {tree}"));
        let noted = record.rounds.iter().any(|round| round.tree == tree && round.decision.is_some());
        self.must(noted, "D1", || format!("the record doesn't say what was answered for {tree}"));
    }

    /// D10: what stands in the body is about the tree that is on the branch.
    fn fits(&mut self, section: &str, truth: &Truth) {
        let tree = truth.remote.as_ref().map(|head| truth.commits[head].tree.clone()).unwrap_or_default();
        let is_ours = truth.remote.as_ref().is_some_and(|head| truth.commits[head].ours);
        let fits = section.contains(&format!("for tree `{tree}`"));
        self.must(fits || !is_ours, "D10", || format!("the body isn't about {tree}"));
    }

    fn ready(&mut self, head: &str, truth: &Truth, record: &DeliveryRecord) {
        let Some(look) = self.last_picture.clone() else {
            return self.must(false, "D4", || "ready before anything was seen".to_owned());
        };
        let tree = truth.commits[head].tree.clone();
        let judged =
            self.judged.get(&(tree.clone(), Stage::Ready)).is_some_and(|found| found.deny.is_empty());
        self.must(judged, "D4", || format!("{tree} was not judged before it was ready"));
        let let_on =
            |about: fn(&AskAbout) -> bool| self.allowed.iter().any(|(of, asked)| *of == tree && about(asked));
        let no_ci = let_on(|about| *about == AskAbout::NoCi);
        let weaker = let_on(|about| *about == AskAbout::Weaker);
        let inherited = let_on(|about| *about == AskAbout::Inherited) || record.tier == Tier::Low;
        let checks: Vec<_> = look.seen.checks.iter().filter(|check| check.name != OWN_CHECK).collect();
        let base_red = |name: &String| look.seen.base_checks.iter().any(|check| check.name == *name);
        let fine =
            |check: &&&CheckSeen| check.state == CheckState::Passed || inherited && base_red(&check.name);
        let all_fine = !checks.is_empty() && checks.iter().filter(fine).count() == checks.len();
        self.must(look.seen.head == head, "D4", || "ready for a head that nobody looked at".to_owned());
        self.must(all_fine || no_ci, "D4", || format!("ready with {checks:?}"));
        let is_weaker = self.is_weaker(head, truth, record);
        self.must(!is_weaker || weaker || no_ci, "D6", || format!("{tree} is green by a weaker judge"));
    }

    /// D6: after a fix, against the commit before.
    fn is_weaker(&self, head: &str, truth: &Truth, record: &DeliveryRecord) -> bool {
        let made = &truth.commits[head];
        let is_fix = record.rounds.iter().any(|round| round.commit.as_deref() == Some(head) && round.is_fix);
        let Some(before) = made.parents.first().filter(|_| is_fix) else { return false };
        let Some(earlier) = truth.commits.get(before) else { return false };
        let (now, then) = (&truth.trees[&made.tree], &truth.trees[&earlier.tree]);
        let shown = |commit: &str| self.names.get(commit).cloned().unwrap_or_default();
        let gone = shown(before).difference(&shown(head)).next().is_some();
        gone || now.judge_changed || now.tests < then.tests
    }

    /// D4, D7: by the forge's own gate, never at tier high, and approved by others than whoever asked for it.
    fn merge(&mut self, head: &str, record: &DeliveryRecord) {
        self.must(record.tier != Tier::High, "D4", || "tier high merges by itself".to_owned());
        let Some(look) = self.last_picture.clone() else { return };
        let wanted = u32::from(record.tier == Tier::Medium);
        let approves = |review: &&ReviewSeen| {
            review.verdict == ReviewVerdict::Approved
                && review.commit == head
                && review.may_write
                && !review.bot
                && !review.by.eq_ignore_ascii_case(REQUESTER)
        };
        let approved = look.seen.reviews.iter().filter(approves).count() as u32;
        self.must(approved >= wanted, "D7", || format!("merged with {:?}", look.seen.reviews));
    }

    /// D7 also where people merge: what we call approved.
    pub(crate) fn after(&mut self, record: &DeliveryRecord, held: bool) {
        let spent = record.budget.limits.tokens > 0 && record.budget.tokens() >= record.budget.limits.tokens;
        self.must(!(spent && record.stage.is_work()), "D8", || "it works on without a budget".to_owned());
        let asked = record.stage == DeliveryStage::BudgetAsked;
        self.must(held || !asked, "D8", || "the next call isn't held".to_owned());
        let wanted = approvals_of(record.tier, 0) as usize;
        let Some(look) = self.last_picture.clone().filter(|_| record.stage == DeliveryStage::Approved) else {
            return;
        };
        let others = look.seen.reviews.iter().filter(|review| review.verdict == ReviewVerdict::Approved);
        let others = others.map(|review| review.by.to_lowercase());
        let by: BTreeSet<_> = others.filter(|login| login != REQUESTER).collect();
        self.must(by.len() >= wanted, "D7", || format!("approved by {by:?}"));
    }
}
