//! Where else people meet the gateway: their own conversation with it, a message's menu, the home tab, files, and the
//! command for administrators.

use super::{Stage, found};
use bridge_protocol::Command;
use serde_json::json;

const SESSION: &str = "ses_00000001";

/// For one project with one repository, so that nothing has to be chosen.
async fn with_one_project() -> Stage {
    Stage::set_with("", |gateway| {
        let file = gateway.env.iter().find(|(name, _)| name == "GATEWAY_CONFIG").unwrap().1.clone();
        std::fs::write(file, "projects: { shop: { repositories: [{ name: web, directory: /work/web }] } }")
            .unwrap();
    })
    .await
}

#[tokio::test]
async fn a_direct_message_starts_a_session_in_its_own_thread() {
    // REQ-START-07
    let mut stage = with_one_project().await;
    let task = stage.ann.dm("make the page fast");
    assert!(stage.pod.next_prompt().await.starts_with("make the page fast"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    let place = &cards[0]["place"];
    assert_eq!((&place["channel"], &place["thread"]), (&json!(task.channel), &json!(task.ts)), "{cards:#}");
}

#[tokio::test]
async fn a_message_becomes_a_session_through_its_menu() {
    // REQ-START-07
    let mut stage = with_one_project().await;
    let said = stage.ann.says(&stage.dev, "the login fails since <monday>");
    assert!(stage.ann.message_shortcut(&said, "start_session_from_message").await.unwrap().acked());
    let form = found("the form", || stage.ann.modal()).await;
    assert!(form.content.to_string().contains("the login fails since <monday>"), "{:#}", form.content);
    assert!(stage.ann.submit(&[("Title", "Mend the login")]).await.unwrap().acked());
    let prompt = stage.pod.next_prompt().await;
    assert!(prompt.contains("Mend the login") && prompt.contains("since <monday>"), "{prompt}");
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards[0]["place"]["thread"], json!(said.ts), "its thread is the session's: {cards:#}");
}

#[tokio::test]
async fn the_shortcut_of_the_lightning_menu_opens_the_form_and_the_thread_is_in_the_own_conversation() {
    // REQ-START-06
    let mut stage = with_one_project().await;
    assert!(stage.ann.shortcut("start_session").await.acked());
    found("the form", || stage.ann.modal().map(drop)).await;
    assert!(stage.ann.submit(&[("Title", "From nowhere")]).await.unwrap().acked());
    assert!(stage.pod.next_prompt().await.starts_with("From nowhere"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards[0]["place"]["channel"], json!(stage.ann.direct_channel()), "{cards:#}");
}

#[tokio::test]
async fn the_home_tab_has_what_waits_and_the_sessions_and_opens_the_details() {
    // REQ-ASK-08
    let mut stage = Stage::set().await;
    stage.session("Fix the login").await;
    stage.pod.asks(SESSION, "per_00000001", "npm test").await;
    stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    stage.ann.opens_home();
    let shown = || {
        let home = stage.ann.home()?.content.to_string();
        (home.contains("npm test") && home.contains("Fix the login")).then_some(())
    };
    found("both on the home tab", shown).await;
    assert!(stage.ann.click_home("Details…").await.unwrap().acked());
    let details = found("the details", || stage.ann.modal()).await;
    assert!(details.content.to_string().contains("npm test"), "{:#}", details.content);
}

#[tokio::test]
async fn files_are_fetched_from_slack_and_handed_to_the_agent() {
    // REQ-START-08, REQ-THREAD-06
    let mut stage = Stage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.idle(SESSION).await;
    let idle = |cards: &serde_json::Value| cards[0]["doing"] == "idle";
    stage.gateway.until("the end of the turn", "/api/v1/cards", idle).await.unwrap();
    let trace = b"line 1\nline 2\n";
    stage.ann.posts_files(&stage.dev, Some(&root), "here is the trace", &[("trace.txt", trace)]);
    let parts = loop {
        if let Command::SessionMessage { parts, .. } = stage.pod.next().await {
            break serde_json::to_value(parts).unwrap();
        }
    };
    let all = parts.as_array().unwrap();
    let file = all.iter().find(|part| part["filename"] == "trace.txt").unwrap_or_else(|| panic!("{parts:#}"));
    assert!(parts.to_string().contains("here is the trace"), "{parts:#}");
    let url = file["url"].as_str().unwrap();
    let content = url.split_once("base64,").map_or(url, |(_, content)| content);
    assert_eq!(content, "bGluZSAxCmxpbmUgMgo=", "{url}");
}

#[tokio::test]
async fn a_file_that_slack_does_not_give_is_named_and_the_words_go_on() {
    // REQ-START-08
    let mut stage = Stage::set().await;
    let root = stage.session("Fix the login").await;
    stage.pod.idle(SESSION).await;
    let evil = stage.slack.address;
    stage.slack.world(|world| world.base = format!("http://localhost:{}", evil.port()));
    stage.ann.posts_files(&stage.dev, Some(&root), "see this", &[("a.txt", b"x")]);
    assert_eq!(stage.pod.next_prompt().await, "[ann] see this");
    stage.whispered(&stage.ann, "not handed to the agent").await;
}

#[tokio::test]
async fn only_administrators_say_what_a_channel_is_for_and_it_outlives_a_restart() {
    // REQ-SLACK-06, REQ-START-02
    let mut stage = Stage::set().await;
    stage.ann.command(&stage.dev, "/opencode", "channel project blog").await;
    stage.whispered(&stage.ann, "Only administrators").await;
    let file = stage.folder.path().join("gateway.yaml");
    let rules = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{rules}slack: {{ administrators: [{}] }}\n", stage.ann.id)).unwrap();
    stage.crash().await;
    stage.ann.command(&stage.dev, "/opencode", "channel project moon").await;
    stage.whispered(&stage.ann, "Name one of the configured projects").await;
    stage.ann.command(&stage.dev, "/opencode", "channel project blog").await;
    stage.whispered(&stage.ann, "is for the project").await;
    stage.crash().await;
    stage.ann.says(&stage.dev, "<@U0BOT> write a page");
    assert!(stage.pod.next_prompt().await.starts_with("write a page"));
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!((&cards[0]["project"], &cards[0]["directory"]), (&json!("blog"), &json!("/work/site")));
}
