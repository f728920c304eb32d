//! From the workspace to the branch: measured, checked, sealed, pushed. What is pushed is what was judged (D1).

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice};
use crate::effect::{Counting, Effect};
use crate::order::{CheckResult, Order, ReportState};
use crate::record::{Pull, Tip};
use crate::round::{Approved, ChangeSummary, CiWatch};
use crate::settings::Mode;
use crate::weaker::weaknesses;
use crate::{DeliveryStage, MeasuredChange, Round, Stage, sentences};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn measure(&mut self, now: Timestamp) {
        self.enter(DeliveryStage::Measuring, "What changed is measured.", now);
        self.record.next_prompt = None;
        // What people pushed in between counts too: it may have made the judge a weaker one.
        let since = self.last_on_branch().map(|round| round.tree.clone());
        self.intend(Order::Measure { since });
    }

    pub(super) fn measured(&mut self, change: &MeasuredChange, since_last_push: &[String], now: Timestamp) {
        let is_pushed = self.record.tip.as_ref().is_some_and(|tip| tip.tree == change.tree);
        match (is_pushed && self.tip_round().is_some(), change.is_empty()) {
            (true, _) => self.nothing_new(now),
            (false, true) => self.nothing_left(now),
            (false, false) => self.begin_round(change, since_last_push, now),
        }
        // What was taken in is on the branch already; it is judged like everything else.
        if let Some(tip) = self.record.tip.clone().filter(|_| is_pushed && self.tip_round().is_none())
            && let Some(round) = self.round_mut().filter(|round| round.tree == tip.tree)
        {
            (round.commit, round.pushed_at) = (Some(tip.commit), Some(tip.at));
        }
    }

    /// Trees that never left, and won't any more.
    fn forget_unpushed(&mut self) {
        let pushing: Vec<_> = self
            .record
            .outbox
            .iter()
            .filter_map(|pending| match &pending.order {
                Order::Push { commit, .. } => Some(commit.clone()),
                _ => None,
            })
            .collect();
        let stays = |round: &Round| {
            round.pushed_at.is_some() || round.commit.as_ref().is_some_and(|commit| pushing.contains(commit))
        };
        self.record.rounds.retain(stays);
    }

    /// The tree is the one that is on the branch: CI has said, or will say, what it is worth.
    fn nothing_new(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.record.is_fix) {
            return self.needs_person(sentences::fix_changed_nothing(&self.record), now);
        }
        self.record.addressing.clear();
        self.forget_unpushed();
        self.put_line("nothing new", sentences::nothing_new(), now);
        self.on_the_branch(now);
    }

    fn nothing_left(&mut self, now: Timestamp) {
        match self.record.tip {
            None => self.end(DeliveryStage::Nothing, sentences::nothing_changed(), now),
            Some(_) => self.needs_person(sentences::nothing_left(&self.record), now),
        }
    }

    fn begin_round(&mut self, change: &MeasuredChange, since_last_push: &[String], now: Timestamp) {
        let summary = ChangeSummary::of(change);
        let is_fix = self.record.is_fix;
        let before = self.last_on_branch().map(|round| round.summary.test_lines());
        let weaknesses = match (is_fix, before) {
            (true, Some(before)) => weaknesses(since_last_push, before, summary.test_lines()),
            _ => vec![],
        };
        self.forget_unpushed();
        self.record.rounds_begun += 1;
        let number = self.record.rounds_begun;
        self.record.rounds.push(Round {
            number,
            tree: change.tree.clone(),
            merge_base: change.merge_base.clone(),
            base_head: change.base_head.clone(),
            summary,
            is_fix,
            weaknesses,
            checks: vec![],
            decision: None,
            approvals: vec![],
            commit: None,
            evidence: None,
            pushed_at: None,
            ci: CiWatch::default(),
        });
        self.enter(DeliveryStage::Validating, "The project's checks run.", now);
        self.put_line(&format!("measured {number}"), sentences::measured(change, self.record.tier), now);
        self.intend(Order::RunChecks { tree: change.tree.clone() });
    }

    pub(super) fn checked(&mut self, tree: &str, results: Vec<CheckResult>, now: Timestamp) {
        let Some(round) = self.round_mut().filter(|round| round.tree == tree) else { return };
        round.checks = results;
        let number = round.number;
        let red: Vec<CheckResult> =
            round.checks.iter().filter(|check| check.passed == Some(false)).cloned().collect();
        if !self.round().is_some_and(|round| round.checks.is_empty()) {
            let told =
                sentences::checked(&self.round().map(|round| round.checks.clone()).unwrap_or_default());
            self.put_line(&format!("checked {number}"), told, now);
        }
        match (red.is_empty(), self.record.checks_sent_back) {
            (true, _) => self.judge_push(now),
            (false, false) => self.send_checks_back(&red, now),
            (false, true) => self.ask_about_checks(&red, now),
        }
    }

    fn send_checks_back(&mut self, red: &[CheckResult], now: Timestamp) {
        self.record.checks_sent_back = true;
        let prompt = sentences::prompt_checks_red(red);
        self.set_to_work(
            DeliveryStage::Working,
            Some(prompt),
            "The project's checks are red.".to_owned(),
            now,
        );
    }

    fn ask_about_checks(&mut self, red: &[CheckResult], now: Timestamp) {
        let told = sentences::checks_red(red);
        self.enter(DeliveryStage::Asked, told.says.clone(), now);
        let ask = self.card(AskAbout::ChecksRed, &told, vec![Choice::GoOn, Choice::SendBack, Choice::Stop]);
        self.ask_with_deadline(ask, now);
    }

    pub(super) fn judge_push(&mut self, now: Timestamp) {
        let Some(tree) = self.round().map(|round| round.tree.clone()) else { return };
        self.enter(DeliveryStage::Judging, "The rules judge what would leave.", now);
        self.intend(Order::Judge { stage: Stage::Push, tree: Some(tree) });
    }

    /// Rules and people let it go.
    pub(super) fn let_out(&mut self, now: Timestamp) {
        if self.mode() == Mode::Shadow && self.record.tip.is_none() {
            return self.shadowed(now);
        }
        if self.tip_round().is_some_and(|at| at + 1 == self.record.rounds.len()) {
            return self.on_the_branch(now);
        }
        self.enter(DeliveryStage::Pushing, "It is sealed and pushed.", now);
        self.forget_old_bodies();
        let Some((text, digest)) = self.manifest() else { return };
        let parents = self.parents();
        let Some(round) = self.round_mut() else { return };
        round.evidence = Some(digest.clone());
        let (tree, name) = (round.tree.clone(), format!("manifest of round {}", round.number));
        let message = self.commit_message(&digest);
        self.intend(Order::Keep { name, digest, text });
        self.intend(Order::Seal { tree, parents, message, at: now });
    }

    /// The newest round whose commit is, or was, at the branch's tip.
    fn last_on_branch(&self) -> Option<&Round> {
        self.record.rounds.iter().rev().find(|round| round.pushed_at.is_some())
    }

    /// On top of the branch, and of the base where it was merged in.
    fn parents(&self) -> Vec<String> {
        let Some(round) = self.round() else { return vec![] };
        let Some(tip) = &self.record.tip else { return vec![round.merge_base.clone()] };
        let before = self.last_on_branch().map(|round| round.merge_base.clone());
        let merged = before.filter(|before| *before != round.merge_base).map(|_| round.merge_base.clone());
        [tip.commit.clone()].into_iter().chain(merged).collect()
    }

    pub(super) fn sealed(
        &mut self,
        tree: &str,
        parents: &[String],
        commit: String,
        sealed: &str,
        now: Timestamp,
    ) {
        let expected = self.record.tip.as_ref().map(|tip| tip.commit.clone());
        let is_on_top = expected.as_ref().is_none_or(|tip| parents.first() == Some(tip));
        let is_judged = self.round().is_some_and(|round| round.tree == tree && round.decision.is_some());
        if sealed == tree && is_judged && !is_on_top {
            // An older push was found meanwhile: it goes on top of that.
            return self.let_out(now);
        }
        if sealed != tree || !is_judged {
            return self.end(DeliveryStage::Failed, sentences::sealed_something_else(), now);
        }
        if let Some(round) = self.round_mut() {
            round.commit = Some(commit.clone());
        }
        let branch = self.record.branch.clone();
        self.intend(Order::Push { branch, commit, tree: tree.to_owned(), expected });
        if self.mode() == Mode::Shadow && self.record.tip.is_none() {
            self.shadow_if_unsent(now);
        }
    }

    /// Switched to shadow after it was let out, and before anything left.
    pub(super) fn shadow_if_unsent(&mut self, now: Timestamp) {
        if !self
            .record
            .outbox
            .iter()
            .any(|pending| matches!(pending.order, Order::Push { .. }) && pending.tried)
        {
            self.shadowed(now);
        }
    }

    pub(super) fn pushed(&mut self, commit: String, tree: String, is_wanted: bool, now: Timestamp) {
        let Some(at) = self.record.rounds.iter().rposition(|round| round.commit.as_ref() == Some(&commit))
        else {
            return;
        };
        self.record.rounds[at].pushed_at = Some(now);
        self.move_tip(Tip { commit, tree, at: now });
        self.record.is_fix = false;
        self.put_line(
            &format!("pushed {}", self.record.rounds[at].number),
            sentences::pushed(&self.record),
            now,
        );
        if !is_wanted || self.stage() != DeliveryStage::Pushing {
            return;
        }
        self.on_the_branch(now);
    }

    fn on_the_branch(&mut self, now: Timestamp) {
        match self.record.pull {
            None => self.open(now),
            Some(_) => self.after_push(now),
        }
    }

    pub(super) fn move_tip(&mut self, tip: Tip) {
        if let Some(before) = self.record.tip.replace(tip) {
            self.record.former_tips.push(before.commit);
        }
        self.forget_old_bodies();
        // Whatever was asked of the forge for the old head is of no use now.
        self.record.merging = None;
    }

    pub(super) fn open(&mut self, now: Timestamp) {
        self.enter(DeliveryStage::Opening, "The draft is opened.", now);
        let (branch, base) = (self.record.branch.clone(), self.record.repository.base.clone());
        let (title, section) = (self.pull_title(), self.section(now));
        self.intend(Order::OpenPull { branch, base, title, section });
    }

    /// Also when it is found. A second one is never opened, and never taken for ours (D2).
    pub(super) fn opened(&mut self, number: u64, url: String, now: Timestamp) {
        if self.record.pull.is_none() {
            self.record.pull = Some(Pull { number, url, draft: true, opened_at: now });
            let seconds = now.duration_since(self.record.begun_at).as_secs().max(0).unsigned_abs();
            self.effects.push(Effect::Count(Counting::DraftOpened { seconds }));
            self.put_line("opened", sentences::opened(&self.record), now);
        }
        if self.stage() == DeliveryStage::Opening {
            self.after_push(now);
        }
    }

    pub(super) fn after_push(&mut self, now: Timestamp) {
        self.answer_comments();
        self.enter(DeliveryStage::WaitingCi, "CI is waited for.", now);
        self.edit_body(now);
        self.report(ReportState::InProgress, "CI is waited for");
        self.look_soon();
    }

    pub(super) fn allow(&mut self, what: Approved, ask: &crate::DeliveryAsk, now: Timestamp) {
        let findings = self.round().and_then(|round| round.decision.as_ref()).map(|found| found.ask.clone());
        let approval = crate::Approval {
            by: ask.yes.clone(),
            at: now,
            what,
            pack: ask.pack.clone(),
            findings: findings.unwrap_or_default(),
        };
        if let Some(round) = self.round_mut() {
            round.approvals.push(approval);
        }
    }
}
