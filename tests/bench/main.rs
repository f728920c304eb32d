//! `make bench`: what the gateway costs, each figure beside a bare reference measured in the same run.
//!
//! Machines are shared and noisy: every figure is a median over several rounds in which reference and gateway
//! take turns. The table goes to standard output, the list to `target/bench/report.json`.

mod console;
mod core;
mod echo;
mod events;
mod memory;
mod pages;
mod process;
mod report;
mod round_trip;
mod slack;
mod sse;
mod start;
mod store;
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

/// `bench store`, `bench bridge`, `bench console` or `bench slack` measures one part alone, for whoever works on it.
async fn measure_all() -> anyhow::Result<()> {
    let part = std::env::args().nth(1);
    let wanted = |name| part.as_deref().is_none_or(|part| part == name);
    let mut report = Report::default();
    if wanted("store") {
        core::measure(&mut report)?;
        store::measure(&mut report).await?;
    }
    if wanted("work") {
        work::measure(&mut report).await?;
    }
    if wanted("bridge") {
        round_trip::measure(&mut report).await?;
        events::measure(&mut report).await?;
        memory::measure(&mut report).await?;
        start::measure(&mut report).await?;
    }
    if wanted("console") {
        pages::measure(&mut report).await?;
        console::measure(&mut report).await?;
    }
    if wanted("slack") {
        slack::measure(&mut report).await?;
    }
    report.write()
}
