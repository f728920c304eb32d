//! Somebody else's commits on our branch: never pushed over (D3).

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice};
use crate::order::Order;
use crate::record::Tip;
use crate::{DeliveryStage, sentences};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn moved(&mut self, head: &str, by: &[String], commits: u32, now: Timestamp) {
        let asked = self.record.ask.as_ref().map(|ask| &ask.about);
        let is_asked = matches!(asked, Some(AskAbout::Moved { head: about }) if about == head);
        let is_taken = self.is_pending(|order| matches!(order, Order::TakeIn { .. }));
        if is_asked || is_taken {
            return;
        }
        self.record.others_commits = self.record.others_commits.max(commits.max(1));
        self.note_others(by);
        self.cancel_merge();
        let told = sentences::moved(by, commits);
        self.enter(DeliveryStage::Moved, told.says.clone(), now);
        self.put_line("moved", told.clone(), now);
        self.audit("delivery branch moved", &by.join(", "), head, now);
        let about = AskAbout::Moved { head: head.to_owned() };
        let ask = self.card(about, &told, vec![Choice::TakeIn, Choice::LeaveIt]);
        self.ask(ask);
    }

    /// The push was refused because the branch is not where we left it.
    pub(super) fn push_met(&mut self, head: Option<String>, by: &[String], commits: u32, now: Timestamp) {
        if self.stage().is_over() {
            return;
        }
        match head {
            // What is there is an older push of our own: it goes on top of that.
            Some(head) if head == self.tip_commit() => self.let_out(now),
            Some(head) => self.moved(&head, by, commits, now),
            None => self.branch_gone(now),
        }
    }

    fn branch_gone(&mut self, now: Timestamp) {
        let told = sentences::branch_gone(&self.record);
        self.enter(DeliveryStage::NeedsPerson, told.says.clone(), now);
        self.put_line("moved", told.clone(), now);
        let ask = self.card(AskAbout::Refused, &told, vec![Choice::Mine, Choice::Stop]);
        self.ask(ask);
    }

    pub(super) fn note_others(&mut self, by: &[String]) {
        for login in by {
            if !self.record.others.contains(login) {
                self.record.others.push(login.clone());
            }
        }
    }

    pub(super) fn take_in(&mut self, head: String, now: Timestamp) {
        self.enter(DeliveryStage::Moved, "The commits are brought into the workspace.", now);
        self.intend(Order::TakeIn { head });
    }

    /// From here on we build on their commits. What leaves next is measured and judged as any other tree.
    pub(super) fn taken_in(&mut self, head: String, tree: String, by: Vec<String>, now: Timestamp) {
        if self.stage() != DeliveryStage::Moved {
            return;
        }
        self.note_others(&by);
        self.put_line("moved", sentences::taken_in(&by), now);
        self.move_tip(Tip { commit: head, tree, at: now });
        self.measure(now);
    }

    pub(super) fn not_taken_in(&mut self, paths: &[String], now: Timestamp) {
        let told = sentences::not_taken_in(paths);
        self.enter(DeliveryStage::NeedsPerson, told.says.clone(), now);
        self.put_line("moved", told.clone(), now);
        let ask = self.card(AskAbout::Refused, &told, vec![Choice::Mine, Choice::Stop]);
        self.ask(ask);
    }
}
