//! The session's part in deliveries of its work: it says that one is wanted, shows and asks what the delivery says, and tells it
//! when the agent is done.

use super::Session;
use crate::ask::delivery_sheet::DeliverySheet;
use crate::ask::held_call::Held;
use crate::ask::{Answer, Ask, AskBody, AskState, Asked, Person};
use crate::delivery_talk::{DeliveryCard, DeliveryOrder, DeliveryOutcome, DeliveryPrompt, DeliveryWord};
use crate::mask::mask_text;
use crate::order::Order;
use crate::record::{Note, Queued};
use crate::thread::{ItemBody, SortKey, Speaker, Tone};
use crate::verdict::Verdict;
use jiff::Timestamp;

/// Deliveries that the card shows; older ones are in the list of all.
const SHOWN: usize = 8;

/// So much of the agent's last words goes into a pull request.
const SAYS: usize = 4_000;

/// Calls that can wait at once.
const OVER_BUDGET: usize = 100;

const MESSAGE_ID: &str = "msg_gwdeliver";

const NO_WORKSPACE: &str =
    "only a session with its own workspace can be delivered. Start one with a workspace";
const AT_WORK: &str = "the agent is still working. Deliver when its turn is over, or stop it first";

impl Session {
    pub(crate) fn deliver(&mut self, by: &Person, only: Option<String>, now: Timestamp) {
        if self.record.ended.is_some() {
            return self.tell(Verdict::SessionEnded);
        }
        let Some(workspace) = self.record.about.workspace.clone() else {
            return self.tell(Verdict::Idle { why: NO_WORKSPACE.to_owned() });
        };
        if self.is_working() {
            return self.tell(Verdict::Idle { why: AT_WORK.to_owned() });
        }
        if self.has_ordered(|order| matches!(order, DeliveryOrder::BeginDelivery { .. })) {
            return self.tell(Verdict::Done);
        }
        self.audit_words(&by.id, "delivered", only.as_deref().unwrap_or_default(), now);
        self.tell(Verdict::Done);
        let wish = self.next_id("wish");
        let about = self.record.about.clone();
        self.order_delivery(DeliveryOrder::BeginDelivery {
            session: self.record.session.clone(),
            wish,
            by: by.clone(),
            title: about.title,
            workspace: workspace.name,
            repositories: workspace.repositories,
            project: about.project,
            category: about.category,
            only,
            says: self.last_words(),
            model: about.model,
        });
    }

    pub(crate) fn delivery_says(&mut self, word: DeliveryWord, now: Timestamp) {
        match word {
            DeliveryWord::Line { run, key, at, tone, text, details } => {
                self.delivery_line(&format!("delivery_{run}_{key}"), at, tone, &text, details.as_deref());
            }
            DeliveryWord::Ask(sheet) => self.ask_for_delivery(*sheet, now),
            DeliveryWord::AskOver { run, request, says } => self.delivery_ask_over(&run, &request, &says),
            DeliveryWord::Stands(card) => self.delivery_stands(card),
            DeliveryWord::Hold { held, why, .. } => self.delivery_holds(held, why, now),
            DeliveryWord::Prompt { run, order, text } => return self.delivery_prompts(run, order, text, now),
        }
        self.tell(Verdict::Done);
    }

    fn delivery_line(&mut self, key: &str, at: Timestamp, tone: Tone, text: &str, details: Option<&str>) {
        let known = self.record.notes.iter().find(|note| note.key == key);
        let (order, at) = known.map_or_else(
            || (SortKey::new(at.as_millisecond(), 0, key), at),
            |note| (note.order.clone(), note.at),
        );
        let (text, details) = (mask_text(text), details.map(mask_text));
        let note = Note { key: key.to_owned(), order, at, tone, text, details, ask: None };
        if self.record.notes.iter().all(|known| *known != note) {
            self.keep_note(note);
        }
    }

    fn ask_for_delivery(&mut self, sheet: DeliverySheet, now: Timestamp) {
        let body = AskBody::Delivery { sheet: Box::new(sheet.clone()) };
        // An answer to exactly this is on its way. Once one of several people said yes it is another request.
        let same = |id: &String| self.record.asks.iter().any(|ask| ask.id == *id && ask.body == body);
        let is_answered =
            self.has_ordered(|order| matches!(order, DeliveryOrder::AnswerDelivery { ask, .. } if same(ask)));
        let open = self.open_delivery_asks(&sheet.run);
        if is_answered || open.iter().any(|at| self.record.asks[*at].body == body) {
            return;
        }
        for at in open {
            self.record.asks[at].state = AskState::Superseded;
            self.show(at);
        }
        let opencode_id = self.next_id("deliver");
        let (session, directory) = (self.record.session.clone(), self.record.about.directory.clone());
        self.asked(Asked { opencode_id, session, directory, tool: None, body }, now);
    }

    /// Of this run. There is at most one.
    fn open_delivery_asks(&self, run: &str) -> Vec<usize> {
        let is_open = |ask: &Ask| matches!(&ask.body, AskBody::Delivery { sheet } if sheet.run == run);
        let asks = self.record.asks.iter().enumerate();
        asks.filter(|(_, ask)| ask.is_unsettled() && is_open(ask)).map(|(at, _)| at).collect()
    }

    /// Answered elsewhere, or nobody answered in time.
    fn delivery_ask_over(&mut self, run: &str, request: &str, says: &str) {
        let is_it = |ask: &Ask| matches!(&ask.body, AskBody::Delivery { sheet } if sheet.request == request);
        for at in self.open_delivery_asks(run) {
            if is_it(&self.record.asks[at]) {
                self.record.asks[at].settle(AskState::Withdrawn { why: mask_text(says) });
                self.show(at);
            }
        }
    }

