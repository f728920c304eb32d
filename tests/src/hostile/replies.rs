//! Answers that somebody else gives OpenCode while a call is held: none of them lets it run.

use super::{Alarm, Attack, HostileStage, Outcome, filled};
use crate::wait;
use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A request to OpenCode's API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    pub path: String,
    pub body: Value,
}

/// What the held call leaves where it runs.
const MARK: &str = "by-reply.txt";

impl HostileStage {
    /// One after the other, all about the same call; in the end a person denies it.
    pub async fn replies(&self, attacks: Vec<Attack>) -> anyhow::Result<Vec<Outcome>> {
        let session = self.begin(&json!([self.holds_a_call(), { "text": "It was denied." }])).await?;
        let ask = self.held_ask(&session).await?;
        let mut outcomes = vec![];
        for attack in attacks {
            let names = [("HOLD", ask.clone()), ("SESSION", session.clone())];
            let seen = self.reply(&attack, &names).await?;
            // What would have been let go runs before another session has had its turn.
            self.a_turn().await?;
            outcomes.push(Outcome { through: self.left().exists(), alarm: Alarm::None, seen, attack });
        }
        let body = json!({ "answer": "deny", "reason": "Nobody lets an attack run." });
        self.gateway.post(&format!("/api/v1/asks/{ask}/answer"), &body).await.context("it is still open")?;
        self.until_said(&session, "It was denied.").await?;
        ensure!(!self.left().exists(), "what a person denied ran");
        Ok(outcomes)
    }

    fn left(&self) -> PathBuf {
        self.mine.join(MARK)
    }

    fn holds_a_call(&self) -> Value {
        let args = json!({ "command": format!("touch {MARK}"), "description": "Leaves a mark" });
        json!({ "tools": [{ "name": "bash", "args": args }] })
    }

    /// Whatever OpenCode says to it.
    async fn reply(&self, attack: &Attack, names: &[(&str, String)]) -> anyhow::Result<String> {
        let reply = attack.reply.as_ref().context("an attack that replies")?;
        let answer = self.pod.api().post(&filled(&reply.path, names), Some(&self.mine), &reply.body).await;
        Ok(answer.map_or_else(|refused| refused.to_string(), |taken| taken.to_string()))
    }

    async fn held_ask(&self, session: &str) -> anyhow::Result<String> {
        let of_session = |ask: &Value| ask["session"] == session && ask["state"] == "open";
        let found = |asks: &Value| asks.as_array().is_some_and(|asks| asks.iter().any(of_session));
        let asks = self.gateway.until("the held call", "/api/v1/asks", found).await?;
        let ask = asks.as_array().into_iter().flatten().find(|ask| of_session(ask));
        ask.and_then(|ask| ask["id"].as_str()).map(str::to_owned).context("an ask with an id")
    }

    async fn a_turn(&self) -> anyhow::Result<()> {
        let session = self.begin(&json!([{ "text": "Meanwhile." }])).await?;
        self.until_said(&session, "Meanwhile.").await
    }

    async fn begin(&self, steps: &Value) -> anyhow::Result<String> {
        let api = self.pod.api();
        let session = api.create(&self.mine, "Replies").await?;
        api.prompt(&session, &format!("script: {steps}")).await?;
        Ok(session)
    }

    async fn until_said(&self, session: &str, words: &str) -> anyhow::Result<()> {
        let api = self.pod.api();
        let said = wait::until(format!("{words:?}"), async || {
            // The script itself has these words: those of the agent are a part of their own.
            let told = api.messages(session).await?.to_string().matches(words).count();
            ensure!(told > 1, "{told} times so far");
            Ok::<_, anyhow::Error>(())
        });
        said.await.with_context(|| self.pod.log())
    }
}
