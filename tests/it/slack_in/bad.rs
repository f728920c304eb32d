//! What goes wrong at Slack's end: late, twice, null, gone.

use super::{SlackStage, starts};
use e2e::slack::{Fault, Mishap, Oddities, Often};
use serde_json::json;
use std::time::Duration;

const SESSION: &str = "ses_00000001";

#[tokio::test]
async fn a_trigger_that_expired_is_told_and_the_next_one_works() {
    // REQ-START-01: Slack's three seconds pass while it does not say who it was.
    let stage = SlackStage::set().await;
    stage.slack.fail("users.info", Fault::Slow(Duration::from_secs(4)), Often::Next(1));
    assert!(stage.ann.command(&stage.dev, "/opencode", "start").await.acked());
    stage.slack.skip(Duration::from_secs(4));
    stage.whispered(&stage.ann, "The form took too long to open").await;
    let opened = stage.slack.calls("views.open");
    assert_eq!(opened[0].answer["error"], "expired_trigger_id", "by Slack's own rule: {opened:#?}");
    assert!(stage.ann.modal().is_none());
    assert!(stage.ann.command(&stage.dev, "/opencode", "start").await.acked());
    stage.until("the form", || stage.ann.modal().map(drop)).await;
}

#[tokio::test]
async fn deliveries_of_an_app_of_a_whole_organisation_name_no_team_and_everything_works() {
    // REQ-SLACK-02, REQ-START-01, REQ-ASK-04
    let mut stage = SlackStage::set().await;
    stage.slack.oddities(Oddities { null_team: true, wild_metadata: true, ..Oddities::default() });
    let root = stage.session("Fix the login").await;
    stage.pod.asks(SESSION, "per_1", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    assert!(stage.ann.click(&card, "Allow once").await.unwrap().acked());
    assert_eq!(stage.pod.next_reply().await["reply"], "once");
    stage.ann.replies(&root, "and the logout");
    stage.pod.idle(SESSION).await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] and the logout");
}

#[tokio::test]
async fn a_form_that_is_submitted_twice_is_one_session() {
    // REQ-START-02, REQ-SLACK-02
    let mut stage = SlackStage::set().await;
    stage.slack.mishap(Mishap::Duplicate, Often::Chance(1.0));
    starts::submit(&stage, "Fix the login").await;
    assert!(stage.pod.next_prompt().await.starts_with("Fix the login"));
    // Commands are worked in their order, so a second start would be seen by now.
    assert!(stage.ann.command(&stage.dev, "/opencode", "list").await.acked());
    stage.whispered(&stage.ann, "Fix the login").await;
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap().as_array().unwrap().len(), 1);
    assert_eq!(stage.slack.messages(&stage.dev).len(), 1, "{}", stage.slack.transcript());
}

#[tokio::test]
async fn whoever_left_decides_nothing() {
    // REQ-ASK-10
    let mut stage = SlackStage::set().await;
    let bob = stage.slack.person("bob");
    stage.slack.channel("dev", &[&bob]);
    stage.session("Fix the login").await;
    stage.pod.asks(SESSION, "per_00000001", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    // Slack says so when it is asked, though a screen that is still open can send clicks.
    stage.slack.world(|world| world.users.get_mut(&bob.id).unwrap().deactivated = true);
    let gone = bob.click_stale(&card, "b", "gw1.answer.once", "per_00000001 0").await.unwrap();
    assert!(gone.acked());
    let refused = || {
        let audit = stage.gateway.audit().unwrap();
        audit.iter().any(|entry| entry.to_string().contains("account closed"))
    };
    stage.until("the refusal in the audit log", refused).await;
    let ask = stage.gateway.get("/api/v1/asks/per_00000001").await.unwrap();
    assert_eq!(ask["state"], "open");
}

#[tokio::test]
async fn a_thread_that_somebody_deleted_does_not_stop_the_session() {
    // REQ-THREAD-01, REQ-ASK-01
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.slack.world(|world| {
        let channel = world.channels.get_mut(&root.channel).unwrap();
        channel.messages.clear();
    });
    stage.pod.asks(SESSION, "per_00000001", "npm test").await;
    let asked = |asks: &serde_json::Value| asks[0]["id"] == "per_00000001";
    stage.gateway.until("the ask", "/api/v1/asks", asked).await.unwrap();
    // Whoever uses the console answers there; the agent goes on.
    let answer = json!({ "answer": "once" });
    stage.gateway.post("/api/v1/asks/per_00000001/answer", &answer).await.unwrap();
    assert_eq!(stage.pod.next_reply().await["reply"], "once");
    assert!(stage.ann.command(&stage.dev, "/opencode", "list").await.acked());
    stage.whispered(&stage.ann, "Fix the login").await;
}

#[tokio::test]
async fn a_message_that_is_overtaken_arrives_once_and_one_that_is_lost_stops_nothing() {
    // REQ-SLACK-02
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.slack.mishap(Mishap::Reorder, Often::Next(1));
    stage.ann.replies(&root, "late");
    stage.ann.replies(&root, "early");
    let mut heard = vec![];
    for _ in 0..2 {
        stage.pod.idle(SESSION).await;
        heard.push(stage.pod.next_prompt().await);
    }
    heard.sort();
    assert_eq!(heard, ["[ann] early", "[ann] late"]);
    stage.slack.mishap(Mishap::Drop, Often::Next(1));
    stage.ann.replies(&root, "lost");
    stage.ann.replies(&root, "after it");
    stage.pod.idle(SESSION).await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] after it");
}

#[tokio::test]
async fn somebody_whom_slack_does_not_name_at_once_is_not_refused() {
    // REQ-ASK-10: what fails on its way says nothing about a person
    let mut stage = SlackStage::set().await;
    let bob = stage.slack.person("bob");
    stage.slack.channel("dev", &[&bob]);
    stage.session("Fix the login").await;
    stage.pod.asks(SESSION, "per_1", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    stage.slack.fail("users.info", Fault::ResetBefore, Often::Next(1));
    stage.slack.fail("users.info", Fault::Status(503), Often::Next(1));
    bob.click(&card, "Allow once").await.unwrap();
    assert_eq!(stage.pod.next_reply().await["reply"], "once");
}

#[tokio::test]
async fn what_worked_after_it_was_tried_again_is_counted_and_told() {
    // REQ-SLACK-03, REQ-OPS-01
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.slack.fail("chat.postMessage", Fault::Status(503), Often::Next(2));
    stage.pod.asks(SESSION, "per_1", "npm test").await;
    stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    let counted = || async {
        let metrics = stage.gateway.get("/metrics").await.unwrap();
        let count = |name: &str| {
            let line = metrics.as_str().unwrap().lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name}")).trim().to_owned()
        };
        let retries = |attempt: u32| count(&format!("slack_retries_total{{attempt=\"{attempt}\"}}"));
        [
            retries(1),
            retries(2),
            retries(3),
            count("slack_recovered_total"),
            count("slack_dead_letters_total"),
        ]
    };
    assert_eq!(counted().await, ["1", "1", "0", "1", "0"]);
    let log = stage.gateway.log();
    assert_eq!(log.matches("call to Slack failed; retrying").count(), 2, "{log}");
    let worked = log.lines().find(|line| line.contains("call to Slack worked after a retry"));
    assert!(worked.is_some_and(|line| line.contains("\"tries\":2") && line.contains(SESSION)), "{worked:?}");
}
