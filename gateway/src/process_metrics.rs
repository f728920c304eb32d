//! The process itself in the metrics: version, memory, processor, age, and whether this is the gateway that works.

use crate::clock::Clock;
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::fmt;

/// What `/proc/self/stat` counts processor time in. The kernel tells programs 100, whatever it runs with.
const TICKS_PER_SECOND: f64 = 100.0;

/// A registry with what every gateway tells, the one that works and the one that stands by. Other rooms register with
/// it under the names that the requirements give; `gateway` goes before the rest.
pub fn registry(active: bool, clock: &dyn Clock) -> Registry {
    let mut registry = Registry::default();
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::from(active));
    let help = "1 while this gateway is the active one, 0 while it is on standby";
    registry.register("gateway_active", help, gauge);
    let version = vec![("version", env!("CARGO_PKG_VERSION"))];
    registry.register("gateway_build", "Version and identity of this gateway", Info::new(version));
    registry.register_collector(Box::new(Process { started: clock.now() }));
    registry
}

/// What the collected figures are served as.
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All figures as text.
pub fn show(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Process {
    started: Timestamp,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let started = self.started.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64();
        gauge(
            &mut encoder,
            "process_start_time_seconds",
            "Start time of the process since the Unix epoch",
            started,
        )?;
        // Where there is no /proc there is nothing to tell.
        let Some(usage) = Usage::read() else { return Ok(()) };
        gauge(
            &mut encoder,
            "process_resident_memory_bytes",
            "Resident memory of the process",
            usage.resident,
        )?;
        let help = "CPU time used by the process";
        let seconds = ConstCounter::new(usage.processor);
        seconds.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, seconds.metric_type())?)
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

struct Usage {
    resident: f64,
    processor: f64,
}

impl Usage {
    fn read() -> Option<Self> {
        let (stat, status) = (read("stat")?, read("status")?);
        // The name, in brackets, may hold anything; the numbers follow it: fields 14 and 15 of proc(5).
        let mut numbers =
            stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(|word| word.parse().unwrap_or(0.0));
        let processor: f64 = numbers.next()? + numbers.next()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: f64 = resident.split_whitespace().next()?.parse().ok()?;
        Some(Self { resident: kibibytes * 1024.0, processor: processor / TICKS_PER_SECOND })
    }
}

fn read(name: &str) -> Option<String> {
    std::fs::read_to_string(format!("/proc/self/{name}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_who_works_and_what_it_costs() {
        // REQ-OPS-01
        let text = show(&registry(false, &*crate::clock::system())).unwrap();
        assert!(text.contains("gateway_active 0\n"), "{text}");
        assert!(text.contains("gateway_build_info{version=\""), "{text}");
        let resident =
            text.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes ")).unwrap();
        assert!(resident.parse::<f64>().unwrap() > 1_000_000.0, "{text}");
        assert!(text.contains("process_cpu_seconds_total "), "{text}");
    }
}
