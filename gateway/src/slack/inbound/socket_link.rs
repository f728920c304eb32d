//! One socket to Slack, from its address to its end.
//!
//! The next frame is read when the one before is acknowledged, so messages of one socket keep their order. Small frames
//! go out at once (`TCP_NODELAY`): otherwise the second of two acknowledgements waits some 40 ms for Slack's end to confirm
//! the first.

use super::intake::{Ack, Intake};
use super::parse::Delivery;
use crate::slack::metrics::InMetrics;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use tokio_util::sync::CancellationToken;

/// From the name's look-up to the end of the upgrade.
const CONNECT: Duration = Duration::from_secs(10);

/// Between our pings, and the longest silence of a living socket: Slack answers each of them.
const PING: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(25);

/// A socket that Slack wants replaced still brings what is on its way, for so long.
const LEAVING: Duration = Duration::from_secs(15);

/// For the closing handshake.
const GOODBYE: Duration = Duration::from_secs(1);

/// Far more than any delivery has.
const LARGEST: usize = 16 * 1024 * 1024;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens it. The address is a ticket, so no error tells it.
pub(super) async fn connect(url: &str) -> Result<Socket, &'static str> {
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let connecting = connect_async_with_config(url, Some(config), true);
    match tokio::time::timeout(CONNECT, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(_)) => Err("Slack refuses the socket"),
        Err(_) => Err("Slack doesn't answer"),
    }
}

/// What all sockets share.
pub(super) struct Shared {
    pub intake: Intake,
    pub metrics: InMetrics,
    /// Those that have said hello.
    pub open: AtomicUsize,
    pub stop: CancellationToken,
}

/// Whoever waits for something of a socket; both are told by its end at the latest.
pub(super) struct Waiting {
    pub hello: oneshot::Sender<()>,
    /// Another one is to take its place.
    pub leaves: oneshot::Sender<()>,
}

/// A socket at work.
pub(super) struct Link {
    socket: Socket,
    shared: Arc<Shared>,
    heard: Instant,
    said_hello: bool,
    hello: Option<oneshot::Sender<()>>,
    leaves: Option<oneshot::Sender<()>>,
    until: Option<Instant>,
}

impl Link {
    pub(super) fn new(socket: Socket, shared: Arc<Shared>, waiting: Waiting) -> Self {
        let Waiting { hello, leaves } = waiting;
        let (hello, leaves) = (Some(hello), Some(leaves));
        Self { socket, shared, heard: Instant::now(), said_hello: false, hello, leaves, until: None }
    }

    /// Until it is over.
    pub(super) async fn serve(mut self) {
        let mut ping = tokio::time::interval_at(Instant::now() + PING, PING);
        let stop = self.shared.stop.clone();
        loop {
            let goes_on = tokio::select! {
                () = stop.cancelled() => false,
                () = over(self.until) => false,
                _ = ping.tick() => self.is_alive().await,
                frame = self.socket.next() => match frame {
                    Some(Ok(frame)) => self.take(frame).await,
                    Some(Err(_)) | None => false,
                },
            };
            if !goes_on {
                break;
            }
        }
        self.count(false);
        let _ = tokio::time::timeout(GOODBYE, self.socket.close(None)).await;
    }

    /// A socket whose other end is gone without a word says nothing, not even to a ping.
    async fn is_alive(&mut self) -> bool {
        if self.heard.elapsed() > SILENCE {
            tracing::warn!("socket to Slack silent; replacing it");
            return false;
        }
        self.socket.send(Message::Ping(Bytes::new())).await.is_ok()
    }

    async fn take(&mut self, frame: Message) -> bool {
        self.heard = Instant::now();
        match frame {
            Message::Text(text) => match self.read(&text).await {
                Some(answer) => self.socket.send(Message::text(answer)).await.is_ok(),
                None => true,
            },
            Message::Close(_) => false,
            _ => true,
        }
    }

    /// What is to be said to it.
    async fn read(&mut self, text: &str) -> Option<String> {
        let frame: Value = match serde_json::from_str(text) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::warn!(%error, "frame from Slack is not JSON");
                return None;
            }
        };
        match frame["type"].as_str() {
            Some("hello") => {
                self.count(true);
                self.hello.take().map(|hello| hello.send(()));
                None
            }
            Some("disconnect") => {
                self.leave(&frame);
                None
            }
            _ => self.answer(&frame).await,
        }
    }

    fn leave(&mut self, frame: &Value) {
        self.shared.metrics.alarm_if(frame["reason"] == "link_disabled", "socket_mode_off");
        tracing::info!(reason = frame["reason"].as_str(), "socket replaced at Slack's request");
        self.until.get_or_insert(Instant::now() + LEAVING);
        self.leaves.take().map(|leaves| leaves.send(()));
    }

    async fn answer(&self, frame: &Value) -> Option<String> {
        let envelope = frame["envelope_id"].as_str()?;
        let kind = frame["type"].as_str().unwrap_or_default();
        let Some(delivery) = Delivery::named(kind) else {
            tracing::info!(kind, "unknown kind of frame from Slack");
            return Some(json!({ "envelope_id": envelope }).to_string());
        };
        match self.shared.intake.take(delivery, &frame["payload"]).await {
            Ack::Plain => Some(json!({ "envelope_id": envelope }).to_string()),
            Ack::With(payload) => Some(json!({ "envelope_id": envelope, "payload": payload }).to_string()),
            Ack::None => None,
        }
    }

    fn count(&mut self, open: bool) {
        if self.said_hello == open {
            return;
        }
        self.said_hello = open;
        let all = &self.shared.open;
        let now = match open {
            true => all.fetch_add(1, Ordering::SeqCst) + 1,
            false => all.fetch_sub(1, Ordering::SeqCst) - 1,
        };
        self.shared.metrics.sockets.set(i64::try_from(now).unwrap_or(i64::MAX));
    }
}

async fn over(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn small_frames_go_out_at_once() {
        // CHAOS F4
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/link", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            tokio_tungstenite::accept_async(stream).await.unwrap()
        });
        let socket = connect(&url).await.unwrap();
        let MaybeTlsStream::Plain(stream) = socket.get_ref() else { panic!("not plain") };
        assert!(stream.nodelay().unwrap());
        serving.await.unwrap();
    }
}
