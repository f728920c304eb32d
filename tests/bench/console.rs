//! The console in a real browser, beside bare pages in the same browser: its first page, how soon an event of a pod is
//! seen, and how much is loaded first. Node drives the browser (`tests/browser/bench.mjs`).

use crate::pages;
use crate::process::Process;
use crate::report::{Report, median, percentile};
use crate::sse;
use anyhow::{Context, ensure};
use bridge_protocol::{GatewayFrame, PluginFrame};
use e2e::fake_opencode::wire::{Peer, Received, streamed};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;
use tokio::time::{MissedTickBehavior, interval};

/// Sessions in the list of the first page: what a team has in a day or two.
const SESSIONS: usize = 40;

/// What the first load may weigh at most, in KiB gzipped (issue 4).
const BUNDLE_LIMIT_KIB: f64 = 350.0;

/// Rounds that the figures need at least.
const ROUNDS: usize = 5;

/// Pieces of text after which the agent begins a new message, so that the page under measurement stays an ordinary one.
const PIECES_A_MESSAGE: u64 = 100;

/// What the browser saw; times in milliseconds, a list a round for events.
#[derive(Deserialize)]
struct Seen {
    first_page: Vec<f64>,
    first_page_bare: Vec<f64>,
    events: Vec<Vec<f64>>,
    events_bare: Vec<Vec<f64>>,
    bundle_bytes: f64,
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let bare = Process::sse()?;
    bare.until_open()?;
    let gateway = Process::gateway()?;
    gateway.until_open()?;
    let (mut peer, _) = Peer::connect(gateway.address, None, pages::pod(SESSIONS)).await?;
    pages::until_drawn(&gateway, SESSIONS).await?;
    let seen = tokio::select! {
        seen = browse(&gateway, &bare) => seen?,
        ended = write_for_ever(&mut peer) => anyhow::bail!("the link ended while the browser looked: {ended:?}"),
    };
    ensure!(seen.first_page.len() >= ROUNDS && seen.events.len() >= ROUNDS, "too few rounds");
    report.add("console_first_page", median(seen.first_page), "ms", median(seen.first_page_bare));
    report.add("console_event_p95", p95(seen.events), "ms", p95(seen.events_bare));
    report.add("console_bundle", seen.bundle_bytes / 1024.0, "KiB", BUNDLE_LIMIT_KIB);
    Ok(())
}

/// Of each round its 95th percentile, and of those the median.
fn p95(rounds: Vec<Vec<f64>>) -> f64 {
    median(rounds.into_iter().map(|mut round| percentile(&mut round, 0.95)).collect())
}

async fn browse(gateway: &Process, bare: &Process) -> anyhow::Result<Seen> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let output = Command::new("node")
        .arg("bench.mjs")
        .current_dir(folder)
        .env("GATEWAY_URL", format!("http://{}", gateway.address))
        .env("API_TOKEN", e2e::gateway::API_TOKEN)
        .env("REFERENCE_URL", format!("http://{}", bare.address))
        .env("SESSION", pages::session_id(0))
        .env("ROUNDS", ROUNDS.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .context("node could not be started")?;
    ensure!(output.status.success(), "the browser could not measure");
    serde_json::from_slice(&output.stdout).context("the browser's figures cannot be read")
}

/// An agent that writes without an end, each piece with the time at which it was sent.
async fn write_for_ever(peer: &mut Peer) -> anyhow::Result<()> {
    let mut pace = interval(sse::PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut seq, mut offset) = (0, 0);
    loop {
        tokio::select! {
            received = peer.receive() => answer(peer, received).await?,
            _ = pace.tick() => {
                let text = sse::stamp();
                if seq % PIECES_A_MESSAGE == 0 {
                    offset = 0;
                }
                seq += 1;
                peer.send(&piece(seq, offset, &text)).await?;
                offset += text.len() as u64;
            }
        }
    }
}

async fn answer(peer: &mut Peer, received: Received) -> anyhow::Result<()> {
    match received {
        Received::Frame(frame) => {
            if let GatewayFrame::Ping(beat) = *frame {
                peer.send(&PluginFrame::Pong(beat)).await?;
            }
            Ok(())
        }
        end => anyhow::bail!("{end:?}"),
    }
}

fn piece(seq: u64, offset: u64, text: &str) -> PluginFrame {
    let mut frame = streamed(seq, &pages::session_id(0), offset, text);
    if let bridge_protocol::Event::PartStreamed { message_id, part_id, .. } = &mut frame.event {
        let number = (seq - 1) / PIECES_A_MESSAGE;
        *message_id = format!("msg_{number:026}");
        *part_id = format!("prt_{number:026}");
    }
    PluginFrame::Event(Box::new(frame))
}
