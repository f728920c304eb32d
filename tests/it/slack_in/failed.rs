//! A turn that failed, and a session that was closed too soon: both go on from their card.

use super::SlackStage;
use bridge_protocol::{Command, Event, MessageError};
use e2e::slack::Spot;
use serde_json::Value;

const SESSION: &str = "ses_00000001";

async fn offered(stage: &SlackStage, card: &Spot, button: &str) {
    let is_there = || stage.ann.buttons(card).contains(&button.to_owned());
    stage.until(button, is_there).await;
}

#[tokio::test]
async fn after_a_failure_another_model_is_chosen_on_the_card_and_the_turn_is_tried_again() {
    // B2
    let mut stage = SlackStage::set().await;
    let card = stage.session("Fix the login").await;
    let error =
        MessageError { name: "ProviderModelNotFoundError".into(), message: "Model not found: a/b.".into() };
    stage.pod.tells(SESSION, Event::SessionFailed { error, aborted: false }).await;
    offered(&stage, &card, "Change model…").await;
    assert!(stage.ann.click(&card, "Change model…").await.unwrap().acked());
    let form = stage.until("the form", || stage.ann.modal()).await;
    assert!(form.content.to_string().contains("Model not found"), "{:#}", form.content);
    let receipt = stage.ann.submit(&[("Model", "spare/small")]).await.unwrap();
    assert!(receipt.acked() && receipt.answer.is_null(), "{receipt:?}");
    let model = loop {
        if let Command::SessionRetry { model, .. } = stage.pod.next().await {
            break model.unwrap();
        }
    };
    assert_eq!((model.provider.as_str(), model.model.as_str()), ("spare", "small"));
    offered(&stage, &card, "Stop").await;
}

#[tokio::test]
async fn a_closed_session_is_reopened_on_its_card() {
    // B23
    let mut stage = SlackStage::set().await;
    let card = stage.session("Fix the login").await;
    stage.pod.idle(SESSION).await;
    // As long as its word on the first prompt is on its way, the session counts as working and can't be closed.
    let answered = |pods: &Value| pods[0]["commands_in_flight"] == 0;
    stage.gateway.until("the pod to have answered", "/api/v1/bridge", answered).await.unwrap();
    offered(&stage, &card, "Close…").await;
    assert!(stage.ann.click(&card, "Close…").await.unwrap().acked());
    offered(&stage, &card, "Reopen").await;
    assert!(stage.ann.click(&card, "Reopen").await.unwrap().acked());
    let idle = |cards: &Value| cards[0]["doing"] == "idle";
    stage.gateway.until("the session to be open", "/api/v1/cards", idle).await.unwrap();
    stage.ann.replies(&card, "one more thing");
    assert_eq!(stage.pod.next_prompt().await, "[ann] one more thing");
}
