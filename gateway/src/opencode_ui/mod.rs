//! OpenCode's own web UI, through doors of the gateway.
//!
//! The UI cannot live below a path, so each door is a port or a host of its own. `door` lets people in by the same
//! rules as the console, `target` finds the OpenCode that is meant, `forward` carries requests and streams both ways,
//! `tunnel` terminal sockets, `headers` says what goes through. `page` adds a small script to OpenCode's page, which
//! tells `presence_script` that a person is there, and shows the `form` that a session waits for.

mod door;
mod form;
mod forward;
mod headers;
mod metrics;
mod page;
mod presence_script;
mod refusal_pages;
mod target;
mod tunnel;

#[cfg(test)]
pub(crate) use form::form_of;
pub use metrics::UiMetrics;
pub use target::{Login, Target};

use crate::access::Access;
use crate::sessions::desk::Desk;
use crate::sessions::presence::Presence;
use axum::Router;
use axum::routing::{any, get, post};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use target::Door;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Requests, streams and sockets that are open at once, over all doors: a tab holds one or two, so this is room for
/// some hundred tabs. Whoever comes then is asked to try again.
const MAX_OPEN: usize = 1_000;

/// Bytes of one request: a prompt with files in it.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// A pod that does not take a connection within this time is not there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// After so long without a byte it is looked whether the other end still lives, at both ends: a terminal may be
/// quiet for hours, a laptop that was closed says no farewell.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// How often it is looked who has left.
const SWEEP: Duration = Duration::from_secs(5);

/// How long answers may take to end when the gateway stops; streams and terminals end at once.
const DRAIN: Duration = Duration::from_secs(2);

/// Without a target there is no door.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub targets: Vec<Target>,
    /// Where people open the console, to sign in.
    pub console: String,
}

/// The doors before they are opened.
pub struct OpenCodeUi {
    config: Config,
    parts: UiParts,
}

/// What they are put together from.
pub struct UiParts {
    pub access: Arc<Access>,
    pub presence: Arc<Presence>,
    /// Where what people fill in there goes.
    pub desk: Arc<Desk>,
    pub metrics: UiMetrics,
    pub tasks: TaskTracker,
    pub stopping: CancellationToken,
}

/// What all doors work with.
struct Shared {
    console: String,
    parts: UiParts,
    client: reqwest::Client,
    open: Arc<Semaphore>,
}

impl OpenCodeUi {
    pub fn new(config: Config, parts: UiParts) -> Self {
        Self { config, parts }
    }

    /// Opens the doors. Each serves until the gateway stops.
    pub async fn open_doors(self) -> io::Result<()> {
        let Self { config, parts } = self;
        let (client, open) = (client().map_err(io::Error::other)?, Arc::new(Semaphore::new(MAX_OPEN)));
        let shared = Arc::new(Shared { console: config.console, parts, client, open });
        for door in Door::all(&config.targets) {
            let listener = TcpListener::bind(door.listen).await.map_err(|error| {
                let text = format!("OpenCode's web UI can't be served at {}: {error}", door.listen);
                io::Error::new(error.kind(), text)
            })?;
            tracing::info!(address = %door.listen, "OpenCode web UI available");
            shared.parts.tasks.spawn(serve(Arc::clone(&shared), door, listener));
        }
        shared.parts.tasks.spawn(presence_script::sweep(Arc::clone(&shared)));
        Ok(())
    }
}

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_PATIENCE)
        .tcp_keepalive(KEEPALIVE)
        .redirect(reqwest::redirect::Policy::none())
        // A pod is near; what it sends is passed on as it is.
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .build()
}

/// One door, with all that its handlers need.
#[derive(Clone)]
struct OpenDoor {
    ui: Arc<Shared>,
    door: Arc<Door>,
}

async fn serve(ui: Arc<Shared>, door: Door, listener: TcpListener) {
    let stopping = ui.parts.stopping.clone();
    let router = router(OpenDoor { ui, door: Arc::new(door) });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = axum::serve::ListenerExt::tap_io(listener, |tcp| prepare(tcp));
    let server = axum::serve(listener, service).with_graceful_shutdown(stopping.clone().cancelled_owned());
    let drained = async {
        stopping.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => if let Err(error) = ended {
            tracing::error!(%error, "listener of OpenCode's web UI failed");
        },
        () = drained => tracing::warn!("slow reader of OpenCode's web UI cut off"),
    }
}

/// Everything of ours is below one path that OpenCode does not use.
fn router(here: OpenDoor) -> Router {
    Router::new()
        .route("/__gw/p.js", get(presence_script::script))
        .route("/__gw/presence", post(presence_script::beat))
        .route("/__gw/form.js", get(form::script))
        .route("/__gw/form", get(form::shown).post(form::filled))
        .fallback(any(forward::pass))
        .layer(axum::middleware::from_fn_with_state(here.clone(), door::guard))
        // Whoever comes with a ticket is not signed in yet.
        .route("/__gw/enter", get(door::enter))
        .with_state(here)
}

fn prepare(tcp: &TcpStream) {
    use rustix::net::sockopt;
    let delay = tcp.set_nodelay(true);
    let alive =
        sockopt::set_socket_keepalive(tcp, true).and_then(|()| sockopt::set_tcp_keepidle(tcp, KEEPALIVE));
    if let Some(error) = delay.err().or(alive.err().map(io::Error::from)) {
        tracing::debug!(%error, "socket options not set");
    }
}
