//! Where everything from Slack comes in: parse, recognise what was told before, put on disk, acknowledge, work.
//!
//! Nothing here waits for Slack, for OpenCode or for a person: only for the disk, and for a form's verdict within a
//! bound.

use super::dedup::{Dedup, DedupState};
use super::event::{EventBody, SlackEvent};
use super::lanes::Lanes;
use super::parse::{Delivery, parse};
use crate::sessions::ports::{ActionLog, PendingAction};
use crate::slack::metrics::InMetrics;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Slack shows an error after three seconds; a disk that takes longer than this is told as such an error.
const DISK_TIMEOUT: Duration = Duration::from_millis(2500);

/// How long a form stays open for a verdict. With what the disk may take it stays below Slack's three seconds in all
/// but the worst case, and a socket's other frames wait as long.
const VERDICT_TIMEOUT: Duration = Duration::from_millis(1500);

/// What people did in Slack stands in the action log under this name.
pub(in crate::slack) const LOG_NAME: &str = "slack";

/// What an event looks like on disk.
#[derive(Serialize, Deserialize)]
struct StoredEvent {
    #[serde(rename = "happening")]
    event: SlackEvent,
}

/// What Slack hears.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::slack) enum Ack {
    Plain,
    With(Value),
    /// Nothing, so that Slack brings it again or shows an error.
    None,
}

/// Says what became of a form, while it is still open. None is that it may close.
pub(in crate::slack) type VerdictSender = oneshot::Sender<Option<Value>>;

/// Does what people did.
pub(in crate::slack) trait Worker: Send + Sync + 'static {
    /// Whether this event concerns the gateway. Looks in memory only.
    fn concerns(&self, event: &SlackEvent) -> bool;

    /// What must be done one after the other has the same lane.
    fn lane(&self, event: &SlackEvent) -> String;

    /// What is wrong with a form, as far as memory tells.
    fn judge(&self, event: &SlackEvent) -> Option<Value>;

    /// Done again after a restart, it has the same outcome.
    fn work(&self, event: SlackEvent, verdict: Option<VerdictSender>) -> BoxFuture<'static, ()>;
}

#[derive(Clone)]
pub(in crate::slack) struct Intake(Arc<Inner>);

struct Inner {
    dedup: Dedup,
    lanes: Lanes,
    action_log: Arc<dyn ActionLog>,
    worker: Arc<dyn Worker>,
    metrics: InMetrics,
    stop: CancellationToken,
}

