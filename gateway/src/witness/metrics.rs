//! Metrics of the witness: what it countersigned and refused, and whether a log was seen with two faces.

use super::WitnessReply;
use gateway_proof::witnessing::WitnessRefusal;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Clonable handles; register once.
#[derive(Clone, Debug, Default)]
pub struct WitnessMetrics {
    requests: Family<RequestOutcome, Counter>,
    pub(super) forked: Gauge,
    pub(super) unsure: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestOutcome {
    outcome: &'static str,
}

impl WitnessMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("witness");
        let metrics = Self::default();
        for outcome in ["cosigned", "forked", "refused", "unsure"] {
            drop(metrics.requests.get_or_create(&RequestOutcome { outcome }));
        }
        let Self { requests, forked, unsure } = metrics.clone();
        let help = "Checkpoints of other audit logs that were brought to be countersigned, by outcome";
        registry.register("requests", help, requests);
        let help =
            "1 since a witnessed log was seen with two different signed checkpoints over the same entries";
        registry.register("forked", help, forked);
        let help = "1 while this gateway isn't sure what it has countersigned, and countersigns nothing";
        registry.register("unsure", help, unsure);
        metrics
    }

    pub(super) fn saw(&self, reply: &WitnessReply) {
        let outcome = match reply {
            WitnessReply::Cosigned(_) => "cosigned",
            WitnessReply::Refused(WitnessRefusal::Forked { .. }) => "forked",
            WitnessReply::Refused(_) => "refused",
            WitnessReply::Unsure(_) => "unsure",
        };
        self.requests.get_or_create(&RequestOutcome { outcome }).inc();
        let _ = match outcome {
            "cosigned" => self.unsure.set(0),
            "forked" => self.forked.set(1),
            "unsure" => self.unsure.set(1),
            _ => 0,
        };
    }
}
