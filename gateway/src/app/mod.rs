//! The only place where rooms are plugged together, in four phases. Each takes everything that the one before made:
//!
//! 1. [`open_state`] takes the lock and reads the state folder: the store, and what the last gateway left.
//! 2. `build_inner` makes what decides: the bridge, the live picture, what sets up workspaces, and one task for each session.
//! 3. `connect_outer` gives the desk what it works with, and settles who may do what.
//! 4. `start_surfaces` shows it to people: OpenCode's web UI, Slack, the API and the console.
//!
//! `stop.rs` serves until the end and has the order in which everything stops.

mod inner;
mod open_state;
mod open_store;
mod outer;
mod stop;
mod surfaces;

pub use open_state::{OpenState, open_state};
pub use open_store::{Unsigned, cosigner, log_key, open_store, open_store_after, state_keys};

use crate::bridge::{Bridge, Caller};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::ids::IdSource;
use crate::opencode_ui::OpenCodeUi;
use crate::sessions::live::LiveSessions;
use crate::store::{OpenError, Store, TakeOver};
use axum::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The assembled gateway.
pub struct App {
    router: Router,
    opencode_ui: OpenCodeUi,
    bridge: Bridge,
    live: Arc<LiveSessions>,
    tasks: TaskTracker,
    store: Store,
    stopping: CancellationToken,
}

/// What every phase uses.
struct Common {
    clock: Arc<dyn Clock>,
    ids: IdSource,
    /// Tasks that end with the gateway.
    tasks: TaskTracker,
    /// Cancelled when the gateway stops.
    stopping: CancellationToken,
}

impl App {
    /// A gateway that is alone on its state.
    pub async fn build(config: Config, clock: Arc<dyn Clock>, ids: IdSource) -> Result<Self, OpenError> {
        let state = open_state(&config, TakeOver::WhenFree, &clock).await?;
        Self::start(&config, state, clock, ids, None)
    }

    /// Puts the rooms together around a state that is open, and starts their tasks.
    pub fn start(
        config: &Config,
        state: OpenState,
        clock: Arc<dyn Clock>,
        ids: IdSource,
        cluster: Option<Cluster>,
    ) -> Result<Self, OpenError> {
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let common = Common { clock, ids, tasks, stopping };
        let inner = inner::build_inner(config, state, cluster, &common);
        let outer = outer::connect_outer(config, inner, &common)?;
        Ok(surfaces::start_surfaces(config, outer, common))
    }

    pub fn caller(&self) -> Caller {
        self.bridge.caller()
    }

    pub fn live(&self) -> Arc<LiveSessions> {
        Arc::clone(&self.live)
    }
}
