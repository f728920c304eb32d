//! What people look at: cards, threads, what waits for them, and the live picture of OpenCode.

use super::{Desk, Refusal, StartView};
use crate::sessions::about;
use crate::sessions::live::{LiveWatch, SessionView};
use crate::sessions::tasks::{CardsWatch, ThreadUpdate, ThreadWatch};
use gateway_domain::{Ask, SessionCard, Vocabulary};
use std::sync::Arc;
use tokio::sync::broadcast;

impl Desk {
    // --- cards and threads ---

    /// All sessions that anybody dealt with, the newest first.
    pub fn cards(&self) -> Vec<Arc<SessionCard>> {
        let mut cards = self.threads.cards();
        cards.sort_by(|a, b| (b.about.started_at, &b.session).cmp(&(a.about.started_at, &a.session)));
        cards
    }

    pub fn card_of(&self, session: &str) -> Option<Arc<SessionCard>> {
        self.threads.card_of(session)
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
    pub fn resume(&self, session: &str, since: u64) -> Option<(Vec<ThreadUpdate>, ThreadWatch)> {
        self.threads.resume(session, since)
    }

    /// What forms offer and check.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::new(self.projects.categories())
    }

    /// What waits for somebody, in the order in which it was asked.
    pub fn asks(&self) -> Vec<Ask> {
        self.asks.unsettled()
    }

    pub fn ask(&self, id: &str) -> Option<Ask> {
        self.asks.get(id)
    }

    /// The thread of a session; one that nobody dealt with so far is drawn now.
    pub async fn watch(&self, session: &str) -> Result<ThreadWatch, Refusal> {
        let unknown = || Refusal::UnknownSession(session.to_owned());
        if let Some(watch) = self.threads.watch(session) {
            return Ok(watch);
        }
        let view = self.live.get(session).ok_or_else(unknown)?;
        let pod = view.pod.as_str().into();
        self.session_tasks.register(&pod, session, about(&view.info)).await;
        for message in self.live.message_ids(session) {
            self.session_tasks.touched(&pod, session, &message);
        }
        self.threads.shown(session).await;
        self.threads.watch(session).ok_or_else(unknown)
    }

    /// Waits until the thread has what was said before the gateway last started.
    pub async fn caught_up(&self, session: &str) {
        self.threads.caught_up(session).await;
    }

    // --- the live picture ---

    /// What OpenCode shows right now.
    pub fn live_sessions(&self) -> Vec<SessionView> {
        self.live.list().into_iter().map(|view| self.guarded(view)).collect()
    }

    fn guarded(&self, view: SessionView) -> SessionView {
        SessionView { guard: self.threads.guards().of(&view.pod).map(|known| known.state), ..view }
    }

    pub fn live_session(&self, session: &str) -> Result<SessionView, Refusal> {
        let view = self.live.get(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        Ok(self.guarded(view))
    }

    /// All of a session as OpenCode shows it, and what changes from now on.
    pub fn watch_live(&self, session: &str) -> Result<LiveWatch, Refusal> {
        self.live.watch(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))
    }

    /// How a start is getting on. Whoever asks may be faster than the start itself.
    pub fn progress_of(&self, start_key: &str) -> StartView {
        self.setup.starts.get(start_key).unwrap_or_default()
    }
}
