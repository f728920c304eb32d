//! The `process` engine: labs on the gateway's own machine. One attempt at a time for each session; what runs ends with the
//! gateway, and the next one starts the same attempt again, since its session wants it.

use super::attempt_folder::{self, AttemptFolder};
use super::engine_steps::{
    Copying, EngineSteps, Reading, Step, Turns, blocking, carried_out, folder, kept, not_made, noted,
    refused, refused_for, removed, tell_again,
};
use super::files_listing::{MOST_BYTES, MOST_FILES};
use super::lab_run::LabRun;
use super::plan_reading::RunsIn;
use super::{LabConfig, LabLimits, guarding};
use crate::clock::Clock;
use crate::sessions::ports::{CopyLimits, LabNews, LabView, Labs, Workspaces};
use dashmap::DashMap;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_domain::{LabFault, LabOrder, LabOutcome, LabPlan};
use reqwest::Client;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::sync::Arc;
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, mpsc};
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
    turns: Turns,
    /// Why nothing is guarded here, if nothing is.
    lacking: OnceCell<Option<String>>,
}

impl ProcessLabs {
    pub fn new(parts: ProcessParts) -> Result<Self, reqwest::Error> {
        // A proxy of the gateway's has nothing to do with its own machine.
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let (runs, turns, lacking) = (DashMap::new(), Turns::default(), OnceCell::new());
        Ok(Self { parts, client, runs, turns, lacking })
    }

    /// Whether it would run without the guard; a sentence where that is not allowed.
    async fn unguarded(&self, project: Option<&str>) -> Step<bool> {
        let guard = self.parts.config.guard.as_deref();
        match self.lacking.get_or_init(|| guarding::lacking(guard)).await {
            None => Ok(false),
            Some(_) if self.parts.config.of(project).lets_unguarded => Ok(true),
            Some(why) => Err(refused_for(
                LabFault::Guard,
                format!(
                    "Nothing would keep the app from your files and keys: {why}. Install the guard, or allow it with `lab.unguarded: allow`."
                ),
            )),
        }
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
        let LabLimits { processes, memory_mib } = self.parts.config.limits;
        command.arg("lab-keeper").arg(format!("--processes={processes}"));
        command
            .arg(format!("--memory-mib={memory_mib}"))
            .arg("--")
            .args(words)
            .current_dir(folder.files().join(&plan.directory));
        command.env_clear().envs(handed_on).envs(&plan.environment).envs(own).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
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
}

impl EngineSteps for ProcessLabs {
    fn turns(&self) -> &Turns {
        &self.turns
    }

    async fn read(&self, wanted: Reading) -> Step<LabOutcome> {
        let folder = folder(&self.parts.config, &wanted.attempt)?;
        let unguarded = self.unguarded(wanted.project.as_deref()).await?;
        self.end_run(&wanted.attempt).await.map_err(|why| refused_for(LabFault::Machine, why))?;
        let copying = Copying {
            config: &self.parts.config,
            workspaces: self.parts.workspaces.as_ref(),
            clock: self.parts.clock.as_ref(),
            limits: LIMITS,
            runs_in: RunsIn::Process { unguarded },
        };
        kept(&folder, copying.copied(&folder, wanted).await?)
    }

    /// Nobody else changes what is here.
    async fn apply(&self, session: &str, attempt: &str, digest: &str, _forced: bool) -> Step<LabOutcome> {
        let folder = folder(&self.parts.config, attempt)?;
        if let Some(run) = self.running(attempt) {
            tell_again(&self.parts.news, session, attempt, run.newest());
            return Ok(LabOutcome::Applied);
        }
        let note = noted(&folder, session, digest)?;
        // It may be another machine, or another configuration, than when people were asked.
        let unguarded = self.unguarded(note.project.as_deref()).await?;
        if unguarded && !note.plan.unguarded {
            return Err(refused_for(
                LabFault::Guard,
                "The guard is gone since this was allowed. Deploy it again.",
            ));
        }
        self.end_others(session, attempt).await.map_err(|why| refused_for(LabFault::Machine, why))?;
        let port = port(&note.plan).map_err(refused)?;
        let child = self.spawn(&folder, &note.plan, port, unguarded).map_err(|error| not_made(&error))?;
        let ready = note.plan.ready.clone();
        let run = Arc::new(LabRun::new(attempt, session, port, ready, self.parts.config.limits));
        self.runs.insert(attempt.to_owned(), Arc::clone(&run));
        let parts = (self.parts.news.clone(), self.client.clone(), Arc::clone(&self.parts.clock));
        self.parts.tasks.spawn(run.watch(child, parts, self.parts.stop.clone()));
        Ok(LabOutcome::Applied)
    }

    async fn end(&self, attempt: &str) -> LabOutcome {
        if let Err(why) = self.end_run(attempt).await {
            tracing::warn!(attempt, why, "lab not ended");
        }
        LabOutcome::Ended { log: self.runs.get(attempt).and_then(|run| run.log.last_lines()) }
    }

    /// What follows gets a place of its own.
    async fn clean(&self, _session: &str, attempt: &str, _followed: bool) -> Step<LabOutcome> {
        let folder = folder(&self.parts.config, attempt)?;
        if let Err(what) = self.end_run(attempt).await {
            return Ok(LabOutcome::Stuck { what });
        }
        let outcome = removed(folder).await;
        if outcome == LabOutcome::Gone {
            self.runs.remove(attempt);
        }
        Ok(outcome)
    }
}

impl Labs for ProcessLabs {
    fn carry_out(&self, order: LabOrder) -> BoxFuture<'_, LabOutcome> {
        carried_out(self, order).boxed()
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
