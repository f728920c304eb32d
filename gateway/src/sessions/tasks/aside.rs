//! Sessions whose records cannot be used. Nothing of them is decided until an operator has restored the record: people
//! are told so wherever they look, and the agent is not left waiting.

use super::task_context::TaskContext;
use crate::sessions::about;
use bridge_protocol::{Hello, SessionInfo};
use gateway_domain::thread::{ItemBody, SortKey, ThreadChange, ThreadItem, Tone};
use gateway_domain::{
    About, AgentAnswer, AgentInput, AgentOrder, AgentOutcome, AskBody, Asked, Doing, PolicyBook, Session,
    SessionCard,
};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// What the agent reads.
const TOLD_TO_AGENT: &str = "No one can be asked: the gateway's record of this session is damaged, so this \
    was denied automatically. No person decided against it. Stop here and say so.";

/// Tries to tell OpenCode; a pod that was away says again what it holds when it is back.
const TRIES: usize = 3;
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// A session that is set aside, and what is wrong as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    pub session: String,
    pub why: String,
}

/// Told once at the start: a record is restored while the gateway is stopped.
#[derive(Default)]
pub(super) struct AsideBook(OnceLock<HashMap<String, String>>);

impl AsideBook {
    pub(super) fn set(&self, all: Vec<SetAside>, context: &TaskContext) {
        for SetAside { session, why } in &all {
            tell_people(context, session, "", About::default(), why);
        }
        // A second time would be a mistake of whoever assembles; the first stays.
        let _ = self.0.set(all.into_iter().map(|one| (one.session, one.why)).collect());
    }

    pub(super) fn why(&self, session: &str) -> Option<&str> {
        self.0.get()?.get(session).map(String::as_str)
    }

    /// What OpenCode tells of such a session.
    pub(super) fn told(
        &self,
        pod: &Arc<str>,
        session: &str,
        input: AgentInput,
        context: &Arc<TaskContext>,
        tasks: &TaskTracker,
    ) {
        let Some(why) = self.why(session) else { return };
        match input {
            AgentInput::Described(about) => tell_people(context, session, pod, about, why),
            AgentInput::Asked(asked) => refuse(pod, refusal(asked), context, tasks),
            AgentInput::Held(held) => refuse(pod, release(session, held.hold_id), context, tasks),
            _ => {}
        }
    }

    /// The pod is back, and says what it holds.
    pub(super) fn back(&self, pod: &Arc<str>, hello: &Hello, context: &Arc<TaskContext>) {
        for known in &hello.sessions {
            let SessionInfo { id, .. } = &known.session;
            if let Some(why) = self.why(id) {
                tell_people(context, id, pod, about(&known.session), why);
            }
        }
    }
}

fn tell_people(context: &TaskContext, session: &str, pod: &str, about: About, why: &str) {
    let plain = Session::new(session, pod, PolicyBook::default().standard).card();
    let online = !pod.is_empty();
    let card =
        SessionCard { about, online, doing: Doing::Ended, unrecoverable: Some(why.to_owned()), ..plain };
    context.live.mark_unrecoverable(session, why);
    context.threads.card(card);
    context.threads.show(session, ThreadChange::Put(Box::new(note(why, context.clock.now()))));
    context.threads.caught_up_with(session);
}

fn note(why: &str, at: Timestamp) -> ThreadItem {
    let key = "note_unrecoverable".to_owned();
    let (order, body) =
        (SortKey::new(0, 0, &key), ItemBody::Note { tone: Tone::Error, text: why.to_owned(), details: None });
    ThreadItem { key, order, at, body }
}

fn refusal(asked: Asked) -> (String, AgentOrder) {
    let Asked { opencode_id, session, directory, tool, body } = asked;
    let told = || TOLD_TO_AGENT.to_owned();
    let answer = match body {
        AskBody::Question { questions } => {
            AgentAnswer::Answers { answers: questions.iter().map(|_| vec![told()]).collect() }
        }
        _ => AgentAnswer::Deny { reason: Some(told()) },
    };
    (format!("req_{opencode_id}"), AgentOrder::Reply { session, directory, opencode_id, tool, answer })
}

fn release(session: &str, hold_id: String) -> (String, AgentOrder) {
    let refuse = Some(TOLD_TO_AGENT.to_owned());
    (
        format!("req_{hold_id}"),
        AgentOrder::Release { session: session.to_owned(), hold_id, refuse, runs: None, tool: None },
    )
}

fn refuse(
    pod: &Arc<str>,
    (request_id, order): (String, AgentOrder),
    context: &Arc<TaskContext>,
    tasks: &TaskTracker,
) {
    let (pod, agents, stop) = (Arc::clone(pod), Arc::clone(&context.agents), context.stop.clone());
    tasks.spawn(async move {
        for _ in 0..TRIES {
            let told = agents.carry_out(&pod, request_id.clone(), order.clone(), vec![]);
            tokio::select! {
                outcome = told => if outcome != AgentOutcome::Unknown { return },
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(TRY_AGAIN) => {}
                () = stop.cancelled() => return,
            }
        }
        tracing::warn!(request_id, "request of a session that is set aside could not be refused");
    });
}
