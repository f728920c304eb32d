//! Carries what was decided about an ask to the pod, and tells what became of it.

use super::call::{CallError, Caller};
use crate::sessions::FileSent;
use crate::sessions::ports::AskExecutor;
use base64::prelude::{BASE64_STANDARD, Engine};
use bridge_protocol::{
    AskOutcome, AskTool as WireTool, Command, ErrorCode, HoldMode, ModelRef, PermissionReply, PromptPart,
    ReplyResult, ToolStatus, Verdict, limits,
};
use futures_util::future::BoxFuture;
use gateway_domain::{Answer, AskCommand, AskTool, CommandOutcome, ModelChoice};
use std::time::Duration;

/// A turn has to end before its session can move, and a history may have to be read in anew.
const MOVING: Duration = Duration::from_secs(90);

/// What is said to the agent in the name of a rejection that came without words.
const DENIED: &str = "A person denied this.";

impl AskExecutor for Caller {
    fn execute<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        command: AskCommand,
        files: Vec<FileSent>,
    ) -> BoxFuture<'a, CommandOutcome> {
        Box::pin(async move {
            let deadline = Duration::from_millis(limits::COMMAND_DEADLINE_MS);
            if let AskCommand::Move { session, directory } = command {
                return self.move_session(request_id, pod, session, directory).await;
            }
            let denies = matches!(command, AskCommand::Reply { answer: Answer::Deny { .. }, .. });
            let result = self.call_as(request_id, pod, wire(command, files), deadline).await;
            result.map_or_else(|error| failed(&error), |reply| outcome(&reply, denies))
        })
    }
}

fn wire(command: AskCommand, files: Vec<FileSent>) -> Command {
    match command {
        AskCommand::Reply { session, directory, opencode_id, tool, answer } => {
            reply(session, directory, opencode_id, tool.map(wire_tool), answer)
        }
        AskCommand::Complete { session, tool, questions, answers } => {
            Command::QuestionComplete { session_id: session, tool: wire_tool(tool), questions, answers }
        }
        AskCommand::Resume { session, user_message_id } => {
            Command::SessionResume { session_id: session, message_id: user_message_id }
        }
        AskCommand::Retry { session, agent, model } => {
            Command::SessionRetry { session_id: session, agent, model: model.map(wire_model) }
        }
        AskCommand::Say { session, message_id, text } => prompt(session, message_id, text, files, None, None),
        AskCommand::Prompt { session, message_id, text, files: _, agent, model } => {
            prompt(session, message_id, text, files, agent, model)
        }
        AskCommand::Move { session, directory } => {
            Command::SessionMove { session_id: session, directory, move_changes: false, stop: true }
        }
        // It is made here, and nothing of it goes to a pod.
        AskCommand::MakePlace { session, .. } | AskCommand::Abort { session } => {
            Command::SessionAbort { session_id: session }
        }
        AskCommand::Release { session, hold_id, refuse } => {
            let verdict = refuse.map_or(Verdict::Through, |message| Verdict::Refuse { message });
            Command::HoldRelease { session_id: session, hold_id, verdict }
        }
    }
}

impl Caller {
    /// Once it is there its writes are not held any more. Should that be lost, they are let through one by one.
    async fn move_session(
        &self,
        request_id: String,
        pod: &str,
        session: String,
        directory: String,
    ) -> CommandOutcome {
        let hold = Command::SessionHold { session_id: session.clone(), hold: HoldMode::None };
        let to = Command::SessionMove { session_id: session, directory, move_changes: false, stop: true };
        let hold_id = format!("{request_id}_hold");
        if let Err(error) = self.call_as(request_id, pod, to, MOVING).await {
            return not_moved(error);
        }
        if let Err(error) = self.call_as(hold_id, pod, hold, MOVING).await {
            tracing::warn!(%error, "the writes of a session that was moved are still held");
        }
        CommandOutcome::Done
    }
}

