//! One round on a real OpenCode: what its model does, and when it is over.

use super::plan::Said;
use super::verdict::new_ask;
use crate::api_people::ApiPerson;
use crate::opencode_stage::{OpenCodeStage, texts};
use crate::wait;
use anyhow::{Context, ensure};
use serde_json::json;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);

/// A round that came to its end.
pub struct Over {
    /// All cards of what was asked, the first one first.
    pub cards: Vec<String>,
    /// Commands that OpenCode's death cut while they ran, and that a person was asked about anew.
    pub half_run: usize,
}

/// Waits until the agent has said its last word. What may have half run, or has run, is asked about anew, says so, and is
/// allowed.
pub async fn until_over(
    stage: &OpenCodeStage,
    session: &str,
    ask: String,
    number: usize,
) -> anyhow::Result<Over> {
    let mut over = Over { cards: vec![ask], half_run: 0 };
    let look = async || over.look(stage, session, number).await.transpose();
    wait::within(PATIENCE).until_mut(format!("the end of round {number}"), look).await??;
    Ok(over)
}

impl Over {
    async fn look(
        &mut self,
        stage: &OpenCodeStage,
        session: &str,
        number: usize,
    ) -> anyhow::Result<Option<()>> {
        if is_over(stage, session, number).await {
            return Ok(Some(()));
        }
        let gateway = &stage.gateway;
        if let Some(anew) = new_ask(gateway, session, &self.cards).await {
            let says_so = anew["may_have_run"] == true || anew["ran_before"].is_object();
            ensure!(says_so, "a second card of the same: {anew:#}");
            self.half_run += 1;
            let id = anew["id"].as_str().context("an ask without an id")?.to_owned();
            ApiPerson::new("carl", &gateway.url()).insist(&id, &Said::Allow.body("carl")).await?;
            self.cards.push(id);
        }
        Ok(None)
    }
}

/// Nothing is asked, the session is idle, and its last word was said.
async fn is_over(stage: &OpenCodeStage, session: &str, number: usize) -> bool {
    let read = async |path: String| stage.gateway.get(&path).await.unwrap_or_default();
    let asks = read("/api/v1/asks".to_owned()).await;
    let view = read(format!("/api/v1/sessions/{session}")).await;
    let messages = read(format!("/api/v1/sessions/{session}/messages")).await;
    asks == json!([])
        && view["status"] == "idle"
        && texts(&messages, "assistant").contains(&last_word(number))
}

fn last_word(number: usize) -> String {
    format!("Round {number} is over.")
}

/// What the model does. Every other command takes its time, so that it can be cut while it runs.
pub fn script(said: Said, number: usize, file: &str) -> String {
    let option = |label: &str| json!({ "label": label, "description": label });
    let options = json!([option("Postgres"), option("SQLite")]);
    let call = match said {
        Said::Answer => {
            let question = json!({ "question": "Which database?", "header": "Database", "options": options });
            json!({ "name": "question", "args": { "questions": [question] } })
        }
        Said::Allow | Said::Deny => {
            let slowly = if number.is_multiple_of(2) { "" } else { "sleep 0.2; " };
            let command = format!("{slowly}echo ran >> {file}");
            json!({ "name": "bash", "args": { "command": command, "description": "Writes a line" } })
        }
    };
    format!("script: {}", json!([{ "tools": [call] }, { "text": last_word(number) }]))
}
