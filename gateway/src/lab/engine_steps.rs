//! What the engines have in common: one step at a time for each session, and how an attempt begins and goes, whatever runs it.

use super::LabConfig;
use super::attempt_folder::{AttemptFolder, AttemptNote};
use super::plan_reading::{self, RunsIn};
use crate::clock::Clock;
use crate::sessions::ports::{CopyLimits, LabNews, Workspaces};
use dashmap::DashMap;
use gateway_domain::{LabFault, LabOrder, LabOutcome, LabSeen, LabSight, SafeName};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};

/// A step that is not done, as its outcome.
pub(super) type Step<T> = Result<T, LabOutcome>;

/// For something that whoever deploys can mend.
pub(super) fn refused(why: impl Into<String>) -> LabOutcome {
    refused_for(LabFault::Work, why)
}

pub(super) fn refused_for(fault: LabFault, why: impl Into<String>) -> LabOutcome {
    LabOutcome::Refused { fault, why: why.into(), details: None }
}

pub(super) fn not_made(error: &std::io::Error) -> LabOutcome {
    refused_for(LabFault::Machine, format!("The lab couldn't be made: {error}."))
}

/// What is to be copied of which session.
pub(super) struct Reading {
    pub(super) session: String,
    pub(super) attempt: String,
    pub(super) workspace: SafeName,
    pub(super) project: Option<String>,
}

/// An engine's own part of each step.
pub(super) trait EngineSteps: Sync {
    fn turns(&self) -> &Turns;
    fn read(&self, wanted: Reading) -> impl Future<Output = Step<LabOutcome>> + Send;
    fn apply(
        &self,
        session: &str,
        attempt: &str,
        digest: &str,
        forced: bool,
    ) -> impl Future<Output = Step<LabOutcome>> + Send;
    fn end(&self, attempt: &str) -> impl Future<Output = LabOutcome> + Send;
    fn clean(
        &self,
        session: &str,
        attempt: &str,
        followed: bool,
    ) -> impl Future<Output = Step<LabOutcome>> + Send;
}

/// One order, when its session's turn has come.
pub(super) async fn carried_out(engine: &impl EngineSteps, order: LabOrder) -> LabOutcome {
    let _one = engine.turns().take(order.session()).await;
    let done = match order {
        LabOrder::ReadLab { session, attempt, workspace, project } => {
            engine.read(Reading { session, attempt, workspace, project }).await
        }
        LabOrder::ApplyLab { session, attempt, digest, forced } => {
            engine.apply(&session, &attempt, &digest, forced).await
        }
        LabOrder::EndLab { attempt, .. } => Ok(engine.end(&attempt).await),
        LabOrder::CleanLab { session, attempt, followed } => engine.clean(&session, &attempt, followed).await,
    };
    done.unwrap_or_else(|refusal| refusal)
}

/// One step at a time for each session.
#[derive(Default)]
pub(super) struct Turns(DashMap<String, Arc<Mutex<()>>>);

impl Turns {
    async fn take(&self, session: &str) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(&self.0.entry(session.to_owned()).or_default());
        turn.lock_owned().await
    }
}

pub(super) fn folder(config: &LabConfig, attempt: &str) -> Step<AttemptFolder> {
    let named = AttemptFolder::of(&config.folder, attempt);
    named.ok_or_else(|| refused("That is not the name of a lab."))
}

/// What copies are made with.
pub(super) struct Copying<'a> {
    pub(super) config: &'a LabConfig,
    pub(super) workspaces: &'a dyn Workspaces,
    pub(super) clock: &'a dyn Clock,
    pub(super) limits: CopyLimits,
    pub(super) runs_in: RunsIn,
}

impl Copying<'_> {
    /// The workspace is copied, and its recipe read from the copy. What was there of the attempt goes.
    pub(super) async fn copied(&self, folder: &AttemptFolder, wanted: Reading) -> Step<AttemptNote> {
        let Reading { session, workspace, project, .. } = wanted;
        let made = folder.clone();
        blocking(move || made.make()).await.map_err(|error| not_made(&error))?;
        let copy = self.workspaces.copy_to(&workspace, &folder.files(), self.limits).await;
        let copy = copy.map_err(|fault| refused(fault.to_string()))?;
        let (config, runs_in) = (self.config, self.runs_in);
        let plan = plan_reading::plan(config, project.as_deref(), folder, &workspace, &copy, runs_in)
            .map_err(refused)?;
        Ok(AttemptNote { session, project, made_at: self.clock.now(), plan })
    }
}

/// The attempt is as it will be shown, and stays so.
pub(super) fn kept(folder: &AttemptFolder, note: AttemptNote) -> Step<LabOutcome> {
    folder.note(&note).map_err(|error| not_made(&error))?;
    Ok(LabOutcome::Read(Box::new(note.plan)))
}

/// What was shown, and nothing else.
pub(super) fn noted(folder: &AttemptFolder, session: &str, digest: &str) -> Step<AttemptNote> {
    let note = folder.noted().filter(|note| note.session == session && note.plan.digest == digest);
    note.ok_or_else(|| refused("The copy of the workspace is gone. Deploy it again."))
}

/// The session asks once more, so it may not have heard.
pub(super) fn tell_again(
    news: &mpsc::Sender<LabNews>,
    session: &str,
    attempt: &str,
    newest: Option<LabSight>,
) {
    if let Some(what) = newest {
        let seen = LabSeen { attempt: attempt.to_owned(), what };
        // Where there is no room its session has plenty to hear.
        let _ = news.try_send((session.to_owned(), seen));
    }
}

pub(super) async fn removed(folder: AttemptFolder) -> LabOutcome {
    match blocking(move || folder.remove()).await {
        Ok(()) => LabOutcome::Gone,
        Err(error) => LabOutcome::Stuck { what: format!("its files can't be deleted ({error}).") },
    }
}

/// Runs work on a disk off the threads that serve people.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
