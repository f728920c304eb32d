//! What the room counts and measures of what comes in.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::Write;
use std::time::Duration;

/// A label whose values are words of ours: bounded by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Word(&'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Acknowledged {
    kind: Word,
    outcome: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    command: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Because {
    reason: Word,
}

/// Clonable handles; register once.
#[derive(Clone)]
pub struct InMetrics {
    acknowledged: Family<Acknowledged, Histogram>,
    commands: Family<Named, Histogram>,
    rejections: Family<Because, Counter>,
    refused: Family<Because, Counter>,
    repeated: Counter,
    alarms: Family<Kind, Counter>,
    pub(super) sockets: Gauge,
}

const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0, 10.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl InMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            acknowledged: Family::new_with_constructor(seconds),
            commands: Family::new_with_constructor(seconds),
            rejections: Family::default(),
            refused: Family::default(),
            repeated: Counter::default(),
            alarms: Family::default(),
            sockets: Gauge::default(),
        };
        let m = &metrics;
        registry.register(
            "webhook_rejections",
            "Requests without Slack's signature, by reason",
            m.rejections.clone(),
        );
        let registry = registry.sub_registry_with_prefix("slack");
        let help = "Time from a delivery to its acknowledgement, by kind and outcome";
        registry.register_with_unit("ack", help, Unit::Seconds, m.acknowledged.clone());
        let help = "Time that a command's work took, by command";
        registry.register_with_unit("command_duration", help, Unit::Seconds, m.commands.clone());
        registry.register("refused_people", "People refused, by reason", m.refused.clone());
        registry.register("repeated_deliveries", "Deliveries received again", m.repeated.clone());
        registry.register("alarms", "Conditions that need an operator, by kind", m.alarms.clone());
        registry.register("sockets", "Open sockets to Slack", m.sockets.clone());
        metrics
    }

    pub(super) fn acknowledged(&self, kind: &'static str, outcome: &'static str, took: Duration) {
        let labels = Acknowledged { kind: Word(kind), outcome: Word(outcome) };
        self.acknowledged.get_or_create(&labels).observe(took.as_secs_f64());
    }

    pub(super) fn command(&self, command: &'static str, took: Duration) {
        self.commands.get_or_create(&Named { command: Word(command) }).observe(took.as_secs_f64());
    }

    pub(super) fn rejected(&self, reason: &'static str) {
        self.rejections.get_or_create(&Because { reason: Word(reason) }).inc();
    }

    pub(super) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Because { reason: Word(reason) }).inc();
    }

    pub(super) fn repeated(&self) {
        self.repeated.inc();
    }

    pub(super) fn alarm_if(&self, so: bool, kind: &'static str) {
        if so {
            self.alarm(kind);
        }
    }

    pub(super) fn alarm(&self, kind: &'static str) {
        self.alarms.get_or_create(&Kind { kind: Word(kind) }).inc();
    }
}
