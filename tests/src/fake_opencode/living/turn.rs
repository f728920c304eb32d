//! A turn: the model's call, its ask, the tool, the last word. Every step can be the one in which it dies.

use super::disk::{CallStatus, Wish};
use super::life::{Answered, Life};
use bridge_protocol::{AskTool, Event};
use std::sync::Arc;

/// Starts or resumes the newest turn of a session, unless it is under way.
pub(super) fn start(life: &Arc<Life>, session: &str) {
    if life.memory().busy.insert(session.to_owned()) {
        life.tell(session, Event::SessionActive {});
        life.spawn(run(Arc::clone(life), session.to_owned()));
    }
}

async fn run(life: Arc<Life>, session: String) {
    while !has_result(&life, &session) {
        life.pause().await;
        call(&life, &session).await;
        life.pause().await;
    }
    if let Some(turn) = life.disk().newest(&session) {
        turn.finished = true;
    }
    life.pause().await;
    life.memory().busy.remove(&session);
    life.tell(&session, Event::SessionIdle {});
}

/// Whether the model has what it wanted. A call that was interrupted is made again.
fn has_result(life: &Life, session: &str) -> bool {
    let mut disk = life.disk();
    disk.newest(session).is_none_or(|turn| turn.calls.last().is_some_and(super::Call::is_over))
}

async fn call(life: &Arc<Life>, session: &str) {
    let Some((wish, tool)) = life.disk().begin_call(session) else { return };
    life.pause().await;
    let answer = life.ask(session, wish.clone(), tool.clone());
    let Ok(answer) = answer.await else { return };
    life.pause().await;
    match answer {
        Answered::Once => execute(life, session, &tool).await,
        Answered::Rejected(reason) => {
            let told = format!("The user rejected permission with the following feedback: {reason}");
            end(life, session, &tool, CallStatus::Failed, told);
        }
        Answered::Answers(answers) => {
            let Wish::Ask { question } = wish else { return };
            end(life, session, &tool, CallStatus::Completed, answer_text(&[question], &answers));
        }
    }
}

/// OpenCode notes that the tool begins, then the command runs, then its output is noted.
async fn execute(life: &Arc<Life>, session: &str, tool: &AskTool) {
    if let Some(call) = life.disk().call(session, tool) {
        call.status = CallStatus::Running;
    }
    tell(life, session, tool);
    life.pause().await;
    if let Some(call) = life.disk().call(session, tool) {
        call.runs += 1;
    }
    life.pause().await;
    end(life, session, tool, CallStatus::Completed, "it ran".to_owned());
}

fn end(life: &Life, session: &str, tool: &AskTool, status: CallStatus, told: String) {
    if let Some(call) = life.disk().call(session, tool) {
        (call.status, call.told) = (status, told);
    }
    tell(life, session, tool);
}

fn tell(life: &Life, session: &str, tool: &AskTool) {
    let view = life.disk().call(session, tool).map(|call| call.view());
    if let Some(call) = view {
        life.tell(session, Event::ToolExecuted { message_id: tool.message_id.clone(), call });
    }
}

/// What the model reads as the result of a question.
pub(super) fn answer_text(questions: &[String], answers: &[Vec<String>]) -> String {
    let pairs = questions.iter().zip(answers);
    let said: Vec<_> = pairs.map(|(q, a)| format!("\"{q}\"=\"{}\"", a.join(", "))).collect();
    format!("User has answered your questions: {}.", said.join(", "))
}
