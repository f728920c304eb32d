//! Starting a session: with the form, by name, and what comes of it when something fails.

use super::SlackStage;
use bridge_protocol::Command;
use e2e::slack::{Fault, Often};
use serde_json::json;

/// Opens the form and submits it.
pub(super) async fn submit(stage: &SlackStage, title: &str) {
    open(stage).await;
    choose_project(stage, "shop").await;
    let receipt = stage.ann.submit(&[("Title", title), ("Repositories", "web")]).await.unwrap();
    assert!(receipt.acked() && receipt.answer.is_null(), "{receipt:?}");
}

pub(super) async fn open(stage: &SlackStage) {
    let receipt = stage.ann.command(&stage.dev, "/opencode", "start").await;
    assert!(receipt.acked(), "{receipt:?}");
    stage.until("the form", || stage.ann.modal().map(drop)).await;
}

/// Chooses, and waits until the repositories of that project are there.
pub(super) async fn choose_project(stage: &SlackStage, project: &str) {
    stage.ann.fill(&[("Project", project)]).unwrap();
    assert!(stage.ann.click_modal("project", Some(project)).await.unwrap().acked());
    let drawn = || {
        stage
            .ann
            .modal()
            .filter(|view| view.content.to_string().contains(&format!("repositories.{project}")))
            .map(drop)
    };
    stage.until("the project's repositories", drawn).await;
}

#[tokio::test]
async fn the_form_opens_and_the_thread_is_made_and_the_agent_gets_the_task() {
    // REQ-START-01, REQ-START-02, REQ-THREAD-01
    let mut stage = SlackStage::set().await;
    let root = stage.session("Fix the login").await;
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    let place = &cards[0]["place"];
    assert_eq!((&place["channel"], &place["thread"]), (&json!(root.channel), &json!(root.ts)), "{cards:#}");
    assert_eq!((&cards[0]["directory"], &cards[0]["project"]), (&json!("/work/web"), &json!("shop")));
    assert_eq!(stage.slack.messages(&stage.dev).len(), 1);
}

#[tokio::test]
async fn cancel_leaves_nothing_and_a_wrong_form_keeps_what_was_typed() {
    // REQ-START-01
    let stage = SlackStage::set().await;
    open(&stage).await;
    choose_project(&stage, "shop").await;
    let long = "x".repeat(201);
    let receipt = stage.ann.submit(&[("Title", &long), ("Repositories", "web")]).await.unwrap();
    assert_eq!(receipt.answer["response_action"], "errors", "{receipt:?}");
    let kept = stage.ann.modal().unwrap();
    assert!(kept.values.to_string().contains(&long), "what was typed stays");
    stage.ann.close().await.unwrap();
    assert!(stage.slack.messages(&stage.dev).is_empty());
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap(), json!([]));
}

#[tokio::test]
async fn without_a_thread_there_is_no_session_and_the_person_is_told() {
    // REQ-THREAD-01
    let stage = SlackStage::set().await;
    stage.slack.fail("chat.postMessage", Fault::Error("is_archived".into()), Often::Next(1));
    submit(&stage, "Fix the login").await;
    let told = || {
        let words = stage.ann.direct_messages();
        words
            .into_iter()
            .find(|message| message.all_text().contains("No session was started"))
            .map(|one| one.all_text())
    };
    let told = stage.until("the word", told).await;
    assert!(told.contains("archived") && told.contains("Fix the login"), "{told}");
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap(), json!([]));
}

#[tokio::test]
async fn a_mention_where_nothing_may_be_posted_ends_with_a_word_to_its_person() {
    // CHAOS F3, REQ-THREAD-01
    for code in
        ["restricted_action", "thread_not_found", "is_archived", "not_in_channel", "cannot_reply_to_message"]
    {
        let mut stage = SlackStage::linked("blog").await;
        stage.slack.fail("chat.postMessage", Fault::Error(code.into()), Often::Chance(1.0));
        stage.ann.says(&stage.dev, "<@U0BOT> make it fast");
        // Not even alone: beside the message then.
        stage.whispered(&stage.ann, "No session was started").await;
        let tries = stage.slack.calls("chat.postMessage").len();
        stage.crash().await;
        stage.slack.heal();
        stage.ann.command(&stage.dev, "/opencode", "help").await;
        stage.whispered(&stage.ann, "What you can do").await;
        assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap(), json!([]), "{code}");
        assert_eq!(stage.slack.calls("chat.postMessage").len(), tries, "{code}: the action has ended");
        assert!(stage.slack.messages(&stage.dev).len() == 1, "{code}: {}", stage.slack.transcript());
    }
}

impl SlackStage {
    /// The channel is linked to a project.
    async fn linked(project: &str) -> Self {
        let mut stage = Self::set_with("{ channels: {} }", |_| {}).await;
        let file = stage.folder.path().join("gateway.yaml");
        let rules = std::fs::read_to_string(&file).unwrap();
        let linked = format!("channels: {{ {}: {{ project: {project} }} }}", stage.dev);
        std::fs::write(file, rules.replace("channels: {}", &linked)).unwrap();
        stage.crash().await;
        stage
    }
}

