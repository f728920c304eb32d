//! Reads from OpenCode what a gap left out: one session after the other, each at most once in the queue.

use super::live::{KEPT_MESSAGES, LiveSessions};
use super::ports::MessageSource;
use super::tasks::SessionTasks;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Sessions waiting for their repair. Each stands in it once, so this is a number of sessions; beyond it
/// whoever asks waits.
const MAX_QUEUED_REPAIRS: usize = 4096;

/// A session that cannot be read twice waits for its next event or the pod's next hello.
const ATTEMPTS: usize = 2;

/// Pause before a repair that failed is tried once more.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Asks for repairs. Cheap to clone.
#[derive(Clone)]
pub struct RepairQueue {
    waiting: Arc<Mutex<HashSet<String>>>,
    sender: mpsc::Sender<String>,
}

/// Does the repairs.
pub struct Repairer {
    waiting: Arc<Mutex<HashSet<String>>>,
    queue: mpsc::Receiver<String>,
}

impl RepairQueue {
    pub fn new() -> (Self, Repairer) {
        let (sender, queue) = mpsc::channel(MAX_QUEUED_REPAIRS);
        let waiting = Arc::new(Mutex::new(HashSet::new()));
        (Self { waiting: Arc::clone(&waiting), sender }, Repairer { waiting, queue })
    }

    pub async fn ask(&self, session: String) {
        let new = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(session.clone());
        if new {
            // The repairer ends only with the gateway.
            let _ = self.sender.send(session).await;
        }
    }
}

impl Repairer {
    /// Works until the gateway stops.
    pub async fn run(
        mut self,
        live: Arc<LiveSessions>,
        session_tasks: Arc<SessionTasks>,
        source: Arc<dyn MessageSource>,
        stop: CancellationToken,
    ) {
        loop {
            let session = tokio::select! {
                session = self.queue.recv() => session,
                () = stop.cancelled() => return,
            };
            let Some(session) = session else { return };
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
            tokio::select! {
                () = repair(&live, &session_tasks, &*source, &session) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

async fn repair(
    live: &LiveSessions,
    session_tasks: &SessionTasks,
    source: &dyn MessageSource,
    session: &str,
) {
    let limit = u32::try_from(KEPT_MESSAGES).unwrap_or(u32::MAX);
    for _ in 0..ATTEMPTS {
        match source.messages(session, limit).await {
            Ok(messages) => {
                let ids: Vec<_> = messages.iter().map(|message| message.id.clone()).collect();
                live.merge(session, messages);
                return session_tasks.repaired(session, &ids);
            }
            Err(error) => {
                tracing::warn!(
                    session_id = session,
                    error = gateway_domain::one_line(&error.to_string()),
                    "messages not read from OpenCode"
                );
            }
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
    session_tasks.repaired(session, &[]);
}
