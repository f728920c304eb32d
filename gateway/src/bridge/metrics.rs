//! Metrics of the bridge.

use bridge_protocol::Event;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::Write;

/// A label whose values are words of ours: bounded by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word(pub &'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    kind: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CommandLabels {
    command: Word,
    outcome: Word,
}

/// Clonable handles; register once.
#[derive(Clone)]
pub struct BridgeMetrics {
    pub(super) links: Gauge,
    pub(super) round_trip: Histogram,
    connected: Family<Kind, Counter>,
    refused: Family<Kind, Counter>,
    closed: Family<Kind, Counter>,
    events: Family<Kind, Counter>,
    repeated_events: Counter,
    dropped_events: Family<Kind, Counter>,
    event_gaps: Counter,
    protocol_errors: Family<Kind, Counter>,
    dropped_replies: Family<Kind, Counter>,
    foreign: Family<Kind, Counter>,
    commands: Family<CommandLabels, Histogram>,
}

/// What a pod may say of a session, beside events.
const OTHER_WORDS: [&str; 6] =
    ["hello.session", "hello.permission", "hello.question", "hello.held", "reply", "ask"];

const SECONDS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl BridgeMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("bridge");
        let metrics = Self::unregistered();
        let m = &metrics;
        registry.register("links", "Connected plugins", m.links.clone());
        let help = "Time from a ping to its pong";
        registry.register_with_unit("round_trip", help, Unit::Seconds, m.round_trip.clone());
        registry.register("connected", "Links welcomed, by how they resumed", m.connected.clone());
        registry.register("refused", "Peers refused, by reason", m.refused.clone());
        registry.register("closed", "Links that ended, by reason", m.closed.clone());
        registry.register("events", "Events accepted, by type", m.events.clone());
        registry.register("repeated_events", "Events received again and dropped", m.repeated_events.clone());
        let help = "Items dropped for arriving too fast or with an invalid id, by kind";
        registry.register("dropped_events", help, m.dropped_events.clone());
        registry.register("event_gaps", "Events ahead of the expected position", m.event_gaps.clone());
        registry.register("protocol_errors", "Unusable frames", m.protocol_errors.clone());
        registry.register(
            "dropped_replies",
            "Replies that no request was waiting for",
            m.dropped_replies.clone(),
        );
        let help = "What pods said of sessions and requests of other pods, refused, by kind";
        registry.register("foreign", help, m.foreign.clone());
        // There from the beginning, so that the first of them is seen as a rise.
        for what in Event::NAMES.into_iter().chain(OTHER_WORDS) {
            drop(m.foreign.get_or_create(&Kind { kind: Word(what) }));
        }
        let help = "Time from a command to its reply, by command and outcome";
        registry.register_with_unit("command", help, Unit::Seconds, m.commands.clone());
        metrics
    }

    /// Metrics that nobody reads, for tests.
    pub fn unregistered() -> Self {
        Self {
            links: Gauge::default(),
            round_trip: seconds(),
            connected: Family::default(),
            refused: Family::default(),
            closed: Family::default(),
            events: Family::default(),
            repeated_events: Counter::default(),
            dropped_events: Family::default(),
            event_gaps: Counter::default(),
            protocol_errors: Family::default(),
            dropped_replies: Family::default(),
            foreign: Family::default(),
            commands: Family::new_with_constructor(seconds),
        }
    }

    pub(super) fn connected(&self, mode: &'static str) {
        self.connected.get_or_create(&Kind { kind: Word(mode) }).inc();
    }

    pub(super) fn refused(&self, why: &'static str) {
        self.refused.get_or_create(&Kind { kind: Word(why) }).inc();
    }

    pub(super) fn closed(&self, why: &'static str) {
        self.closed.get_or_create(&Kind { kind: Word(why) }).inc();
    }

    pub(super) fn event(&self, name: &'static str) {
        self.events.get_or_create(&Kind { kind: Word(name) }).inc();
    }

    pub(super) fn repeated_event(&self) {
        self.repeated_events.inc();
    }

    pub(super) fn dropped_event(&self, what: &'static str) {
        self.dropped_events.get_or_create(&Kind { kind: Word(what) }).inc();
    }

    pub(super) fn event_gap(&self) {
        self.event_gaps.inc();
    }

    pub(super) fn protocol_error(&self, code: &'static str) {
        self.protocol_errors.get_or_create(&Kind { kind: Word(code) }).inc();
    }

    pub(super) fn dropped_reply(&self, why: &'static str) {
        self.dropped_replies.get_or_create(&Kind { kind: Word(why) }).inc();
    }

    pub(super) fn foreign(&self, what: &'static str) {
        self.foreign.get_or_create(&Kind { kind: Word(what) }).inc();
    }

    pub(super) fn command(&self, command: &'static str, outcome: &'static str, seconds: f64) {
        let labels = CommandLabels { command: Word(command), outcome: Word(outcome) };
        self.commands.get_or_create(&labels).observe(seconds);
    }
}
