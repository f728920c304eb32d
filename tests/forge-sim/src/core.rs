//! The forge's heart: the world behind one lock, its clock, and the tasks that serve and deliver.

use crate::clock::ForgeClock;
use crate::world::World;
use crate::{control, git, graphql, hooks, rest};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) struct Sim {
    pub(crate) clock: ForgeClock,
    pub(crate) stop: CancellationToken,
    world: Mutex<World>,
    changed: watch::Sender<u64>,
    tasks: TaskTracker,
}

impl Sim {
    pub(crate) fn new(clock: ForgeClock, world: World) -> Self {
        Self {
            clock,
            stop: CancellationToken::new(),
            world: Mutex::new(world),
            changed: watch::Sender::new(0),
            tasks: TaskTracker::new(),
        }
    }

    /// Something happens: what follows from it by the forge's own rules happens too, and whoever waits looks again.
    pub(crate) fn enter<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let result = {
            let mut world = self.lock();
            let result = act(&mut world);
            world.follow();
            result
        };
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// A change that causes nothing.
    pub(crate) fn note<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let result = act(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// A look, or a change that nobody waits for.
    pub(crate) fn quietly<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now = self.clock.now();
        world
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Serves until `stop`. The address is bound when this returns.
    pub(crate) async fn serve(self: &Arc<Self>, address: SocketAddr) -> anyhow::Result<SocketAddr> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        self.note(|world| world.base = format!("http://{address}"));
        let router =
            Router::new().fallback(door).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(self));
        let stopped = self.stop.clone().cancelled_owned();
        let server = axum::serve(listener, router).with_graceful_shutdown(stopped);
        self.spawn(async move {
            let _ = server.await;
        });
        self.spawn(hooks::deliver_all(Arc::clone(self)));
        Ok(address)
    }
}

/// One door for all: the paths of the API hold names with slashes, which a router's patterns don't take.
async fn door(State(sim): State<Arc<Sim>>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    if path == "/api/graphql" {
        graphql::serve(&sim, request).await
    } else if path == "/_control" {
        control::serve(&sim, request).await
    } else if path.starts_with("/api/v3/") || path.starts_with("/_logs/") {
        rest::serve(&sim, request).await
    } else {
        git::serve::serve(&sim, request).await
    }
}
