//! What a session's own workspace takes: a name that nobody else has, the repositories, and for a session that began in
//! OpenCode the form that a person fills in first.
//!
//! Both the desk (a person starts a session) and the sessions' tasks (a session wants to write) come here, so it knows
//! neither.

mod own_workspace;
mod session_form;
mod starts;

pub use own_workspace::WorkspaceWanted;
pub(super) use own_workspace::{ReservedWorkspace, WorkspaceOwner};
pub use starts::{Stage, StartView, Step};

use super::live::LiveSessions;
use super::ports::{ProjectBook, Workspaces};
use super::tasks::Threads;
use gateway_domain::ProgressLine;
use starts::Starts;
use std::sync::Arc;

/// Takes what is told in one stage.
pub(super) type OnStage<'a> = dyn Fn(Stage, ProgressLine) + Send + Sync + 'a;

pub struct WorkspaceSetup {
    live: Arc<LiveSessions>,
    threads: Arc<Threads>,
    projects: Arc<dyn ProjectBook>,
    pub(super) workspaces: Arc<dyn Workspaces>,
    pub(super) starts: Starts,
}

impl WorkspaceSetup {
    pub fn new(
        live: Arc<LiveSessions>,
        threads: Arc<Threads>,
        projects: Arc<dyn ProjectBook>,
        workspaces: Arc<dyn Workspaces>,
    ) -> Self {
        Self { live, threads, projects, workspaces, starts: Starts::default() }
    }
}
