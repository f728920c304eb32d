//! Metrics of the anchor and of witnesses: how far the newest checkpoint elsewhere reaches, and whether something is wrong.

use super::anchor_round::{AnchorFault, Anchored};
use super::ask_witness::{WitnessFault, Witnessed};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Clonable handles; register once.
#[derive(Clone, Debug, Default)]
pub struct AnchorMetrics {
    entries: Family<AnchorPlace, Gauge>,
    failing: Family<AnchorPlace, Gauge>,
    conflict: Family<AnchorPlace, Gauge>,
}

/// `git` or `bucket`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnchorPlace {
    place: String,
}

/// Those of one place.
#[derive(Clone, Debug, Default)]
pub(super) struct AnchorFigures {
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
        let help = "1 while checkpoints of the audit log can't be anchored, or something there is not from this gateway";
        registry.register("failing", help, failing);
        let help = "1 while an anchored checkpoint contradicts the audit log: the log was rewritten or cut";
        registry.register("conflict", help, conflict);
        metrics
    }

    pub(super) fn of(&self, place: &str) -> AnchorFigures {
        let name = AnchorPlace { place: place.to_owned() };
        let of = |family: &Family<AnchorPlace, Gauge>| family.get_or_create(&name).clone();
        AnchorFigures { entries: of(&self.entries), failing: of(&self.failing), conflict: of(&self.conflict) }
    }
}

impl AnchorFigures {
    pub(super) fn saw(&self, anchored: &Result<Option<Anchored>, AnchorFault>) {
        self.failing.set(i64::from(anchored.is_err()));
        self.conflict.set(i64::from(matches!(anchored, Err(AnchorFault::Conflict { .. }))));
        let there = match anchored {
            Ok(Some(Anchored { entries, .. })) | Err(AnchorFault::Strange { entries, .. }) => Some(entries),
            _ => None,
        };
        if let Some(entries) = there {
            self.entries.set(i64::try_from(*entries).unwrap_or(i64::MAX));
        }
    }
}

/// Clonable handles; register once.
#[derive(Clone, Debug, Default)]
pub struct WitnessedMetrics {
    pub(super) entries: Family<WitnessName, Gauge>,
    pub(super) failing: Family<WitnessName, Gauge>,
    pub(super) conflict: Family<WitnessName, Gauge>,
}

/// There are as many as the configuration names.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct WitnessName {
    pub(super) witness: String,
}

impl WitnessedMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("audit_witness");
        let metrics = Self::default();
        let Self { entries, failing, conflict } = metrics.clone();
        let help = "Audit entries under the newest checkpoint that the witness countersigned";
        registry.register("entries", help, entries);
        registry.register("failing", "1 while the witness doesn't countersign the audit log", failing);
        let help =
            "1 while what the witness has seen contradicts the audit log: the log was rewritten or cut";
        registry.register("conflict", help, conflict);
        metrics
    }

    pub(super) fn saw(&self, witness: &str, witnessed: &Result<Option<Witnessed>, WitnessFault>) {
        let name = WitnessName { witness: witness.to_owned() };
        self.failing.get_or_create(&name).set(i64::from(witnessed.is_err()));
        let conflict = matches!(witnessed, Err(WitnessFault::Conflict { .. }));
        self.conflict.get_or_create(&name).set(i64::from(conflict));
        if let Ok(Some(Witnessed { entries, .. })) = witnessed {
            self.entries.get_or_create(&name).set(i64::try_from(*entries).unwrap_or(i64::MAX));
        }
    }
}
