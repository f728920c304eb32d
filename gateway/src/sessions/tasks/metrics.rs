//! Measures latency: from an ask to its card, from an answer to its arrival in OpenCode (REQ-OPS-01).

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Around the promise of one second.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Judged {
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alarmed {
    alarm: &'static str,
}

/// Clonable handles; register once.
#[derive(Clone)]
pub struct TaskMetrics {
    latency: Family<Part, Histogram>,
    verdicts: Family<Judged, Counter>,
    alarms: Family<Alarmed, Counter>,
}

impl Default for TaskMetrics {
    fn default() -> Self {
        Self {
            latency: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            verdicts: Family::default(),
            alarms: Family::default(),
        }
    }
}

impl TaskMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Time from an agent's ask to its card in the console (ask; slack_ask_to_card_seconds for Slack), from a person's answer to OpenCode's having it (answer), and from a call to the verdict of a rule in OpenCode (rule)";
        let latency = metrics.latency.clone();
        registry.register_with_unit("permission_forward_latency", help, Unit::Seconds, latency);
        let help = "Calls that the gate judged, by verdict";
        registry.register("gate_verdicts", help, metrics.verdicts.clone());
        // There from the beginning, so that the first of them is seen as a rise.
        for alarm in ["foreign_reply", "foreign_ask"] {
            drop(metrics.alarms.get_or_create(&Alarmed { alarm }));
        }
        let help = "What went past the gate, or tried to";
        registry.register("gate_alarms", help, metrics.alarms.clone());
        metrics
    }

    pub(super) fn judged(&self, verdict: &'static str) {
        self.verdicts.get_or_create(&Judged { verdict }).inc();
    }

    pub(super) fn alarmed(&self, alarm: &'static str) {
        self.alarms.get_or_create(&Alarmed { alarm }).inc();
    }

    /// From the arrival of a call, by way of the audit log and the pod, to OpenCode's word that it has the verdict.
    pub(super) fn decided_by_rule(&self, after: Duration) {
        self.latency.get_or_create(&Part { part: "rule" }).observe(after.as_secs_f64());
    }

    /// From the event's arrival, by way of the disk, to a card that people see.
    pub(super) fn shown(&self, after: Duration) {
        self.latency.get_or_create(&Part { part: "ask" }).observe(after.as_secs_f64());
    }

    /// From the answer's arrival, by way of the disk and the pod, to OpenCode's word that it took it.
    pub(super) fn applied(&self, after: Duration) {
        self.latency.get_or_create(&Part { part: "answer" }).observe(after.as_secs_f64());
    }
}
