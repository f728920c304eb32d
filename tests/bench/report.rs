//! The figures, as a table and as a file.

use anyhow::Context;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

#[derive(Serialize)]
struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    reference: f64,
    ratio: f64,
}

#[derive(Default)]
pub(crate) struct Report(Vec<Figure>);

impl Report {
    pub(crate) fn add(&mut self, name: &'static str, value: f64, unit: &'static str, reference: f64) {
        self.0.push(Figure { name, value, unit, reference, ratio: value / reference });
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("report.json");
        std::fs::write(&path, serde_json::to_string_pretty(&self.0)?)
            .context("the report cannot be written")?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{:<28} {:>12} {:<6} {:>12} {:>7}", "name", "value", "unit", "reference", "ratio")?;
        for Figure { name, value, unit, reference, ratio } in &self.0 {
            writeln!(out, "{name:<28} {value:>12.2} {unit:<6} {reference:>12.2} {ratio:>7.2}")?;
        }
        Ok(())
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    percentile(&mut values, 0.5)
}

pub(crate) fn percentile(values: &mut [f64], fraction: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let index = ((values.len().max(1) - 1) as f64 * fraction).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}
