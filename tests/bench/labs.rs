//! Labs: from a click to a link that answers, beside the same server started by hand.

use crate::report::{Report, median};
use anyhow::Context;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::opencode::repository;
use e2e::wait;
use reqwest::Client;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::process::Command;

const ROUNDS: usize = 5;
const LOOK: Duration = Duration::from_millis(5);

const SERVER: &str = "require('node:http').createServer((asked, answer) => answer.end('hi')).listen(process.env.PORT, '127.0.0.1')";

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let web = repository(&home.path().join("web"))?;
    let mut gateway = Gateway::prepare()?;
    gateway.configure(&json!({
        "repositories": { "web": { "directory": web } },
        "workspaces": { "folder": home.path().join(".builders") },
        "gate": { "unguarded": "allow" }, "lab": { "unguarded": "allow" },
    }))?;
    gateway.spawn().await?;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let wanted = json!({ "title": "Server", "key": "startkey01",
        "workspace": { "name": "server", "repositories": ["web"] } });
    let made = gateway.post("/api/v1/sessions", &wanted).await?;
    let session = made["id"].as_str().context("no id")?;
    let tree = PathBuf::from(made["directory"].as_str().context("no directory")?);
    std::fs::write(tree.join("server.js"), SERVER)?;
    std::fs::write(tree.join("package.json"), r#"{ "main": "server.js" }"#)?;
    allow(&gateway, session).await?;
    let (client, mut ours, mut reference) = (Client::builder().no_proxy().build()?, vec![], vec![]);
    for _ in 0..ROUNDS {
        reference.push(by_hand(&client, &tree).await?);
        ours.push(deployed(&gateway, session).await?);
    }
    report.add("lab_process_ready_s", median(ours), "s", median(reference));
    Ok(())
}

/// The recipe is asked about once.
async fn allow(gateway: &Gateway, session: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/sessions/{session}/lab");
    gateway.post(&format!("{path}/deploy"), &json!({})).await?;
    gateway.until("the request", &path, |lab| lab["lab"]["standing"] == "asked").await?;
    let asks = gateway.get("/api/v1/asks").await?;
    let ask = asks[0]["id"].as_str().context("no request")?;
    gateway.post(&format!("/api/v1/asks/{ask}/answer"), &json!({ "answer": "once" })).await?;
    gateway.until("the lab", &path, is_ready).await?;
    Ok(())
}

fn is_ready(lab: &Value) -> bool {
    lab["lab"]["standing"] == "ready"
}

async fn deployed(gateway: &Gateway, session: &str) -> anyhow::Result<f64> {
    let path = format!("/api/v1/sessions/{session}/lab");
    // A click within two seconds of the last is the same click.
    let accepted = async || {
        let began = Instant::now();
        gateway.post(&format!("{path}/deploy"), &json!({})).await.ok().map(|_| began)
    };
    let began = wait::until("a deploy", accepted).await?;
    loop {
        if is_ready(&gateway.get(&path).await?) {
            return Ok(began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The same server, from the shell's point of view.
async fn by_hand(client: &Client, tree: &Path) -> anyhow::Result<f64> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let began = Instant::now();
    let mut server = Command::new("node")
        .arg("server.js")
        .env("PORT", port.to_string())
        .current_dir(tree)
        .kill_on_drop(true)
        .spawn()?;
    while client.get(format!("http://127.0.0.1:{port}/")).send().await.is_err() {
        tokio::time::sleep(LOOK).await;
    }
    let took = began.elapsed().as_secs_f64();
    server.kill().await?;
    Ok(took)
}
