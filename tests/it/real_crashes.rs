//! A real OpenCode and the real gateway, each killed while the other works.

use e2e::gateway::Gateway;
use e2e::opencode_stage::{OpenCodeStage, texts};
use e2e::wait;
use serde_json::{Value, json};
use std::process::Stdio;

#[tokio::test]
async fn opencode_may_start_before_the_gateway() {
    // REQ-BRIDGE-07: and work meanwhile.
    let mut stage = OpenCodeStage::around(Gateway::prepare().unwrap(), |_| {}).await.unwrap();
    let api = stage.opencode.api();
    let session = api.create(&stage.directory, "Before the gateway").await.unwrap();
    api.prompt(&session, "scenario: hello").await.unwrap();
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    stage.until_said(&session, "Hello from the scripted model.").await.unwrap();
}

#[tokio::test]
async fn text_is_complete_and_told_once_when_the_gateway_is_killed_while_it_streams() {
    // REQ-BRIDGE-06, REQ-BRIDGE-08, REQ-THREAD-02
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Killed while streaming").await.unwrap();
    let args = ["sessions", "watch", &session, "--until-idle", "--json"];
    let watch = stage.gateway.command(&args).unwrap().stdout(Stdio::piped()).spawn().unwrap();
    stage.send(&session, "scenario: slow").await.unwrap();
    let path = format!("/api/v1/sessions/{session}/messages");
    for word in ["w100 ", "w300 "] {
        stage.gateway.until(word, &path, |answer| texts(answer, "assistant").contains(word)).await.unwrap();
        stage.gateway.kill();
        stage.gateway.spawn().await.unwrap();
        stage.until_connected().await.unwrap();
    }
    stage.until_said(&session, "w999").await.unwrap();
    let output = watch.wait_with_output().unwrap();
    let expected: Vec<_> = (0..1000).map(|n| format!("w{n}")).collect();
    assert_eq!(watched_text(&output.stdout), expected.join(" "), "complete, in order, without a repeat");
}

