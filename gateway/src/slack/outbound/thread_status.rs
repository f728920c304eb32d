//! The line under a thread that says that the agent works, where the workspace has it.

use super::Inner;
use crate::slack::client::WRITING;
use gateway_domain::{Doing, SessionCard, ThreadLocation};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Slack takes the line away after two minutes.
const REFRESH: Duration = Duration::from_secs(90);

/// Refusals that say nothing of other threads.
const OF_THIS_PLACE: [&str; 4] = ["channel_not_found", "invalid_thread_ts", "is_archived", "not_in_channel"];

/// Whether the workspace has such a line; its first refusal says that it has not.
#[derive(Default)]
pub(super) struct HasStatus(AtomicBool);

impl HasStatus {
    fn is_refused(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn refuse(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The line of one thread.
pub(super) struct Status {
    inner: Arc<Inner>,
    location: ThreadLocation,
    shown: &'static str,
    /// Ends the task that keeps the line up.
    keeping: CancellationToken,
}

impl Status {
    pub(super) fn new(inner: Arc<Inner>, location: ThreadLocation) -> Self {
        let keeping = inner.stop.child_token();
        Self { inner, location, shown: "", keeping }
    }

    /// Shows what the session is doing now. Best effort: nothing waits for it.
    pub(super) fn show(&mut self, card: &SessionCard) {
        let line = match card.doing {
            Doing::Working if card.online => "is working…",
            Doing::Waiting => "is waiting for your answer",
            _ => "",
        };
        if line == self.shown || self.inner.status.is_refused() {
            return;
        }
        self.shown = line;
        self.keeping.cancel();
        self.keeping = self.inner.stop.child_token();
        let keep = keep(Arc::clone(&self.inner), self.location.clone(), line, self.keeping.clone());
        self.inner.tasks.spawn(keep);
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.keeping.cancel();
    }
}

async fn keep(inner: Arc<Inner>, location: ThreadLocation, line: &'static str, until: CancellationToken) {
    let args = json!({ "channel_id": location.channel, "thread_ts": location.thread, "status": line });
    loop {
        let setting = inner.poster.client.call("assistant.threads.setStatus", &args, WRITING);
        let set = tokio::select! {
            () = until.cancelled() => return,
            set = setting => set,
        };
        if let Err(fault) = set {
            if fault.code().is_some_and(|code| !OF_THIS_PLACE.contains(&code)) {
                inner.status.refuse();
            }
            tracing::debug!(%fault, "thread status not shown");
            return;
        }
        if line.is_empty() {
            return;
        }
        tokio::select! {
            () = until.cancelled() => return,
            () = tokio::time::sleep(REFRESH) => {}
        }
    }
}
