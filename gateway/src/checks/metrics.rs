//! How long checks take, and what comes of them.

use gateway_domain::CheckRun;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// From a linter to a suite at its time limit.
const SECONDS: [f64; 11] = [0.1, 0.5, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 3_600.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    kind: &'static str,
    result: &'static str,
}

/// Clonable handles; register once.
#[derive(Clone)]
pub struct CheckMetrics(Family<Ended, Histogram>);

impl CheckMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let family: Family<Ended, Histogram> = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let help = "Time that checks took, by kind and by what came of them";
        registry.register_with_unit("check_duration", help, Unit::Seconds, family.clone());
        Self(family)
    }

    pub(super) fn ended(&self, run: &CheckRun) {
        // What fails on the code from before is no failure of the work.
        let Some(end) = run.end.as_ref().filter(|_| !run.before) else { return };
        let (kind, result) = (run.spec.kind.value(), end.verdict.value());
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        self.0.get_or_create(&Ended { kind, result }).observe(end.took_ms as f64 / 1_000.0);
    }
}
