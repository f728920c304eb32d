//! Metrics of OpenCode's web UI.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Clonable handles; register once.
#[derive(Clone, Default)]
pub struct UiMetrics {
    passed: Counter,
    refused: Counter,
    unreachable: Counter,
    people: Gauge,
}

impl UiMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("opencode_ui");
        let metrics = Self::default();
        let m = &metrics;
        registry.register("passed", "Requests that OpenCode answered", m.passed.clone());
        registry.register("refused", "Requests refused for lack of access", m.refused.clone());
        let help = "Requests that OpenCode didn't answer or whose login it refused";
        registry.register("unreachable", help, m.unreachable.clone());
        registry.register("people", "People using OpenCode's web UI right now", m.people.clone());
        metrics
    }

    pub(super) fn passed(&self) {
        self.passed.inc();
    }

    pub(super) fn refused(&self) {
        self.refused.inc();
    }

    pub(super) fn unreachable(&self) {
        self.unreachable.inc();
    }

    pub(super) fn people(&self, people: usize) {
        self.people.set(i64::try_from(people).unwrap_or(i64::MAX));
    }
}
