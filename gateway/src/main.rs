//! One binary: the gateway itself, and the operator's command line for a running one.

use clap::Parser;
use gateway::cli::{self, Cli};
use gateway::hardening;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = hardening::begin() {
        return cli::fail(&anyhow::Error::new(error).context("The process could not be hardened"));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return cli::fail(&anyhow::Error::new(error).context("The async runtime could not start"));
        }
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(code) => code,
        Err(error) => cli::fail(&error),
    }
}
