//! Metrics of the anchor: how far the newest checkpoint elsewhere reaches, and whether something is wrong.

use super::anchor_round::{AnchorFault, Anchored};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Clonable handles; register once.
#[derive(Clone, Debug, Default)]
pub struct AnchorMetrics {
    pub(super) entries: Gauge,
    pub(super) failing: Gauge,
    pub(super) conflict: Gauge,
}

impl AnchorMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("audit_anchor");
        let metrics = Self::default();
        let Self { entries, failing, conflict } = metrics.clone();
        registry.register(
            "entries",
            "Audit entries under the newest checkpoint that was anchored elsewhere",
            entries,
        );
        registry.register("failing", "1 while checkpoints of the audit log can't be anchored", failing);
        let help = "1 while an anchored checkpoint contradicts the audit log: the log was rewritten or cut";
        registry.register("conflict", help, conflict);
        metrics
    }

    pub(super) fn saw(&self, anchored: &Result<Option<Anchored>, AnchorFault>) {
        self.failing.set(i64::from(anchored.is_err()));
        self.conflict.set(i64::from(matches!(anchored, Err(AnchorFault::Conflict { .. }))));
        if let Ok(Some(Anchored { entries, .. })) = anchored {
            self.entries.set(i64::try_from(*entries).unwrap_or(i64::MAX));
        }
    }
}
