//! Cards and buttons: an answer reaches OpenCode once, whoever taps and however often.

use super::SlackStage;
use e2e::slack::{Mishap, Oddities, Often, SlackPerson, Spot};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test]
async fn a_tap_answers_the_permission_and_the_card_says_who() {
    // REQ-ASK-01, REQ-ASK-04, REQ-ASK-10
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.pod.asks("ses_00000001", "per_00000001", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    let receipt = stage.ann.click(&card, "Allow once").await.unwrap();
    assert!(receipt.acked());
    let reply = stage.pod.next_reply().await;
    assert_eq!(
        (&reply["permission_id"], &reply["reply"]),
        (&json!("per_00000001"), &json!("once")),
        "{reply}"
    );
    stage.slack.until_shown(&card, "By ann").await.unwrap();
    assert!(!stage.ann.buttons(&card).contains(&"Allow once".to_owned()), "its buttons are gone");
    let audit = stage.gateway.audit().unwrap();
    assert!(audit.iter().any(|entry| entry.to_string().contains(&stage.ann.id)), "{audit:#?}");
}

#[tokio::test]
async fn a_thousand_taps_at_once_are_one_answer_and_the_others_hear_who_was_first() {
    // REQ-ASK-03
    let mut stage = SlackStage::set().await;
    let people: Vec<SlackPerson> = (0..40).map(|n| stage.slack.person(&format!("p{n}"))).collect();
    stage.slack.channel("dev", &people.iter().collect::<Vec<_>>());
    stage.session("Fix the login").await;
    stage.pod.asks("ses_00000001", "per_00000001", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    // All from one look at the card: it is drawn anew after the first, which the others do not see in time.
    let (block, button) = button(&stage, &card, "Allow once");
    let (action, value) = (button["action_id"].as_str().unwrap(), button["value"].as_str().unwrap());
    let taps = (0..1000).map(|n| people[n % people.len()].click_stale(&card, &block, action, value));
    let receipts = join_all(taps).await;
    let acked = receipts.iter().flatten().filter(|receipt| receipt.acked()).count();
    assert_eq!(acked, 1000, "every tap was acknowledged");
    stage.pod.next_reply().await;
    let heard = || {
        let first = people
            .iter()
            .flat_map(|one| one.whispers(&stage.dev))
            .filter(|word| word.all_text().contains("answered first"));
        first.count() > 0
    };
    stage.until("private words", heard).await;
    let asks = stage.gateway.get("/api/v1/asks/per_00000001").await.unwrap();
    assert_eq!(asks["state"], "applied", "{asks:#}");
    let more = tokio::time::timeout(std::time::Duration::from_secs(1), stage.pod.next_reply()).await;
    assert!(more.is_err(), "OpenCode was answered once");
}

/// A button as it is now, with its block's id.
fn button(stage: &SlackStage, card: &Spot, label: &str) -> (String, Value) {
    let blocks = stage.slack.message(card).unwrap().blocks;
    let buttons = blocks.into_iter().flat_map(|block| {
        let id = block["block_id"].as_str().unwrap_or_default().to_owned();
        let elements = block["elements"].as_array().cloned().unwrap_or_default();
        elements.into_iter().map(move |element| (id.clone(), element))
    });
    let mut meant = buttons.filter(|(_, element)| element["text"]["text"] == label);
    meant.next().unwrap_or_else(|| panic!("no button {label:?}: {}", stage.slack.transcript()))
}

#[tokio::test]
async fn odd_payloads_and_deliveries_that_come_twice_lose_and_double_nothing() {
    // REQ-SLACK-02, REQ-ASK-03
    let mut stage = SlackStage::set().await;
    stage.slack.oddities(Oddities {
        null_team: false,
        wild_metadata: true,
        extra_fields: true,
        unknown_frames: true,
        nameless_streams: false,
    });
    stage.slack.mishap(Mishap::Duplicate, Often::Next(50));
    stage.session("Fix the login").await;
    assert_eq!(stage.slack.messages(&stage.dev).len(), 1, "{}", stage.slack.transcript());
    stage.pod.asks("ses_00000001", "per_00000001", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    stage.ann.click(&card, "Allow once").await.unwrap();
    stage.pod.next_reply().await;
    stage.slack.send_raw_frame("{\"type\":\"telepathy\",\"envelope_id\":\"x\",\"payload\":{}}");
    stage.slack.send_raw_frame("no json at all");
    assert!(stage.ann.command(&stage.dev, "/opencode", "list").await.acked());
}

#[tokio::test]
async fn an_old_button_says_so() {
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    let receipt = stage.ann.click_stale(&root, "b1", "gw0.allow", "per_1").await.unwrap();
    assert!(receipt.acked());
    let told =
        || stage.ann.whispers(&stage.dev).iter().any(|word| word.all_text().contains("another version"));
    stage.until("the word about the button", told).await;
}
