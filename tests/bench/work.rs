//! Starting work: a clone of 10,000 files, the first token after a start, the gateway's share of it, and how often
//! routing is right on titles that its rules were not tuned on.

use crate::report::{Report, median};
use anyhow::{Context, ensure};
use bridge_protocol::{Command as PodCommand, GatewayFrame, PluginFrame, ReplyResult};
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session};
use e2e::gateway::{Gateway, TOKEN};
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use e2e::wait;
use gateway::clock;
use gateway::sessions::ports::{RepositorySource, WorkspaceSpec, Workspaces};
use gateway::workspace::{Config, Workshop};
use gateway_domain::{Routing, SafeName};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;

const ROUNDS: usize = 7;
const FILES: usize = 10_000;
const LOOK: Duration = Duration::from_millis(5);
const TITLES: &str = include_str!("../../gateway/domain/tests/domain/routing_titles.tsv");

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    accuracy(report)?;
    worktrees(report).await?;
    share(report).await?;
    first_token(report).await
}

/// The reference is what everybody gets who always says the same agent.
fn accuracy(report: &mut Report) -> anyhow::Result<()> {
    let (routing, mut all, mut right, mut always) = (Routing::default(), 0.0, 0.0, 0.0);
    for line in TITLES.lines() {
        let parts: Vec<_> = line.split('\t').collect();
        let ["held-out", agent, title] = parts[..] else { continue };
        let suggested = routing.suggest(title, "").context("no rules")?;
        let agrees = if agent == "-" { suggested.confidence < 0.5 } else { suggested.agent == agent };
        all += 1.0;
        right += f64::from(u8::from(agrees));
        always += f64::from(u8::from(agent == "builder"));
    }
    report.add("routing_accuracy_held_out", right / all, "", always / all);
    Ok(())
}

async fn worktrees(report: &mut Report) -> anyhow::Result<()> {
    let home = TempDir::new()?;
    let origin = repository(home.path(), "large", FILES)?;
    let (folder, mirrors) = (home.path().join(".builders"), home.path().join("mirrors"));
    let shop = Workshop::new(Config { folder, mirrors, ..Config::default() }, clock::system());
    make(&shop, "first", &origin).await?;
    let bare = home.path().join("bare.git");
    git(home.path(), &["clone", "-q", "--bare", &path(&origin), &path(&bare)])?;
    let (mut ours, mut reference) = (vec![], vec![]);
    for round in 0..ROUNDS {
        let tree = home.path().join(format!("tree{round}"));
        let began = Instant::now();
        git(&bare, &["worktree", "add", "-q", "-b", &format!("round{round}"), &path(&tree), "main"])?;
        reference.push(milliseconds(began));
        let began = Instant::now();
        let directory = make(&shop, &format!("round{round}"), &origin).await?;
        ours.push(milliseconds(began));
        ensure!(directory.join(format!("d0/f{}.txt", FILES - 100)).exists(), "files are missing");
    }
    report.add("workspace_10k_files", median(ours), "ms", median(reference));
    Ok(())
}

async fn make(shop: &Workshop, name: &str, from: &Path) -> anyhow::Result<PathBuf> {
    let source = RepositorySource {
        name: SafeName::parse("large")?,
        from: Some(path(from)),
        branch: None,
        depth: None,
        sparse: vec![],
    };
    let spec =
        WorkspaceSpec { name: SafeName::parse(name)?, key: name.to_owned(), repositories: vec![source] };
    Ok(PathBuf::from(shop.prepare(spec, &|_| {}).await?.directory))
}

/// From the form until the message is on its way to the agent, with a pod that answers at once. The reference is the
/// git command that makes the same worktree.
async fn share(report: &mut Report) -> anyhow::Result<()> {
    let home = TempDir::new()?;
    let (gateway, origin) = yard(&home).await?;
    let mut prompts = answering(&gateway).await?;
    let (mut ours, mut reference) = (vec![], vec![]);
    for round in 0..ROUNDS {
        let began = Instant::now();
        git(
            &origin,
            &[
                "worktree",
                "add",
                "-q",
                "-b",
                &format!("r{round}"),
                &path(&home.path().join(format!("t{round}"))),
                "main",
            ],
        )?;
        reference.push(milliseconds(began));
        let began = Instant::now();
        gateway.post("/api/v1/sessions", &start(round)).await?;
        prompts.recv().await.context("no prompt came")?;
        ours.push(milliseconds(began));
    }
    report.add("start_gateway_share_p50", median(ours), "ms", median(reference));
    Ok(())
}

