//! `make api-test`: a real gateway with a real OpenCode, some sessions and asks in it, and a command that tests the API.
//! The command learns through its environment where all that is; what it exits with is what this exits with.

use anyhow::Context;
use e2e::gateway::{API_TOKEN, Gateway};
use e2e::opencode::repository;
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{ExitCode, Stdio};

/// Asks that wait for an answer of each kind: an answer is taken once.
const ASKS: usize = 6;

/// A workspace is removed once.
const WORKSPACES: usize = 6;

/// A grant is revoked once.
const GRANTS: usize = 4;

/// A turn that failed is retried once.
const FAILED: usize = 3;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut command = std::env::args().skip(1);
    let program = command.next().context("say which command tests the API")?;
    let home = tempfile::tempdir()?;
    let stage = stage(home.path()).await?;
    let sessions = sessions(&stage).await?;
    let mut failed = vec![];
    for number in 0..FAILED {
        failed.push(a_failed_one(&stage, number).await?);
    }
    let file = file(&stage, &sessions[0]).await?;
    let asks = asks(&stage).await?;
    let hidden = hidden(&stage).await?;
    let grants = grants(&stage).await?;
    let workspaces = workspaces(&stage).await?;
    let working = working(&stage).await?;
    let status = tokio::process::Command::new(program)
        .args(command)
        .env("API_URL", stage.gateway.url())
        .env("API_TOKEN", API_TOKEN)
        .env("API_DIRECTORY", &stage.directory)
        .env("API_SESSIONS", sessions.join(" "))
        .env("API_FAILED", failed.join(" "))
        .env("API_WORKING", working)
        .env("API_FILE", file.join(" "))
        .env("API_ASKS", asks.join(" "))
        .env("API_HIDDEN", hidden)
        .env("API_GRANTS", grants.join(" "))
        .env("API_WORKSPACES", workspaces.join(" "))
        .env("API_START", start_key(0))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn stage(home: &Path) -> anyhow::Result<OpenCodeStage> {
    let mut gateway = Gateway::prepare()?;
    let config = json!({
        "workspaces": { "folder": home.join(".builders") }, "project_list": home.join("projects.md"),
        "repositories": { "shop": { "directory": repository(&home.join("shop"))? } },
    });
    gateway.configure(&as_they_are(config))?;
    // Nothing times out while the test runs.
    gateway.env.push(("PERMISSION_TIMEOUT_SECONDS".to_owned(), "3600".to_owned()));
    gateway.spawn().await?;
    let stage = OpenCodeStage::around(gateway, |_| {}).await?;
    stage.until_connected().await?;
    Ok(stage)
}

fn start_key(n: usize) -> String {
    format!("apistart{n:02}")
}

/// Workspaces that nobody works in any more: they can be removed.
async fn workspaces(stage: &OpenCodeStage) -> anyhow::Result<Vec<String>> {
    let mut all = vec![];
    for n in 0..WORKSPACES {
        let name = format!("removable-{n}");
        let place = json!({ "name": name, "repositories": ["shop"] });
        let start = json!({ "title": name, "key": start_key(n), "workspace": place });
        let made = stage.gateway.post("/api/v1/sessions", &start).await?;
        let session = made["id"].as_str().context("a session without an id")?;
        stage.gateway.post(&format!("/api/v1/sessions/{session}/close"), &json!({})).await?;
        all.push(name);
    }
    Ok(all)
}

/// Sessions to do things to; the last two are for pauses, and for what ends something.
async fn sessions(stage: &OpenCodeStage) -> anyhow::Result<Vec<String>> {
    let mut all = vec![];
    for name in ["first", "second", "paused", "ended"] {
        let session = stage.session(name).await?;
        stage.send(&session, "scenario: hello").await?;
        stage.until_status(&session, "idle").await?;
        all.push(session);
    }
    Ok(all)
}

