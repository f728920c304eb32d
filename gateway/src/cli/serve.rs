//! `gateway serve`: start order, then stop order.

use crate::app::{self, App};
use crate::bridge::PodTokensRule;
use crate::clock;
use crate::cluster::{Cluster, Term};
use crate::config::Config;
use crate::front::{Entrance, Front, Limits};
use crate::hardening;
use crate::ids::IdSource;
use crate::standby::{self, Turn};
use crate::telemetry;
use crate::watchdog::Watchdog;
use anyhow::Context;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub(super) async fn run() -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let config = Config::load()?;
    let traces = telemetry::start(config.log, config.traces.as_deref())?;
    if config.bridge.token.is_none() && config.bridge.pods == PodTokensRule::Shared {
        tracing::warn!("BRIDGE_TOKEN is not set: any local process can connect as a plugin");
    }
    match hardening::close(&config.state) {
        Ok(true) => {
            tracing::warn!(folder = %config.state.display(), "the state directory was readable by others; fixed")
        }
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(folder = %config.state.display(), %error, "the state directory is readable by \
                others: `chmod 700` it");
        }
    }
    match hardening::close_inside(&config.state) {
        Ok(0) => {}
        Ok(files) => {
            tracing::warn!(folder = %config.state.display(), files, "files of the state were open to others; fixed");
        }
        Err(error) => {
            tracing::warn!(folder = %config.state.display(), %error, "files of the state may be open to others: \
                `chmod -R go-rwx` it");
        }
    }
    let (_watchdog, pulse) = Watchdog::of_this_process().context("The watchdog could not start")?;
    let shared = config.access.proxy.iter().flat_map(|proxy| proxy.from.clone()).collect();
    let limits = Limits::of_this_process().shared_by(shared);
    let mut front = Front::open_all(listen(&config)?, limits, pulse).context("Can't accept connections")?;
    let stop = asked_to_stop()?;
    let clock = clock::system();
    let cluster = match config.cluster.clone() {
        Some(identity) => Some(Cluster::reach(identity, Arc::clone(&clock)).await?),
        None => None,
    };
    let open = async |take_over| app::open_state(&config, take_over, &clock).await;
    let turn = standby::wait(config.standby, cluster.as_ref(), &mut front, &stop, open).await?;
    let Some(Turn { state, term }) = turn else { return Ok(ExitCode::SUCCESS) };
    let app = App::start(&config, state, clock, IdSource::from_entropy(), cluster)?;
    let addresses = front.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(address = %addresses, milliseconds, version = env!("CARGO_PKG_VERSION"), "gateway ready");
    let ended = app.run(front, stopped_or_deposed(&stop, term.as_ref())).await;
    let deposed = term.as_ref().is_some_and(Term::is_lost);
    if let Some(term) = term {
        term.end().await;
    }
    if let Some(traces) = traces {
        // It waits for a thread, and not for long.
        tokio::task::spawn_blocking(|| traces.close()).await?;
    }
    ended.context("The server ended")?;
    tracing::info!("gateway stopped");
    Ok(if deposed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn listen(config: &Config) -> anyhow::Result<Vec<(TcpListener, Entrance)>> {
    let open = |(address, entrance): &(SocketAddr, Entrance)| {
        let listener = TcpListener::bind(address)
            .with_context(|| format!("Can't listen on port {} of {}", address.port(), address.ip()))?;
        Ok((listener, entrance.clone()))
    };
    config.entrances.iter().map(open).collect()
}

async fn stopped_or_deposed(stop: &CancellationToken, term: Option<&Term>) {
    match term {
        Some(term) => tokio::select! {
            () = stop.cancelled() => {}
            () = term.lost() => {}
        },
        None => stop.cancelled().await,
    }
}

/// A token that the first signal cancels.
fn asked_to_stop() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let asked = stop.clone();
    // It ends with the process: there is nobody to wait for it.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        asked.cancel();
    });
    Ok(stop)
}
