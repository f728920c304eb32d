//! Stands for a gateway of which a test wants only the far end of the link: the real bridge on a port of its own, behind it a
//! sink that takes every event at once and remembers all.
//!
//! It imitates no core: nothing is decided, stored or shown, and no command is given but what the test gives.

use crate::wait;
use axum::serve::ListenerExt;
use bridge_protocol::{EventFrame, Hello};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway::bridge::{Bridge, BridgeMetrics, BridgeToken, Config, Neighbours};
use gateway::ids::IdSource;
use gateway::sessions::ports::{Inbound, PodFeed};
use gateway_domain::PodIdentity;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub const TOKEN: &str = "token-of-the-tests";

/// What came to the sink, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    Connected { pod: String, boot: String },
    Event(Box<EventFrame>),
    Lost { pod: String },
}

/// Remembers everything and takes every event.
#[derive(Default)]
pub struct RecordingSink {
    told: Mutex<Vec<Arrival>>,
}

impl RecordingSink {
    pub fn told(&self) -> Vec<Arrival> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn events(&self) -> Vec<EventFrame> {
        let only_events = |told| if let Arrival::Event(event) = told { Some(*event) } else { None };
        self.told().into_iter().filter_map(only_events).collect()
    }

    fn note(&self, pod: &str, inbound: Inbound) {
        let told = match inbound {
            Inbound::Connected(hello) => Arrival::Connected { pod: pod.to_owned(), boot: hello.boot_id },
            Inbound::Event(delivery) => {
                delivery.receipt.done();
                Arrival::Event(Box::new(delivery.event))
            }
            Inbound::HandedOver { .. } | Inbound::Refused(_) => return,
            Inbound::Lost => Arrival::Lost { pod: pod.to_owned() },
        };
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }

    /// Waits until the condition holds for what was told; panics with what there is otherwise.
    pub async fn until(&self, what: &str, condition: impl Fn(&[Arrival]) -> bool) {
        let waiting = wait::until(what, async || {
            let told = self.told();
            if condition(&told) { Ok(()) } else { Err(format!("{} items", told.len())) }
        });
        waiting.await.unwrap_or_else(|error| panic!("{error}"));
    }
}

impl PodFeed for RecordingSink {
    fn greet(&self, _: &str, _: &Hello) {}

    fn take<'a>(&'a self, pod: &'a Arc<PodIdentity>, batch: Vec<Inbound>) -> BoxFuture<'a, ()> {
        for inbound in batch {
            self.note(&pod.name, inbound);
        }
        futures_util::future::ready(()).boxed()
    }
}

pub struct BareBridge {
    pub address: SocketAddr,
    pub bridge: Bridge,
    pub sink: Arc<RecordingSink>,
    stop: CancellationToken,
}

impl BareBridge {
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// A bridge that pings often, so that silence is noticed soon.
    pub async fn impatient() -> Self {
        let ping_interval = Duration::from_millis(50);
        Self::with(Config { ping_interval, hello_timeout: Duration::from_millis(300), ..Config::default() })
            .await
    }

    pub async fn with(config: Config) -> Self {
        let sink = Arc::new(RecordingSink::default());
        let config = Config { token: Some(BridgeToken::new(TOKEN)), ..config };
        let metrics = BridgeMetrics::unregistered();
        let bridge = Bridge::new(config, metrics, IdSource::seeded(1), Neighbours::default());
        let (address, stop) = serve(bridge.serve(sink.clone())).await;
        Self { address, bridge, sink, stop }
    }

    pub async fn stop(self) {
        self.bridge.close().await;
        self.stop.cancel();
    }
}

/// Serves a router on a free loopback port until the token is cancelled.
pub async fn serve(router: axum::Router) -> (SocketAddr, CancellationToken) {
    let stop = CancellationToken::new();
    let listener = match tokio::net::TcpListener::bind("127.0.0.1:0").await {
        Ok(listener) => listener,
        Err(error) => panic!("no free loopback port: {error}"),
    };
    let Ok(address) = listener.local_addr() else { panic!("a bound listener has an address") };
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let listener = listener.tap_io(|tcp| {
            let _ = tcp.set_nodelay(true);
        });
        let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
    });
    (address, stop)
}
