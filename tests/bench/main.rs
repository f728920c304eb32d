//! `make bench`: what the gateway costs, each figure beside a bare reference measured in the same run.
//!
//! Machines are shared and noisy: every figure is a median over several rounds in which reference and gateway
//! take turns. The table goes to standard output, the list to `target/bench/report.json`.

mod cluster_labs;
mod cold;
mod console;
mod core;
mod echo;
mod events;
mod guard;
mod labs;
mod memory;
mod pages;
mod process;
mod proof;
mod report;
mod round_trip;
mod shell;
mod slack;
mod sse;
mod start;
mod store;
mod verdicts;
mod work;

use report::Report;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == echo::SERVE) {
        return echo::serve_for_ever().await;
    }
    if std::env::args().any(|argument| argument == sse::SERVE) {
        return sse::serve_for_ever().await;
    }
    // On a worker thread, as everything that is measured: waking the main thread would cost more.
    tokio::spawn(measure_all()).await?
}

/// The rooms of the bench: `make bench BENCH=console` measures one alone, for whoever works on it.
const ROOMS: [&str; 10] =
    ["gate", "store", "proof", "work", "labs", "bridge", "guard", "console", "slack", "cold"];

async fn measure_all() -> anyhow::Result<()> {
    let only = std::env::args().nth(1);
    if let Some(room) = only.as_deref().filter(|room| !ROOMS.contains(room)) {
        anyhow::bail!("There is no {room:?} to measure: choose one of {}.", ROOMS.join(", "));
    }
    let mut report = Report::default();
    for room in ROOMS.into_iter().filter(|room| only.as_deref().is_none_or(|only| only == *room)) {
        measure(room, &mut report).await?;
    }
    report.write()
}

async fn measure(room: &str, report: &mut Report) -> anyhow::Result<()> {
    match room {
        "gate" => {
            shell::measure(report);
            verdicts::measure(report).await
        }
        "store" => {
            core::measure(report)?;
            store::measure(report).await
        }
        "proof" => proof::measure(report).await,
        "work" => work::measure(report).await,
        "labs" => {
            labs::measure(report).await?;
            cluster_labs::measure(report).await
        }
        "bridge" => {
            round_trip::measure(report).await?;
            events::measure(report).await?;
            memory::measure(report).await?;
            start::measure(report).await
        }
        "guard" => guard::measure(report),
        "console" => {
            pages::measure(report).await?;
            console::measure(report).await
        }
        "slack" => slack::measure(report).await,
        _ => cold::measure(report).await,
    }
}
