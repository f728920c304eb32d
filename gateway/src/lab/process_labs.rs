//! The `process` engine: labs on the gateway's own machine. One attempt at a time for each session; what runs ends with the
//! gateway, and the next one starts the same attempt again, since its session wants it.

use super::attempt_folder::{self, AttemptFolder, AttemptNote};
use super::files_listing::{MOST_BYTES, MOST_FILES};
use super::lab_run::LabRun;
use super::plan_reading::{self, RunsIn};
use super::{LabConfig, guarding};
use crate::clock::Clock;
use crate::sessions::ports::{CopyLimits, LabNews, LabView, Labs, Workspaces};
use dashmap::DashMap;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_domain::{LabOrder, LabOutcome, LabPlan, LabSeen, SafeName};
use reqwest::Client;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::sync::Arc;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, OnceCell, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What a lab takes.
const LIMITS: CopyLimits = CopyLimits { bytes: MOST_BYTES, files: MOST_FILES };

/// All that a lab gets of the gateway's environment, in which its secrets are.
const HANDED_ON: [&str; 5] = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"];

/// What it is put together from.
pub struct ProcessParts {
    pub config: LabConfig,
    /// The gateway's own ports, which no lab reaches.
    pub closed_ports: Vec<u16>,
    pub workspaces: Arc<dyn Workspaces>,
    pub clock: Arc<dyn Clock>,
    pub news: mpsc::Sender<LabNews>,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

pub struct ProcessLabs {
    parts: ProcessParts,
    client: Client,
    /// By attempt; those that ended are here until they are cleaned, for their logs.
    runs: DashMap<String, Arc<LabRun>>,
    /// One step at a time for each session.
    turns: DashMap<String, Arc<Mutex<()>>>,
    /// Why nothing is guarded here, if nothing is.
    lacking: OnceCell<Option<String>>,
}

/// A step that is not done, as its outcome.
type Step<T> = Result<T, LabOutcome>;

fn refused(why: impl Into<String>) -> LabOutcome {
    LabOutcome::Refused { why: why.into(), details: None }
}

impl ProcessLabs {
    pub fn new(parts: ProcessParts) -> Result<Self, reqwest::Error> {
        // A proxy of the gateway's has nothing to do with its own machine.
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let (runs, turns, lacking) = (DashMap::new(), DashMap::new(), OnceCell::new());
        Ok(Self { parts, client, runs, turns, lacking })
    }

    async fn step(&self, order: LabOrder) -> LabOutcome {
        let (LabOrder::ReadLab { session, .. }
        | LabOrder::ApplyLab { session, .. }
        | LabOrder::EndLab { session, .. }
        | LabOrder::CleanLab { session, .. }) = &order;
        let turn = Arc::clone(&self.turns.entry(session.clone()).or_default());
        let _one = turn.lock().await;
        let done = match order {
            LabOrder::ReadLab { session, attempt, workspace, project } => {
                self.read(session, &attempt, &workspace, project).await
            }
            LabOrder::ApplyLab { session, attempt, digest } => self.apply(&session, &attempt, &digest).await,
            LabOrder::EndLab { attempt, .. } => Ok(self.end(&attempt).await),
            LabOrder::CleanLab { attempt, .. } => self.clean(&attempt).await,
        };
        done.unwrap_or_else(|refusal| refusal)
    }

    fn folder(&self, attempt: &str) -> Step<AttemptFolder> {
        let named = AttemptFolder::of(&self.parts.config.folder, attempt);
        named.ok_or_else(|| refused("That is not the name of a lab."))
    }

    /// Whether it would run without the guard; a sentence where that is not allowed.
    async fn unguarded(&self, project: Option<&str>) -> Step<bool> {
        let guard = self.parts.config.guard.as_deref();
        match self.lacking.get_or_init(|| guarding::lacking(guard)).await {
            None => Ok(false),
            Some(_) if self.parts.config.of(project).lets_unguarded => Ok(true),
            Some(why) => Err(refused(format!(
                "Nothing would keep the app from your files and keys: {why}. Install the guard, or allow it with `lab.unguarded: allow`."
            ))),
        }
    }

    async fn read(
        &self,
        session: String,
        attempt: &str,
        workspace: &SafeName,
        project: Option<String>,
    ) -> Step<LabOutcome> {
        let folder = self.folder(attempt)?;
        let unguarded = self.unguarded(project.as_deref()).await?;
        self.end_run(attempt).await.map_err(refused)?;
        let made = folder.clone();
        blocking(move || made.make()).await.map_err(|error| refused(not_made(&error)))?;
        let copy = self.parts.workspaces.copy_to(workspace, &folder.files(), LIMITS).await;
        let copy = copy.map_err(|fault| refused(fault.to_string()))?;
        let (config, runs_in) = (&self.parts.config, RunsIn::Process { unguarded });
        let plan = plan_reading::plan(config, project.as_deref(), &folder, workspace, &copy, runs_in)
            .map_err(refused)?;
        let note = AttemptNote { session, project, made_at: self.parts.clock.now(), plan: plan.clone() };
        folder.note(&note).map_err(|error| refused(not_made(&error)))?;
        Ok(LabOutcome::Read(Box::new(plan)))
    }

