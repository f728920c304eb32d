//! Messages that changed since the session's task last looked: however fast text streams, each is there once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Dirty {
    messages: Mutex<BTreeSet<String>>,
    /// All that OpenCode has was marked once.
    whole: AtomicBool,
    changed: Notify,
}

impl Dirty {
    pub(super) fn mark(&self, message: &str) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if !messages.contains(message) {
            messages.insert(message.to_owned());
            drop(messages);
            self.changed.notify_one();
        }
    }

    /// All that OpenCode has is marked, or there is nobody who could tell more.
    pub(super) fn mark_whole(&self) {
        self.whole.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    /// To be asked before `take`: what is taken then completes the thread.
    pub(super) fn is_whole(&self) -> bool {
        self.whole.load(Ordering::Acquire)
    }

    /// Waits until there is something to look at.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(super) fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
