//! What people write in a session's thread, and what of it is for the agent.

use super::SlackStage;

#[tokio::test]
async fn a_message_goes_to_the_agent_with_its_authors_name_and_an_edit_does_not() {
    // REQ-START-08
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.idle("ses_00000001").await;
    stage
        .gateway
        .until("the end of the turn", "/api/v1/cards", |cards| cards[0]["doing"] == "idle")
        .await
        .unwrap();
    let typed = stage.ann.replies(&root, "use the <new> API");
    assert_eq!(stage.pod.next_prompt().await, "[ann] use the <new> API");
    stage.ann.edits(&typed, "use the old API");
    let told =
        || stage.ann.whispers(&stage.dev).iter().any(|word| word.all_text().contains("does not see edits"));
    stage.until("the word about the edit", told).await;
    stage.ann.replies(&root, "really");
    stage.pod.idle("ses_00000001").await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] really", "the edit was not sent");
}

#[tokio::test]
async fn while_the_agent_is_busy_a_message_waits_and_is_marked_so() {
    // REQ-START-08
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    stage.ann.replies(&root, "and the logout");
    let told =
        || stage.ann.whispers(&stage.dev).iter().any(|word| word.all_text().contains("Your message is next"));
    stage.until("the word about the queue", told).await;
    stage.pod.idle("ses_00000001").await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] and the logout");
}

#[tokio::test]
async fn commands_work_with_a_session_and_unknown_words_get_the_help() {
    // REQ-START-06, REQ-ASK-11
    let mut stage = SlackStage::set().await;
    stage.session("Fix the login").await;
    for (text, expected) in [
        ("list", "Fix the login"),
        ("status ses_00000001", "Fix the login"),
        ("pause", "is paused"),
        ("resume", "is resumed"),
        ("retry", "Nothing was done"),
        ("reopen ses_00000001", "Nothing was done: it is already open"),
        ("stop ses_00000001", "is stopped"),
        ("model anthropic/claude", "anthropic/claude"),
        ("agent plan", "plan"),
        ("diff", "No changes yet"),
        ("link", "Fix the login"),
        ("status ses_x", "at least 8"),
        ("status ses_99999999", "There is no session"),
        ("deploy", "only a session with its own workspace"),
        ("cleanup", "There are no labs"),
        ("dance", "I don't know `dance`."),
        ("dance", "What you can do"),
        ("help", "What you can do"),
        // Each command is in the help.
        ("help", "resume [id]"),
        ("help", "close [id]"),
        ("help", "channel project"),
    ] {
        let before = stage.ann.whispers(&stage.dev).len();
        assert!(stage.ann.command(&stage.dev, "/opencode", text).await.acked(), "{text}");
        let told =
            || stage.ann.whispers(&stage.dev).get(before..)?.iter().map(e2e::slack::Message::all_text).next();
        let told = stage.until(&format!("the answer to {text}"), told).await;
        let fits = told.contains(expected) || (expected == "at least 8" && told.contains("8 to 128"));
        assert!(fits, "{text}: {told}");
    }
}
