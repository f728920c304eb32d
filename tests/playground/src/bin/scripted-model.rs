//! The scripted model on a port of its own, for running OpenCode by hand without a key.

use clap::Parser;
use playground::model::{Model, Scenarios, scenario_folder};
use std::path::PathBuf;

#[derive(Debug, Parser)]
struct Options {
    #[arg(long, default_value_t = 18080)]
    port: u16,
    /// Where the scenario files are.
    #[arg(long)]
    scenarios: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let options = Options::parse();
    let scenarios = Scenarios::load(&options.scenarios.unwrap_or_else(scenario_folder))?;
    let model = Model::start_at(([127, 0, 0, 1], options.port).into(), scenarios).await?;
    tracing::info!(address = %model.address, "scripted model ready");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