    fn delivery_stands(&mut self, card: DeliveryCard) {
        let all = &self.record.deliveries;
        if all.contains(&card) {
            return;
        }
        match all.iter().position(|known| known.run == card.run) {
            Some(at) => self.record.deliveries[at] = card,
            None => self.record.deliveries.push(card),
        }
        let too_many = self.record.deliveries.len().saturating_sub(SHOWN);
        self.record.deliveries.drain(..too_many);
    }

    fn delivery_holds(&mut self, held: bool, why: String, now: Timestamp) {
        let hold = held.then(|| mask_text(&why));
        if self.record.delivery_hold != hold {
            self.record.delivery_hold = hold;
        }
        if !held {
            for call in std::mem::take(&mut self.over_budget) {
                self.held(call, now);
            }
        }
    }

    /// Whether the call waits for more budget. Told once more when that is decided, it is judged like any other.
    pub(crate) fn is_over_budget(&mut self, held: &Held) -> bool {
        if self.record.delivery_hold.is_none() {
            return false;
        }
        let is_known = self.over_budget.iter().any(|known| known.hold_id == held.hold_id);
        if !held.early && !is_known && self.over_budget.len() < OVER_BUDGET {
            self.over_budget.push(held.clone());
        }
        true
    }

    /// The message waits like one of a person's until the agent has time.
    fn delivery_prompts(&mut self, run: String, order: String, text: String, now: Timestamp) {
        if self.record.delivery_prompt.as_ref().is_some_and(|known| known.run == run && known.order == order)
        {
            return self.tell(Verdict::Done);
        }
        if self.record.ended.is_some() {
            return self.tell(Verdict::SessionEnded);
        }
        let message_id = self.next_id(MESSAGE_ID);
        self.remember_own_message(&message_id);
        let by = Person { id: "gateway".to_owned(), name: format!("Delivery {run}") };
        let queued = Queued {
            message_id: message_id.clone(),
            by,
            at: now,
            text: mask_text(&text),
            files: vec![],
            agent: None,
            model: None,
        };
        self.record.delivery_prompt = Some(DeliveryPrompt { run, order, message_id, done: false });
        self.begun_since_prompt = false;
        self.record.queue.push(queued);
        self.show_queued(self.record.queue.len() - 1);
        self.tell(Verdict::Done);
        self.send_next(None, now);
    }

    /// The agent is idle: if it read what a delivery set it to, that is done. Called before the next message is sent.
    pub(crate) fn end_delivery_work(&mut self) {
        let Some(prompt) = self.record.delivery_prompt.clone().filter(|prompt| !prompt.done) else { return };
        let is_unread = self.record.queue.iter().any(|queued| queued.message_id == prompt.message_id)
            || self.is_prompt_under_way(&prompt.message_id) && !self.begun_since_prompt;
        if is_unread {
            return;
        }
        if let Some(known) = &mut self.record.delivery_prompt {
            known.done = true;
        }
        let (session, says) = (self.record.session.clone(), self.last_words());
        let DeliveryPrompt { run, order, .. } = prompt;
        self.order_delivery(DeliveryOrder::EndDeliveryWork { session, run, order, says });
    }

    /// Whoever may decide chose.
    pub(crate) fn delivery_decided(&mut self, index: usize, answer: &Answer) -> Option<Order> {
        let ask = &mut self.record.asks[index];
        ask.settle(AskState::Applied);
        let by = ask.decision.as_ref()?.by.clone();
        let AskBody::Delivery { sheet } = &ask.body else { return None };
        let Answer::Answers { answers } = answer else { return None };
        let answer = mask_text(&answers.concat().join(", "));
        let (run, request, ask) = (sheet.run.clone(), sheet.request.clone(), ask.id.clone());
        let session = self.record.session.clone();
        Some(DeliveryOrder::AnswerDelivery { session, run, request, ask, by, answer }.into())
    }

    pub(crate) fn after_delivery(&mut self, order: &DeliveryOrder, outcome: DeliveryOutcome, now: Timestamp) {
        let DeliveryOutcome::Refused { why } = outcome else { return };
        let text = match order {
            DeliveryOrder::BeginDelivery { .. } => format!("Nothing is delivered: {why}"),
            DeliveryOrder::AnswerDelivery { .. } => why,
            DeliveryOrder::EndDeliveryWork { .. } => return,
        };
        self.note("delivery", Tone::Warning, mask_text(&text), now);
        if let DeliveryOrder::AnswerDelivery { ask, .. } = order {
            self.ask_once_more(ask, now);
        }
    }

    /// The answer didn't count: the delivery still waits for one.
    fn ask_once_more(&mut self, ask: &str, now: Timestamp) {
        let answered = self.record.asks.iter().find(|known| known.id == ask);
        let Some(AskBody::Delivery { sheet }) = answered.map(|ask| ask.body.clone()) else { return };
        if self.open_delivery_asks(&sheet.run).is_empty() {
            self.ask_for_delivery(*sheet, now);
        }
    }

    fn has_ordered(&self, is_it: impl Fn(&DeliveryOrder) -> bool) -> bool {
        self.record.outbox.iter().any(|sent| matches!(&sent.order, Order::Delivery(order) if is_it(order)))
    }

    fn order_delivery(&mut self, order: DeliveryOrder) {
        let sent = self.intend_plain(order);
        self.send(sent);
    }

    /// What the agent said last, for people to read as its own words.
    fn last_words(&self) -> String {
        let items = self.thread.items();
        let said = items.iter().rev().find_map(|item| match &item.body {
            ItemBody::Said { by: Speaker::Agent, text, .. } if !text.trim().is_empty() => Some(text),
            _ => None,
        });
        said.map(|text| text.chars().take(SAYS).collect()).unwrap_or_default()
    }
}
