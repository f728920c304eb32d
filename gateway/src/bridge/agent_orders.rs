//! Carries orders to the pod, and tells what became of them.

use super::call::{CallError, Caller};
use crate::sessions::FileSent;
use crate::sessions::ports::Agents;
use base64::prelude::{BASE64_STANDARD, Engine};
use bridge_protocol::{
    AskOutcome, AskTool as WireTool, Command, ErrorCode, HoldMode, ModelRef, PermissionReply, PromptPart,
    ReplyResult, ToolStatus, Verdict, limits,
};
use futures_util::future::BoxFuture;
use gateway_domain::{AgentAnswer, AgentOrder, AgentOutcome, AskTool, ModelChoice, file_part_id, one_line};
use std::time::Duration;

/// A turn has to end before its session can move, and a history may have to be read in anew.
const MOVING: Duration = Duration::from_secs(90);

/// What is said to the agent in the name of a rejection that came without words.
const DENIED: &str = "A person denied this.";

impl Agents for Caller {
    fn carry_out<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        order: AgentOrder,
        files: Vec<FileSent>,
    ) -> BoxFuture<'a, AgentOutcome> {
        Box::pin(async move {
            let denies = matches!(
                order,
                AgentOrder::Reply { answer: AgentAnswer::Deny { .. }, .. }
                    | AgentOrder::Release { refuse: Some(_), .. }
            );
            let moved = match &order {
                AgentOrder::Move { session, .. } => Some(session.clone()),
                _ => None,
            };
            let command = wire(order, files);
            if let Some(session) = moved {
                return self.move_session(request_id, pod, session, command).await;
            }
            let deadline = Duration::from_millis(limits::COMMAND_DEADLINE_MS);
            let result = self.call_as(request_id, pod, command, deadline).await;
            result.map_or_else(|error| failed(&error), |reply| outcome(&reply, denies))
        })
    }
}

fn wire(order: AgentOrder, files: Vec<FileSent>) -> Command {
    match order {
        AgentOrder::Reply { session, directory, opencode_id, tool, answer } => {
            reply(session, directory, opencode_id, tool.map(wire_tool), answer)
        }
        AgentOrder::Complete { session, tool, questions, answers } => {
            Command::QuestionComplete { session_id: session, tool: wire_tool(tool), questions, answers }
        }
        AgentOrder::Resume { session, user_message_id } => {
            Command::SessionResume { session_id: session, message_id: user_message_id }
        }
        AgentOrder::Retry { session, agent, model } => {
            Command::SessionRetry { session_id: session, agent, model: model.map(wire_model) }
        }
        AgentOrder::Say { session, message_id, text } => prompt(session, message_id, text, files, None, None),
        AgentOrder::Prompt { session, message_id, text, files: _, agent, model } => {
            prompt(session, message_id, text, files, agent, model)
        }
        AgentOrder::Move { session, directory } => {
            Command::SessionMove { session_id: session, directory, move_changes: false, stop: true }
        }
        AgentOrder::Abort { session } => Command::SessionAbort { session_id: session },
        AgentOrder::Release { session, hold_id, refuse, runs, tool } => {
            let verdict = refuse.map_or(Verdict::Through { runs }, |message| Verdict::Refuse { message });
            Command::HoldRelease { session_id: session, hold_id, verdict, tool: tool.map(wire_tool) }
        }
    }
}

impl Caller {
    /// Once it is there its writes are not held any more. Should that be lost, they are let through one by one.
    async fn move_session(
        &self,
        request_id: String,
        pod: &str,
        session_id: String,
        there: Command,
    ) -> AgentOutcome {
        let hold = Command::SessionHold { session_id, hold: HoldMode::None };
        let hold_id = format!("{request_id}_hold");
        if let Err(error) = self.call_as(request_id, pod, there, MOVING).await {
            return not_moved(error);
        }
        if let Err(error) = self.call_as(hold_id, pod, hold, MOVING).await {
            tracing::warn!(
                error = one_line(&error.to_string()),
                "hold on a moved session's writes not lifted"
            );
        }
        AgentOutcome::Done
    }
}

fn not_moved(error: CallError) -> AgentOutcome {
    let CallError::Command(error) = error else { return AgentOutcome::Unknown };
    tracing::warn!(code = ?error.code, reason = one_line(&error.message), "session not moved");
    match error.code {
        ErrorCode::Busy | ErrorCode::OpencodeUnreachable | ErrorCode::TimedOut => AgentOutcome::Unknown,
        _ => AgentOutcome::Refused { why: error.message },
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
    let files = files.into_iter().enumerate().map(|(n, file)| file_part(file_part_id(&message_id, n), file));
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
        let text = format!("(The file {} belongs here, but the gateway could no longer read it.)", note.name);
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
    answer: AgentAnswer,
) -> Command {
    let permission = |reply| Command::PermissionReply {
        session_id: session_id.clone(),
        directory: directory.clone(),
        permission_id: id.clone(),
        reply,
        tool: tool.clone(),
    };
    match answer {
        AgentAnswer::Once => permission(PermissionReply::Once),
        AgentAnswer::Always => permission(PermissionReply::Always),
        AgentAnswer::Deny { reason } => {
            permission(PermissionReply::Reject { message: reason.unwrap_or_else(|| DENIED.to_owned()) })
        }
        AgentAnswer::Answers { answers } => {
            Command::QuestionReply { session_id, directory, question_id: id, answers, tool }
        }
    }
}

fn wire_tool(tool: AskTool) -> WireTool {
    WireTool { message_id: tool.message_id, call_id: tool.call_id }
}

/// A call that is over shows whose answer it was: a denied one never began.
fn outcome(reply: &ReplyResult, denies: bool) -> AgentOutcome {
    match reply {
        ReplyResult::Ask { outcome: AskOutcome::Applied } => AgentOutcome::Applied,
        ReplyResult::Ask { outcome: AskOutcome::NotPending { tool, interrupted } } => {
            let ran = tool.as_ref().is_some_and(|call| {
                let refused = call.status == ToolStatus::Error && !call.began;
                let ran = call.began || call.status == ToolStatus::Completed;
                if denies { refused } else { ran }
            });
            AgentOutcome::NotPending { ran, interrupted: *interrupted }
        }
        _ => AgentOutcome::Done,
    }
}

fn failed(error: &CallError) -> AgentOutcome {
    let CallError::Command(error) = error else { return AgentOutcome::Unknown };
    tracing::warn!(request_id = one_line(&error.request_id), code = ?error.code, reason = one_line(&error.message),
        "decision not applied");
    match error.code {
        ErrorCode::Superseded | ErrorCode::MessageNotFound => AgentOutcome::Superseded,
        // Only for a question of a turn that works again: it is answered when it is asked again.
        ErrorCode::Busy | ErrorCode::SessionNotFound => {
            AgentOutcome::NotPending { ran: false, interrupted: false }
        }
        _ => AgentOutcome::Unknown,
    }
}
