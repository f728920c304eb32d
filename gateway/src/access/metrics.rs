//! Metrics of sign-ins that failed.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Clonable handles; register once.
#[derive(Clone, Default)]
pub struct AccessMetrics {
    wrong: Family<Door, Counter>,
    limited: Family<Limit, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Door {
    door: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Limit {
    by: &'static str,
}

impl AccessMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        // There from the beginning, so that the first of them is seen as a rise.
        for door in ["api", "back_channel", "device", "oidc", "sign_in"] {
            drop(metrics.wrong.get_or_create(&Door { door }));
        }
        let help = "Sign-in attempts that were refused, by entry point";
        registry.register("access_wrong_tokens", help, metrics.wrong.clone());
        for by in ["address", "person"] {
            drop(metrics.limited.get_or_create(&Limit { by }));
        }
        let help = "Refused sign-in attempts beyond a limit, by what was limited";
        registry.register("access_limited_attempts", help, metrics.limited.clone());
        metrics
    }

    pub(super) fn wrong(&self, door: &'static str) {
        self.wrong.get_or_create(&Door { door }).inc();
    }

    pub(super) fn limited(&self, by: &'static str) {
        self.limited.get_or_create(&Limit { by }).inc();
    }
}
