//! What waits for the words that lead to it. A milestone and an ask are told as they happen, the words before them are read
//! from OpenCode a moment later.

use super::thread_plan::ThreadPlan;
use super::urgency::Urgency;
use gateway_domain::thread::{ItemBody, ThreadItem};
use gateway_domain::{Ask, AskBody};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A milestone waits so long, and a call of which OpenCode has not told the message yet.
const WORDS_FIRST: Duration = Duration::from_millis(700);

/// An ask waits only after a restart, when its words have to be read again: nobody waits for an ask in vain.
const WORDS_READ: Duration = Duration::from_secs(3);

/// After a restart words may have to be read again for so long.
const RESTARTED: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct HeldBack {
    /// By key, until when.
    waiting: HashMap<String, Instant>,
    /// Until when words may have to be read again. None: this session is new.
    reads_until: Option<Instant>,
}

impl HeldBack {
    pub(super) fn after_a_restart(&mut self) {
        self.reads_until = Some(Instant::now() + RESTARTED);
    }

    /// New words let go the milestones behind them.
    pub(super) fn look_at(&mut self, item: &ThreadItem, plan: &ThreadPlan) {
        if plan.has(&item.key) {
            return;
        }
        let now = Instant::now();
        match &item.body {
            ItemBody::Said { .. } => {
                self.waiting.retain(|key, _| is_ask(key) || plan.stands_before(key, &item.order));
            }
            ItemBody::Milestones { .. } => _ = self.waiting.insert(item.key.clone(), now + WORDS_FIRST),
            ItemBody::Ask { ask } if self.reads_again(ask, now) => {
                self.waiting.insert(item.key.clone(), now + WORDS_READ);
            }
            ItemBody::Ask { ask } if is_ahead_of_its_words(ask) => {
                self.waiting.insert(item.key.clone(), now + WORDS_FIRST);
            }
            _ => {}
        }
    }

    pub(super) fn posted(&mut self, key: &str) {
        self.waiting.remove(key);
    }

    /// Until when what is posted next waits. With an ask behind it a milestone waits for nothing.
    pub(super) fn until(&self, plan: &ThreadPlan) -> Option<Instant> {
        let next = plan.next_post()?;
        let until = self.waiting.get(next).copied().filter(|until| *until > Instant::now())?;
        (is_ask(next) || plan.post_urgency() != Some(Urgency::Ask)).then_some(until)
    }

    /// Whether the words before this ask may still have to be read. Those of a sub-agent are not in the thread.
    fn reads_again(&self, ask: &Ask, now: Instant) -> bool {
        let is_of_a_message = ask.tool.is_some() || is_ahead_of_its_words(ask);
        is_of_a_message && ask.sub_agent.is_none() && self.reads_until.is_some_and(|until| now < until)
    }
}

/// The call was held before OpenCode told which message it is in, so the words in that message are not told either.
fn is_ahead_of_its_words(ask: &Ask) -> bool {
    matches!(ask.body, AskBody::Held { .. }) && ask.tool.is_none() && ask.sub_agent.is_none()
}

fn is_ask(key: &str) -> bool {
    key.starts_with("ask_")
}

