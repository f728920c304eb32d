//! Events taken in over one link, each folded into the live picture and acknowledged.

use crate::report::{Report, median};
use crate::{echo, round_trip};
use bridge_protocol::{GatewayFrame, Hello, PluginFrame, Position, limits};
use e2e::fake_opencode::wire::{Peer, Received, hello, streamed};
use std::time::Instant;

const ROUNDS: usize = 5;
const EVENTS: u64 = 60_000;

/// A piece of text as the plugin merges it within 50 ms.
const PIECE: &str = "A few words that the model said within the last fifty milliseconds. ";

/// Pieces in a turn.
const PIECES: u64 = 500;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let (address, _) = round_trip::gateway().await?;
    let carried = frame(1);
    let mut reference = echo::connect(echo::start().await?).await?;
    let (mut ours, mut bare) = (vec![], vec![]);
    let mut sent = 0;
    for _ in 0..ROUNDS {
        let count = usize::try_from(EVENTS)?;
        let (_, seconds) = echo::pump(&mut reference, &carried, count, limits::EVENT_WINDOW).await?;
        bare.push(per_second(seconds));
        let position = Position { acked: sent, sent, overflowed: false };
        let hello = Hello { position, ..hello("events", "boot") };
        let (mut peer, _) = Peer::connect(address, None, hello).await?;
        // Written before the clock runs, as the reference's is: it is not the plugin that is measured.
        let frames: Vec<_> = (sent + 1..=sent + EVENTS).map(frame).collect();
        let began = Instant::now();
        send_all(&mut peer, &frames, sent).await?;
        ours.push(per_second(began.elapsed().as_secs_f64()));
        sent += EVENTS;
    }
    report.add("bridge_events_per_s", median(ours), "1/s", median(bare));
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a count of thousands")]
fn per_second(seconds: f64) -> f64 {
    EVENTS as f64 / seconds
}

fn frame(seq: u64) -> String {
    // A new session each few hundred pieces, as turns come and go.
    let (turn, piece) = ((seq - 1) / PIECES, (seq - 1) % PIECES);
    let (session, offset) = (format!("ses_bench{turn:08}"), piece * PIECE.len() as u64);
    PluginFrame::Event(Box::new(streamed(seq, &session, offset, PIECE))).encode()
}

/// Frames that follow the first `already`, with a window of them under way.
async fn send_all(peer: &mut Peer, frames: &[String], already: u64) -> anyhow::Result<()> {
    let end = already + frames.len() as u64;
    let (mut acked, mut sent) = (already, already);
    let mut unsent = frames.iter();
    while acked < end {
        while sent - acked < limits::EVENT_WINDOW as u64 {
            let Some(frame) = unsent.next() else { break };
            peer.feed(frame).await?;
            sent += 1;
        }
        peer.flush().await?;
        match peer.next().await? {
            Received::Frame(frame) => {
                if let GatewayFrame::Ack(ack) = *frame {
                    acked = ack.seq;
                }
            }
            other => anyhow::bail!("the link ended: {other:?}"),
        }
    }
    Ok(())
}
