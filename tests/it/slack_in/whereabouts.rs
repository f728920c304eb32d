//! Sessions that somebody began in OpenCode and left: where their thread is to be.

use super::SlackStage;
use bridge_protocol::{Event, PartKind, Role};
use e2e::fake_opencode::obedient::info;
use serde_json::Value;

const SESSION: &str = "ses_00000001";

#[tokio::test]
async fn whoever_left_is_asked_where_to_post_before_the_end_of_a_turn_is_told_and_it_follows() {
    // REQ-START-11
    let mut stage = SlackStage::set().await;
    let file = stage.folder.path().join("gateway.yaml");
    let rules = std::fs::read_to_string(&file).unwrap();
    let more = format!("leaves_after_seconds: 1\nslack: {{ administrators: [{}] }}\n", stage.ann.id);
    std::fs::write(&file, rules + &more).unwrap();
    stage.crash().await;
    let session = info(1, "Look around", "/work/web");
    stage.pod.tells(SESSION, Event::SessionCreated { session }).await;
    stage.pod.tells(SESSION, Event::SessionActive {}).await;
    let working = |cards: &Value| cards[0]["doing"] == "working";
    stage.gateway.until("the turn", "/api/v1/cards", working).await.unwrap();
    assert!(stage.ann.direct_messages().is_empty(), "nothing to tell so far");
    let (message_id, part_id) = ("msg_1".to_owned(), "prt_1".to_owned());
    let (role, kind, content) = (Role::Assistant, PartKind::Text, "It is all there.".to_owned());
    stage
        .pod
        .tells(SESSION, Event::PartCompleted { message_id, part_id, role, kind, content, took_ms: None })
        .await;
    stage.pod.idle(SESSION).await;
    let direct = stage.ann.direct_channel();
    let asked = stage.slack.until_text(&direct, "Which channel should its thread go to?").await.unwrap();
    let text = stage.slack.message(&asked).unwrap().all_text();
    assert!(text.contains("The agent has finished"), "{text}");
    let chosen = stage.ann.choose(&asked, &format!("gw1.place.{SESSION}"), &stage.dev).await.unwrap();
    assert!(chosen.acked());
    stage.slack.until_text(&stage.dev, "It is all there.").await.unwrap();
    stage.slack.until_shown(&asked, "ann put the thread for").await.unwrap();
    assert_eq!(stage.ann.direct_messages().len(), 1, "asked once");
}