    async fn apply(&self, session: &str, attempt: &str, digest: &str) -> Step<LabOutcome> {
        let folder = self.folder(attempt)?;
        if let Some(run) = self.running(attempt) {
            self.tell_again(&run);
            return Ok(LabOutcome::Applied);
        }
        let note = folder.noted().filter(|note| note.session == session && note.plan.digest == digest);
        let Some(note) = note else {
            return Err(refused("The copy of the workspace is gone. Deploy it again."));
        };
        // It may be another machine, or another configuration, than when people were asked.
        let unguarded = self.unguarded(note.project.as_deref()).await?;
        if unguarded && !note.plan.unguarded {
            return Err(refused("The guard is gone since this was allowed. Deploy it again."));
        }
        self.end_others(session, attempt).await.map_err(refused)?;
        let port = port(&note.plan).map_err(refused)?;
        let child =
            self.spawn(&folder, &note.plan, port, unguarded).map_err(|error| refused(not_made(&error)))?;
        let run = Arc::new(LabRun::new(attempt, session, port, &note.plan.ready));
        self.runs.insert(attempt.to_owned(), Arc::clone(&run));
        let parts = (self.parts.news.clone(), self.client.clone(), Arc::clone(&self.parts.clock));
        self.parts.tasks.spawn(run.watch(child, parts, self.parts.stop.clone()));
        Ok(LabOutcome::Applied)
    }

    fn spawn(
        &self,
        folder: &AttemptFolder,
        plan: &LabPlan,
        port: u16,
        unguarded: bool,
    ) -> std::io::Result<Child> {
        let words = match &self.parts.config.guard {
            Some(guard) if !unguarded => {
                let closed =
                    guarding::Closed { paths: &self.parts.config.denied, ports: &self.parts.closed_ports };
                guarding::guarded(guard, folder, &closed, &plan.command)?
            }
            _ => guarding::unguarded(&plan.command),
        };
        let handed_on = HANDED_ON.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let own: [(&str, OsString); 4] = [
            ("PORT", port.to_string().into()),
            ("HOST", Ipv4Addr::LOCALHOST.to_string().into()),
            ("HOME", folder.home().into()),
            ("TMPDIR", folder.scratch().into()),
        ];
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("lab-keeper").arg("--").args(words).current_dir(folder.files().join(&plan.directory));
        command.env_clear().envs(handed_on).envs(&plan.environment).envs(own).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }

    /// A gateway that was killed after it began may ask for the same attempt once more.
    fn tell_again(&self, run: &LabRun) {
        if let Some(what) = run.newest() {
            let news = (run.session.clone(), LabSeen { attempt: run.attempt.clone(), what });
            // Where there is no room its session has plenty to hear.
            let _ = self.parts.news.try_send(news);
        }
    }

    fn running(&self, attempt: &str) -> Option<Arc<LabRun>> {
        let run = self.runs.get(attempt).map(|run| Arc::clone(&run))?;
        (!run.over.is_cancelled() && !run.unwanted.is_cancelled()).then_some(run)
    }

    async fn end_others(&self, session: &str, attempt: &str) -> Result<(), String> {
        let of_session = |run: &Arc<LabRun>| run.session == session && run.attempt != attempt;
        let others: Vec<Arc<LabRun>> =
            self.runs.iter().map(|run| Arc::clone(&run)).filter(of_session).collect();
        for run in others {
            run.end().await?;
        }
        Ok(())
    }

    async fn end_run(&self, attempt: &str) -> Result<(), String> {
        let run = self.runs.get(attempt).map(|run| Arc::clone(&run));
        match run {
            Some(run) => run.end().await,
            None => Ok(()),
        }
    }

    async fn end(&self, attempt: &str) -> LabOutcome {
        if let Err(why) = self.end_run(attempt).await {
            tracing::warn!(attempt, why, "lab not ended");
        }
        LabOutcome::Ended { log: self.runs.get(attempt).and_then(|run| run.log.last_lines()) }
    }

    async fn clean(&self, attempt: &str) -> Step<LabOutcome> {
        let folder = self.folder(attempt)?;
        if let Err(what) = self.end_run(attempt).await {
            return Ok(LabOutcome::Stuck { what });
        }
        match blocking(move || folder.remove()).await {
            Ok(()) => {
                self.runs.remove(attempt);
                Ok(LabOutcome::Gone)
            }
            Err(error) => Ok(LabOutcome::Stuck { what: format!("its files can't be deleted ({error}).") }),
        }
    }
}

impl Labs for ProcessLabs {
    fn carry_out(&self, order: LabOrder) -> BoxFuture<'_, LabOutcome> {
        self.step(order).boxed()
    }

    fn log<'a>(&'a self, attempt: &'a str) -> BoxFuture<'a, Option<String>> {
        async move { self.runs.get(attempt).and_then(|run| run.log.last_lines()) }.boxed()
    }

    fn list(&self) -> BoxFuture<'_, Vec<LabView>> {
        async move {
            let folder = self.parts.config.folder.clone();
            let running: Vec<String> = self
                .runs
                .iter()
                .filter(|run| !run.over.is_cancelled())
                .map(|run| run.key().clone())
                .collect();
            let all = blocking(move || {
                Ok(attempt_folder::all(&folder, &|attempt| running.iter().any(|one| one == attempt)))
            });
            all.await.unwrap_or_default()
        }
        .boxed()
    }

    fn namespace(&self) -> &'static str {
        "process"
    }
}

/// One that is free now, or the one that the recipe names.
fn port(plan: &LabPlan) -> Result<u16, String> {
    let wanted = plan.port.unwrap_or(0);
    let found = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).and_then(|listener| listener.local_addr());
    match found {
        Ok(address) => Ok(address.port()),
        Err(_) if wanted != 0 => Err(format!(
            "Port {wanted} is in use on this machine. Let the app listen on PORT instead, and leave `port` out."
        )),
        Err(error) => Err(format!("No port is free: {error}.")),
    }
}

fn not_made(error: &std::io::Error) -> String {
    format!("The lab couldn't be made: {error}.")
}

/// Runs work on a disk off the threads that serve people.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
