//! Measures latency: from an ask to its card, from an answer to its arrival in OpenCode (REQ-OPS-01). Counts what the gate
//! decided, by what decided, and how long it held calls for that.

use gateway_domain::{Effect, LabFault};
use jiff::SignedDuration;
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

/// From a rule's verdict to a person's the next day.
const HELD_SECONDS: [f64; 13] =
    [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0];

/// What decided about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Rule,
    /// A person allowed calls like it before.
    Grant,
    Person,
    /// Nobody answered in time.
    Silence,
}

impl Source {
    /// Of a call that was judged just now: one letter brings one call.
    pub(super) fn of(effects: &[Effect]) -> Self {
        let by_grant = effects.iter().any(|effect| matches!(effect, Effect::GrantUsed { .. }));
        if by_grant { Self::Grant } else { Self::Rule }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Grant => "grant",
            Self::Person => "person",
            Self::Silence => "silence",
        }
    }
}

/// There from the beginning, so that a chart has a line and not a gap.
const VERDICTS: [(Source, &[&str]); 4] = [
    (Source::Rule, &["allow", "deny", "ask", "ask_two"]),
    (Source::Grant, &["allow"]),
    (Source::Person, &["allow", "deny"]),
    (Source::Silence, &["deny"]),
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Judged {
    verdict: &'static str,
    source: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HeldFor {
    source: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alarmed {
    alarm: &'static str,
}

/// Around the promise of thirty seconds.
const DEPLOY_SECONDS: [f64; 11] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InNamespace {
    namespace: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailedFor {
    namespace: &'static str,
    reason: &'static str,
}

/// Where labs can be.
const NAMESPACES: [&str; 2] = ["kubernetes", "process"];

/// Clonable handles; register once.
#[derive(Clone)]
pub struct TaskMetrics {
    latency: Family<Part, Histogram>,
    verdicts: Family<Judged, Counter>,
    held: Family<HeldFor, Histogram>,
    alarms: Family<Alarmed, Counter>,
    deployments: Family<InNamespace, Histogram>,
    failures: Family<FailedFor, Counter>,
}

impl Default for TaskMetrics {
    fn default() -> Self {
        Self {
            latency: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            verdicts: Family::default(),
            held: Family::new_with_constructor(|| Histogram::new(HELD_SECONDS)),
            alarms: Family::default(),
            deployments: Family::new_with_constructor(|| Histogram::new(DEPLOY_SECONDS)),
            failures: Family::default(),
        }
    }
}

impl TaskMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Time from an agent's ask to its card in the console (ask; slack_ask_to_card_seconds for Slack), from a person's answer to OpenCode's having it (answer), and from a call to the verdict of a rule in OpenCode (rule)";
        let latency = metrics.latency.clone();
        registry.register_with_unit("permission_forward_latency", help, Unit::Seconds, latency);
        metrics.register_gate(registry);
        metrics.register_labs(registry);
        metrics
    }

    fn register_labs(&self, registry: &mut Registry) {
        let help =
            "Time from a deploy to its link that works, by namespace; waiting for an approval doesn't count";
        registry.register_with_unit("deployment_duration", help, Unit::Seconds, self.deployments.clone());
        // There from the beginning, so that the first of them is seen as a rise.
        for namespace in NAMESPACES {
            for fault in LabFault::ALL {
                drop(self.failures.get_or_create(&FailedFor { namespace, reason: fault.word() }));
            }
        }
        let help = "Deploys that got no link, by namespace and by what was wrong";
        registry.register("deployment_failures", help, self.failures.clone());
    }

    fn register_gate(&self, registry: &mut Registry) {
        for (source, verdicts) in VERDICTS {
            let source = source.word();
            for &verdict in verdicts {
                drop(self.verdicts.get_or_create(&Judged { verdict, source }));
            }
        }
        let help = "Calls that the gate judged, by verdict and by what decided: a rule, a grant, a person, or silence. What a rule says is to be asked (ask, ask_two) is counted again when it is decided";
        registry.register("gate_verdicts", help, self.verdicts.clone());
        let help = "Time from a call to its verdict in OpenCode, by what decided";
        registry.register_with_unit("gate_held", help, Unit::Seconds, self.held.clone());
        // There from the beginning, so that the first of them is seen as a rise.
        for alarm in ["foreign_reply", "foreign_ask", "unknown"] {
            drop(self.alarms.get_or_create(&Alarmed { alarm }));
        }
        registry.register("gate_alarms", "What bypassed the gate, or tried to", self.alarms.clone());
    }

    pub(super) fn judged(&self, verdict: &'static str, source: Source) {
        self.verdicts.get_or_create(&Judged { verdict, source: source.word() }).inc();
    }

    pub(super) fn held(&self, source: Source, time: Duration) {
        self.held.get_or_create(&HeldFor { source: source.word() }).observe(time.as_secs_f64());
    }

    pub(super) fn deployed(&self, namespace: &'static str, came: Result<SignedDuration, LabFault>) {
        match came {
            Ok(took) => {
                self.deployments.get_or_create(&InNamespace { namespace }).observe(took.as_secs_f64());
            }
            Err(fault) => {
                self.failures.get_or_create(&FailedFor { namespace, reason: fault.word() }).inc();
            }
        }
    }

    pub(super) fn alarmed(&self, alarm: &'static str) {
        self.alarms.get_or_create(&Alarmed { alarm }).inc();
    }

    /// From the arrival of a call, by way of the audit log and the pod, to OpenCode's word that it has the verdict.
    pub(super) fn decided_by_rule(&self, source: Source, after: Duration) {
        self.latency.get_or_create(&Part { part: "rule" }).observe(after.as_secs_f64());
        self.held(source, after);
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
