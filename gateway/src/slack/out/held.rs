//! What waits for the words that lead to it. A milestone and an ask are told as they happen, the words before them are read
//! from OpenCode a moment later.

use super::pace::Rank;
use super::sheet::Sheet;
use gateway_domain::Ask;
use gateway_domain::thread::{ItemBody, ThreadItem};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A milestone waits so long.
const WORDS_FIRST: Duration = Duration::from_millis(700);

/// An ask waits only after a restart, when its words have to be read again: nobody waits for an ask in vain.
const WORDS_READ: Duration = Duration::from_secs(3);

/// After a restart words may have to be read again for so long.
const RESTARTED: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Held {
    /// By key, until when.
    waiting: HashMap<String, Instant>,
    /// Until when words may have to be read again. None: this session is new.
    reads_until: Option<Instant>,
}

impl Held {
    pub(super) fn after_a_restart(&mut self) {
        self.reads_until = Some(Instant::now() + RESTARTED);
    }

    /// New words let go the milestones behind them.
    pub(super) fn look_at(&mut self, session: &str, item: &ThreadItem, sheet: &Sheet) {
        if sheet.has(&item.key) {
            return;
        }
        let now = Instant::now();
        match &item.body {
            ItemBody::Said { .. } => {
                self.waiting.retain(|key, _| is_ask(key) || sheet.stands_before(key, &item.order));
            }
            ItemBody::Milestones { .. } => _ = self.waiting.insert(item.key.clone(), now + WORDS_FIRST),
            ItemBody::Ask { ask } if self.reads_again(session, ask, now) => {
                self.waiting.insert(item.key.clone(), now + WORDS_READ);
            }
            _ => {}
        }
    }

    pub(super) fn posted(&mut self, key: &str) {
        self.waiting.remove(key);
    }

    /// Until when what is posted next waits. With an ask behind it a milestone waits for nothing.
    pub(super) fn until(&self, sheet: &Sheet) -> Option<Instant> {
        let next = sheet.next_post()?;
        let until = self.waiting.get(next).copied().filter(|until| *until > Instant::now())?;
        (is_ask(next) || sheet.post_rank() != Some(Rank::Ask)).then_some(until)
    }

    /// Whether the words before this ask may still have to be read. Those of a sub-agent are not in the thread.
    fn reads_again(&self, session: &str, ask: &Ask, now: Instant) -> bool {
        ask.tool.is_some() && ask.session == session && self.reads_until.is_some_and(|until| now < until)
    }
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
