//! Events taken in over one link, each folded into the live picture and acknowledged.

use crate::report::{Report, median};
use crate::{echo, round_trip};
use bridge_protocol::{GatewayFrame, Hello, PluginFrame, Position, limits};
use e2e::double::{Peer, Received, hello, streamed};
use std::time::Instant;

const ROUNDS: usize = 5;
const EVENTS: u64 = 60_000;

/// A piece of text as the plugin merges it within 50 ms.
const PIECE: &str = "A few words that the model said within the last fifty milliseconds. ";

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let (address, _) = round_trip::gateway().await?;
    let frame = frame(1);
    let mut reference = echo::connect(echo::start().await?).await?;
    let (mut ours, mut bare) = (vec![], vec![]);
    let mut sent = 0;
    for _ in 0..ROUNDS {
        let count = usize::try_from(EVENTS)?;
        let (_, seconds) = echo::pump(&mut reference, &frame, count, limits::EVENT_WINDOW).await?;
        bare.push(per_second(seconds));
        let position = Position { acked: sent, sent, overflowed: false };
        let hello = Hello { position, ..hello("events", "boot") };
        let (mut peer, _) = Peer::connect(address, None, hello).await?;
        let began = Instant::now();
        sent = send_all(&mut peer, sent).await?;
        ours.push(per_second(began.elapsed().as_secs_f64()));
    }
    report.add("bridge_events_per_s", median(ours), "1/s", median(bare));
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a count of thousands")]
fn per_second(seconds: f64) -> f64 {
    EVENTS as f64 / seconds
}

fn frame(seq: u64) -> String {
    plugin_frame(seq).encode()
}

fn plugin_frame(seq: u64) -> PluginFrame {
    let offset = (seq - 1) * PIECE.len() as u64;
    // A new session each few hundred pieces, as turns come and go.
    let session = format!("ses_bench{:08}", seq / 500);
    let offset = offset % (500 * PIECE.len() as u64);
    PluginFrame::Event(Box::new(streamed(seq, &session, offset, PIECE)))
}

async fn send_all(peer: &mut Peer, already: u64) -> anyhow::Result<u64> {
    let (mut sent, mut acked, end) = (already, already, already + EVENTS);
    while acked < end {
        while sent < end && sent - acked < limits::EVENT_WINDOW as u64 {
            sent += 1;
            peer.feed(&plugin_frame(sent)).await?;
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
    Ok(end)
}
