//! The guarded shell around a real OpenCode: a hostile command reaches nothing, ordinary work goes on.

use e2e::gateway::Gateway;
use e2e::opencode::Guarded;
use e2e::opencode_stage::{OpenCodeStage, guard_is_here, without_gate};
use serde_json::{Value, json};

async fn after_the_scenario(guard: Option<Guarded>) -> (OpenCodeStage, String) {
    // What the guard alone keeps: no gate stands before it.
    let mut gateway = Gateway::prepare().unwrap();
    gateway.configure(&without_gate(json!({}))).unwrap();
    gateway.spawn().await.unwrap();
    let stage = OpenCodeStage::around(gateway, |options| {
        options.guard = guard;
        options.env.push(("GATEWAY_GATE".to_owned(), "off".to_owned()));
        options.password = Some("the-password".to_owned());
        options.permission = json!({ "bash": "allow", "edit": "allow", "external_directory": "allow" });
    });
    let stage = stage.await.unwrap();
    stage.until_connected().await.unwrap();
    let session = stage.session("Guarded").await.unwrap();
    stage.send(&session, "scenario: guarded").await.unwrap();
    stage.until_said(&session, "It is done.").await.unwrap();
    (stage, session)
}

fn read(stage: &OpenCodeStage, file: &str) -> String {
    std::fs::read_to_string(stage.directory.join(file)).unwrap_or_default().trim().to_owned()
}

#[tokio::test]
async fn real_a_guarded_command_finds_no_secret_and_commits() {
    // REQ-GATE-07, C3b
    if !guard_is_here() {
        return;
    }
    let (stage, session) = after_the_scenario(Some(Guarded::default())).await;
    assert_eq!(read(&stage, "found.txt"), "0", "tokens and passwords in any environment");
    assert!(read(&stage, "database.txt").contains("denied"), "{}", read(&stage, "database.txt"));
    assert!(read(&stage, "folder.txt").contains("agents-tmp/ses_"), "the plugin named the session");
    assert_eq!(read(&stage, "commit.txt"), "Guarded");
    assert_eq!(read(&stage, "ended.txt"), "ended", "a later command ends what an earlier one left running");
    let told = |pods: &Value| pods[0]["guard"]["abi"].as_i64() >= Some(3);
    let pods = stage.gateway.until("the guard", "/api/v1/bridge", told).await.unwrap();
    assert!(pods[0]["guard"]["refused"].is_null(), "{pods:#}");
    // What the kernel lacks is all that is open: nothing of a repository gets into OpenCode.
    assert_eq!(
        pods[0]["guard_state"].get("gaps").unwrap_or(&json!([])),
        &pods[0]["guard"]["missing"],
        "{pods:#}"
    );
    // REQ-THREAD-04, B3: OpenCode's git makes its snapshots in the guard too, or nobody sees what a session changed.
    let is_listed = |diff: &Value| {
        diff["files"].as_array().is_some_and(|files| files.iter().any(|file| file["path"] == "found.txt"))
    };
    let path = format!("/api/v1/sessions/{session}/diff");
    stage.gateway.until("the file that the agent wrote", &path, is_listed).await.unwrap();
}

#[tokio::test]
async fn real_without_the_guard_the_same_command_finds_them() {
    // REQ-GATE-07: or the test above would show nothing. The pod says that it is not guarded.
    let (stage, _) = after_the_scenario(None).await;
    assert_ne!(read(&stage, "found.txt"), "0");
    assert!(read(&stage, "database.txt").starts_with("SQLite"), "{}", read(&stage, "database.txt"));
    let pods = stage.gateway.get("/api/v1/bridge").await.unwrap();
    assert!(pods[0]["guard"].is_null(), "{pods:#}");
}