/// A file of a message that OpenCode has: its session, its message and its own id.
async fn file(stage: &OpenCodeStage, session: &str) -> anyhow::Result<[String; 3]> {
    let files = json!([{ "name": "plan.txt", "content": "cGxhbg==" }]);
    let message = json!({ "text": "scenario: hello", "files": files });
    let sent = stage.gateway.post(&format!("/api/v1/sessions/{session}/messages"), &message).await?;
    let message = sent["message_id"].as_str().context("a message without an id")?;
    let path = format!("/api/v1/sessions/{session}/thread");
    let id = |thread: &Value| {
        let items = thread["items"].as_array().into_iter().flatten();
        let mut of_message = items.filter(|item| item["key"] == message && item["queued"].is_null());
        of_message.find_map(|item| item["files"][0]["id"].as_str().map(str::to_owned))
    };
    let thread = stage.gateway.until("the file", &path, |thread| id(thread).is_some()).await?;
    stage.until_status(session, "idle").await?;
    Ok([session.to_owned(), message.to_owned(), id(&thread).context("a file without an id")?])
}

/// A session whose turn failed, since its model does not exist; it has another one now, so it can be tried again, once.
async fn a_failed_one(stage: &OpenCodeStage, number: usize) -> anyhow::Result<String> {
    let session = stage.session(&format!("failed {number}")).await?;
    let model = json!({ "provider": "scripted", "model": "gone" });
    let message = json!({ "text": "scenario: hello", "model": model });
    stage.gateway.post(&format!("/api/v1/sessions/{session}/messages"), &message).await?;
    let path = format!("/api/v1/sessions/{session}/thread");
    stage.gateway.until("the failure", &path, |thread| thread["card"]["doing"] == "failed").await?;
    let model = json!({ "provider": "scripted", "model": "scripted-1" });
    stage.gateway.post(&format!("/api/v1/sessions/{session}/model"), &model).await?;
    Ok(session)
}

/// A session at work: it can be stopped, once.
async fn working(stage: &OpenCodeStage) -> anyhow::Result<String> {
    let session = stage.session("working").await?;
    stage.send(&session, "scenario: bash").await?;
    stage.open_ask(&session).await?;
    Ok(session)
}

/// What an agent wants to run, in a session of its own.
async fn wanted(stage: &OpenCodeStage, command: &str) -> anyhow::Result<String> {
    let session = stage.session(command).await?;
    let call = json!({ "name": "bash", "args": { "command": command, "description": "Runs" } });
    let steps = json!([{ "tools": [call] }, { "text": "It ran." }]);
    stage.send(&session, &format!("script: {steps}")).await?;
    let ask = stage.open_ask(&session).await?;
    ask["id"].as_str().map(str::to_owned).context("an ask without an id")
}

/// An ask whose card hides a value.
async fn hidden(stage: &OpenCodeStage) -> anyhow::Result<String> {
    wanted(stage, "DB_PASSWORD=hunter22 npm test").await
}

async fn grants(stage: &OpenCodeStage) -> anyhow::Result<Vec<String>> {
    for n in 0..GRANTS {
        let ask = wanted(stage, &format!("touch granted-{n}")).await?;
        stage.answer(&ask, json!({ "answer": "grant", "for": "session" })).await?;
    }
    let all = |list: &Value| list["grants"].as_array().is_some_and(|all| all.len() == GRANTS);
    let list = stage.gateway.until("the grants", "/api/v1/grants", all).await?;
    let ids = list["grants"].as_array().into_iter().flatten();
    Ok(ids.filter_map(|grant| grant["id"].as_str().map(str::to_owned)).collect())
}

/// Questions and permissions by turns, each in a session of its own.
async fn asks(stage: &OpenCodeStage) -> anyhow::Result<Vec<String>> {
    let mut all = vec![];
    for number in 0..ASKS {
        let (name, scenario) = if number % 2 == 0 { ("asks", "bash") } else { ("questions", "question") };
        let session = stage.session(&format!("{name} {number}")).await?;
        stage.send(&session, &format!("scenario: {scenario}")).await?;
        let ask = stage.open_ask(&session).await?;
        all.push(ask["id"].as_str().map(str::to_owned).context("an ask without an id")?);
    }
    let waiting = stage.gateway.get("/api/v1/asks").await?;
    anyhow::ensure!(waiting.as_array().map_or(0, Vec::len) == ASKS, "{waiting:#}");
    Ok(all)
}
