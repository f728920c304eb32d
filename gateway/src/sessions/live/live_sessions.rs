//! All live sessions, found by their OpenCode id.

use super::change::LiveChange;
use super::live_asks::{LiveAsk, LiveAskBody, LiveAskState};
use super::message::MessageView;
use super::session::{LiveSession, LiveStatus, SessionView};
use super::weight::Weight;
use crate::sessions::Homes;
use crate::sessions::pages::OpenCodePages;
use bridge_protocol::{Event, EventFrame, HeldTool, Hello, MessageInfo, SessionInfo, TodoItem};
use dashmap::DashMap;
use dashmap::mapref::one::RefMut;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Sub-agents of sub-agents that are followed.
const MAX_DEPTH: usize = 16;

/// The live picture. Locks are held for one fold only, never over an await.
#[derive(Default)]
pub struct LiveSessions {
    sessions: DashMap<String, LiveSession>,
    homes: Arc<Homes>,
    pages: OpenCodePages,
    /// Sessions whose records are set aside, each with what is wrong.
    unrecoverable: DashMap<String, String>,
    weight: Weight,
}

/// A session with everything that is known of it, and the changes that follow.
pub struct LiveWatch {
    pub session: SessionView,
    pub messages: Vec<MessageView>,
    pub asks: Vec<LiveAsk>,
    pub todos: Vec<TodoItem>,
    pub changes: broadcast::Receiver<Arc<LiveChange>>,
}

impl LiveSessions {
    /// A picture whose sessions say where OpenCode's own web UI shows them.
    pub fn with_pages(pages: OpenCodePages) -> Self {
        Self { pages, ..Self::default() }
    }

    /// Which pod each session lives in.
    pub fn homes(&self) -> &Arc<Homes> {
        &self.homes
    }

    /// The session and those of its sub-agents.
    pub fn family(&self, session: &str) -> Vec<String> {
        let all: Vec<String> = self.sessions.iter().map(|known| known.key().clone()).collect();
        let beneath = all.into_iter().filter(|id| id != session && *self.root(id) == *session);
        std::iter::once(session.to_owned()).chain(beneath).collect()
    }

    /// Another pod has the session from now on.
    pub fn lives_in(&self, pod: &Arc<str>, session: &str) {
        if let Some(mut session) = self.sessions.get_mut(session) {
            session.lives_in(pod);
        }
    }

    /// Folds an event in. Says whether the session must be read anew from OpenCode.
    pub fn apply(&self, pod: &Arc<str>, frame: EventFrame) -> bool {
        let EventFrame { session_id, at, event, .. } = frame;
        let (gap, too_much) = {
            let mut session = self.session_by_id(session_id, pod);
            if matches!(event, Event::SessionCreated { .. }) {
                session.lives_in(pod);
            }
            let gap = self.weight.noted(&mut session, |session| session.apply(at, event));
            (gap, self.weight.is_too_much())
        };
        if too_much {
            self.weight.relieve(&self.sessions);
        }
        gap
    }

    /// Pieces of text and messages that were left out because they were too large.
    pub fn dropped(&self) -> u64 {
        self.weight.dropped()
    }

    /// Bytes of the messages that are held.
    pub fn bytes(&self) -> usize {
        self.weight.bytes()
    }

    /// Puts the picture right from a pod's `hello`. Returns the sessions to read anew from OpenCode: those that work
    /// first, then those that were known here, and those that `shown` says people see, for their last words may have
    /// come while nobody listened.
    pub fn reconcile(
        &self,
        pod: &Arc<str>,
        hello: &Hello,
        same_boot: bool,
        shown: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let held = held_asks(hello);
        let gone = if same_boot { LiveAskState::Withdrawn } else { LiveAskState::Orphaned };
        for mut session in self.sessions.iter_mut().filter(|session| session.pod() == pod) {
            session.keep_asks(&|id| held.contains(id), &gone);
        }
        let (mut stale, mut later) = (vec![], vec![]);
        for snapshot in &hello.sessions {
            let mut session = self.session_of(&snapshot.session, pod);
            let known_before = session.has_messages();
            session.reconcile(snapshot.session.clone(), snapshot.status, pod);
            let id = &snapshot.session.id;
            match session.is_busy() {
                _ if same_boot => {}
                true => stale.push(id.clone()),
                false if known_before || shown(id) => later.push(id.clone()),
                false => {}
            }
        }
        stale.append(&mut later);
        self.take_asks(pod, hello);
        stale
    }

    /// A session that a command of ours made; its first event may come later.
    pub fn made(&self, pod: &Arc<str>, info: &SessionInfo) {
        self.session_of(info, pod);
    }

