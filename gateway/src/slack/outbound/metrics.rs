//! What the outbox counts and measures.

use super::poster::RETRIES;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

const SECONDS: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 15.0, 60.0];

/// Which try of a call it is; there are five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Try {
    attempt: u32,
}

/// All of them are there from the start, so that a chart of none is a line at zero.
fn known_tries() -> Family<Try, Counter> {
    let family = Family::default();
    for number in 1..=RETRIES {
        drop(family.get_or_create(&Try { attempt: number }));
    }
    family
}

/// Clonable handles; register once.
#[derive(Clone)]
pub struct OutMetrics {
    pub(super) depth: Gauge,
    pub(super) posted: Counter,
    pub(super) streamed: Counter,
    pub(super) updated: Counter,
    retries: Family<Try, Counter>,
    pub(super) recovered: Counter,
    pub(super) rate_limited: Counter,
    pub(super) in_doubt: Counter,
    pub(super) found: Counter,
    pub(super) doubles: Counter,
    pub(super) blocked: Counter,
    pub(super) dead_letters: Counter,
    pub(super) ask_to_card: Histogram,
}

impl OutMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("slack");
        let metrics = Self::unregistered();
        let m = &metrics;
        registry.register("outbox_depth", "Messages waiting to be posted", m.depth.clone());
        registry.register("posted", "Messages posted", m.posted.clone());
        registry.register("streamed", "Messages started as streams", m.streamed.clone());
        registry.register("updated", "Messages updated", m.updated.clone());
        registry.register("retries", "Retried calls, by attempt", m.retries.clone());
        registry.register("recovered", "Calls that worked after a retry", m.recovered.clone());
        registry.register("rate_limited", "Calls rate-limited by Slack", m.rate_limited.clone());
        registry.register("in_doubt", "Posts with an unknown outcome", m.in_doubt.clone());
        registry.register("found", "Posts in doubt that were found in their thread", m.found.clone());
        registry.register("doubles", "Duplicate messages that were removed", m.doubles.clone());
        registry.register("blocked", "Calls refused until an operator fixes something", m.blocked.clone());
        registry.register("dead_letters", "Messages that could not be posted", m.dead_letters.clone());
        let help = "Time from a request to its card in Slack";
        registry.register_with_unit("ask_to_card", help, Unit::Seconds, m.ask_to_card.clone());
        metrics
    }

    /// Metrics that nobody reads, for tests.
    pub fn unregistered() -> Self {
        Self {
            depth: Gauge::default(),
            posted: Counter::default(),
            streamed: Counter::default(),
            updated: Counter::default(),
            retries: known_tries(),
            recovered: Counter::default(),
            rate_limited: Counter::default(),
            in_doubt: Counter::default(),
            found: Counter::default(),
            doubles: Counter::default(),
            blocked: Counter::default(),
            dead_letters: Counter::default(),
            ask_to_card: Histogram::new(SECONDS),
        }
    }

    pub(super) fn retried(&self, tries: u32) {
        self.retries.get_or_create(&Try { attempt: tries }).inc();
    }
}
