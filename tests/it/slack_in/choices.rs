//! The model and the agent of a session, chosen in Slack: the same ones that the console shows, by the same rules.

use super::SlackStage;
use super::form::{health, stage_with};
use bridge_protocol::Command;
use gateway::app::{Unsigned, open_store};
use gateway::store::TakeOver;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const SESSION: &str = "ses_00000001";
const MODEL: &str = "/api/v1/sessions/ses_00000001/model";

/// Gives the command, and returns what its person is told.
async fn commanded(stage: &SlackStage, text: &str) -> String {
    let before = stage.ann.whispers(&stage.dev).len();
    assert!(stage.ann.command(&stage.dev, "/opencode", text).await.acked());
    let told = async || stage.ann.whispers(&stage.dev).get(before).map(e2e::slack::Message::all_text);
    e2e::wait::until(format!("the answer to {text}"), told).await.unwrap()
}

async fn until_card(stage: &SlackStage, what: &str, fits: impl Fn(&Value) -> bool) {
    stage.gateway.until(what, "/api/v1/cards", |cards| fits(&cards[0])).await.unwrap();
}

/// Agent and model of the next message with these words in it.
async fn sent_with(stage: &mut SlackStage, words: &str) -> (Option<String>, Option<String>) {
    loop {
        if let Command::SessionMessage { agent, model, parts, .. } = stage.pod.next().await
            && serde_json::to_string(&parts).unwrap().contains(words)
        {
            return (agent, model.map(|one| format!("{}/{}", one.provider, one.model)));
        }
    }
}

#[tokio::test]
async fn the_model_that_is_chosen_in_slack_is_the_sessions_model() {
    // REQ-START-04
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    let told = commanded(&stage, "model spare/small").await;
    assert!(told.contains("will use model `spare/small`"), "{told}");
    until_card(&stage, "the model on the card", |card| card["model"] == "spare/small").await;
    stage.slack.until_text(&stage.dev, "ann switched to model spare/small").await.unwrap();
    stage.pod.idle(SESSION).await;
    stage.ann.replies(&root, "go on");
    assert_eq!(sent_with(&mut stage, "go on").await.1.as_deref(), Some("spare/small"));
    // The console's choice counts for people in Slack, too.
    stage.gateway.post(MODEL, &json!({ "provider": "local", "model": "qwen" })).await.unwrap();
    assert!(commanded(&stage, "model").await.contains("is using model `local/qwen`"));
    stage.pod.idle(SESSION).await;
    stage.ann.replies(&root, "and on");
    assert_eq!(sent_with(&mut stage, "and on").await.1.as_deref(), Some("local/qwen"));
}

#[tokio::test]
async fn a_model_that_is_down_is_refused_in_slack() {
    // REQ-START-04
    let health = health(&Arc::new(AtomicBool::new(false))).await;
    let models = format!(
        "models: [{{ provider: local, model: big, health: '{health}' }}, {{ provider: spare, model: small }}]\n"
    );
    let mut stage = stage_with(&models).await;
    stage.session("Fix the login").await;
    let told = commanded(&stage, "model local/big").await;
    assert!(told.contains("local/big is not available") && told.contains("spare/small"), "{told}");
    let card = &stage.gateway.get("/api/v1/cards").await.unwrap()[0];
    assert_ne!(card["model"], "local/big", "{card:#}");
}

#[tokio::test]
async fn what_an_earlier_gateway_kept_for_slack_alone_becomes_the_sessions() {
    // REQ-STATE-03, REQ-START-04
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.gateway.kill();
    let setting = json!({
        "setting": "session", "session": SESSION,
        "choice": { "agent": "pm", "model": { "provider": "spare", "model": "small" } },
    });
    let (state, clock) = (stage.gateway.state(), gateway::clock::system());
    let opened = open_store(&state, None, TakeOver::WhenFree, Unsigned::Refused, &clock).await;
    let (store, _) = opened.unwrap();
    store.act("slack settings", &setting).await.unwrap();
    store.close().await;
    stage.crash().await;
    let carried = |card: &Value| card["model"] == "spare/small" && card["agent"] == "pm";
    until_card(&stage, "what was carried over", carried).await;
    stage
        .slack
        .until_text(&stage.dev, "Someone in Slack switched to agent pm and model spare/small")
        .await
        .unwrap();
}
