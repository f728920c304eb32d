//! What OpenCode is told about decisions. Written down first: `Persist` stands between the intent and the sending.

use crate::ask::{Answer, Ask};
use crate::effect::{AskCommand, Effect};
use crate::record::PendingCommand;
use crate::session::Session;
use crate::words;

impl Session {
    /// Sends the decision to an OpenCode that waits for it.
    pub(crate) fn apply(&mut self, index: usize) {
        let sent = self.intend_to_apply(index);
        self.effects.push(Effect::Persist);
        self.show(index);
        sent.into_iter().for_each(|sent| self.send(sent));
    }

    /// None when there is nothing that OpenCode must be told.
    pub(crate) fn intend_to_apply(&mut self, index: usize) -> Option<PendingCommand> {
        let answer = self.record.asks[index].decision.as_ref()?.answer.clone();
        let command = self.command(index, told_to_agent(&answer))?;
        Some(self.intend(index, command))
    }

    /// What an answer has done; an ask of the gateway's own may need nothing from OpenCode.
    pub(crate) fn command(&mut self, index: usize, answer: Answer) -> Option<AskCommand> {
        if self.record.asks[index].is_own() {
            return self.apply_own(index, &answer);
        }
        Some(reply(&self.record.asks[index], answer))
    }

    /// Writes down what is going to be sent. `Persist` must follow, and only then `send`.
    pub(crate) fn intend(&mut self, index: usize, command: AskCommand) -> PendingCommand {
        let beside_turn = |command: &AskCommand| {
            matches!(command, AskCommand::Say { .. } | AskCommand::MakePlace { .. } | AskCommand::Move { .. })
        };
        if !beside_turn(&command) {
            self.note_under_way(index);
        }
        let ask = self.record.asks[index].id.clone();
        self.intend_for(ask, command)
    }

    /// The turn of this ask goes on with an answer, and is taken up again if OpenCode dies under it.
    pub(crate) fn note_under_way(&mut self, index: usize) {
        let id = self.record.asks[index].id.clone();
        if !self.record.under_way.contains(&id) {
            self.record.under_way.push(id);
        }
    }

    /// Of something that belongs to no ask.
    pub(crate) fn intend_plain(&mut self, command: AskCommand) -> PendingCommand {
        self.intend_for(String::new(), command)
    }

    pub(crate) fn intend_for(&mut self, ask: String, command: AskCommand) -> PendingCommand {
        // OpenCode's name of an ask is answered under one id only, however often that is tried.
        let request_id = match &command {
            AskCommand::Reply { opencode_id, .. } => format!("req_{opencode_id}"),
            AskCommand::Release { hold_id, .. } => format!("req_{hold_id}"),
            AskCommand::Prompt { message_id, .. } => format!("req_{message_id}"),
            _ => self.next_id("req_ask"),
        };
        let pending = PendingCommand { request_id, ask, command, in_doubt: false };
        self.record.outbox.push(pending.clone());
        pending
    }

    pub(crate) fn send(&mut self, PendingCommand { request_id, command, .. }: PendingCommand) {
        self.effects.push(Effect::Command { request_id, command });
    }
}

fn reply(ask: &Ask, answer: Answer) -> AskCommand {
    AskCommand::Reply {
        session: ask.session.clone(),
        directory: ask.directory.clone(),
        opencode_id: ask.opencode_id.clone(),
        tool: ask.tool.clone(),
        answer,
    }
}

/// A denial always has words: without any, OpenCode would end the turn.
fn told_to_agent(answer: &Answer) -> Answer {
    match answer {
        Answer::Deny { reason } => Answer::Deny { reason: Some(words::denied(reason.as_deref())) },
        other => other.clone(),
    }
}