    /// People are asked about a call that the gate holds.
    pub fn asks_about(&self, pod: &Arc<str>, held: HeldTool) {
        self.session_by_id(held.session_id.clone(), pod).ask(LiveAskBody::Held(held));
    }

    pub fn pod_lost(&self, pod: &Arc<str>) {
        for mut session in self.sessions.iter_mut().filter(|session| session.pod() == pod) {
            session.set_online(false);
        }
    }

    pub fn merge(&self, session: &str, messages: Vec<MessageInfo>) {
        if let Some(mut session) = self.sessions.get_mut(session) {
            self.weight.noted(&mut session, |session| session.merge(messages));
        }
        if self.weight.is_too_much() {
            self.weight.relieve(&self.sessions);
        }
    }

    /// All sessions, newest first.
    pub fn list(&self) -> Vec<SessionView> {
        let mut all: Vec<_> = self.sessions.iter().map(|session| session.view(&self.pages)).collect();
        all.iter_mut().for_each(|view| self.marked(view));
        all.sort_by(|a, b| (b.info.updated_at, &b.info.id).cmp(&(a.info.updated_at, &a.info.id)));
        all
    }

    /// The status of each session.
    pub fn statuses(&self) -> Vec<LiveStatus> {
        self.sessions.iter().map(|session| session.status()).collect()
    }

    pub fn get(&self, session: &str) -> Option<SessionView> {
        let mut view = self.sessions.get(session).map(|session| session.view(&self.pages))?;
        self.marked(&mut view);
        Some(view)
    }

    /// The session's record is set aside.
    pub fn mark_unrecoverable(&self, session: &str, why: &str) {
        self.unrecoverable.insert(session.to_owned(), why.to_owned());
    }

    fn marked(&self, view: &mut SessionView) {
        view.unrecoverable = self.unrecoverable.get(&view.info.id).map(|why| why.clone());
    }

    /// A message, and the ids of its parts that are finished.
    pub fn look_at(&self, session: &str, message: &str) -> Option<(MessageView, Vec<String>)> {
        self.sessions.get(session)?.look_at(message)
    }

    pub fn message_ids(&self, session: &str) -> Vec<String> {
        let Some(session) = self.sessions.get(session) else { return vec![] };
        session.messages().into_iter().map(|view| view.message.id).collect()
    }

    /// The session that people see: a sub-agent's ancestor. Bounded, should parents ever form a ring.
    pub fn root<'a>(&self, session: &'a str) -> Cow<'a, str> {
        let mut root = Cow::Borrowed(session);
        for _ in 0..MAX_DEPTH {
            match self.sessions.get(&*root).and_then(|known| known.info().parent_id.clone()) {
                Some(parent) => root = Cow::Owned(parent),
                None => break,
            }
        }
        root
    }

    pub fn watch(&self, session: &str) -> Option<LiveWatch> {
        let mut session = self.sessions.get_mut(session)?;
        let changes = session.watch();
        Some(LiveWatch {
            session: session.view(&self.pages),
            messages: session.messages(),
            asks: session.asks(),
            todos: session.todos().to_vec(),
            changes,
        })
    }

    fn session_by_id(&self, id: String, pod: &Arc<str>) -> RefMut<'_, String, LiveSession> {
        // Most events are of sessions that are known.
        if let Some(known) = self.sessions.get_mut(&id) {
            return known;
        }
        let unknown = LiveSession::unknown(&id, Arc::clone(pod));
        self.sessions.entry(id).or_insert(unknown)
    }

    fn session_of(&self, info: &SessionInfo, pod: &Arc<str>) -> RefMut<'_, String, LiveSession> {
        self.sessions
            .entry(info.id.clone())
            .or_insert_with(|| LiveSession::new(info.clone(), Arc::clone(pod)))
    }

    fn take_asks(&self, pod: &Arc<str>, hello: &Hello) {
        let permissions = hello.permissions.iter().cloned().map(LiveAskBody::Permission);
        let questions = hello.questions.iter().cloned().map(LiveAskBody::Question);
        let held = hello.held.iter().filter(|held| !held.judge).cloned().map(LiveAskBody::Held);
        for body in permissions.chain(questions).chain(held) {
            let id = LiveAsk::open(body.clone()).session_id().to_owned();
            self.session_by_id(id, pod).ask(body);
        }
    }
}

fn held_asks(hello: &Hello) -> HashSet<&str> {
    let permissions = hello.permissions.iter().map(|ask| ask.id.as_str());
    let questions = hello.questions.iter().map(|ask| ask.id.as_str());
    let held = hello.held.iter().map(|held| held.hold_id.as_str());
    permissions.chain(questions).chain(held).collect()
}