fn not_moved(error: CallError) -> CommandOutcome {
    let CallError::Command(error) = error else { return CommandOutcome::Unknown };
    tracing::warn!(code = ?error.code, reason = error.message, "a session was not moved");
    match error.code {
        ErrorCode::Busy | ErrorCode::OpencodeUnreachable | ErrorCode::TimedOut => CommandOutcome::Unknown,
        _ => CommandOutcome::Refused { why: error.message },
    }
}

fn prompt(
    session_id: String,
    message_id: String,
    text: String,
    files: Vec<FileSent>,
    agent: Option<String>,
    model: Option<ModelChoice>,
) -> Command {
    let id = message_id.replacen("msg_", "prt_", 1);
    let files = files.into_iter().enumerate().map(|(n, file)| file_part(format!("{id}f{n}"), file));
    let text = (!text.is_empty()).then(|| PromptPart::Text { id: id.clone(), text });
    let parts = text.into_iter().chain(files).collect();
    let model = model.map(wire_model);
    Command::SessionMessage { session_id, message_id, parts, agent, model, no_reply: false }
}

fn wire_model(ModelChoice { provider, model }: ModelChoice) -> ModelRef {
    ModelRef { provider, model }
}

/// A file that was lost does not keep the message back, but the agent hears of it.
fn file_part(id: String, FileSent { note, content }: FileSent) -> PromptPart {
    let Some(content) = content else {
        let text =
            format!("(The file {} was meant to be here. The gateway could not read it any more.)", note.name);
        return PromptPart::Text { id, text };
    };
    let url = format!("data:{};base64,{}", note.mime, BASE64_STANDARD.encode(content));
    PromptPart::File { id, filename: note.name, mime: note.mime, url }
}

fn reply(
    session_id: String,
    directory: String,
    id: String,
    tool: Option<WireTool>,
    answer: Answer,
) -> Command {
    let permission = |reply| Command::PermissionReply {
        session_id: session_id.clone(),
        directory: directory.clone(),
        permission_id: id.clone(),
        reply,
        tool: tool.clone(),
    };
    match answer {
        Answer::Once => permission(PermissionReply::Once),
        Answer::Always => permission(PermissionReply::Always),
        Answer::Deny { reason } => {
            permission(PermissionReply::Reject { message: reason.unwrap_or_else(|| DENIED.to_owned()) })
        }
        Answer::Answers { answers } => {
            Command::QuestionReply { session_id, directory, question_id: id, answers, tool }
        }
        // Only an ask of the gateway's own takes this, and that never comes here.
        Answer::Configured { .. } => permission(PermissionReply::Once),
    }
}

fn wire_tool(tool: AskTool) -> WireTool {
    WireTool { message_id: tool.message_id, call_id: tool.call_id }
}

/// A call that is over shows whose answer it was: a denied one never began.
fn outcome(reply: &ReplyResult, denies: bool) -> CommandOutcome {
    match reply {
        ReplyResult::Ask { outcome: AskOutcome::Applied } => CommandOutcome::Applied,
        ReplyResult::Ask { outcome: AskOutcome::NotPending { tool, interrupted } } => {
            let ran = tool.as_ref().is_some_and(|call| {
                let refused = call.status == ToolStatus::Error && !call.began;
                let ran = call.began || call.status == ToolStatus::Completed;
                if denies { refused } else { ran }
            });
            CommandOutcome::NotPending { ran, interrupted: *interrupted }
        }
        _ => CommandOutcome::Done,
    }
}

fn failed(error: &CallError) -> CommandOutcome {
    let CallError::Command(error) = error else { return CommandOutcome::Unknown };
    tracing::warn!(request_id = error.request_id, code = ?error.code, reason = error.message, "a decision was not applied");
    match error.code {
        ErrorCode::Superseded | ErrorCode::MessageNotFound => CommandOutcome::Superseded,
        // Only for a question of a turn that works again: it is answered when it is asked again.
        ErrorCode::Busy | ErrorCode::SessionNotFound => {
            CommandOutcome::NotPending { ran: false, interrupted: false }
        }
        _ => CommandOutcome::Unknown,
    }
}
