//! A workspace for a session: nobody else has it, it is made before the session, and goes when that does not come to be.

use super::starts::Held;
use super::{Stage, Told, WorkspaceSetup};
use crate::sessions::Refusal;
use crate::sessions::ports::{PodRefusal, WorkspaceFault, WorkspaceMade, WorkspaceSpec, WorkspaceView};
use gateway_domain::{PlaceName, Remark, workspace_name};
use std::sync::{Mutex, PoisonError};

/// Workspaces that would have the same name: as many sessions of one title do not run at once.
const NAMES_TRIED: usize = 50;

/// A place of its own for a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceWanted {
    /// Made of project and title if it is not given.
    pub name: Option<String>,
    /// All of the project if none are named.
    pub repositories: Vec<String>,
}

/// Where the session works, with what was told while the place was made.
#[derive(Default)]
pub(crate) struct Placed {
    pub(crate) made: Option<WorkspaceMade>,
    pub(crate) remarks: Vec<Remark>,
    /// Held until the session is known to have the place.
    pub(crate) held: Option<Held>,
}

/// For whom a place is made.
pub(crate) struct Site<'a> {
    /// The start's own word: the same one gets the same place.
    pub(crate) key: &'a str,
    pub(crate) project: Option<&'a str>,
    pub(crate) title: &'a str,
    /// A session that there is already.
    pub(crate) session: Option<&'a str>,
}

impl WorkspaceSetup {
    /// A name that nobody chose gives way to the next one that is free.
    pub(crate) async fn place_at(
        &self,
        site: &Site<'_>,
        place: &WorkspaceWanted,
        told: &Told<'_>,
    ) -> Result<Placed, Refusal> {
        let spec = self.spec(site, place)?;
        let most = if place.name.is_some() { 1 } else { NAMES_TRIED };
        let mut taken = WorkspaceFault::Busy;
        for n in 1..=most {
            let spec = WorkspaceSpec { name: spec.name.numbered(n), ..spec.clone() };
            match self.place_named(site, spec, told).await {
                Err(Refusal::Workspace(fault @ WorkspaceFault::Taken { .. })) => taken = fault,
                placed => return placed,
            }
        }
        Err(taken.into())
    }

    async fn place_named(
        &self,
        site: &Site<'_>,
        spec: WorkspaceSpec,
        told: &Told<'_>,
    ) -> Result<Placed, Refusal> {
        let taken = |by: &str| WorkspaceFault::Taken { name: spec.name.clone(), by: by.to_owned() };
        let held = self
            .starts
            .take_name(&spec.name.folded())
            .ok_or_else(|| taken("a session that is being started"))?;
        if let Some(session) = self.session_in(&spec.name, Some(site)) {
            return Err(taken(&session).into());
        }
        let remarks = Mutex::new(vec![]);
        let tell = |remark: Remark| {
            remarks.lock().unwrap_or_else(PoisonError::into_inner).push(remark.clone());
            told(Stage::Workspace, remark);
        };
        let made = self.workspaces.prepare(spec, &tell).await?;
        let remarks = remarks.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Placed { made: Some(made), remarks, held: Some(held) })
    }

    fn spec(&self, site: &Site<'_>, place: &WorkspaceWanted) -> Result<WorkspaceSpec, Refusal> {
        let project = site.project;
        let name = match &place.name {
            Some(name) => PlaceName::parse(name).map_err(WorkspaceFault::from)?,
            None => workspace_name(project, site.title),
        };
        let mut names =
            place.repositories.iter().map(|name| PlaceName::parse(name)).collect::<Result<Vec<_>, _>>();
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
                true => "Name the repositories to work on, or a project that has some.",
                false => {
                    "No repositories are configured, so there is nothing to make a workspace of. Add `repositories` to the \
                     configuration, or work in a directory."
                }
            };
            return Err(WorkspaceFault::NoSuchRepository(told.to_owned()).into());
        }
        let repositories = self.projects.sources(project, &names);
        Ok(WorkspaceSpec { name, key: site.key.to_owned(), repositories })
    }

    /// Who works in that workspace, if anybody does: by the records, and by what OpenCode shows.
    fn session_in(&self, name: &PlaceName, except: Option<&Site<'_>>) -> Option<String> {
        let is_own = |id: &str, start: Option<&str>| {
            except.is_some_and(|site| site.session == Some(id) || start == Some(site.key))
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
        let shown = self.board.list().into_iter().map(|view| view.info).find(|info| {
            let there =
                info.parent_id.is_none() && !info.archived && self.workspaces.holds(name, &info.directory);
            there && !ended(&info.id) && !own(&info.id)
        })?;
        Some(told(&shown.title, &shown.id))
    }

    /// A session that was closed may have lost its place to another one.
    pub(crate) async fn may_reopen(&self, session: &str) -> Result<(), Refusal> {
        let Some(card) = self.threads.card_of(session) else { return Ok(()) };
        let Some(name) = card.about.workspace.as_ref().map(|own| own.name.clone()) else { return Ok(()) };
        let own = Site { key: "", project: None, title: "", session: Some(session) };
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
    pub(crate) async fn take_back(&self, placed: &Placed, why: PodRefusal) {
        let unknown = matches!(why, PodRefusal::Away | PodRefusal::TimedOut);
        if let Some(made) = placed.made.as_ref().filter(|_| !unknown) {
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
    pub(crate) async fn remove(&self, name: &str, confirmed: bool) -> Result<Vec<Remark>, Refusal> {
        let name = PlaceName::parse(name).map_err(WorkspaceFault::from)?;
        let in_use = |by: String| WorkspaceFault::InUse { name: name.clone(), by };
        let _held = self
            .starts
            .take_name(&name.folded())
            .ok_or_else(|| in_use("a session that is being started".to_owned()))?;
        if let Some(session) = self.session_in(&name, None) {
            return Err(in_use(session).into());
        }
        Ok(self.workspaces.remove(&name, confirmed).await?)
    }
}
