//! How the plugin carries out what the gateway decided, with the read-backs of the real one.

use crate::opencode::Status;
use crate::wire::Event;
use crate::world::World;
use gateway_domain::{Answer, AskCommand, AskTool, CommandOutcome};

impl World {
    pub fn execute_in_opencode(&mut self, pod: usize, request: &str, command: &AskCommand) -> CommandOutcome {
        match command {
            AskCommand::Reply { session, opencode_id, tool, answer, .. } => {
                self.reply(pod, request, session, opencode_id, tool.as_ref(), answer)
            }
            AskCommand::Complete { session, tool, .. } => self.complete(pod, session, tool),
            AskCommand::Resume { session, user_message_id } => self.resume(pod, session, user_message_id),
            AskCommand::Prompt { .. }
            | AskCommand::Retry { .. }
            | AskCommand::Abort { .. }
            | AskCommand::Release { .. }
            | AskCommand::MakePlace { .. }
            | AskCommand::Move { .. } => CommandOutcome::Done,
            AskCommand::Say { session, message_id, text } => self.say(pod, session, message_id, text),
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
    ) -> CommandOutcome {
        self.answered_under(opencode_id, request);
        if !self.pods[pod].is_live(opencode_id) || !self.pods[pod].is_busy(session) {
            return self.not_pending(pod, session, tool, answer);
        }
        self.note(|| format!("OpenCode {pod} takes {answer:?} for {opencode_id}"));
        self.applied(opencode_id, answer);
        self.resolve(pod, opencode_id, answer, true);
        CommandOutcome::Applied
    }

    /// What became of the call that the ask belonged to.
    fn not_pending(
        &self,
        pod: usize,
        session: &str,
        tool: Option<&AskTool>,
        answer: &Answer,
    ) -> CommandOutcome {
        let opencode = &self.pods[pod];
        let Some(found) = opencode.sessions.get(session) else {
            return CommandOutcome::NotPending { ran: false, interrupted: false };
        };
        let status = tool.and_then(|tool| found.status(&tool.call_id));
        let ran = match answer {
            Answer::Deny { .. } => status == Some(Status::Error),
            _ => matches!(status, Some(Status::Began | Status::Completed)),
        };
        let open = matches!(status, None | Some(Status::Waiting | Status::Began));
        let unfinished = found.newest_turn().is_some_and(|turn| !turn.finished);
        let interrupted = open && !opencode.is_busy(session) && unfinished;
        CommandOutcome::NotPending { ran, interrupted }
    }

    fn complete(&mut self, pod: usize, session: &str, tool: &AskTool) -> CommandOutcome {
        let Some(found) = self.pods[pod].sessions.get(session) else { return CommandOutcome::Superseded };
        match found.status(&tool.call_id) {
            None => CommandOutcome::Superseded,
            Some(Status::Completed) => CommandOutcome::Done,
            // The turn was taken up already: the model asks again, and is not to be told twice.
            Some(_) if self.pods[pod].is_busy(session) => {
                CommandOutcome::NotPending { ran: false, interrupted: false }
            }
            Some(_) => {
                self.completed(&tool.call_id);
                self.set_status(pod, session, &tool.call_id, Status::Completed);
                CommandOutcome::Done
            }
        }
    }

    fn resume(&mut self, pod: usize, session: &str, message: &str) -> CommandOutcome {
        let opencode = &self.pods[pod];
        let Some(found) = opencode.sessions.get(session) else {
            return CommandOutcome::NotPending { ran: false, interrupted: false };
        };
        if opencode.is_busy(session) {
            return CommandOutcome::Done;
        }
        match found.newest_turn() {
            Some(turn) if turn.user_message_id != message => CommandOutcome::Superseded,
            None => CommandOutcome::Superseded,
            Some(turn) => {
                if !turn.finished {
                    self.resume_turn(pod, session);
                }
                CommandOutcome::Done
            }
        }
    }

    fn say(&mut self, pod: usize, session: &str, message: &str, text: &str) -> CommandOutcome {
        let opencode = &self.pods[pod];
        let Some(found) = opencode.sessions.get(session) else {
            return CommandOutcome::NotPending { ran: false, interrupted: false };
        };
        if found.has_message(message) {
            return self.resume(pod, session, message);
        }
        self.said(message);
        let wants = self.wants_after(pod, session, text);
        self.add_message(pod, session, message.to_owned(), wants);
        CommandOutcome::Done
    }
}

/// What a session is told of an event, if anything.
pub fn input(event: Event) -> gateway_domain::Input {
    use gateway_domain::Input;
    match event {
        Event::Asked(asked) => Input::Asked(asked),
        Event::Resolved { opencode_id, answer, by_gateway } => {
            Input::Resolved { opencode_id, answer, by_gateway }
        }
        Event::Aborted => Input::Aborted,
        Event::Deleted => Input::Deleted,
        Event::Busy => Input::TurnBegan,
        Event::Idle => Input::TurnEnded,
    }
}
