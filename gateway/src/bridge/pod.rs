//! A pod as the hub knows it: what outlives its links.

use super::flood::Allowance;
use super::inbound::INBOUND_QUEUE;
use super::pending::PendingCommands;
use super::positions::Positions;
use crate::sessions::guards::state;
use crate::sessions::ports::Inbound;
use bridge_protocol::{CloseCode, GuardReport, Hello, ResumeMode};
use gateway_domain::{GuardState, PodIdentity};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(super) struct Pod {
    name: Arc<str>,
    pub(super) pending: PendingCommands,
    pub(super) inbound: mpsc::Sender<Inbound>,
    /// Of the pod, not of the link: whoever connects anew has no more of it.
    allowance: Mutex<Allowance>,
    state: Mutex<PodState>,
    /// When it came last, by the registry's count.
    pub(super) came: AtomicU64,
}

struct PodState {
    /// By its newest link.
    identity: Arc<PodIdentity>,
    boot: Option<Boot>,
    link: Option<LinkHandle>,
    about: Option<About>,
}

/// One run of OpenCode in the pod.
#[derive(Clone)]
pub(super) struct Boot {
    id: String,
    started_at: i64,
    pub(super) positions: Arc<Positions>,
}

/// What the pod last said of itself.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) plugin_version: String,
    pub(super) opencode_version: String,
    pub(super) boot_id: String,
    pub(super) server_url: Option<String>,
    pub(super) guard: Option<GuardReport>,
    pub(super) guard_state: GuardState,
    pub(super) directories: Vec<String>,
    pub(super) sessions: usize,
}

/// What others hold of a link.
#[derive(Clone)]
pub(super) struct LinkHandle {
    pub(super) connection_id: Arc<str>,
    pub(super) outbound: mpsc::Sender<Arc<str>>,
    close: Arc<OnceLock<CloseCode>>,
    stop: CancellationToken,
    /// Cancelled once the link reads no more: from then on it hands nothing inwards.
    pub(super) detached: CancellationToken,
}

/// What a new link goes on with.
pub(super) struct LinkStart {
    pub(super) positions: Arc<Positions>,
    pub(super) mode: ResumeMode,
    pub(super) resume_from: u64,
    pub(super) restarted: bool,
}

// === impl Pod ===

impl Pod {
    pub(super) fn new(identity: &Arc<PodIdentity>) -> (Arc<Self>, mpsc::Receiver<Inbound>) {
        let (inbound, queue) = mpsc::channel(INBOUND_QUEUE);
        let state = PodState { identity: Arc::clone(identity), boot: None, link: None, about: None };
        let (pending, state) = (PendingCommands::default(), Mutex::new(state));
        let allowance = Mutex::new(Allowance::new(Instant::now()));
        let came = AtomicU64::new(0);
        let name = identity.name.as_str().into();
        let pod = Self { name, pending, inbound, allowance, state, came };
        (Arc::new(pod), queue)
    }

    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) fn identity(&self) -> Arc<PodIdentity> {
        Arc::clone(&self.lock().identity)
    }

    pub(super) fn allowance(&self) -> MutexGuard<'_, Allowance> {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn link(&self) -> Option<LinkHandle> {
        self.lock().link.clone()
    }

    pub(super) fn about(&self) -> Option<About> {
        self.lock().about.clone()
    }

    pub(super) fn received(&self) -> u64 {
        self.lock().boot.as_ref().map_or(0, |boot| boot.positions.received())
    }

    /// A process that started later owns the name; an older one with another boot is refused.
    pub(super) fn is_stale(&self, hello: &Hello) -> bool {
        let state = self.lock();
        let live = state.link.is_some();
        state
            .boot
            .as_ref()
            .is_some_and(|boot| live && boot.id != hello.boot_id && boot.started_at > hello.started_at)
    }

    /// Makes `link` the pod's link and says where its events go on.
    /// The older link must be detached by then, so that two never hand inwards at once.
    pub(super) fn attach(&self, identity: &Arc<PodIdentity>, link: LinkHandle, hello: &Hello) -> LinkStart {
        let mut state = self.lock();
        state.identity = Arc::clone(identity);
        state.link = Some(link);
        state.about = Some(About::of(hello));
        let known = state.boot.take().filter(|boot| boot.id == hello.boot_id);
        let restarted = known.is_none();
        let continued = known.filter(|boot| continues(boot, hello));
        let mode = if continued.is_some() { ResumeMode::Replay } else { ResumeMode::Reconcile };
        let boot = continued.unwrap_or_else(|| Boot {
            id: hello.boot_id.clone(),
            started_at: hello.started_at,
            positions: Positions::starting_after(hello.position.acked),
        });
        let positions = Arc::clone(&boot.positions);
        state.boot = Some(boot);
        LinkStart { resume_from: positions.resume_from(), positions, mode, restarted }
    }

    /// Forgets the link if it still is the pod's. Says whether it was.
    pub(super) fn detach(&self, connection_id: &str) -> bool {
        let mut state = self.lock();
        let ours = state.link.as_ref().is_some_and(|link| &*link.connection_id == connection_id);
        if ours {
            state.link = None;
        }
        ours
    }

    fn lock(&self) -> MutexGuard<'_, PodState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the plugin's buffer still holds everything from our position on.
fn continues(boot: &Boot, hello: &Hello) -> bool {
    let next = boot.positions.received().saturating_add(1);
    let position = hello.position;
    !position.overflowed && next > position.acked && next <= position.sent.saturating_add(1)
}

// === impl LinkHandle ===

impl LinkHandle {
    pub(super) fn new(connection_id: Arc<str>, outbound: mpsc::Sender<Arc<str>>) -> Self {
        Self {
            connection_id,
            outbound,
            close: Arc::default(),
            stop: CancellationToken::new(),
            detached: CancellationToken::new(),
        }
    }

    /// Asks the link to close with this code. The first code counts.
    pub(super) fn close(&self, code: CloseCode) {
        self.close.get_or_init(|| code);
        self.stop.cancel();
    }

    /// Returns when somebody asked the link to close.
    pub(super) async fn stopped(&self) -> CloseCode {
        self.stop.cancelled().await;
        *self.close.get_or_init(|| CloseCode::ServiceRestart)
    }
}

// === impl About ===

impl About {
    fn of(hello: &Hello) -> Self {
        Self {
            plugin_version: hello.plugin_version.clone(),
            opencode_version: hello.opencode_version.clone(),
            boot_id: hello.boot_id.clone(),
            server_url: hello.server_url.clone(),
            guard: hello.guard.clone(),
            guard_state: state(hello),
            directories: hello.directories.clone(),
            sessions: hello.sessions.len(),
        }
    }
}
