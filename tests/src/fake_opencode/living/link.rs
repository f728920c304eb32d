//! The link of one life: made anew whenever it breaks.

use super::commands;
use super::life::Life;
use crate::fake_opencode::wire::{Peer, Received};
use bridge_protocol::{GatewayFrame, PluginFrame, Request};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Pause before the next attempt to connect. The real plugin waits longer; here it is a test that waits.
const AGAIN: Duration = Duration::from_millis(15);

/// Replies that wait for the link. The gateway has few commands in flight towards one double.
const REPLIES: usize = 64;

pub(super) async fn keep(life: Arc<Life>, gateway: SocketAddr, token: String) {
    loop {
        let hello = life.hello();
        if let Ok((peer, welcome)) = Peer::connect(gateway, Some(&token), hello).await {
            life.memory().buffer.ack(welcome.resume_from - 1);
            serve(&life, peer, welcome.resume_from).await;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Until the link breaks. `next` is the position of the next event to be sent.
async fn serve(life: &Arc<Life>, mut peer: Peer, mut next: u64) {
    let (replies, mut outgoing) = mpsc::channel(REPLIES);
    loop {
        let waiting = life.memory().buffer.from(next);
        for event in waiting {
            next = event.seq + 1;
            if peer.send(&PluginFrame::Event(Box::new(event))).await.is_err() {
                return;
            }
        }
        let frame = tokio::select! {
            received = peer.receive() => match received {
                Received::Frame(frame) => take(life, *frame, &replies),
                Received::Closed(_) | Received::Gone => return,
            },
            Some(reply) = outgoing.recv() => Some(reply),
            () = life.news.notified() => None,
        };
        if let Some(frame) = frame
            && peer.send(&frame).await.is_err()
        {
            return;
        }
    }
}

/// What is to be said at once about a frame.
fn take(life: &Arc<Life>, frame: GatewayFrame, replies: &mpsc::Sender<PluginFrame>) -> Option<PluginFrame> {
    match frame {
        GatewayFrame::Ping(beat) => return Some(PluginFrame::Pong(beat)),
        GatewayFrame::Ack(ack) => life.memory().buffer.ack(ack.seq),
        GatewayFrame::Request(request) => life.spawn(reply(Arc::clone(life), *request, replies.clone())),
        _ => {}
    }
    None
}

async fn reply(life: Arc<Life>, request: Request, replies: mpsc::Sender<PluginFrame>) {
    let frame = commands::answer(&life, request).await;
    // A link that broke meanwhile gets the request again, and the remembered result with it.
    let _ = replies.send(frame).await;
}
