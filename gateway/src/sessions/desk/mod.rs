//! The desk: everything a person can do, on every surface: start a session, write to it, steer it, answer, watch.
//!
//! The web API and Slack both stand at this desk, so a rule that holds for one holds for the other. Nothing is
//! confirmed before it is on disk; who is refused hears why in a value that each surface puts into its own words.

mod attachment;
mod changes;
mod checks;
mod choose;
mod delivery_list;
mod directories;
mod grant_list;
mod lab_list;
mod looking;
mod offered;
mod on_disk;
mod overrides;
mod pod_calls;
mod project_list;
mod start;
mod workspace_list;

pub use super::refusal::Refusal;
pub use super::workspace_setup::{Stage, StartView, Step, WorkspaceWanted};
pub use attachment::FileContent;
pub use changes::Changes;
pub use checks::{ChecksWanted, SessionChecks};
pub use lab_list::LabOverview;
pub use offered::{AgentView, Choices, Task};
pub(crate) use start::checked_title;
pub use start::{Start, Started};

use super::about;
use super::live::LiveSessions;
use super::message_files::Attachments;
use super::offers::Offers;
use super::ports::{Archive, FileShelf, Keeper, ModelHealth, PodChecks, Pods, ProjectBook};
use super::tasks::{OpenAsks, SessionTasks, Threads};
use super::workspace_setup::WorkspaceSetup;
use crate::clock::Clock;
use gateway_domain::{
    About, AnswerGiven, Person, PersonInput, Proven, Said, Steer, ThreadLocation, Verdict, is_blank,
};
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// How long a decision may wait for the disk before its sender is told to try again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What people do goes through here, and what they look at comes from here.
pub struct Desk {
    live: Arc<LiveSessions>,
    asks: Arc<OpenAsks>,
    threads: Arc<Threads>,
    session_tasks: Arc<SessionTasks>,
    pods: Arc<dyn Pods>,
    pod_checks: Arc<dyn PodChecks>,
    shelf: Arc<dyn FileShelf>,
    archive: Arc<dyn Archive>,
    keeper: Arc<dyn Keeper>,
    setup: Arc<WorkspaceSetup>,
    models: Arc<dyn ModelHealth>,
    projects: Arc<dyn ProjectBook>,
    clock: Arc<dyn Clock>,
    offers: Offers,
}

/// What the desk works with.
pub struct DeskParts {
    pub live: Arc<LiveSessions>,
    pub asks: Arc<OpenAsks>,
    pub threads: Arc<Threads>,
    pub session_tasks: Arc<SessionTasks>,
    pub pods: Arc<dyn Pods>,
    pub checks: Arc<dyn PodChecks>,
    pub shelf: Arc<dyn FileShelf>,
    pub archive: Arc<dyn Archive>,
    pub keeper: Arc<dyn Keeper>,
    pub setup: Arc<WorkspaceSetup>,
    pub models: Arc<dyn ModelHealth>,
    pub projects: Arc<dyn ProjectBook>,
    pub clock: Arc<dyn Clock>,
}

impl Desk {
    pub fn new(parts: DeskParts) -> Self {
        let DeskParts {
            live,
            asks,
            threads,
            session_tasks,
            pods,
            checks: pod_checks,
            shelf,
            archive,
            keeper,
            setup,
            models,
            projects,
            clock,
        } = parts;
        Self {
            live,
            asks,
            threads,
            session_tasks,
            pods,
            pod_checks,
            shelf,
            archive,
            keeper,
            setup,
            models,
            projects,
            clock,
            offers: Offers::default(),
        }
    }

    // --- doing ---

    /// Hands a message to its session, which sends it or keeps it until the agent has time.
    pub async fn say(&self, session: &str, said: Said) -> Result<Verdict, Refusal> {
        self.say_with(session, said, Attachments::default()).await
    }

