//! The hub: every OpenCode pod's plugin holds one WebSocket to here.
//!
//! `upgrade` lets a peer in (token), `handshake` agrees on a version, `link` is the one task that owns a
//! connection, `peer_ids` looks at every id that comes in, `own_words` and `foreign_words` at whose sessions are told of, `succession` at who may follow
//! another pod, `pod` is what outlives connections (commands in flight, event
//! positions, the queue inwards), `registry` finds pods by name. What comes in leaves through the port
//! [`PodFeed`].

mod agent_orders;
mod auth;
mod call;
mod check_calls;
mod flood;
mod foreign_words;
mod greeting;
mod handshake;
mod inbound;
mod link;
pub mod metrics;
mod own_words;
mod peer_ids;
mod pending;
mod pod;
mod pods;
mod positions;
mod registry;
mod status;
mod succession;
mod tenure;
mod upgrade;

pub use crate::token::PodTokens;
pub use auth::BridgeToken;
pub use call::{CallError, Caller};
pub use metrics::BridgeMetrics;
pub use registry::Registry;

use crate::clock::{self, Clock};
use crate::ids::IdSource;
use crate::sessions::Homes;
use crate::sessions::ports::{Accounts, PodFeed};
use crate::token::Attempts;
use axum::Router;
use axum::routing::get;
use bridge_protocol::{BRIDGE_PATH, HoldMode, limits};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Most pods the gateway keeps in mind, far above any team's number. For a further name one that is neither connected nor
/// has sessions is forgotten; without such a one it is refused.
pub const MAX_PODS: usize = 2_000;

/// What the bridge needs to know. Intervals are settable so that tests need not wait.
#[derive(Clone, Debug)]
pub struct Config {
    /// Without a token any local process may connect; `config.rs` allows that on loopback only.
    pub token: Option<BridgeToken>,
    /// Whether that one lets pods in at all.
    pub pods: PodTokensRule,
    /// The tokens that pods have for themselves.
    pub own_tokens: Option<PodTokens>,
    pub ping_interval: Duration,
    pub hello_timeout: Duration,
    /// How long one frame may take to be written before the peer counts as too slow.
    pub write_timeout: Duration,
    pub hold_default: HoldMode,
    /// The longest that a person may take to decide a held call; plugins wait a little longer.
    pub hold_timeout: Duration,
}

/// What a pod must show that is not one of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PodTokensRule {
    /// The token that all share, or one of its own.
    #[default]
    Shared,
    /// One of its own.
    Own,
}

/// The standard of the rules, too.
const HOLD_TIMEOUT: Duration = Duration::from_secs(300);

impl Default for Config {
    fn default() -> Self {
        Self {
            token: None,
            pods: PodTokensRule::default(),
            own_tokens: None,
            ping_interval: Duration::from_millis(limits::PING_INTERVAL_MS),
            hello_timeout: Duration::from_millis(limits::HELLO_TIMEOUT_MS),
            write_timeout: Duration::from_secs(10),
            hold_default: HoldMode::None,
            hold_timeout: HOLD_TIMEOUT,
        }
    }
}

/// The hub. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Bridge {
    shared: Arc<Hub>,
}

pub(crate) struct Hub {
    config: Config,
    registry: Registry,
    metrics: BridgeMetrics,
    accounts: Option<Arc<dyn Accounts>>,
    /// Where each session lives.
    homes: Arc<Homes>,
    attempts: Attempts,
    ids: IdSource,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    closing: CancellationToken,
    /// Files of messages that may be on their way at once: each is some MiB, and asks share the link with them.
    files: Semaphore,
}

/// What the hub shares with others.
#[derive(Default)]
pub struct Neighbours {
    /// With these pods of a cluster are let in with their own tokens, too.
    pub accounts: Option<Arc<dyn Accounts>>,
    pub homes: Arc<Homes>,
}

/// What a plugin that connects meets: the hub, and whoever takes what it tells.
#[derive(Clone)]
struct Reception {
    shared: Arc<Hub>,
    feed: Arc<dyn PodFeed>,
}

/// People look at pictures one after the other; a page asks for six at once.
const FILES_AT_ONCE: usize = 8;

impl Bridge {
    pub fn new(config: Config, metrics: BridgeMetrics, ids: IdSource, neighbours: Neighbours) -> Self {
        let Neighbours { accounts, homes } = neighbours;
        let shared = Hub {
            config,
            registry: Registry::default(),
            metrics,
            accounts,
            homes,
            attempts: Attempts::default(),
            ids,
            clock: clock::system(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            files: Semaphore::new(FILES_AT_ONCE),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The route that plugins connect to. What they tell goes to `feed`.
    pub fn serve(&self, feed: Arc<dyn PodFeed>) -> Router {
        if self.shared.config.own_tokens.is_some() {
            self.shared.tasks.spawn(Arc::clone(&self.shared).watch_tokens());
        }
        let reception = Reception { shared: Arc::clone(&self.shared), feed };
        Router::new().route(BRIDGE_PATH, get(upgrade::upgrade)).with_state(reception)
    }

    /// The handle through which commands are sent.
    pub fn caller(&self) -> Caller {
        Caller::new(Arc::clone(&self.shared))
    }

    /// Closes every link with a code that makes the plugins come back, and waits for the tasks.
    pub async fn close(&self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}
