//! What a person can do, for every surface: start a session, write to it, steer it, answer, watch.
//!
//! The web API and Slack both stand at this desk, so a rule that holds for one holds for the other. Nothing is
//! confirmed before it is on disk; who is refused hears why in a value that each surface puts into its own words.

mod attachment;
mod changes;
mod choose;
mod explore;
mod offered;
mod place;
mod refusal;
mod start;
mod steps;

pub use attachment::FileContent;
pub use changes::Changes;
pub use explore::NEW_PROJECT;
pub use offered::{AgentView, Choices, Task};
pub use place::WorkspaceWanted;
pub use refusal::Refusal;
pub(crate) use start::checked_title;
pub use start::{Start, Started};
pub use steps::{Stage, StartView, Starts, Step};

use super::about;
use super::core::{Cards, CardsWatch, Cores, ThreadWatch, Threads, Told};
use super::live::Board;
use super::message_files::Attachments;
use super::model_health::ModelHealth;
use super::offers::Offers;
use super::ports::{FileShelf, Pods};
use super::workspaces::{ProjectBook, Workspaces};
use crate::clock::Clock;
use gateway_domain::{
    About, Answer, AnswerGiven, Ask, Person, PersonInput, Place, Said, SessionCard, Steer, Verdict, is_blank,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tracing::Instrument;

/// How long a decision may wait for the disk before its sender is told to try again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the desk works with.
pub struct Desk {
    pub board: Arc<Board>,
    pub cards: Arc<Cards>,
    pub threads: Arc<Threads>,
    pub cores: Arc<Cores>,
    pub pods: Arc<dyn Pods>,
    pub shelf: Arc<dyn FileShelf>,
    pub workspaces: Arc<dyn Workspaces>,
    pub models: Arc<dyn ModelHealth>,
    pub projects: Arc<dyn ProjectBook>,
    pub starts: Starts,
    pub offers: Offers,
    pub clock: Arc<dyn Clock>,
}

/// An answer as a surface brings it.
pub struct AnswerBrought {
    pub ask: String,
    /// Of what the person saw; without one the ask as it is now is meant.
    pub digest: Option<String>,
    pub by: Person,
    pub answer: Answer,
}

impl Desk {
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
            tracing::error!(session_id = session, %error, "files of a message are not stored");
            return Err(Refusal::NotStored);
        }
        self.tell(session, PersonInput::Said(Said { files: files.notes(), ..said })).await
    }

    pub async fn steer(&self, session: &str, by: Person, to: Steer) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        if to == Steer::Reopen {
            self.may_reopen(session).await?;
        }
        self.tell(session, PersonInput::Steered { by, to }).await
    }

    /// Whether each write of the session waits for a person; the pod is told besides.
    pub async fn hold(&self, session: &str, by: Person, wanted: bool) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        self.tell(session, PersonInput::HoldsWrites { by, wanted }).await
    }

    pub async fn answer(&self, brought: AnswerBrought) -> Result<Verdict, Refusal> {
        let AnswerBrought { ask, digest, by, answer } = brought;
        let session = self.session_of(&ask)?;
        let given = AnswerGiven { ask: ask.clone(), digest, by, answer };
        let verdict = self.tell(&session, PersonInput::Answer(given)).await?;
        tracing::info!(session_id = session, ask, "an answer is on disk");
        Ok(verdict)
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
    pub async fn place(&self, session: &str, place: Place) -> Result<(), Refusal> {
        let (pod, known) =
            self.described(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        self.cores.register(&pod, session, About { place: Some(place), ..known }).await;
        Ok(())
    }

    // --- looking ---

    /// All sessions that anybody dealt with, the newest first.
    pub fn cards(&self) -> Vec<Arc<SessionCard>> {
        let mut cards = self.threads.cards();
        cards.sort_by(|a, b| (b.about.started_at, &b.session).cmp(&(a.about.started_at, &a.session)));
        cards
    }

    pub fn card_of(&self, session: &str) -> Option<Arc<SessionCard>> {
        self.threads.card_of(session)
    }

    /// The name that the project list has for it, where its sessions are filed under an id.
    pub fn project_title(&self, card: &SessionCard) -> Option<String> {
        self.projects.title(card.about.project.as_deref()?)
    }

    /// The cards as they change from now on.
    pub fn watch_cards(&self) -> broadcast::Receiver<Arc<SessionCard>> {
        self.threads.watch_cards()
    }

    /// The cards with their numbers, and as they change from now on.
    pub fn follow_cards(&self) -> CardsWatch {
        self.threads.follow_cards()
    }

    /// What is different in a thread since a surface left it; none when that is not known any more.
    pub fn resume(&self, session: &str, since: u64) -> Option<(Vec<Told>, ThreadWatch)> {
        self.threads.resume(session, since)
    }

    /// What waits for somebody, in the order in which it was asked.
    pub fn asks(&self) -> Vec<Ask> {
        self.cards.unsettled()
    }

    pub fn ask(&self, id: &str) -> Option<Ask> {
        self.cards.get(id)
    }

    /// The thread of a session; one that nobody dealt with so far is drawn now.
    pub async fn watch(&self, session: &str) -> Result<ThreadWatch, Refusal> {
        let unknown = || Refusal::UnknownSession(session.to_owned());
        if let Some(watch) = self.threads.watch(session) {
            return Ok(watch);
        }
        let view = self.board.get(session).ok_or_else(unknown)?;
        let pod = view.pod.as_str().into();
        self.cores.register(&pod, session, about(&view.info)).await;
        for message in self.board.message_ids(session) {
            self.cores.touched(&pod, session, &message);
        }
        self.threads.shown(session).await;
        self.threads.watch(session).ok_or_else(unknown)
    }

    /// Waits until the thread has what was said before the gateway last started.
    pub async fn caught_up(&self, session: &str) {
        self.threads.caught_up(session).await;
    }

    // --- inside ---

    /// By what OpenCode shows, or by the record while its pod is away.
    fn described(&self, session: &str) -> Option<(Arc<str>, About)> {
        if let Some(view) = self.board.get(session) {
            return Some((view.pod.as_str().into(), about(&view.info)));
        }
        let card = self.threads.card_of(session)?;
        Some((card.pod.as_str().into(), card.about.clone()))
    }

    fn session_of(&self, ask: &str) -> Result<String, Refusal> {
        self.cards.session_of(ask).ok_or_else(|| Refusal::UnknownAsk(ask.to_owned()))
    }

    /// A session that was only looked at so far gets its task with the first thing that a person does to it.
    async fn known(&self, session: &str) -> Result<(), Refusal> {
        if let Some(why) = self.cores.unrecoverable(session) {
            return Err(Refusal::Unrecoverable(why.to_owned()));
        }
        if self.cores.knows(session) {
            return Ok(());
        }
        let view = self.board.get(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        self.cores.register(&view.pod.as_str().into(), session, about(&view.info)).await;
        Ok(())
    }

    /// Tells the session what a person did.
    async fn tell(&self, session: &str, did: PersonInput) -> Result<Verdict, Refusal> {
        let span = tracing::info_span!("desk", session_id = session);
        let deciding = self.cores.person(session, did).instrument(span);
        let deciding = tokio::time::timeout(PATIENCE, deciding).await;
        let verdict = deciding.ok().flatten().ok_or(Refusal::NotStored)?;
        match verdict {
            Verdict::AtLimit(limit) => Err(Refusal::Limit(limit)),
            other if other.is_refusal() => Err(Refusal::Decided(other)),
            other => Ok(other),
        }
    }
}
