//! The engine itself: each order of a session, in its turn.

use super::apply::apply;
use super::attempt_watch::{AttemptWatch, WatchParts};
use super::files_door::{self, FilesDoor};
use super::lab_files::FilesWay;
use super::lab_place::LabPlace;
use super::manifests::{FilesBy, LabSpec, SESSION};
use super::namespaces::original;
use super::seen::SeenCluster;
use super::{ClusterLabConfig, clean, lab_files};
use crate::clock::Clock;
use crate::lab::LabConfig;
use crate::lab::attempt_folder::{self, AttemptFolder};
use crate::lab::engine_steps::{
    Copying, EngineSteps, Reading, Step, Turns, blocking, carried_out, folder, kept, not_made, noted,
    refused, refused_for, removed, tell_again,
};
use crate::lab::files_listing::{self, MOST_BYTES, MOST_FILES};
use crate::lab::plan_reading::RunsIn;
use crate::sessions::ports::{CopyLimits, LabNews, LabView, Labs, Workspaces};
use axum::Router;
use dashmap::DashMap;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_domain::{LabOrder, LabOutcome};
use kube::{Client, ResourceExt};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What ConfigMaps carry, and what an archive does.
const MAPPED: CopyLimits = CopyLimits { bytes: lab_files::ALL_MAPS, files: lab_files::MAPPED_FILES };
const FETCHED: CopyLimits = CopyLimits { bytes: MOST_BYTES, files: MOST_FILES };

/// What it is put together from.
pub struct ClusterParts {
    pub config: LabConfig,
    pub cluster: ClusterLabConfig,
    pub client: Client,
    /// The same, for answers that take their time.
    pub watching: Client,
    pub workspaces: Arc<dyn Workspaces>,
    pub clock: Arc<dyn Clock>,
    pub news: mpsc::Sender<LabNews>,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

pub struct ClusterLabs {
    parts: ClusterParts,
    watch: WatchParts,
    /// By attempt; those that failed are here until they are cleaned, for their logs.
    runs: DashMap<String, Arc<AttemptWatch>>,
    turns: Turns,
}

impl ClusterLabs {
    pub fn new(parts: ClusterParts) -> Self {
        let seen = SeenCluster::begin(&parts.watching, &parts.clock, &parts.tasks, &parts.stop);
        let watch = WatchParts {
            client: parts.client.clone(),
            seen: Arc::new(seen),
            clock: Arc::clone(&parts.clock),
            news: parts.news.clone(),
        };
        Self { parts, watch, runs: DashMap::new(), turns: Turns::default() }
    }

    /// Where labs fetch their files, if they do.
    pub fn files_door(&self) -> Option<Router> {
        let ClusterParts { config, cluster, client, .. } = &self.parts;
        cluster.files.as_ref()?;
        Some(files_door::router(FilesDoor {
            folder: config.folder.clone(),
            cluster: cluster.clone(),
            vouching: Arc::new(client.clone()),
        }))
    }

    async fn way(&self, folder: &AttemptFolder) -> Step<FilesWay> {
        let (files, fetches) = (folder.files(), self.parts.cluster.files.is_some());
        let listed = blocking(move || files_listing::listed(&files)).await;
        lab_files::way(&listed.map_err(|error| not_made(&error))?, fetches).map_err(refused)
    }

    /// By which they travel, ready to.
    async fn files(&self, folder: &AttemptFolder) -> Step<FilesBy> {
        let (way, folder) = (self.way(folder).await?, folder.clone());
        let made = blocking(move || {
            let files = folder.files();
            let listed = files_listing::listed(&files)?;
            Ok(match way {
                FilesWay::ConfigMaps => FilesBy::Maps(lab_files::packed(lab_files::read(&files, &listed)?)),
                FilesWay::Archive => FilesBy::Archive(folder.archived(&listed)?),
            })
        });
        made.await.map_err(|error| not_made(&error))
    }

    fn running(&self, attempt: &str) -> Option<Arc<AttemptWatch>> {
        let run = self.runs.get(attempt).map(|run| Arc::clone(&run))?;
        (!run.over.is_cancelled() && !run.unwanted.is_cancelled()).then_some(run)
    }

    /// Nobody looks at it any more.
    fn forget(&self, attempt: &str) {
        if let Some((_, run)) = self.runs.remove(attempt) {
            run.unwanted.cancel();
        }
    }

    fn forget_others(&self, session: &str, attempt: &str) {
        let is_other = |run: &AttemptWatch| run.session == session && run.name != attempt;
        let others = self.runs.iter().filter(|run| is_other(run)).map(|run| run.name.clone());
        for other in others.collect::<Vec<_>>() {
            self.forget(&other);
        }
    }

