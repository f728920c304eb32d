//! Tool calls of a hostile agent and of its sub-agents. People deny whatever they are asked.

use super::{Alarm, Attack, By, HostileStage, Outcome, filled_call};
use crate::model::Call;
use crate::wait;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What people say to each of them.
const NO: &str = "Nobody lets an attack run.";

/// What the gate says where a rule decides.
const RULE: &str = "isn't allowed to do this";

impl HostileStage {
    /// All at once, in one turn of each of the three who make them.
    pub async fn calls(&self, attacks: Vec<Attack>) -> anyhow::Result<Vec<Outcome>> {
        let names = self.names();
        let call = |attack: &Attack| attack.call.as_ref().map(|call| filled_call(call, &names));
        let made: Vec<(Attack, Call)> =
            attacks.into_iter().filter_map(|attack| call(&attack).map(|call| (attack, call))).collect();
        for (by, agent) in [(By::Agent, "build"), (By::SubAgent, "build"), (By::UnderArchitect, "architect")]
        {
            let calls = made.iter().filter(|(attack, _)| attack.by == by).map(|(_, call)| json_of(call));
            let calls: Vec<_> =
                if by == By::Agent { calls.collect() } else { calls.map(|one| task(&one)).collect() };
            self.turn(agent, &calls).await?;
        }
        let waiting = wait::until("an end of all calls", async || {
            self.deny_all().await?;
            let missing: Vec<_> = made.iter().filter(|(_, call)| self.results(call).is_empty()).collect();
            anyhow::ensure!(
                missing.is_empty(),
                "without a result: {:?}",
                missing.iter().map(|(attack, _)| &attack.name).collect::<Vec<_>>()
            );
            Ok::<_, anyhow::Error>(())
        });
        waiting.await.with_context(|| self.pod.log())?;
        Ok(made.into_iter().map(|(attack, call)| outcome(attack, &self.results(&call))).collect())
    }

    async fn turn(&self, agent: &str, calls: &[Value]) -> anyhow::Result<()> {
        let api = self.pod.api();
        let session = api.create(&self.mine, agent).await?;
        let steps = json!([{ "tools": calls }, { "text": "All were tried." }]);
        let body =
            json!({ "agent": agent, "parts": [{ "type": "text", "text": format!("script: {steps}") }] });
        api.post(&format!("/session/{session}/prompt_async"), None, &body).await.map(drop)
    }

    async fn deny_all(&self) -> anyhow::Result<()> {
        let asks = self.gateway.get("/api/v1/asks").await?;
        for ask in asks.as_array().into_iter().flatten().filter(|ask| ask["state"] == "open") {
            let path = format!("/api/v1/asks/{}/answer", ask["id"].as_str().unwrap_or_default());
            // It may have been settled meanwhile.
            let _ = self.gateway.post(&path, &json!({ "answer": "deny", "reason": NO })).await;
        }
        Ok(())
    }

    /// What the model was told of such calls, each once.
    fn results(&self, call: &Call) -> Vec<String> {
        let requests = self.model.requests();
        let messages: Vec<_> =
            requests.iter().filter_map(|one| one["messages"].as_array()).flatten().collect();
        let calls = messages.iter().filter_map(|message| message["tool_calls"].as_array()).flatten();
        let same = calls.filter(|made| is_made_of(made, call)).filter_map(|made| made["id"].as_str());
        let ids: std::collections::BTreeSet<_> = same.collect();
        let told = messages.iter().filter(|message| message["role"] == "tool");
        let told: BTreeMap<_, _> = told
            .filter_map(|message| Some((message["tool_call_id"].as_str()?, message["content"].to_string())))
            .collect();
        ids.into_iter().filter_map(|id| told.get(id).cloned()).collect()
    }
}

fn is_made_of(made: &Value, call: &Call) -> bool {
    let args =
        made["function"]["arguments"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    made["function"]["name"] == call.name.as_str() && args.as_ref() == Some(&call.args)
}

fn json_of(call: &Call) -> Value {
    json!({ "name": call.name, "args": call.args })
}

/// Work for a sub-agent that makes this call.
fn task(call: &Value) -> Value {
    let steps = json!([{ "tools": [call] }, { "text": "That is my part." }]);
    let prompt = format!("script: {steps}");
    json!({ "name": "task", "args": { "description": "A part", "prompt": prompt, "subagent_type": "general" } })
}

/// Each of its calls must have been refused.
fn outcome(attack: Attack, results: &[String]) -> Outcome {
    let all = |words: &str| results.iter().all(|told| told.contains(words));
    let alarm = match () {
        () if all(NO) => Alarm::Ask,
        () if all(RULE) => Alarm::Denied,
        () => Alarm::None,
    };
    let refused = |told: &String| [NO, RULE].iter().any(|words| told.contains(words));
    Outcome { through: !results.iter().all(refused), alarm, seen: results.join("\n"), attack }
}
