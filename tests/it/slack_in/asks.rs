//! Asks that are answered with more than a tap: in own words, with a reason, in a thread of their own.

use super::SlackStage;
use serde_json::json;

const SESSION: &str = "ses_00000001";

#[tokio::test]
async fn a_card_that_somebody_deletes_in_slack_is_there_again_while_it_waits() {
    // CHAOS F10 i
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.pod.asks("ses_00000001", "per_00000001", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    // Slack shows it a moment before the gateway has Slack's answer and knows which message it is.
    let is_known = |metrics: &serde_json::Value| {
        metrics.as_str().is_some_and(|all| all.contains("slack_ask_to_card_seconds_count 1"))
    };
    stage.gateway.until("the card's answer", "/metrics", is_known).await.unwrap();
    stage.ann.deletes(&card);
    let again = || {
        let mut all = stage.slack.thread(&card).into_iter();
        all.find(|one| one.ts != card.ts && one.all_text().contains("npm test"))
    };
    let again = stage.until("the card", again).await;
    let spot = e2e::slack::Spot { ts: again.ts, ..card };
    assert!(stage.ann.click(&spot, "Allow once").await.unwrap().acked());
    assert_eq!(stage.pod.next_reply().await["reply"], "once");
}

#[tokio::test]
async fn a_plain_reply_answers_the_only_question_word_for_word() {
    // REQ-ASK-02, REQ-START-08
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.questions(SESSION, "que_1", "Which database?", &["Postgres", "SQLite"]).await;
    stage.slack.until_text(&stage.dev, "Which database?").await.unwrap();
    stage.ann.replies(&root, "neither, use the one of the <tests>");
    let reply = stage.pod.next_reply().await;
    assert_eq!(reply["answers"], json!([["neither, use the one of the <tests>"]]), "{reply}");
}

#[tokio::test]
async fn an_option_is_a_button_and_own_words_have_a_form() {
    // REQ-ASK-02
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.pod.questions(SESSION, "que_1", "Which database?", &["Postgres", "SQLite"]).await;
    let card = stage.slack.until_text(&stage.dev, "Which database?").await.unwrap();
    stage.ann.click(&card, "SQLite").await.unwrap();
    assert_eq!(stage.pod.next_reply().await["answers"], json!([["SQLite"]]));

    stage.pod.questions(SESSION, "que_2", "Which colour?", &["Red"]).await;
    let card = stage.slack.until_text(&stage.dev, "Which colour?").await.unwrap();
    stage.ann.click(&card, "Write your own…").await.unwrap();
    stage.until("the form", || stage.ann.modal().map(drop)).await;
    let empty = stage.ann.submit(&[]).await.unwrap();
    assert_eq!(empty.answer["response_action"], "errors", "nothing was said: {empty:?}");
    let receipt = stage.ann.submit(&[("Or write your own answer", "green, please")]).await.unwrap();
    assert!(receipt.answer.is_null(), "{receipt:?}");
    assert_eq!(stage.pod.next_reply().await["answers"], json!([["green, please"]]));
    stage.slack.until_shown(&card, "green, please").await.unwrap();
}

#[tokio::test]
async fn a_denial_with_a_reason_reaches_the_agent_as_words() {
    // REQ-ASK-01
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    stage.pod.asks(SESSION, "per_1", "rm -r build").await;
    let card = stage.slack.until_text(&stage.dev, "rm -r build").await.unwrap();
    stage.ann.click(&card, "Deny with a reason…").await.unwrap();
    stage.until("the form", || stage.ann.modal().map(drop)).await;
    assert!(stage.ann.submit(&[]).await.is_err(), "Slack itself wants a reason");
    let field = "Reason (the agent will read this)";
    stage.ann.submit(&[(field, "the cache is in there")]).await.unwrap();
    let reply = stage.pod.next_reply().await;
    assert_eq!(reply["reply"], "reject", "{reply}");
    assert!(reply.to_string().contains("the cache is in there"), "{reply}");
    stage.slack.until_shown(&card, "the cache is in there").await.unwrap();
}

#[tokio::test]
async fn a_question_can_have_a_thread_of_its_own_and_is_answered_there() {
    // REQ-ASK-09
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.questions(SESSION, "que_1", "Which database?", &["Postgres", "SQLite"]).await;
    let card = stage.slack.until_text(&stage.dev, "Which database?").await.unwrap();
    stage.ann.click(&card, "Discuss in a thread").await.unwrap();
    let copy = || {
        let all = stage.slack.messages(&stage.dev);
        all.into_iter().find(|one| one.ts != root.ts && one.all_text().contains("Which database?"))
    };
    let copy = stage.until("the card in the channel", copy).await;
    stage.slack.until_shown(&card, "ann").await.unwrap();
    let aside = e2e::slack::Spot { channel: card.channel.clone(), ts: copy.ts.clone(), thread: copy.ts };
    stage.ann.click(&aside, "Postgres").await.unwrap();
    assert_eq!(stage.pod.next_reply().await["answers"], json!([["Postgres"]]));
    for place in [&card, &aside] {
        stage.slack.until_shown(place, "Answered").await.unwrap();
    }
}