impl Intake {
    pub(in crate::slack) fn new(
        lanes: Lanes,
        action_log: Arc<dyn ActionLog>,
        worker: Arc<dyn Worker>,
        metrics: InMetrics,
        stop: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner { dedup: Dedup::default(), lanes, action_log, worker, metrics, stop }))
    }

    /// Takes one delivery.
    pub(in crate::slack) async fn take(&self, delivery: Delivery, payload: &Value) -> Ack {
        let began = Instant::now();
        let event = parse(delivery, payload);
        let kind = event.what.kind();
        let ack = self.admit(event).await;
        let outcome = if ack == Ack::None { "refused" } else { "taken" };
        self.0.metrics.acknowledged(kind, outcome, began.elapsed());
        ack
    }

    /// What was acknowledged before the gateway last stopped.
    pub(in crate::slack) async fn take_up(&self, left: Vec<PendingAction>) {
        for PendingAction { number, body, .. } in left {
            let Ok(StoredEvent { event }) = serde_json::from_value(body) else {
                tracing::warn!(number, "action of another gateway version dropped");
                self.done(number).await;
                continue;
            };
            self.0.dedup.look(&event.key);
            self.0.dedup.taken(&event.key);
            let lane = self.0.worker.lane(&event);
            let work = self.work(event, number, None);
            self.0.lanes.push_when_there_is_room(&lane, work).await;
        }
    }

    /// What Slack has given up telling. Nobody brings it again, so it waits for room. Says whether it was taken.
    pub(in crate::slack) async fn take_missed(&self, payload: &Value) -> bool {
        let event = parse(Delivery::Event, payload);
        let is_for_us = matches!(event.what, EventBody::Message { .. } | EventBody::Mention { .. });
        if !is_for_us || self.0.dedup.look(&event.key) != DedupState::New {
            return false;
        }
        let Some(number) = self.keep(&event).await else {
            self.0.dedup.forget(&event.key);
            return false;
        };
        self.0.dedup.taken(&event.key);
        let lane = self.0.worker.lane(&event);
        self.0.lanes.push_when_there_is_room(&lane, self.work(event, number, None)).await;
        true
    }

    async fn admit(&self, event: SlackEvent) -> Ack {
        match &event.what {
            EventBody::Ignored { why } => {
                tracing::debug!(why, "event not for the agent");
                return Ack::Plain;
            }
            EventBody::Unknown { kind } => {
                tracing::info!(kind, "unknown event from Slack");
                return Ack::Plain;
            }
            // Nothing was promised to anybody when a form was opened, so there is nothing to clear away.
            EventBody::Closed { .. } => return Ack::Plain,
            _ => {}
        }
        // What waits in its lane may be what makes it ours: a session that is being started in that thread.
        if !self.0.worker.concerns(&event) && !self.0.lanes.is_busy(&self.0.worker.lane(&event)) {
            return Ack::Plain;
        }
        loop {
            match self.0.dedup.look(&event.key) {
                DedupState::New => break,
                DedupState::Taken => {
                    self.0.metrics.repeated();
                    return Ack::Plain;
                }
                DedupState::UnderWay if self.0.dedup.settled(&event.key).await => {}
                DedupState::UnderWay => return Ack::None,
            }
        }
        let key = event.key.clone();
        let ack = self.take_new(event).await;
        match ack {
            Ack::Plain => self.0.dedup.taken(&key),
            // The person mends the form and sends it again, or Slack does.
            Ack::With(_) | Ack::None => self.0.dedup.forget(&key),
        }
        ack
    }

    async fn take_new(&self, event: SlackEvent) -> Ack {
        if let Some(wrong) = self.0.worker.judge(&event) {
            return Ack::With(wrong);
        }
        let lane = self.0.worker.lane(&event);
        let Ok(slot) = self.0.lanes.reserve(&lane) else {
            tracing::warn!("too many actions queued; one refused");
            return Ack::None;
        };
        let Some(number) = self.keep(&event).await else { return Ack::None };
        let (verdict, judged) = match event.what {
            EventBody::Submitted { .. } => {
                let (sender, receiver) = oneshot::channel();
                (Some(sender), Some(receiver))
            }
            _ => (None, None),
        };
        self.0.lanes.push(slot, &lane, self.work(event, number, verdict));
        match judged {
            None => Ack::Plain,
            Some(judged) => {
                let verdict = tokio::time::timeout(VERDICT_TIMEOUT, judged).await;
                verdict.ok().and_then(Result::ok).flatten().map_or(Ack::Plain, Ack::With)
            }
        }
    }

    async fn keep(&self, event: &SlackEvent) -> Option<u64> {
        let action = serde_json::to_value(StoredEvent { event: event.clone() }).ok()?;
        match tokio::time::timeout(DISK_TIMEOUT, self.0.action_log.add(LOG_NAME, &action)).await {
            Ok(Ok(number)) => Some(number),
            Ok(Err(error)) => {
                tracing::error!(%error, "action not saved, so not acknowledged");
                None
            }
            Err(_) => {
                tracing::error!("disk too slow: action not acknowledged");
                None
            }
        }
    }

    fn work(&self, event: SlackEvent, number: u64, verdict: Option<VerdictSender>) -> BoxFuture<'static, ()> {
        let (intake, work) = (self.clone(), self.0.worker.work(event, verdict));
        Box::pin(async move {
            tokio::select! {
                // It stays in the log, and is worked after the next start.
                () = intake.0.stop.cancelled() => {}
                () = work => intake.done(number).await,
            }
        })
    }

    async fn done(&self, number: u64) {
        if let Err(error) = self.0.action_log.done(number).await {
            tracing::warn!(%error, number, "finished action not marked as done; it is checked again after a restart");
        }
    }
}

#[cfg(test)]
mod tests;
