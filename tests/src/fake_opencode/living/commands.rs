//! Answers the gateway's commands as the plugin does: each request once, what is pending read before and what
//! became of the call read after.

use super::disk::{CallStatus, Wish};
use super::life::{Answered, Life};
use super::turn;
use bridge_protocol::{
    AskOutcome, AskTool, Command, CommandError, ErrorCode, PermissionReply, PluginFrame, PromptPart, Reply,
    ReplyResult, Request,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Results by request id. A request that is seen again while it runs, or after it did something, gets the same;
/// what failed may be tried again, and what was only read is read anew.
#[derive(Default)]
pub(super) struct Results(Mutex<HashMap<String, Arc<OnceCell<ReplyResult>>>>);

impl Results {
    fn of(&self, request_id: &str) -> Arc<OnceCell<ReplyResult>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(request_id.to_owned()).or_default())
    }

    fn forget(&self, request_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(request_id);
    }
}

type Failure = (ErrorCode, &'static str);

pub(super) async fn answer(life: &Arc<Life>, request: Request) -> PluginFrame {
    let Request { request_id, command, .. } = request;
    let cell = life.results.of(&request_id);
    let result = cell.get_or_try_init(|| run(life, command)).await;
    if matches!(result, Ok(ReplyResult::Ask { outcome: AskOutcome::NotPending { .. } })) {
        life.results.forget(&request_id);
    }
    match result {
        Ok(result) => PluginFrame::Reply(Box::new(Reply { request_id, result: result.clone() })),
        Err((code, message)) => {
            PluginFrame::Error(CommandError { request_id, code, message: message.to_owned() })
        }
    }
}

async fn run(life: &Arc<Life>, command: Command) -> Result<ReplyResult, Failure> {
    life.pause().await;
    match command {
        Command::SessionMessage { session_id, message_id, parts, .. } => {
            send(life, &session_id, &message_id, &parts)
        }
        Command::SessionResume { session_id, message_id } => resume(life, &session_id, &message_id),
        Command::SessionMessages { session_id, .. } => {
            Ok(ReplyResult::Messages { messages: life.disk().messages(&session_id), more: false })
        }
        Command::PermissionReply { session_id, permission_id, reply, tool, .. } => {
            let answer = match reply {
                PermissionReply::Once | PermissionReply::Always => Answered::Once,
                PermissionReply::Reject { message } => Answered::Rejected(message),
            };
            Ok(apply(life, &session_id, &permission_id, tool.as_ref(), answer).await)
        }
        Command::QuestionReply { session_id, question_id, answers, tool, .. } => {
            let answer = Answered::Answers(answers);
            Ok(apply(life, &session_id, &question_id, tool.as_ref(), answer).await)
        }
        Command::QuestionComplete { session_id, tool, questions, answers } => {
            complete(life, &session_id, &tool, turn::answer_text(&questions, &answers))
        }
        _ => Err((ErrorCode::UnknownCommand, "The double does not know this command.")),
    }
}

async fn apply(
    life: &Arc<Life>,
    session: &str,
    id: &str,
    tool: Option<&AskTool>,
    answer: Answered,
) -> ReplyResult {
    if !life.memory().pending.contains_key(id) {
        return not_pending(life, session, tool);
    }
    life.pause().await;
    if !life.resolve(session, id, answer) {
        return not_pending(life, session, tool);
    }
    life.pause().await;
    ReplyResult::Ask { outcome: AskOutcome::Applied }
}

fn not_pending(life: &Life, session: &str, tool: Option<&AskTool>) -> ReplyResult {
    let busy = life.memory().busy.contains(session);
    let mut disk = life.disk();
    let call = tool.and_then(|tool| disk.call(session, tool)).cloned();
    let open = call.as_ref().is_none_or(|call| !call.is_over());
    let unfinished = disk.newest(session).is_some_and(|turn| !turn.finished);
    let interrupted = open && !busy && unfinished;
    let tool = call.map(|call| Box::new(call.view()));
    ReplyResult::Ask { outcome: AskOutcome::NotPending { tool, interrupted } }
}

fn send(
    life: &Arc<Life>,
    session: &str,
    message: &str,
    parts: &[PromptPart],
) -> Result<ReplyResult, Failure> {
    if life.disk().has(session, message) {
        return resume(life, session, message);
    }
    let text = parts.iter().find_map(|part| match part {
        PromptPart::Text { text, .. } => Some(text.as_str()),
        PromptPart::File { .. } => None,
    });
    life.disk().begin_turn(session, message, Wish::parse(text.unwrap_or_default()));
    turn::start(life, session);
    Ok(ReplyResult::Done)
}

fn resume(life: &Arc<Life>, session: &str, message: &str) -> Result<ReplyResult, Failure> {
    if life.memory().busy.contains(session) {
        return Ok(ReplyResult::Done);
    }
    if !life.disk().has(session, message) {
        return Err((ErrorCode::MessageNotFound, "There is no such message."));
    }
    let newest = life.disk().newest(session).map(|turn| (turn.user_message.clone(), turn.finished));
    match newest {
        Some((newest, _)) if newest != message => Err((ErrorCode::Superseded, "A newer message followed.")),
        Some((_, false)) => {
            turn::start(life, session);
            Ok(ReplyResult::Done)
        }
        _ => Ok(ReplyResult::Done),
    }
}

fn complete(life: &Life, session: &str, tool: &AskTool, told: String) -> Result<ReplyResult, Failure> {
    let busy = life.memory().busy.contains(session);
    let mut disk = life.disk();
    let Some(call) = disk.call(session, tool) else {
        return Err((ErrorCode::MessageNotFound, "There is no such call."));
    };
    if call.status != CallStatus::Completed {
        if busy {
            return Err((ErrorCode::Busy, "The turn was taken up already."));
        }
        (call.status, call.told) = (CallStatus::Completed, told);
    }
    Ok(ReplyResult::Done)
}
