//! A real OpenCode, the real gateway, a scripted model: what a person does on a good day.

use e2e::opencode_stage::{OpenCodeStage, texts};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_session_is_made_written_to_and_watched() {
    // REQ-BRIDGE-04, REQ-BRIDGE-05, REQ-PLUGIN-01, REQ-PLUGIN-03: create, stream, tool, idle.
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Read the repository").await.unwrap();
    stage.send(&session, "scenario: reads").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(ask["held"]["tool"], "write");
    assert!(ask["held"]["diff"].as_str().unwrap().contains("+read"), "{ask:#}");
    stage.answer(ask["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    let messages = stage.until_said(&session, "I read and wrote.").await.unwrap();
    let tools: Vec<_> =
        tool_calls(&messages).iter().map(|call| (call["tool"].clone(), call["status"].clone())).collect();
    assert_eq!(tools.len(), 4, "{messages:#}");
    assert!(tools.iter().all(|(_, status)| status == "completed"));
    assert_eq!(stage.file("summary.txt").as_deref(), Some("read\n"));
    assert_opencode_knows(&stage, &session).await;
}

/// The session is an ordinary one: OpenCode's own list and API show it with title and directory.
async fn assert_opencode_knows(stage: &OpenCodeStage, session: &str) {
    let sessions = stage.opencode.api().sessions(&stage.directory).await.unwrap();
    let ours = sessions.as_array().unwrap().iter().find(|one| one["id"] == session).unwrap().clone();
    assert_eq!(ours["title"], "Read the repository");
    assert_eq!(ours["directory"].as_str().unwrap(), stage.directory.to_str().unwrap());
    let listed = stage.opencode.list_sessions(&stage.directory).unwrap();
    let listed: Value = serde_json::from_str(&listed).unwrap_or_else(|_| panic!("no JSON: {listed}"));
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["id"] == session && one["title"] == "Read the repository")
    );
}

fn tool_calls(messages: &Value) -> Vec<Value> {
    let parts =
        messages["messages"].as_array().unwrap().iter().filter_map(|message| message["parts"].as_array());
    parts.flatten().filter(|part| part["kind"] == "tool").cloned().collect()
}

#[tokio::test]
async fn permissions_are_allowed_and_denied_with_a_reason() {
    // REQ-BRIDGE-04, REQ-ASK-01, REQ-GATE-01
    for stage in [OpenCodeStage::set().await.unwrap(), OpenCodeStage::without_gate().await.unwrap()] {
        allowed_and_denied(&stage).await;
    }
}

