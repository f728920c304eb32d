//! A workspace for a session: nobody else has it, it is made before the session, and goes when that does not come to be.

use super::starts::HeldName;
use super::{OnStage, Stage, WorkspaceSetup};
use crate::sessions::Refusal;
use crate::sessions::ports::{PodRefusal, WorkspaceFault, WorkspaceMade, WorkspaceSpec, WorkspaceView};
use gateway_domain::{ProgressLine, SafeName, workspace_name};
use std::sync::{Mutex, PoisonError};

/// Workspaces that would have the same name: as many sessions of one title do not run at once.
const NAMES_TRIED: usize = 50;

/// The workspace that somebody wants for a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceWanted {
    /// Made of project and title if it is not given.
    pub name: Option<String>,
    /// All of the project if none are named.
    pub repositories: Vec<String>,
}

/// A workspace that was made for a start, with what was told meanwhile.
#[derive(Default)]
pub(crate) struct ReservedWorkspace {
    pub(crate) made: Option<WorkspaceMade>,
    pub(crate) progress: Vec<ProgressLine>,
    /// Held until the session is known to have the workspace.
    pub(crate) held: Option<HeldName>,
}

/// For whom a workspace is made.
pub(crate) struct WorkspaceOwner<'a> {
    /// The start's own word: the same one gets the same workspace.
    pub(crate) key: &'a str,
    pub(crate) project: Option<&'a str>,
    pub(crate) title: &'a str,
    /// A session that there is already.
    pub(crate) session: Option<&'a str>,
}

impl WorkspaceSetup {
    /// A name that nobody chose gives way to the next one that is free.
    pub(crate) async fn prepare_free(
        &self,
        owner: &WorkspaceOwner<'_>,
        wanted: &WorkspaceWanted,
        told: &OnStage<'_>,
    ) -> Result<ReservedWorkspace, Refusal> {
        let spec = self.spec(owner, wanted)?;
        let most = if wanted.name.is_some() { 1 } else { NAMES_TRIED };
        let mut taken = WorkspaceFault::Busy;
        for n in 1..=most {
            let spec = WorkspaceSpec { name: spec.name.numbered(n), ..spec.clone() };
            match self.prepare_named(owner, spec, told).await {
                Err(Refusal::Workspace(fault @ WorkspaceFault::Taken { .. })) => taken = fault,
                reserved => return reserved,
            }
        }
        Err(taken.into())
    }

    async fn prepare_named(
        &self,
        owner: &WorkspaceOwner<'_>,
        spec: WorkspaceSpec,
        told: &OnStage<'_>,
    ) -> Result<ReservedWorkspace, Refusal> {
        let taken = |by: &str| WorkspaceFault::Taken { name: spec.name.clone(), by: by.to_owned() };
        let held =
            self.starts.take_name(&spec.name.folded()).ok_or_else(|| taken("a session that is starting"))?;
        if let Some(session) = self.session_in(&spec.name, Some(owner)) {
            return Err(taken(&session).into());
        }
        let progress = Mutex::new(vec![]);
        let tell = |line: ProgressLine| {
            progress.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
            told(Stage::Workspace, line);
        };
        let made = self.workspaces.prepare(spec, &tell).await?;
        let progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(ReservedWorkspace { made: Some(made), progress, held: Some(held) })
    }

    fn spec(&self, owner: &WorkspaceOwner<'_>, wanted: &WorkspaceWanted) -> Result<WorkspaceSpec, Refusal> {
        let project = owner.project;
        let name = match &wanted.name {
            Some(name) => SafeName::parse(name).map_err(WorkspaceFault::from)?,
            None => workspace_name(project, owner.title),
        };
        let mut names =
            wanted.repositories.iter().map(|name| SafeName::parse(name)).collect::<Result<Vec<_>, _>>();
        if let (Ok(none), Some(project)) = (&names, project)
            && none.is_empty()
        {
            names = Ok(self.projects.repositories(project));
        }
        let mut names = names.map_err(WorkspaceFault::from)?;
        names.sort();
        names.dedup_by_key(|name| name.folded());
        if names.is_empty() {
            let told = match self.projects.has_repositories() {
                true => "Name the repositories to work on, or a project that has repositories.",
                false => {
                    "No repositories are configured, so a workspace can't be created. Add `repositories` to the \
                     configuration, or work in a directory."
                }
            };
            return Err(WorkspaceFault::NoSuchRepository(told.to_owned()).into());
        }
        let repositories = self.projects.sources(project, &names);
        Ok(WorkspaceSpec { name, key: owner.key.to_owned(), repositories })
    }