    /// Those that have a copy here, and those that have a namespace.
    async fn views(&self) -> Vec<LabView> {
        let folder = self.parts.config.folder.clone();
        let copies = blocking(move || Ok(attempt_folder::all(&folder, &|_| false))).await;
        let mut views = copies.unwrap_or_default();
        let found = clean::all(&self.parts.client).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "namespaces of labs not listed");
            vec![]
        });
        for namespace in found {
            let session = original(&namespace, SESSION);
            let attempt = self.watch.seen.attempt_in(&namespace.name_any()).unwrap_or_default();
            let runs = namespace.metadata.deletion_timestamp.is_none();
            match views.iter_mut().find(|view| view.attempt == attempt) {
                Some(view) => view.runs = runs,
                None => views.push(LabView {
                    attempt,
                    session,
                    bytes: 0,
                    made_at: namespace.creation_timestamp().map(|time| time.0),
                    runs,
                }),
            }
        }
        views
    }
}

impl EngineSteps for ClusterLabs {
    fn turns(&self) -> &Turns {
        &self.turns
    }

    async fn read(&self, wanted: Reading) -> Step<LabOutcome> {
        let folder = folder(&self.parts.config, &wanted.attempt)?;
        self.forget(&wanted.attempt);
        let copying = Copying {
            config: &self.parts.config,
            workspaces: self.parts.workspaces.as_ref(),
            clock: self.parts.clock.as_ref(),
            limits: if self.parts.cluster.files.is_some() { FETCHED } else { MAPPED },
            runs_in: RunsIn::Container,
        };
        let note = copying.copied(&folder, wanted).await?;
        // What is too much is said before anybody is asked.
        self.way(&folder).await?;
        kept(&folder, note)
    }

    async fn apply(&self, session: &str, attempt: &str, digest: &str, forced: bool) -> Step<LabOutcome> {
        let folder = folder(&self.parts.config, attempt)?;
        if let Some(run) = self.running(attempt) {
            tell_again(&self.parts.news, session, attempt, run.newest());
            return Ok(LabOutcome::Applied);
        }
        let note = noted(&folder, session, digest)?;
        let spec = LabSpec {
            place: LabPlace::of(&note.plan.name, &self.parts.cluster.domain),
            session: session.to_owned(),
            project: note.project,
            attempt: attempt.to_owned(),
            plan: note.plan,
            files: self.files(&folder).await?,
            config: self.parts.cluster.clone(),
            forced,
        };
        self.forget_others(session, attempt);
        let begun = self.parts.clock.now();
        let applied = apply(&self.parts.client, &spec).await;
        if let Err(fault) = &applied
            && !fault.passes
        {
            return Err(refused_for(fault.fault, fault.sentence.clone()));
        }
        let run = Arc::new(AttemptWatch::new(&spec, begun));
        self.runs.insert(attempt.to_owned(), Arc::clone(&run));
        self.parts.tasks.spawn(run.watch(spec, self.watch.clone(), applied, self.parts.stop.clone()));
        Ok(LabOutcome::Applied)
    }

    /// Its pods go, its files stay.
    async fn end(&self, attempt: &str) -> LabOutcome {
        let Some(run) = self.runs.get(attempt).map(|run| Arc::clone(&run)) else {
            return LabOutcome::Ended { log: None };
        };
        run.unwanted.cancel();
        let log = run.log(&self.watch).await;
        if let Err(error) = clean::remove_deployment(&self.parts.client, &run.namespace, attempt).await {
            tracing::warn!(%error, attempt, "lab not ended");
        }
        LabOutcome::Ended { log }
    }

    async fn clean(&self, session: &str, attempt: &str, followed: bool) -> Step<LabOutcome> {
        let folder = folder(&self.parts.config, attempt)?;
        let runs = self.running(attempt).is_some();
        self.forget(attempt);
        // What runs is changed in its place: only what differs is sent, and its pods begin anew.
        if followed && runs {
            return Ok(removed(folder).await);
        }
        match clean::remove(&self.parts.client, session, attempt, followed).await {
            LabOutcome::Gone => Ok(removed(folder).await),
            stuck => Ok(stuck),
        }
    }
}

impl Labs for ClusterLabs {
    fn carry_out(&self, order: LabOrder) -> BoxFuture<'_, LabOutcome> {
        carried_out(self, order).boxed()
    }

    fn log<'a>(&'a self, attempt: &'a str) -> BoxFuture<'a, Option<String>> {
        async move {
            let run = self.runs.get(attempt).map(|run| Arc::clone(&run))?;
            run.log(&self.watch).await
        }
        .boxed()
    }

    fn list(&self) -> BoxFuture<'_, Vec<LabView>> {
        self.views().boxed()
    }

    fn namespace(&self) -> &'static str {
        "kubernetes"
    }
}