async fn allowed_and_denied(stage: &OpenCodeStage) {
    let session = stage.session("Permissions").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(ask["display"]["subject"]["text"], "echo ran >> ran.txt");
    let outcome = stage.answer(ask["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    assert_eq!(outcome["verdict"], "taken");
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"));

    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    let deny = json!({ "answer": "deny", "reason": "Use the other file, please." });
    stage.answer(ask["id"].as_str().unwrap(), deny).await.unwrap();
    stage
        .gateway
        .until("two answers", &format!("/api/v1/sessions/{session}/messages"), |answer| {
            texts(answer, "assistant").matches("It ran.").count() == 2
        })
        .await
        .unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"), "a denied command must not run");
    assert!(stage.model.told("tool").contains("Use the other file, please."), "the agent reads the reason");
}

#[tokio::test]
async fn a_permission_may_be_allowed_after_half_a_minute() {
    // REQ-BRIDGE-04: nothing in the chain gives up while a person thinks.
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Slow person").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    // That time passes is what is tested, and nobody can set the clock of a real OpenCode.
    tokio::time::sleep(Duration::from_secs(30)).await;
    let outcome = stage.answer(ask["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    assert_eq!(outcome["verdict"], "taken");
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"));
}

#[tokio::test]
async fn a_question_is_answered() {
    // REQ-BRIDGE-04, REQ-ASK-02
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Question").await.unwrap();
    stage.send(&session, "scenario: question").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(ask["questions"][0]["options"][0], "Postgres (Recommended)");
    let answers = json!({ "answer": "answers", "answers": [["A database of our own"]] });
    stage.answer(ask["id"].as_str().unwrap(), answers).await.unwrap();
    stage.until_said(&session, "Thanks, that settles it.").await.unwrap();
    assert!(stage.model.told("tool").contains("A database of our own"));
}

#[tokio::test]
async fn a_turn_is_aborted_while_it_streams() {
    // REQ-BRIDGE-04
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Abort").await.unwrap();
    stage.send(&session, "scenario: slow").await.unwrap();
    let path = format!("/api/v1/sessions/{session}/messages");
    stage
        .gateway
        .until("some words", &path, |answer| texts(answer, "assistant").contains("w20"))
        .await
        .unwrap();
    stage.gateway.post(&format!("/api/v1/sessions/{session}/abort"), &json!({})).await.unwrap();
    stage.until_status(&session, "idle").await.unwrap();
    let messages = stage.gateway.get(&path).await.unwrap();
    assert!(!texts(&messages, "assistant").contains("w999"), "it went on after the abort");
}

#[tokio::test]
async fn a_stop_right_after_a_message_stops_its_turn() {
    // REQ-START-06: OpenCode begins the turn a moment after it took the message.
    let stage = OpenCodeStage::set().await.unwrap();
    for round in 0..5 {
        let session = stage.session(&format!("Stopped at once {round}")).await.unwrap();
        stage.send(&session, "scenario: endless").await.unwrap();
        stage.gateway.post(&format!("/api/v1/sessions/{session}/abort"), &json!({})).await.unwrap();
        stage.until_status(&session, "idle").await.unwrap();
        stage.send(&session, "Still there?").await.unwrap();
        stage.until_said(&session, "You said: Still there?").await.unwrap();
    }
}

#[tokio::test]
async fn two_directories_share_one_link() {
    // REQ-PLUGIN-04
    let stage = OpenCodeStage::set().await.unwrap();
    let other = stage.opencode.workspace("store").await.unwrap();
    let here = stage.session("Here").await.unwrap();
    let there = stage.session_in(&other, "There").await.unwrap();
    for session in [&here, &there] {
        stage.send(session, "scenario: write").await.unwrap();
        let ask = stage.open_ask(session).await.unwrap();
        stage.answer(ask["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
        stage.until_said(session, "The file is written.").await.unwrap();
    }
    assert!(stage.directory.join("note.txt").is_file() && other.join("note.txt").is_file());
    let pods = stage.gateway.get("/api/v1/bridge").await.unwrap();
    assert_eq!(pods.as_array().unwrap().len(), 1);
    assert_eq!(stage.gateway.log().matches("bridge link up").count(), 1, "one link for both directories");
}

#[tokio::test]
async fn a_milestone_is_reported_and_the_web_users_message_is_seen() {
    // REQ-PLUGIN-03, REQ-PLUGIN-05
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Milestone").await.unwrap();
    stage.opencode.api().prompt(&session, "scenario: milestone").await.unwrap();
    let messages = stage.until_said(&session, "I went on.").await.unwrap();
    let calls = tool_calls(&messages);
    assert_eq!(
        (calls[0]["tool"].as_str(), calls[0]["status"].as_str()),
        (Some("milestone"), Some("completed"))
    );
    let user = &messages["messages"][0];
    assert_eq!(
        (user["role"].as_str(), user.get("from_gateway")),
        (Some("user"), None),
        "written in OpenCode's own UI"
    );
}

#[tokio::test]
async fn what_the_model_thinks_is_told_as_that_and_is_no_answer() {
    // B35
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Thinks").await.unwrap();
    let reasoning = "Perhaps the cache is stale. The key is ghp_abcdefghijklmnopqrstuvwxyz0123456789 here.";
    let script = json!([{ "reasoning": reasoning, "text": "It is the cache.", "delay_ms": 5 }]);
    stage.send(&session, &format!("script: {script}")).await.unwrap();
    stage.until_said(&session, "It is the cache.").await.unwrap();
    let path = format!("/api/v1/sessions/{session}/thread");
    let thought = |thread: &Value| {
        let items = thread["items"].as_array().into_iter().flatten();
        items.clone().find(|item| item["kind"] == "thought" && item["complete"] == true).cloned()
    };
    let thread = stage.gateway.until("the thought", &path, |thread| thought(thread).is_some()).await.unwrap();
    let told = thought(&thread).unwrap();
    assert_eq!(told["text"], "Perhaps the cache is stale. The key is ••• here.");
    assert!(told["took_ms"].as_i64().is_some_and(|ms| ms >= 0), "{told:#}");
    let agent_said: Vec<_> =
        thread["items"].as_array().unwrap().iter().filter(|item| item["by"]["who"] == "agent").collect();
    assert_eq!(agent_said.len(), 1, "{thread:#}");
    assert_eq!(agent_said[0]["text"], "It is the cache.");
    assert!(told["order"].as_str() < agent_said[0]["order"].as_str());
}
