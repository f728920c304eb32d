//! From a clean clone to the address that `make run` prints: how long a newcomer waits. A script measures it; the
//! reference is what the requirements allow on two quiet cores (REQ-FRONT-01).

use crate::report::Report;
use anyhow::{Context, ensure};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

const ALLOWED_SECONDS: f64 = 4.0 * 60.0;

#[derive(Deserialize)]
struct Measured {
    seconds: f64,
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/make-run-cold.sh");
    // Not killed with this: it has a run to stop and a clone to remove.
    let output = Command::new(script).stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
    ensure!(output.status.success(), "make run could not be measured");
    let measured: Measured =
        serde_json::from_slice(&output.stdout).context("the script's figures cannot be read")?;
    report.add("make_run_cold_s", measured.seconds, "s", ALLOWED_SECONDS);
    Ok(())
}
