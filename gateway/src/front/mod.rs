//! The listeners for connections. A separate thread accepts them and waits for what each wants, so that slow, many
//! and half-open clients cost the workers nothing; `/healthz` it answers itself. The rest is handed to the workers,
//! which `serve` it. (Decision 0030)

mod connection_slots;
mod entrance;
mod head;
mod healthz;
mod limits;
mod rest_of_body;
mod serve_router;
mod waiting;

pub use entrance::{Entrance, Surface};
pub use limits::Limits;
pub use serve_router::{in_time, serve};

use crate::watchdog::Pulse;
use connection_slots::{ConnectionSlot, ConnectionSlots, NoSlot};
use futures_util::future::try_join_all;
use head::RequestHead;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use waiting::WaitingConnections;

/// Pause after the system could not give a connection. Those that wait give theirs back meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a connection that is refused may take to hear it.
const REFUSAL: Duration = Duration::from_millis(500);

const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 5\r\n\
                    content-length: 79\r\nconnection: close\r\n\r\n\
                    Too many connections are open, in total or from your address. Try again later.\n";

/// The open door. It closes when this is dropped.
pub struct Front {
    arrivals: mpsc::Receiver<Arrival>,
    addresses: Vec<SocketAddr>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// A connection whose first request is there.
pub(crate) struct Arrival {
    tcp: StdStream,
    peer: SocketAddr,
    entrance: Entrance,
    slot: ConnectionSlot,
}

impl Front {
    /// One listener for everything.
    pub fn open(listener: StdListener, limits: Limits, pulse: Pulse) -> io::Result<Self> {
        Self::open_all(vec![(listener, Entrance::to_everything())], limits, pulse)
    }

    pub fn open_all(
        listeners: Vec<(StdListener, Entrance)>,
        limits: Limits,
        pulse: Pulse,
    ) -> io::Result<Self> {
        let (sender, arrivals) = mpsc::channel(limits.all);
        let stop = CancellationToken::new();
        let mut addresses = vec![];
        for (listener, _) in &listeners {
            addresses.push(listener.local_addr()?);
            listener.set_nonblocking(true)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let door = Door { slots: ConnectionSlots::new(&limits), limits, pulse, sender };
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("front".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    ended = door.stand_open_at(listeners) => if let Err(error) = ended {
                        tracing::error!(%error, "listener failed");
                    },
                    () = stopped.cancelled() => {}
                }
            });
        })?;
        Ok(Self { arrivals, addresses, stop, thread: Some(thread) })
    }

    /// In the order of the listeners.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// From now on nobody comes in, and who waits is turned away.
    pub(crate) fn shut(&mut self) {
        self.stop.cancel();
        self.arrivals.close();
        // It waits for nothing but the system's word that something came, and for this one.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    pub(crate) async fn next(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shut();
    }
}

/// What the thread works with.
#[derive(Clone)]
struct Door {
    limits: Limits,
    slots: ConnectionSlots,
    pulse: Pulse,
    sender: mpsc::Sender<Arrival>,
}

impl Door {
    /// Until one of the listeners fails: what has a part of its paths closed is no gateway.
    async fn stand_open_at(self, listeners: Vec<(StdListener, Entrance)>) -> io::Result<()> {
        let waiting = (self.limits.waiting / listeners.len().max(1)).max(1);
        let door = Arc::new(self);
        let open = listeners.into_iter().map(|(listener, entrance)| {
            Arc::clone(&door).stand_open(listener, entrance, WaitingConnections::of(waiting))
        });
        try_join_all(open).await.map(drop)
    }

    async fn stand_open(
        self: Arc<Self>,
        listener: StdListener,
        entrance: Entrance,
        mut waiting: WaitingConnections,
    ) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        loop {
            waiting.has_room().await;
            match listener.accept().await {
                Ok((tcp, peer)) => waiting.add(Arc::clone(&self).receive(tcp, peer, entrance.clone())),
                Err(error) => {
                    self.slots.tell(&format!("connection could not be accepted: {error}"));
                    waiting.give_up_the_oldest();
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits for a request, and brings it to whoever answers it.
    async fn receive(self: Arc<Self>, tcp: TcpStream, peer: SocketAddr, entrance: Entrance) {
        let _ = tcp.set_nodelay(true);
        let wanted = tokio::time::timeout(self.limits.head, head::wanted(&tcp)).await;
        match wanted {
            Ok(Ok(RequestHead::Health { bytes })) => {
                let _ =
                    tokio::time::timeout(self.limits.head, healthz::answer(tcp, bytes, &self.pulse)).await;
            }
            Ok(Ok(RequestHead::More)) => self.hand_on(tcp, peer, entrance).await,
            // It left, or took too long: there is nobody to tell.
            Ok(Ok(RequestHead::Nothing) | Err(_)) | Err(_) => {}
        }
    }

    async fn hand_on(&self, mut tcp: TcpStream, peer: SocketAddr, entrance: Entrance) {
        let slot = match self.slots.take(peer.ip()) {
            Ok(slot) => slot,
            Err(full) => {
                self.slots.tell(&refused(full, peer));
                let _ = tokio::time::timeout(REFUSAL, tcp.write_all(BUSY.as_bytes())).await;
                return;
            }
        };
        if let Ok(tcp) = tcp.into_std() {
            // There is room for all that have a place. While the workers are busy they wait there.
            let _ = self.sender.try_send(Arrival { tcp, peer, entrance, slot });
        }
    }
}

fn refused(full: NoSlot, peer: SocketAddr) -> String {
    match full {
        NoSlot::All(open) => {
            format!("connection from {peer} refused: {open} are open, which is the limit")
        }
        NoSlot::Address(open) => format!(
            "connection from {} refused: it has {open} open, which is the limit for one address",
            peer.ip()
        ),
    }
}
