//! A command to a pod and its reply, with one and with 64 in flight.

use crate::echo;
use crate::report::{Report, median, percentile};
use bridge_protocol::{Command, GatewayFrame, Request};
use e2e::fake_opencode::wire::{Peer, hello};
use gateway::app::App;
use gateway::bridge::Caller;
use gateway::clock;
use gateway::config::Config;
use gateway::front::{Front, Limits};
use gateway::ids::IdSource;
use gateway::watchdog::Pulse;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const ROUNDS: usize = 7;
const CALLS: usize = 6_000;
const POD: &str = "bench";

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let (address, caller) = gateway().await?;
    let (peer, _) = Peer::connect(address, None, hello(POD, "boot")).await?;
    tokio::spawn(peer.answer_everything());
    let mut reference = echo::connect(echo::start().await?).await?;
    for (in_flight, p50, p99) in
        [(1, "bridge_rtt_p50_1", "bridge_rtt_p99_1"), (64, "bridge_rtt_p50_64", "bridge_rtt_p99_64")]
    {
        let mut rounds = Rounds::default();
        for _ in 0..ROUNDS {
            let (mut bare, _) = echo::pump(&mut reference, &frame(), CALLS, in_flight).await?;
            rounds.reference.add(&mut bare);
            rounds.ours.add(&mut calls(&caller, in_flight).await?);
        }
        report.add(p50, median(rounds.ours.p50), "µs", median(rounds.reference.p50));
        report.add(p99, median(rounds.ours.p99), "µs", median(rounds.reference.p99));
    }
    Ok(())
}

#[derive(Default)]
struct Rounds {
    ours: Percentiles,
    reference: Percentiles,
}

#[derive(Default)]
struct Percentiles {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Percentiles {
    fn add(&mut self, times: &mut [f64]) {
        self.p50.push(percentile(times, 0.5));
        self.p99.push(percentile(times, 0.99));
    }
}

/// The whole gateway, in this process.
pub(crate) async fn gateway() -> anyhow::Result<(SocketAddr, Caller)> {
    let state = tempfile::tempdir()?.keep().display().to_string();
    let config = Config::from(&|name| (name == "GATEWAY_STATE").then(|| state.clone()))?;
    let app = App::build(config, clock::system(), IdSource::seeded(1)).await?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let front = Front::open(listener, Limits::of_this_process(), Pulse::default())?;
    let (address, caller) = (front.addresses()[0], app.caller());
    tokio::spawn(app.run(front, std::future::pending()));
    Ok((address, caller))
}

fn command() -> Command {
    Command::SessionAbort { session_id: "ses_e0441ef4affecyhAco2zz4wCtY".to_owned() }
}

/// A frame as the gateway sends it, for the reference to carry.
fn frame() -> String {
    let request = Request {
        request_id: "req_abcdefghijkmnpqrstuv".to_owned(),
        deadline_ms: 30_000,
        traceparent: None,
        command: command(),
    };
    GatewayFrame::Request(Box::new(request)).encode()
}

async fn calls(caller: &Caller, in_flight: usize) -> anyhow::Result<Vec<f64>> {
    let mut tasks = JoinSet::new();
    for _ in 0..in_flight {
        let caller = caller.clone();
        tasks.spawn(async move { some_calls(&caller, CALLS / in_flight).await });
    }
    let mut times = Vec::with_capacity(CALLS);
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    Ok(times)
}

async fn some_calls(caller: &Caller, count: usize) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        caller.call(POD, command(), Duration::from_secs(10)).await?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}
