//! What became of orders, and who goes on with it.

use super::Delivery;
use crate::order::{Order, Outcome, Refusal};
use crate::record::PendingOrder;
use jiff::Timestamp;

impl Delivery {
    pub(super) fn outcome(&mut self, id: &str, outcome: Outcome, now: Timestamp) {
        let Some(at) = self.record.outbox.iter().position(|pending| pending.id == id) else { return };
        match outcome {
            Outcome::Unknown => self.in_doubt(at, now),
            Outcome::Held => self.held(at, now),
            Outcome::Refused(Refusal::RateLimited { until }) => self.rate_limited(at, until),
            Outcome::Refused(refusal) if refusal.is_about_rights() => {
                // Refused is not done: with the right it is tried anew.
                self.given_out.remove(id);
                self.rights_lost(refusal, now);
            }
            known => self.known(at, known, now),
        }
    }

    /// The switch forbade it. Tried before, it may still have been done then.
    fn held(&mut self, at: usize, now: Timestamp) {
        let pending = &mut self.record.outbox[at];
        // Until the switch is told of, it isn't tried at once again.
        pending.not_before = now.checked_add(jiff::SignedDuration::from_secs(30)).ok();
        let id = pending.id.clone();
        self.given_out.remove(&id);
    }

    fn rate_limited(&mut self, at: usize, until: Timestamp) {
        let pending = &mut self.record.outbox[at];
        pending.not_before = Some(until);
        let id = pending.id.clone();
        self.given_out.remove(&id);
        self.tell_of_wait(until);
    }

    fn known(&mut self, at: usize, outcome: Outcome, now: Timestamp) {
        let pending = self.record.outbox.remove(at);
        self.given_out.remove(&pending.id);
        if pending.doubt_since.is_some() {
            self.forge_answers_again();
        }
        self.audit_write(&pending, &outcome, now);
        self.after(pending, outcome, now);
    }

    fn after(&mut self, pending: PendingOrder, outcome: Outcome, now: Timestamp) {
        let is_wanted = !pending.only_look;
        match (pending.order, outcome) {
            (_, Outcome::NotDone) => {}
            (Order::Judge { stage, .. }, Outcome::Judged(decision)) => self.judged(stage, *decision, now),
            (Order::Judge { .. }, Outcome::Unjudged { why }) => self.unjudged(&why, now),
            (Order::Measure { .. }, Outcome::Measured { change, since_last_push }) => {
                self.measured(&change, &since_last_push, now);
            }
            (Order::RunChecks { tree }, Outcome::Checked(results)) => self.checked(&tree, results, now),
            (Order::Seal { tree, parents, .. }, Outcome::Sealed { commit, tree: sealed }) => {
                self.sealed(&tree, &parents, commit, &sealed, now);
            }
            (Order::ReadFailures { head, .. }, Outcome::Failures { text }) => {
                self.failures_read(&head, &text, now)
            }
            (Order::ReadFailures { head, .. }, _) => self.failures_read(&head, "", now),
            (Order::TakeIn { .. }, Outcome::TakenIn { head, tree, by }) => self.taken_in(head, tree, by, now),
            (Order::TakeIn { .. }, Outcome::Conflict { paths }) => self.not_taken_in(&paths, now),
            (Order::Push { commit, tree, .. }, Outcome::Done) => self.pushed(commit, tree, is_wanted, now),
            (Order::Push { .. }, Outcome::Moved { head, by, commits }) => {
                self.push_met(head, &by, commits, now)
            }
            (Order::OpenPull { .. }, Outcome::Opened { number, url }) => self.opened(number, url, now),
            (Order::Ready { head, .. }, Outcome::Done) => self.made_ready(&head, is_wanted, now),
            (Order::Merge { head, .. }, Outcome::Done) => self.merge_is_on(head, is_wanted, now),
            (Order::Prompt { text }, Outcome::Refused(refusal)) => self.not_prompted(&text, &refusal, now),
            (Order::BackToDraft { .. }, Outcome::Done) => self.is_a_draft(true),
            // The next look says what is there now.
            (order, Outcome::Moved { .. }) if order.is_outside() => self.look_soon(),
            (order, Outcome::Refused(refusal)) if is_wanted => self.refused(&order, &refusal, now),
            // Nobody answers for another hand's order, and of the others it is enough that they are done.
            _ => {}
        }
    }
}