#[tokio::test]
async fn a_form_without_any_field_and_a_title_of_nothing_open_no_thread() {
    // CHAOS F10 s
    let stage = SlackStage::set().await;
    open(&stage).await;
    choose_project(&stage, "shop").await;
    let receipt = stage.ann.submit(&[("Title", "\u{200b}\u{3164}"), ("Repositories", "web")]).await.unwrap();
    assert_eq!(receipt.answer["response_action"], "errors", "{receipt:?}");
    assert!(receipt.answer["errors"]["title"].as_str().unwrap().contains("1 to 200"), "{receipt:?}");
    stage.slack.world(|world| {
        let view = world.views.modals.get_mut(&stage.ann.id).unwrap().last_mut().unwrap();
        (view.content["blocks"], view.values) = (json!([]), json!({}));
    });
    let receipt = stage.ann.submit(&[]).await.unwrap();
    assert_eq!(receipt.answer["response_action"], "errors", "{receipt:?}");
    assert!(stage.slack.messages(&stage.dev).is_empty(), "{}", stage.slack.transcript());
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_own_field_and_what_nobody_chose_is_told_to_nobody() {
    // UX B41
    let mut stage = SlackStage::set().await;
    open(&stage).await;
    stage.slack.world(|world| {
        let view = world.views.modals.get_mut(&stage.ann.id).unwrap().last_mut().unwrap();
        view.values["project"]["value"] =
            json!({ "type": "static_select", "selected_option": { "value": "shop" } });
    });
    // The form was not drawn for the project yet: no field for its repositories.
    let receipt = stage.ann.submit(&[("Title", "Fix the login")]).await.unwrap();
    let errors = receipt.answer["errors"].as_object().unwrap();
    assert_eq!(errors.keys().collect::<Vec<_>>(), ["project"], "{receipt:?}");
    choose_project(&stage, "shop").await;
    let shown = stage.ann.modal().unwrap().content.to_string();
    for word in ["Refactoring", "Documentation", "Urgent"] {
        assert!(shown.contains(word), "the console has {word}, too");
    }
    assert!(stage.ann.submit(&[("Repositories", "web")]).await.unwrap().acked());
    let prompt = stage.pod.next_prompt().await;
    assert!(!prompt.contains("Category") && !prompt.contains("Priority"), "{prompt}");
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert!(cards[0].get("category").is_none() && cards[0].get("priority").is_none(), "{cards:#}");
}

#[tokio::test]
async fn a_mention_starts_one_session_with_the_thread_as_its_context() {
    // REQ-START-07
    let mut stage = SlackStage::set_with("{ channels: {} }", |_| {}).await;
    let rules = std::fs::read_to_string(stage.folder.path().join("gateway.yaml")).unwrap();
    let rules = rules.replace("channels: {}", &format!("channels: {{ {}: {{ project: blog }} }}", stage.dev));
    std::fs::write(stage.folder.path().join("gateway.yaml"), rules).unwrap();
    stage.crash().await;
    let root = stage.ann.says(&stage.dev, "the page is slow, see https://example.com/trace");
    stage.ann.replies(&root, "<@U0BOT> make it fast");
    let prompt = stage.pod.next_prompt().await;
    assert!(prompt.starts_with("make it fast") && prompt.contains("https://example.com/trace"), "{prompt}");
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(
        (cards.as_array().unwrap().len(), &cards[0]["place"]["thread"]),
        (1, &json!(root.ts)),
        "{cards:#}"
    );
    stage.ann.replies(&root, "and keep it small");
    stage.pod.idle("ses_00000001").await;
    assert_eq!(stage.pod.next_prompt().await, "[ann] and keep it small");
}

#[tokio::test]
async fn a_start_that_was_acknowledged_outlives_a_kill() {
    // REQ-START-02, REQ-ASK-04, REQ-STATE-03
    let mut stage = SlackStage::set().await;
    // Slack does not answer: the gateway dies between the acknowledgement and the thread.
    stage.slack.fail("chat.postMessage", Fault::TimeoutBefore, Often::Next(1));
    submit(&stage, "Fix the login").await;
    stage
        .slack
        .until("the attempt", |world| {
            world.witness.calls.iter().any(|call| call.method == "views.open").then_some(())
        })
        .await
        .unwrap();
    stage.crash().await;
    assert!(stage.pod.next_prompt().await.starts_with("Fix the login"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards.as_array().unwrap().len(), 1);
    assert_eq!(stage.slack.messages(&stage.dev).len(), 1, "{}", stage.slack.transcript());
    stage.crash().await;
    stage
        .gateway
        .until("the session", "/api/v1/cards", |cards| !cards.as_array().unwrap().is_empty())
        .await
        .unwrap();
    let more = tokio::time::timeout(std::time::Duration::from_secs(2), async {
        loop {
            if let Command::SessionCreate { .. } = stage.pod.next().await {
                return;
            }
        }
    });
    assert!(more.await.is_err(), "it was started once");
}
