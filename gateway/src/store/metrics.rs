//! Metrics of the store: whether disk and git keep up, and whether everything is intact.

use crate::store::records::record::Record;
use crate::store::store::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;

impl<R: Record> Store<R> {
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("gateway_store");
        let help = "Time from a change to its confirmation on disk";
        registry.register_with_unit("confirmation", help, Unit::Seconds, self.confirmation_histogram());
        registry.register_collector(Box::new(StoreGauges(self.clone())));
    }
}

/// How things stand when somebody reads the metrics.
struct StoreGauges<R: Record>(Store<R>);

impl<R: Record> fmt::Debug for StoreGauges<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}

impl<R: Record> Collector for StoreGauges<R> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let health = self.0.health();
        let failing = u64::from(health.failing.is_some());
        let mut tell = |name, help, value: u64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        tell("checkpoints_failing", "1 while checkpoints to git fail", failing)?;
        tell("uncommitted_changes", "Changes that are on disk but not yet in git", health.waiting)?;
        let stuck = health.stuck.len() as u64;
        tell("records_stuck", "Sessions whose records can't be written, and so are not in git", stuck)?;
        tell(
            "sessions_set_aside",
            "Sessions with a damaged record that an operator has to \
            restore",
            self.0.set_aside(),
        )
    }
}
