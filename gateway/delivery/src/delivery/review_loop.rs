//! What people say about the pull request reaches the thread. On a person's word the agent addresses it.

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice};
use crate::input::ForgeSeen;
use crate::order::{Order, ReportState};
use crate::{DeliveryStage, ReviewSeen, ReviewVerdict, sentences};
use jiff::Timestamp;

/// So many reviews and comments are remembered as told.
const HEARD: usize = 1_000;
/// So much of what reviews say an agent is told.
const CONTEXT: usize = 24_000;

impl Delivery {
    /// Bots, and people without write access, are not heard.
    pub(super) fn hear_people(&mut self, look: &ForgeSeen, now: Timestamp) {
        let reviews = look.seen.reviews.iter().filter(|review| review.may_write && !review.bot);
        for review in reviews.filter(|review| review.verdict != ReviewVerdict::Dismissed) {
            if self.hears(review.id) {
                let told = sentences::review(review, comments_of(look, review));
                self.put_line(&format!("review {}", review.id), told, now);
                self.requester_approved(review, now);
            }
        }
        let comments = look.seen.comments.iter().filter(|comment| comment.may_write && !comment.bot);
        for comment in comments.filter(|comment| comment.path.is_none()) {
            if self.hears(comment.id) {
                self.put_line(&format!("comment {}", comment.id), sentences::comment(comment), now);
            }
        }
    }

    fn hears(&mut self, id: u64) -> bool {
        if self.record.heard.contains(&id) {
            return false;
        }
        while self.record.heard.len() >= HEARD {
            self.record.heard.pop_first();
        }
        self.record.heard.insert(id)
    }

    fn requester_approved(&mut self, review: &ReviewSeen, now: Timestamp) {
        let is_own = self.record.requester.logins.iter().any(|login| login.eq_ignore_ascii_case(&review.by));
        if is_own && review.verdict == ReviewVerdict::Approved {
            let told = sentences::requester_approved(&self.record);
            self.put_line("requester approved", told, now);
        }
    }

    pub(super) fn watch_review(&mut self, look: &ForgeSeen, now: Timestamp) {
        if self.ci_is_red(look) {
            self.back_to_draft();
            self.enter(DeliveryStage::WaitingCi, "A check turned red.", now);
            return self.waits_for_ci(look, now);
        }
        if look.seen.draft && !self.is_pending(|order| matches!(order, Order::Ready { .. })) {
            // Somebody took it back: that is theirs to say. It is ready when they say so.
            return self.not_approved_any_more(now);
        }
        let approvals = self.approvals(look);
        let is_ready = approvals.are_enough() && self.ci_lets_on(look);
        match (self.stage(), is_ready) {
            (DeliveryStage::InReview, true) if look.seen.mergeable != Some(false) => {
                self.approved(&approvals, now)
            }
            (DeliveryStage::Approved, false) => self.not_approved_any_more(now),
            _ => {}
        }
        self.ask_about_reviews(look, &approvals.changes_wanted_by, now);
        self.ask_about_conflict(look, now);
    }

    fn ci_is_red(&self, look: &ForgeSeen) -> bool {
        use crate::CiVerdict::{Doubtful, Red};
        matches!(self.ci_of(look), Some(Red(_) | Doubtful(_)))
    }

    fn not_approved_any_more(&mut self, now: Timestamp) {
        if self.stage() == DeliveryStage::Approved {
            self.cancel_merge();
            self.enter(DeliveryStage::InReview, "The approvals no longer count.", now);
            self.put_line("approved", sentences::not_approved_any_more(), now);
            self.report(ReportState::ActionRequired, "The approvals no longer count");
        }
    }

    fn ask_about_reviews(&mut self, look: &ForgeSeen, by: &[String], now: Timestamp) {
        let wants = |review: &&ReviewSeen| {
            review.verdict == ReviewVerdict::ChangesRequested && by.contains(&review.by)
        };
        let reviews: Vec<u64> = look.seen.reviews.iter().filter(wants).map(|review| review.id).collect();
        let key = format!("changes {reviews:?} {}", look.seen.head);
        if reviews.is_empty() || self.has_line(&key) {
            return;
        }
        self.close_ask("There is a newer review.");
        let told = sentences::changes_wanted(by);
        self.put_line(&key, told.clone(), now);
        self.record.because = told.says.clone();
        self.record.next_prompt = Some(self.prompt_of_reviews(look, &reviews));
        let about = AskAbout::Review { reviews, comments: comments_to_answer(look) };
        let ask = self.card(about, &told, vec![Choice::Address, Choice::Mine]);
        self.ask(ask);
    }

    fn prompt_of_reviews(&self, look: &ForgeSeen, reviews: &[u64]) -> String {
        let texts = look.seen.reviews.iter().filter(|review| reviews.contains(&review.id));
        let comments = look.seen.comments.iter().filter(|comment| comment.may_write && !comment.bot);
        let all: String = sentences::prompt_reviews(texts, comments);
        gateway_domain::mask_text(&all).chars().take(CONTEXT).collect()
    }

    /// A person's word lets the agent address what reviews say.
    pub(super) fn address(&mut self, comments: Vec<u64>, now: Timestamp) {
        self.record.addressing = comments;
        let prompt = self.record.next_prompt.take();
        self.cancel_merge();
        self.set_to_work(DeliveryStage::Working, prompt, "The agent addresses the review.".to_owned(), now);
    }

    /// Each comment is answered with the commit that addresses it.
    pub(super) fn answer_comments(&mut self) {
        let (Some(pull), Some(tip)) = (&self.record.pull, &self.record.tip) else { return };
        let (number, commit) = (pull.number, tip.commit.clone());
        for comment in std::mem::take(&mut self.record.addressing) {
            let marker =
                format!("<!-- {} {} {comment} {commit} -->", self.settings.preset.name, self.record.run);
            let text = format!("{}\n{marker}", sentences::addressed_in(&commit));
            self.intend(Order::Reply { number, comment: Some(comment), marker, text });
        }
    }

    fn ask_about_conflict(&mut self, look: &ForgeSeen, now: Timestamp) {
        let key = format!("conflict {}", look.seen.base_head);
        if look.seen.mergeable != Some(false) || self.record.ask.is_some() || self.has_line(&key) {
            return;
        }
        let told = sentences::conflict(&self.record.repository.base);
        self.put_line(&key, told.clone(), now);
        let ask = self.card(AskAbout::Conflict, &told, vec![Choice::MergeBase, Choice::Mine]);
        self.ask(ask);
    }

    pub(super) fn merge_base(&mut self, now: Timestamp) {
        self.cancel_merge();
        let prompt = sentences::prompt_merge_base(&self.record.repository.base);
        self.set_to_work(
            DeliveryStage::Working,
            Some(prompt),
            "The agent merges the base branch in.".to_owned(),
            now,
        );
    }
}

fn comments_of(look: &ForgeSeen, review: &ReviewSeen) -> usize {
    look.seen.comments.iter().filter(|comment| comment.by == review.by && comment.path.is_some()).count()
}

fn comments_to_answer(look: &ForgeSeen) -> Vec<u64> {
    let heard = look.seen.comments.iter().filter(|comment| comment.may_write && !comment.bot);
    heard
        .filter(|comment| comment.path.is_some() && comment.in_reply_to.is_none())
        .map(|comment| comment.id)
        .collect()
}
