//! A pod speaks for itself only. Whatever it tells is about sessions; each of them must live in it, or be new. The sessions
//! that stand above one count, too: what a sub-agent asks is shown as its session's.

use crate::sessions::Homes;
use bridge_protocol::{Event, EventFrame, HeldTool, Hello, ReplyResult, SessionInfo};
use gateway_domain::PodIdentity;
use std::sync::Arc;

/// A session that is another pod's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) session: String,
    pub(super) home: Arc<PodIdentity>,
    /// What was told of it.
    pub(super) what: &'static str,
}

/// A pod at the door, with what is known of sessions.
pub(super) struct Door<'a> {
    pub(super) homes: &'a Homes,
    pub(super) pod: &'a Arc<PodIdentity>,
}

/// Whether an ask of this id is of another pod's session.
pub(super) type OfAnother<'a> = dyn Fn(&str) -> Option<Foreign> + 'a;

impl Door<'_> {
    /// The sessions of an event live here, or do from now on.
    pub(super) fn event(&self, frame: &EventFrame) -> Result<(), Foreign> {
        let (what, beside) = (frame.event.name(), beside(&frame.event));
        if beside.is_empty() {
            return self.claim(what, &frame.session_id);
        }
        self.own(what, &[&[frame.session_id.as_str()][..], &beside].concat())
    }

    pub(super) fn reply(&self, result: &ReplyResult) -> Result<(), Foreign> {
        let all: Vec<&str> = match result {
            ReplyResult::Session { session } => of_session(session),
            ReplyResult::Sessions { sessions } => {
                sessions.iter().flat_map(|one| of_session(&one.session)).collect()
            }
            _ => vec![],
        };
        self.own("reply", &all)
    }

    /// Nothing is claimed unless all of it may be.
    fn own(&self, what: &'static str, sessions: &[&str]) -> Result<(), Foreign> {
        match sessions.iter().find_map(|session| self.foreign(what, session)) {
            Some(foreign) => Err(foreign),
            // Of two pods that claim the same new one at once the first has it.
            None => sessions.iter().try_for_each(|session| self.claim(what, session)),
        }
    }

    fn foreign(&self, what: &'static str, session: &str) -> Option<Foreign> {
        let home = self.homes.is_elsewhere(session, self.pod)?;
        Some(Foreign { session: session.to_owned(), home, what })
    }

    fn claim(&self, what: &'static str, session: &str) -> Result<(), Foreign> {
        if self.homes.claim(session, self.pod) {
            return Ok(());
        }
        self.foreign(what, session).map_or(Ok(()), Err)
    }

    /// The other pods whose sessions a hello tells of.
    pub(super) fn others_in(&self, hello: &Hello) -> Vec<Arc<PodIdentity>> {
        let mut others: Vec<Arc<PodIdentity>> = vec![];
        for session in all_of(hello) {
            let home = self.homes.is_elsewhere(session, self.pod);
            others.extend(home.filter(|home| !others.contains(home)));
        }
        others
    }

    /// Leaves out of a hello what is another pod's. Those of the pods that give way are taken over.
    pub(super) fn trim(
        &self,
        hello: &mut Hello,
        give_way: &[Arc<PodIdentity>],
        of_another: &OfAnother<'_>,
    ) -> Vec<Foreign> {
        let mut left_out = vec![];
        for session in all_of(hello) {
            if let Some(home) = self.homes.is_elsewhere(session, self.pod)
                && give_way.contains(&home)
            {
                self.homes.hand_over(session, &home, self.pod);
            }
        }
        let mut fits = |what: &'static str, sessions: &[&str], ask: Option<&str>| {
            let wrong = self.own(what, sessions).err().or_else(|| ask.and_then(of_another));
            let fits = wrong.is_none();
            left_out.extend(wrong);
            fits
        };
        hello.sessions.retain(|one| fits("hello.session", &of_session(&one.session), None));
        hello.permissions.retain(|ask| fits("hello.permission", &[&ask.session_id], Some(&ask.id)));
        hello.questions.retain(|ask| fits("hello.question", &[&ask.session_id], Some(&ask.id)));
        hello.held.retain(|one| fits("hello.held", &of_held(one), Some(&one.hold_id)));
        left_out
    }
}

/// The ask that an event makes known.
pub(super) fn new_ask(event: &Event) -> Option<&str> {
    match event {
        Event::PermissionAsked { ask } => Some(&ask.id),
        Event::QuestionAsked { ask } => Some(&ask.id),
        Event::ToolHeld { held } => Some(&held.hold_id),
        _ => None,
    }
}

/// The sessions that an event tells of besides the one that it is of.
fn beside(event: &Event) -> Vec<&str> {
    match event {
        Event::SessionCreated { session } | Event::SessionUpdated { session } => of_session(session),
        Event::ToolHeld { held } => of_held(held),
        Event::PermissionAsked { ask } => vec![ask.session_id.as_str()],
        Event::QuestionAsked { ask } => vec![ask.session_id.as_str()],
        _ => vec![],
    }
}

fn of_session(session: &SessionInfo) -> Vec<&str> {
    std::iter::once(session.id.as_str()).chain(session.parent_id.as_deref()).collect()
}

fn of_held(held: &HeldTool) -> Vec<&str> {
    std::iter::once(held.session_id.as_str()).chain(held.parents.iter().map(String::as_str)).collect()
}

fn all_of(hello: &Hello) -> Vec<&str> {
    let sessions = hello.sessions.iter().flat_map(|one| of_session(&one.session));
    let permissions = hello.permissions.iter().map(|ask| ask.session_id.as_str());
    let questions = hello.questions.iter().map(|ask| ask.session_id.as_str());
    sessions.chain(permissions).chain(questions).chain(hello.held.iter().flat_map(of_held)).collect()
}
