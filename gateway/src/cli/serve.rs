//! `gateway serve`: start order, then stop order.

use crate::app::App;
use crate::clock;
use crate::config::Config;
use crate::ids::IdSource;
use crate::telemetry;
use anyhow::Context;
use std::process::ExitCode;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

pub(super) async fn run() -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let config = Config::load()?;
    telemetry::start(config.log);
    if config.bridge.token.is_none() {
        tracing::warn!("BRIDGE_TOKEN is not set: every process on this machine may connect as a plugin");
    }
    let address = config.listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("Port {} of {} cannot be used", address.port(), address.ip()))?;
    let address = listener.local_addr()?;
    let app = App::build(config, clock::system(), IdSource::from_entropy()).await?;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(%address, milliseconds, version = env!("CARGO_PKG_VERSION"), "gateway ready");
    app.run(listener, asked_to_stop()?).await.context("The server ended")?;
    tracing::info!("gateway stopped");
    Ok(ExitCode::SUCCESS)
}

fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
