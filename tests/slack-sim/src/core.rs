//! The simulator's heart: the world behind one lock, its clock, and the tasks that deliver.

use super::clock::SlackClock;
use super::deliver::{self, Delivery, Outcome};
use super::pace::Pace;
use super::reset::{CuttableListener, Line};
use super::world::World;
use super::{api, control, files, page, respond};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Deliveries that are held back, with whom to tell of their outcome.
type Held = Vec<(Delivery, oneshot::Sender<Outcome>)>;

pub(super) struct Sim {
    pub(super) clock: SlackClock,
    pub(super) pace: Pace,
    pub(super) http: reqwest::Client,
    pub(super) stop: CancellationToken,
    world: Mutex<World>,
    held: Mutex<Held>,
    changed: watch::Sender<u64>,
    tasks: TaskTracker,
}

impl Sim {
    pub(super) fn new(seed: u64, pace: Pace) -> Self {
        Self {
            clock: SlackClock::new(),
            world: Mutex::new(World::new(seed, pace.clone())),
            pace,
            http: reqwest::Client::new(),
            stop: CancellationToken::new(),
            held: Mutex::default(),
            changed: watch::Sender::new(0),
            tasks: TaskTracker::new(),
        }
    }

    /// Something happens in the world: what it causes is delivered, and whoever waits for a change looks again.
    pub(super) fn enter<T>(self: &Arc<Self>, act: impl FnOnce(&mut World) -> T) -> T {
        let (result, deliveries) = {
            let mut world = self.lock();
            let result = act(&mut world);
            let events = std::mem::take(&mut world.events);
            let wrapped: Vec<Delivery> =
                events.into_iter().map(|event| deliver::event(&mut world, event)).collect();
            (result, wrapped)
        };
        for delivery in deliveries {
            drop(deliver::start(self, delivery));
        }
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// A change that causes no events.
    pub(super) fn note<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let result = act(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// A look, or a change that nobody waits for.
    pub(super) fn quietly<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now = self.clock.now();
        world
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Hands something to the app and waits what becomes of it.
    pub(super) async fn deliver(self: &Arc<Self>, delivery: Delivery) -> Outcome {
        let lost = || Outcome {
            acked_after: None,
            answer: serde_json::Value::Null,
            tries: 0,
            failure: Some("the simulator stopped".to_owned()),
        };
        deliver::start(self, delivery).await.unwrap_or_else(|_| lost())
    }

    /// Serves until `stop`. The address is bound when this returns.
    pub(super) async fn serve(self: &Arc<Self>, address: SocketAddr) -> anyhow::Result<SocketAddr> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        self.note(|world| world.base = format!("http://{address}"));
        let service = self.routes().into_make_service_with_connect_info::<Line>();
        let stopped = self.stop.clone().cancelled_owned();
        let server = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopped);
        self.spawn(async move {
            let _ = server.await;
        });
        Ok(address)
    }

    fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/api/{method}", any(api::call))
            .route("/link/", get(deliver::socket::upgrade))
            .route("/response/{id}", post(respond::respond))
            .route("/upload/{id}", post(files::upload))
            .route("/files-pri/{id}/{name}", get(files::download))
            .route("/files-pri/{id}/download/{name}", get(files::download))
            .merge(control::routes())
            .merge(page::routes())
            .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
            .with_state(Arc::clone(self))
    }
}