    /// The same with files, which are on disk before the session hears of them.
    pub async fn say_with(&self, session: &str, said: Said, files: Attachments) -> Result<Verdict, Refusal> {
        if is_blank(&said.text) && files.is_empty() {
            return Err(Refusal::Invalid("The message is empty; write what the agent should do.".to_owned()));
        }
        self.known(session).await?;
        if let Err(error) = files.put_on(&*self.shelf, &said.message_id).await {
            tracing::error!(session_id = session, %error, "attachments not saved");
            return Err(Refusal::NotStored);
        }
        self.tell(session, PersonInput::Said(Said { files: files.notes(), ..said })).await
    }

    pub async fn steer(&self, session: &str, by: Person, to: Steer) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        if to == Steer::Reopen {
            self.setup.may_reopen(session).await?;
        }
        self.tell(session, PersonInput::Steered { by, to }).await
    }

    pub async fn answer(&self, given: AnswerGiven) -> Result<Verdict, Refusal> {
        let ask = given.ask.clone();
        let session = self.session_of(&ask)?;
        let verdict = self.tell(&session, PersonInput::Answer(given)).await?;
        tracing::info!(session_id = session, ask, "answer saved");
        Ok(verdict)
    }

    /// What a mask hides on an ask's card, for one person who may decide it.
    pub async fn reveal(&self, ask: String, by: Person, proven: Proven) -> Result<Verdict, Refusal> {
        let session = self.session_of(&ask)?;
        self.tell(&session, PersonInput::Reveal { ask, by, proven }).await
    }

    /// A complex ask goes to a thread of its own.
    pub async fn take_aside(
        &self,
        ask: String,
        by: Person,
        place: Option<String>,
    ) -> Result<Verdict, Refusal> {
        let session = self.session_of(&ask)?;
        self.tell(&session, PersonInput::TakenAside { ask, by, place }).await
    }

    /// Where the session's thread is from now on.
    pub async fn set_thread(&self, session: &str, thread: ThreadLocation) -> Result<(), Refusal> {
        let (pod, known) =
            self.described(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        self.session_tasks.register(&pod, session, About { thread: Some(thread), ..known }).await;
        Ok(())
    }

    // --- inside ---

    /// By what OpenCode shows, or by the record while its pod is away.
    fn described(&self, session: &str) -> Option<(Arc<str>, About)> {
        if let Some(view) = self.live.get(session) {
            return Some((view.pod.as_str().into(), about(&view.info)));
        }
        let card = self.threads.card_of(session)?;
        Some((card.pod.as_str().into(), card.about.clone()))
    }

    fn session_of(&self, ask: &str) -> Result<String, Refusal> {
        self.asks.session_of(ask).ok_or_else(|| Refusal::UnknownAsk(ask.to_owned()))
    }

    /// A session that was only looked at so far gets its task with the first thing that a person does to it.
    async fn known(&self, session: &str) -> Result<(), Refusal> {
        if let Some(why) = self.session_tasks.unrecoverable(session) {
            return Err(Refusal::Unrecoverable(why.to_owned()));
        }
        if self.session_tasks.knows(session) {
            return Ok(());
        }
        let view = self.live.get(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        self.session_tasks.register(&view.pod.as_str().into(), session, about(&view.info)).await;
        Ok(())
    }

    /// Tells the session what a person did.
    async fn tell(&self, session: &str, did: PersonInput) -> Result<Verdict, Refusal> {
        let span = tracing::info_span!("desk", session_id = session);
        let deciding = self.session_tasks.person(session, did).instrument(span);
        let deciding = tokio::time::timeout(PATIENCE, deciding).await;
        let verdict = deciding.ok().flatten().ok_or(Refusal::NotStored)?;
        match verdict {
            Verdict::AtLimit(limit) => Err(Refusal::Limit(limit)),
            other if other.is_refusal() => Err(Refusal::Decided(other)),
            other => Ok(other),
        }
    }
}