    /// Who works in that workspace, if anybody does: by the records, and by what OpenCode shows.
    fn session_in(&self, name: &SafeName, except: Option<&WorkspaceOwner<'_>>) -> Option<String> {
        let is_own = |id: &str, start: Option<&str>| {
            except.is_some_and(|owner| owner.session == Some(id) || start == Some(owner.key))
        };
        let cards = self.threads.cards();
        let of_record = cards.iter().find(|card| {
            let same = card.about.workspace.as_ref().is_some_and(|own| own.name.folded() == name.folded());
            same && card.ended.is_none() && !is_own(&card.session, card.about.start_key.as_deref())
        });
        let told = |title: &str, id: &str| format!("\"{title}\" ({id})");
        if let Some(card) = of_record {
            return Some(told(&card.about.title, &card.session));
        }
        let ended = |id: &str| self.threads.card_of(id).is_some_and(|card| card.ended.is_some());
        let own = |id: &str| {
            let card = self.threads.card_of(id);
            is_own(id, card.as_ref().and_then(|card| card.about.start_key.as_deref()))
        };
        let shown = self.live.list().into_iter().map(|view| view.info).find(|info| {
            let there =
                info.parent_id.is_none() && !info.archived && self.workspaces.holds(name, &info.directory);
            there && !ended(&info.id) && !own(&info.id)
        })?;
        Some(told(&shown.title, &shown.id))
    }

    /// A session that was closed may have lost its workspace to another one.
    pub(crate) async fn may_reopen(&self, session: &str) -> Result<(), Refusal> {
        let Some(card) = self.threads.card_of(session) else { return Ok(()) };
        let Some(name) = card.about.workspace.as_ref().map(|own| own.name.clone()) else { return Ok(()) };
        let own = WorkspaceOwner { key: "", project: None, title: "", session: Some(session) };
        if let Some(by) = self.session_in(&name, Some(&own)) {
            return Err(WorkspaceFault::Taken { name, by }.into());
        }
        let all = self.workspaces.list().await?;
        match all.iter().any(|one| one.name.folded() == name.folded()) {
            true => Ok(()),
            false => Err(WorkspaceFault::Unknown(name).into()),
        }
    }

    /// The session was refused for good: what was made for it goes. Where nobody knows, the same start may go on.
    pub(crate) async fn take_back(&self, reserved: &ReservedWorkspace, why: PodRefusal) {
        let unknown = matches!(why, PodRefusal::Away | PodRefusal::TimedOut);
        if let Some(made) = reserved.made.as_ref().filter(|_| !unknown) {
            self.workspaces.give_up(made).await;
        }
    }

    // --- for people who tidy up ---

    /// All workspaces, each with the session that works there.
    pub(crate) async fn workspaces(&self) -> Result<Vec<(WorkspaceView, Option<String>)>, Refusal> {
        let all = self.workspaces.list().await?;
        Ok(all
            .into_iter()
            .map(|one| {
                let by = self.session_in(&one.name, None);
                (one, by)
            })
            .collect())
    }

    /// Refuses while a session works there, and when something would be lost unless that is `confirmed`.
    pub(crate) async fn remove(&self, name: &str, confirmed: bool) -> Result<Vec<ProgressLine>, Refusal> {
        let name = SafeName::parse(name).map_err(WorkspaceFault::from)?;
        let in_use = |by: String| WorkspaceFault::InUse { name: name.clone(), by };
        let _held = self
            .starts
            .take_name(&name.folded())
            .ok_or_else(|| in_use("a session that is starting".to_owned()))?;
        if let Some(session) = self.session_in(&name, None) {
            return Err(in_use(session).into());
        }
        Ok(self.workspaces.remove(&name, confirmed).await?)
    }
}