/// A pod that makes sessions at once; told is each message that it gets.
async fn answering(gateway: &Gateway) -> anyhow::Result<mpsc::Receiver<()>> {
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
    let (mut peer, _) = Peer::connect(address, Some(TOKEN), hello("bench", "boot")).await?;
    let (tell, prompts) = mpsc::channel(ROUNDS);
    tokio::spawn(async move {
        let mut made = 0;
        while let Received::Frame(frame) = peer.receive().await {
            let answered = match *frame {
                GatewayFrame::Ping(beat) => peer.send(&PluginFrame::Pong(beat)).await,
                GatewayFrame::Request(request) => {
                    if matches!(request.command, PodCommand::SessionMessage { .. }) {
                        let _ = tell.send(()).await;
                    }
                    peer.reply(&request.request_id, result(&request.command, &mut made)).await
                }
                _ => Ok(()),
            };
            if answered.is_err() {
                return;
            }
        }
    });
    Ok(prompts)
}

fn result(command: &PodCommand, made: &mut usize) -> ReplyResult {
    let PodCommand::SessionCreate { title, directory, .. } = command else { return ReplyResult::Done };
    *made += 1;
    ReplyResult::Session { session: made_session(&format!("ses_bench{made:04}"), title, directory) }
}

/// From the form until the agent's first word is in the thread, with a real OpenCode and a scripted model. The
/// reference does the same with git and OpenCode's own API.
async fn first_token(report: &mut Report) -> anyhow::Result<()> {
    let home = TempDir::new()?;
    let (gateway, origin) = yard(&home).await?;
    let stage = OpenCodeStage::around(gateway, |_| {}).await?;
    stage.until_connected().await?;
    let (mut ours, mut reference) = (vec![], vec![]);
    for round in 0..ROUNDS {
        let began = Instant::now();
        let tree = home.path().join(format!("tree{round}"));
        git(&origin, &["worktree", "add", "-q", "-b", &format!("r{round}"), &path(&tree), "main"])?;
        let session = stage.opencode.api().create(&tree, "Bare").await?;
        stage.opencode.api().prompt(&session, "scenario: hello").await?;
        until_said(async || Ok(stage.opencode.api().messages(&session).await?.to_string())).await?;
        reference.push(milliseconds(began));
        let began = Instant::now();
        let made = stage.gateway.post("/api/v1/sessions", &start(round)).await?;
        let thread = format!("/api/v1/sessions/{}/thread", made["id"].as_str().unwrap_or_default());
        until_said(async || Ok(stage.gateway.get(&thread).await?.to_string())).await?;
        ours.push(milliseconds(began));
    }
    report.add("start_first_token_p50", median(ours), "ms", median(reference));
    Ok(())
}

/// Looks often, since the time until then is what is measured.
async fn until_said<F: Future<Output = anyhow::Result<String>>>(look: impl Fn() -> F) -> anyhow::Result<()> {
    let said = async || match look().await {
        Ok(text) => text.contains("Hello").then_some(Ok(())),
        Err(error) => Some(Err(error)),
    };
    wait::within(e2e::PATIENCE).looking_every(LOOK).until("the agent's first word", said).await?
}

/// A gateway that makes workspaces of a small repository.
async fn yard(home: &TempDir) -> anyhow::Result<(Gateway, PathBuf)> {
    let origin = repository(home.path(), "small", 100)?;
    let config = json!({
        "workspaces": { "folder": home.path().join(".builders") },
        "repositories": { "small": { "directory": origin } },
        "running_sessions": 100,
    });
    let mut gateway = Gateway::prepare()?;
    gateway.configure(&as_they_are(config))?;
    gateway.spawn().await?;
    Ok((gateway, origin))
}

fn start(round: usize) -> Value {
    json!({
        "title": format!("Round {round}"), "prompt": "scenario: hello", "key": format!("benchround{round}"),
        "workspace": { "repositories": ["small"] },
    })
}

fn repository(home: &Path, name: &str, files: usize) -> anyhow::Result<PathBuf> {
    let origin = home.join(name);
    for n in 0..files {
        let folder = origin.join(format!("d{}", n % 100));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("f{n}.txt")), format!("File {n} of a repository.\n").repeat(20))?;
    }
    git(&origin, &["init", "-q", "-b", "main"])?;
    git(&origin, &["add", "."])?;
    let names = ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid"];
    git(&origin, &[&names[..], &["commit", "-q", "-m", "All"]].concat())?;
    Ok(origin)
}

fn git(directory: &Path, args: &[&str]) -> anyhow::Result<()> {
    let done = Command::new("git").args(args).current_dir(directory).status().context("git is missing")?;
    ensure!(done.success(), "git {args:?} failed in {}", directory.display());
    Ok(())
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
