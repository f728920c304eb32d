//! Counts sessions and asks at the moment when somebody reads the metrics: nothing has to be kept in step.

use super::live::{LiveSessions, LiveStatus};
use super::tasks::OpenAsks;
use crate::clock::Clock;
use gateway_domain::{AskBody, AskState};
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;

const STATUSES: [(LiveStatus, &str); 6] = [
    (LiveStatus::Idle, "idle"),
    (LiveStatus::Busy, "busy"),
    (LiveStatus::Retrying, "retrying"),
    (LiveStatus::Failed, "failed"),
    (LiveStatus::Deleted, "deleted"),
    (LiveStatus::Unknown, "unknown"),
];

/// Registered with the metrics.
pub struct SessionMetrics {
    pub live: Arc<LiveSessions>,
    pub asks: Arc<OpenAsks>,
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for SessionMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionMetrics")
    }
}

impl Collector for SessionMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let sessions = self.live.statuses();
        let counts =
            STATUSES.map(|(status, name)| (name, sessions.iter().filter(|one| **one == status).count()));
        family(&mut encoder, "sessions", "Known sessions, by status", "status", &counts)?;
        let help = "Bytes of messages held in memory for display";
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        gauge(&mut encoder, "held_bytes", help, self.live.bytes() as f64)?;
        let help = "Messages and pieces of text skipped for their size";
        let dropped = encoder.encode_descriptor("left_out", help, None, MetricType::Counter)?;
        ConstCounter::new(self.live.dropped()).encode(dropped)?;
        let (asks, now) = (self.asks.unsettled(), self.clock.now());
        let counts =
            AskBody::KINDS.map(|kind| (kind, asks.iter().filter(|ask| ask.body.kind() == kind).count()));
        family(&mut encoder, "asks", "Open requests, by kind", "kind", &counts)?;
        let waiting = asks.iter().filter(|ask| ask.decision.is_none());
        let oldest = age(waiting.map(|ask| ask.asked_at), now);
        gauge(&mut encoder, "oldest_ask_seconds", "Age of the oldest request waiting for a person", oldest)?;
        let held =
            asks.iter().filter(|ask| ask.state == AskState::Open && matches!(ask.body, AskBody::Held { .. }));
        let oldest = age(held.map(|ask| ask.asked_at), now);
        let help = "Age of the oldest call that OpenCode is holding until a person decides";
        gauge(&mut encoder, "oldest_held_call_seconds", help, oldest)?;
        let decided = asks.iter().filter(|ask| ask.state == AskState::Decided);
        let oldest = age(decided.filter_map(|ask| Some(ask.decision.as_ref()?.at)), now);
        let help = "Age of the oldest answer not yet received by OpenCode";
        gauge(&mut encoder, "oldest_command_seconds", help, oldest)
    }
}

fn age(times: impl Iterator<Item = Timestamp>, now: Timestamp) -> f64 {
    times.min().map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0))
}

fn family(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &'static str,
    counts: &[(&'static str, usize)],
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (value, count) in counts {
        let labels = [(label, *value)];
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        ConstGauge::new(count).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}
