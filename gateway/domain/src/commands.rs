//! What OpenCode is told about decisions. Written down first: `Persist` stands between the intent and the sending.

use crate::ask::{Answer, Ask};
use crate::effect::{AskCommand, Effect, Verdict};
use crate::record::PendingCommand;
use crate::session::Session;
use crate::words;

impl Session {
    /// Sends the decision to an OpenCode that waits for it.
    pub(crate) fn apply(&mut self, index: usize) {
        self.apply_and_tell(index, None);
    }

    pub(crate) fn apply_and_tell(&mut self, index: usize, verdict: Option<Verdict>) {
        let Some(answer) = self.record.asks[index].decision.as_ref().map(|decision| decision.answer.clone())
        else {
            return;
        };
        let sent = self.command(index, told_to_agent(&answer)).map(|command| self.intend(index, command));
        self.effects.push(Effect::Persist);
        self.effects.extend(verdict.map(Effect::Tell));
        self.show(index);
        if let Some(sent) = sent {
            self.send(sent);
        }
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
        // OpenCode's name of an ask is answered under one id only, however often that is tried.
        let ask = self.record.asks[index].id.clone();
        self.intend_for(ask, command)
    }

    /// Of something that belongs to no ask.
    pub(crate) fn intend_plain(&mut self, command: AskCommand) -> PendingCommand {
        self.intend_for(String::new(), command)
    }

    pub(crate) fn intend_for(&mut self, ask: String, command: AskCommand) -> PendingCommand {
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