/// The assistant's text as the watcher printed it, piece by piece.
fn watched_text(stdout: &[u8]) -> String {
    let lines = String::from_utf8_lossy(stdout);
    let values = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    values
        .filter(|line| line["role"] == "assistant")
        .filter_map(|line| line["text"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn what_was_said_before_opencode_died_is_read_back() {
    // REQ-BRIDGE-08: sessions are reconciled, gaps repaired from OpenCode's own state.
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Killed at rest").await.unwrap();
    stage.send(&session, "scenario: hello").await.unwrap();
    stage.until_said(&session, "Hello from the scripted model.").await.unwrap();
    stage.opencode.kill();
    stage
        .gateway
        .until("the loss", &format!("/api/v1/sessions/{session}"), |view| view["online"] == false)
        .await
        .unwrap();
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.opencode.restart().await.unwrap();
    stage.opencode.api().open(&stage.directory).await.unwrap();
    stage.until_connected().await.unwrap();
    stage.until_said(&session, "Hello from the scripted model.").await.unwrap();
    let sessions = stage.gateway.get("/api/v1/sessions").await.unwrap();
    assert_eq!((&sessions[0]["id"], &sessions[0]["title"]), (&json!(session), &json!("Killed at rest")));
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_written_once() {
    // REQ-BRIDGE-03, REQ-BRIDGE-08: also by a gateway that knows nothing of the first time.
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Sent again").await.unwrap();
    let path = format!("/api/v1/sessions/{session}/messages");
    let message = json!({ "text": "scenario: hello", "key": "sameforever" });
    for _ in 0..3 {
        stage.gateway.post(&path, &message).await.unwrap();
        stage.until_said(&session, "Hello from the scripted model.").await.unwrap();
        stage.gateway.kill();
        stage.gateway.spawn().await.unwrap();
        stage.until_connected().await.unwrap();
    }
    let messages = stage.opencode.api().messages(&session).await.unwrap();
    let roles: Vec<_> =
        messages.as_array().unwrap().iter().map(|m| m["info"]["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant"]);
    assert_eq!(stage.model.requests().len(), 1, "the model was asked once");
}

#[tokio::test]
async fn a_write_is_held_until_it_is_let_through_and_never_runs_after_an_abort() {
    // REQ-PLUGIN-05
    let stage =
        OpenCodeStage::set_with(|options| options.permission = json!({ "edit": "allow", "bash": "allow" }))
            .await
            .unwrap();
    let session = stage.session("Held").await.unwrap();
    let hold = format!("/api/v1/sessions/{session}/hold");
    stage.gateway.post(&hold, &json!({ "hold": "writes" })).await.unwrap();

    stage.send(&session, "scenario: write").await.unwrap();
    let held = stage.open_ask(&session).await.unwrap();
    assert_eq!((&held["kind"], &held["held"]["tool"]), (&json!("held"), &json!("write")));
    assert_eq!(stage.file("note.txt"), None, "it waits");
    stage.answer(held["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    stage.until_said(&session, "The file is written.").await.unwrap();
    assert_eq!(stage.file("note.txt").as_deref(), Some("a note\n"));

    stage.send(&session, "scenario: bash").await.unwrap();
    let held = stage.open_ask(&session).await.unwrap();
    let refuse = json!({ "answer": "deny", "reason": "Not in this directory." });
    stage.answer(held["id"].as_str().unwrap(), refuse).await.unwrap();
    stage.until_said(&session, "It ran.").await.unwrap();
    assert!(stage.model.told("tool").contains("Not in this directory."), "the agent reads the reason");
    assert_eq!(stage.file("ran.txt"), None);

    stage.send(&session, "scenario: bash").await.unwrap();
    stage.open_ask(&session).await.unwrap();
    stage.gateway.post(&format!("/api/v1/sessions/{session}/abort"), &json!({})).await.unwrap();
    stage.until_status(&session, "idle").await.unwrap();
    // OpenCode runs a held tool as soon as its hook resolves; after a whole turn more, with a call that is let through, the
    // aborted one still has not run.
    stage.send(&session, "scenario: write").await.unwrap();
    let held = stage.open_ask(&session).await.unwrap();
    assert_eq!(held["held"]["tool"], "write");
    stage.answer(held["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    stage.until_said(&session, "The file is written.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None, "an aborted call must not run");
}

#[tokio::test]
async fn the_plugin_leaves_politely_and_opencode_still_stops() {
    // REQ-PLUGIN-01, REQ-PLUGIN-06
    let mut stage = OpenCodeStage::set().await.unwrap();
    stage.opencode.terminate().await.unwrap();
    stage.gateway.until("the loss", "/api/v1/bridge", |pods| pods[0]["connected"] == false).await.unwrap();
    let log = stage.opencode.log();
    assert!(log.contains("link to the gateway is up"), "the plugin's log lines are there:\n{log}");
    assert!(!log.contains(e2e::gateway::TOKEN), "the token must not be logged");
}

#[tokio::test]
async fn a_broken_plugin_does_not_keep_opencode_from_starting() {
    // REQ-PLUGIN-01
    let broken = tempfile::NamedTempFile::with_suffix(".js").unwrap();
    std::fs::write(broken.path(), "throw new Error('broken on purpose')").unwrap();
    let content = json!({ "plugin": [broken.path()] }).to_string();
    let stage =
        OpenCodeStage::set_with(|options| options.env.push(("OPENCODE_CONFIG_CONTENT".into(), content)))
            .await
            .unwrap();
    let session = stage.session("Works all the same").await.unwrap();
    stage.send(&session, "scenario: hello").await.unwrap();
    stage.until_said(&session, "Hello from the scripted model.").await.unwrap();
}

#[tokio::test]
async fn what_a_sub_agent_ran_is_not_run_again_without_a_word() {
    // CHAOS F2: the sub-agent's command ran to its end, and OpenCode dies while the sub-agent still talks.
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Killed under a sub-agent").await.unwrap();
    let command = "echo ran | tee -a sub.txt";
    let bash = json!({ "name": "bash", "args": { "command": command, "description": "Writes a line" } });
    let talks = json!({ "text": "It ran. ", "words": 400, "delay_ms": 10 });
    let part = format!("script: {}", json!([{ "tools": [bash] }, talks]));
    let task = json!({ "description": "A part", "prompt": part, "subagent_type": "general" });
    let whole = json!([{ "tools": [{ "name": "task", "args": task }] }, { "text": "The part is done." }]);
    stage.send(&session, &format!("script: {whole}")).await.unwrap();
    let first = any_open_ask(&stage, "").await;
    stage.answer(first["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    // It is told of what ran, and talks about it.
    wait::until("the sub-agent to talk", async || stage.model.told("tool").contains("ran")).await.unwrap();
    assert_eq!(stage.file("sub.txt").as_deref(), Some("ran\n"));
    stage.opencode.kill();
    stage.opencode.restart().await.unwrap();
    stage.opencode.api().open(&stage.directory).await.unwrap();
    let anew = any_open_ask(&stage, first["id"].as_str().unwrap()).await;
    assert_eq!(anew["held"]["command"], command, "the parent's call was cut, so the part is done again");
    let decided =
        stage.gateway.get(&format!("/api/v1/asks/{}", first["id"].as_str().unwrap())).await.unwrap();
    assert_eq!(anew["ran_before"]["by"], decided["decision"]["by"]["name"], "{anew:#}");
    assert_eq!(anew["ran_before"]["at"], decided["decision"]["at"]);
    let deny = json!({ "answer": "deny", "reason": "It ran already." });
    stage.answer(anew["id"].as_str().unwrap(), deny).await.unwrap();
    stage.until_said(&session, "The part is done.").await.unwrap();
    assert_eq!(stage.file("sub.txt").as_deref(), Some("ran\n"), "once");
}

/// Whoever asks: a sub-agent's ask names the sub-agent's own session.
async fn any_open_ask(stage: &OpenCodeStage, but: &str) -> Value {
    let open = |ask: &&Value| ask["state"] == "open" && ask["id"] != but;
    let find = |asks: &Value| asks.as_array().into_iter().flatten().find(open).cloned();
    let asks = stage.gateway.until("an open ask", "/api/v1/asks", |asks| find(asks).is_some()).await.unwrap();
    find(&asks).unwrap()
}
