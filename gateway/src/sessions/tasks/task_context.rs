//! What every session's task works with.

use super::metrics::TaskMetrics;
use super::open_asks::OpenAsks;
use super::running::RunningSessions;
use super::threads::Threads;
use crate::clock::Clock;
use crate::sessions::grants::Grants;
use crate::sessions::live::LiveSessions;
use crate::sessions::ports::{Agents, CheckHands, Deliveries, FileShelf, Keeper, Labs, MessageSource};
use crate::sessions::workspace_setup::WorkspaceSetup;
use gateway_domain::PolicyBook;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub(super) struct TaskContext {
    pub(super) policies: PolicyBook,
    pub(super) running: Arc<RunningSessions>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) shelf: Arc<dyn FileShelf>,
    pub(super) agents: Arc<dyn Agents>,
    pub(super) messages: Arc<dyn MessageSource>,
    pub(super) live: Arc<LiveSessions>,
    pub(super) asks: Arc<OpenAsks>,
    pub(super) threads: Arc<Threads>,
    pub(super) metrics: TaskMetrics,
    pub(super) setup: Arc<WorkspaceSetup>,
    pub(super) grants: Arc<Grants>,
    pub(super) checks: Arc<dyn CheckHands>,
    pub(super) labs: Arc<dyn Labs>,
    pub(super) deliveries: Arc<dyn Deliveries>,
    pub(super) stop: CancellationToken,
}

impl TaskContext {
    /// Whether an ask of this id is shown of a session that lives in another pod. That one stays.
    pub(super) fn is_anothers(&self, session: &str, ask: &str) -> bool {
        let homes = self.live.homes();
        self.asks.session_of(ask).is_some_and(|holder| {
            holder != session && homes.of(&holder).is_some() && homes.of(&holder) != homes.of(session)
        })
    }
}