/// Never, if nothing is waited for.
pub(super) async fn over(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Returns when what is held may go out; never, if nothing is held that is still young.
pub(super) async fn ripe(young: Option<&(String, Instant)>) {
    match young.filter(|(_, until)| *until > Instant::now()) {
        Some((_, until)) => tokio::time::sleep_until(*until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slack::outbound::thread_plan::WantedMessage;
    use crate::slack::render::Drawing;
    use gateway_domain::thread::{SortKey, Speaker};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn item(key: &str, ms: i64, body: ItemBody) -> ThreadItem {
        ThreadItem { key: key.to_owned(), order: SortKey::new(ms, 0, key), at: Timestamp::UNIX_EPOCH, body }
    }

    fn ask(sub_agent: &Value) -> ThreadItem {
        let ask = json!({
            "id": "per_1", "opencode_id": "per_1", "session": "ses_12345678", "sub_agent": sub_agent, "directory": "/work",
            "tool": { "message_id": "msg_1", "call_id": "call_1" }, "kind": "permission", "permission": "bash",
            "patterns": [], "always": [], "metadata": {}, "digest": "d", "asked_at": "2026-11-20T10:00:00Z",
            "state": "open",
        });
        item("ask_per_1", 2, ItemBody::Ask { ask: Box::new(serde_json::from_value(ask).unwrap()) })
    }

    /// Held before OpenCode has told which message the call is in.
    fn held_call() -> ThreadItem {
        let mut item = ask(&Value::Null);
        let ItemBody::Ask { ask } = &mut item.body else { panic!("no ask") };
        ask.tool = None;
        ask.body =
            serde_json::from_value(json!({ "kind": "held", "held": { "tool": "bash", "command": "make" } }))
                .unwrap();
        item
    }

    fn words() -> ThreadItem {
        let (by, text) = (Speaker::Agent, "I run the tests.".to_owned());
        item("msg_1", 1, ItemBody::Said { by, text, complete: true, files: vec![], queued: false })
    }

    /// As the writer does with each item that it is told of.
    fn told(held: &mut HeldBack, plan: &mut ThreadPlan, item: &ThreadItem, urgency: Urgency) {
        held.look_at(item, plan);
        let position = (item.order.clone(), 0);
        let drawing = Drawing::new(item.key.as_str(), vec![]);
        plan.put(
            WantedMessage {
                key: item.key.clone(),
                position,
                drawing,
                urgency,
                needed: urgency == Urgency::Ask,
            },
            || None,
        );
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_restart_an_ask_waits_for_the_words_that_lead_to_it() {
        // CHAOS F10 f
        for ask in [ask(&Value::Null), held_call()] {
            let (mut held, mut plan) = (HeldBack::default(), ThreadPlan::default());
            held.after_a_restart();
            told(&mut held, &mut plan, &ask, Urgency::Ask);
            assert!(held.until(&plan).is_some(), "its words are not read yet");
            told(&mut held, &mut plan, &words(), Urgency::News);
            assert_eq!((plan.next_post(), held.until(&plan)), (Some("msg_1"), None), "the words come first");
            plan.take_post();
            held.posted("msg_1");
            tokio::time::advance(WORDS_READ).await;
            assert_eq!(
                (plan.next_post(), held.until(&plan)),
                (Some("ask_per_1"), None),
                "nobody waits in vain"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_held_before_its_message_is_told_waits_a_moment() {
        // REQ-THREAD-05: a busy OpenCode holds a call before it tells the words that stand before it.
        let (mut held, mut plan) = (HeldBack::default(), ThreadPlan::default());
        told(&mut held, &mut plan, &held_call(), Urgency::Ask);
        let until = held.until(&plan).unwrap();
        assert!(until - Instant::now() <= WORDS_FIRST, "people wait for an ask no longer than that");
        told(&mut held, &mut plan, &words(), Urgency::News);
        assert_eq!((plan.next_post(), held.until(&plan)), (Some("msg_1"), None), "the words come first");
    }

    #[tokio::test(start_paused = true)]
    async fn an_ask_without_words_of_its_own_in_the_thread_waits_for_none() {
        // CHAOS F10 f: nor does any that is asked while the gateway runs.
        for (restarted, sub_agent) in [(false, Value::Null), (true, json!("ses_87654321"))] {
            let (mut held, mut plan) = (HeldBack::default(), ThreadPlan::default());
            if restarted {
                held.after_a_restart();
            }
            told(&mut held, &mut plan, &ask(&sub_agent), Urgency::Ask);
            assert_eq!(held.until(&plan), None, "{restarted} {sub_agent}");
        }
    }
}
