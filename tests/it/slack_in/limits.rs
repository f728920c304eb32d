//! The limit of running sessions, as people in Slack meet it.

use super::SlackStage;
use serde_json::Value;

const FIRST: &str = "ses_00000001";
const SECOND: &str = "ses_00000002";

async fn with_room_for_one() -> SlackStage {
    let change = |gateway: &mut e2e::gateway::Gateway| {
        let (_, path) = gateway.env.iter().find(|(name, _)| name == "GATEWAY_CONFIG").unwrap();
        let rules = std::fs::read_to_string(path).unwrap();
        std::fs::write(path, format!("{rules}running_sessions: 1\n")).unwrap();
    };
    SlackStage::set_with("", change).await
}

#[tokio::test]
async fn a_reply_past_the_limit_waits_and_its_person_is_led_to_what_runs() {
    // REQ-START-09, B30
    let mut stage = with_room_for_one().await;
    let root = stage.session("Fix the login").await;
    stage.pod.idle(FIRST).await;
    let idle = |cards: &Value| cards[0]["doing"] == "idle";
    stage.gateway.until("the end of the turn", "/api/v1/cards", idle).await.unwrap();
    let other = stage.session("Write the docs").await;
    stage.ann.replies(&root, "and the logout");
    let link = format!("p{}", other.ts.replace('.', ""));
    let told = || {
        let mut whispers = stage.ann.whispers(&stage.dev).into_iter().map(|one| one.all_text());
        whispers.find(|text| text.contains("already has 1 running session"))
    };
    let told = stage.until("why it waits", told).await;
    assert!(told.contains(&link) && told.contains("|Write the docs>"), "{told}");
    stage.slack.until_text(&stage.dev, "Queued. This gateway already has").await.unwrap();
    stage.pod.idle(SECOND).await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] and the logout");
}

#[tokio::test]
async fn a_start_past_the_limit_is_told_in_its_form() {
    // REQ-START-09
    let mut stage = with_room_for_one().await;
    stage.session("Fix the login").await;
    super::starts::open(&stage).await;
    super::starts::choose_project(&stage, "shop").await;
    let receipt = stage.ann.submit(&[("Title", "Another"), ("Repositories", "web")]).await.unwrap();
    let why = receipt.answer["errors"].to_string();
    assert!(why.contains("“Fix the login”") && why.contains("Stop or close one"), "{receipt:?}");
}
