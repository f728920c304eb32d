//! How the plugin carries out what the gateway decided, with the read-backs of the real one.

use crate::opencode::Status;
use crate::wire::Event;
use crate::world::World;
use gateway_domain::{AgentInput, AgentOrder, AgentOutcome, Answer, AskTool};

impl World {
    pub fn execute_in_opencode(&mut self, pod: usize, request: &str, order: &AgentOrder) -> AgentOutcome {
        match order {
            AgentOrder::Reply { session, opencode_id, tool, answer, .. } => {
                self.reply(pod, request, session, opencode_id, tool.as_ref(), &answer.clone().into())
            }
            AgentOrder::Complete { session, tool, .. } => self.complete(pod, session, tool),
            AgentOrder::Resume { session, user_message_id } => self.resume(pod, session, user_message_id),
            AgentOrder::Prompt { .. }
            | AgentOrder::Retry { .. }
            | AgentOrder::Abort { .. }
            | AgentOrder::Release { .. }
            | AgentOrder::Move { .. } => AgentOutcome::Done,
            AgentOrder::Say { session, message_id, text } => self.say(pod, session, message_id, text),
        }
    }

    fn reply(
        &mut self,
        pod: usize,
        request: &str,
        session: &str,
        opencode_id: &str,
        tool: Option<&AskTool>,
        answer: &Answer,
    ) -> AgentOutcome {
        self.answered_under(opencode_id, request);
        if !self.pods[pod].is_live(opencode_id) || !self.pods[pod].is_busy(session) {
            return self.not_pending(pod, session, tool, answer);
        }
        self.note(|| format!("OpenCode {pod} takes {answer:?} for {opencode_id}"));
        self.applied(opencode_id, answer);
        self.resolve(pod, opencode_id, answer, true);
        AgentOutcome::Applied
    }

    /// What became of the call that the ask belonged to.
    fn not_pending(
        &self,
        pod: usize,
        session: &str,
        tool: Option<&AskTool>,
        answer: &Answer,
    ) -> AgentOutcome {
        let opencode = &self.pods[pod];
        let Some(found) = opencode.sessions.get(session) else {
            return AgentOutcome::NotPending { ran: false, interrupted: false };
        };
        let status = tool.and_then(|tool| found.status(&tool.call_id));
        let ran = match answer {
            Answer::Deny { .. } => status == Some(Status::Error),
            _ => matches!(status, Some(Status::Began | Status::Completed)),
        };
        let open = matches!(status, None | Some(Status::Waiting | Status::Began));
        let unfinished = found.newest_turn().is_some_and(|turn| !turn.finished);
        let interrupted = open && !opencode.is_busy(session) && unfinished;
        AgentOutcome::NotPending { ran, interrupted }
    }

    fn complete(&mut self, pod: usize, session: &str, tool: &AskTool) -> AgentOutcome {
        let Some(found) = self.pods[pod].sessions.get(session) else {
            return AgentOutcome::Superseded;
        };
        match found.status(&tool.call_id) {
            None => AgentOutcome::Superseded,
            Some(Status::Completed) => AgentOutcome::Done,
            // The turn was taken up already: the model asks again, and is not to be told twice.
            Some(_) if self.pods[pod].is_busy(session) => {
                AgentOutcome::NotPending { ran: false, interrupted: false }
            }
            Some(_) => {
                self.completed(&tool.call_id);
                self.set_status(pod, session, &tool.call_id, Status::Completed);
                AgentOutcome::Done
            }
        }
    }

    fn resume(&mut self, pod: usize, session: &str, message: &str) -> AgentOutcome {
        let opencode = &self.pods[pod];
        let Some(found) = opencode.sessions.get(session) else {
            return AgentOutcome::NotPending { ran: false, interrupted: false };
        };
        if opencode.is_busy(session) {
            return AgentOutcome::Done;
        }
        match found.newest_turn() {
            Some(turn) if turn.user_message_id != message => AgentOutcome::Superseded,
            None => AgentOutcome::Superseded,
            Some(turn) => {
                if !turn.finished {
                    self.resume_turn(pod, session);
                }
                AgentOutcome::Done
            }
        }
    }

    fn say(&mut self, pod: usize, session: &str, message: &str, text: &str) -> AgentOutcome {
        let opencode = &self.pods[pod];
        let Some(found) = opencode.sessions.get(session) else {
            return AgentOutcome::NotPending { ran: false, interrupted: false };
        };
        if found.has_message(message) {
            return self.resume(pod, session, message);
        }
        self.said(message);
        let wants = self.wants_after(pod, session, text);
        self.add_message(pod, session, message.to_owned(), wants);
        AgentOutcome::Done
    }
}

/// What a session is told of an event, if anything.
pub fn input(event: Event) -> AgentInput {
    match event {
        Event::Asked(asked) => AgentInput::Asked(asked),
        Event::Resolved { opencode_id, answer, by_gateway } => {
            AgentInput::Resolved { opencode_id, answer, by_gateway }
        }
        Event::Aborted => AgentInput::Aborted,
        Event::Deleted => AgentInput::Deleted,
        Event::Busy => AgentInput::TurnBegan,
        Event::Idle => AgentInput::TurnEnded,
    }
}
