//! Stands for a pod behind the real gateway that does as it is told: it makes sessions, takes messages and answers, and
//! reports each command to the test. A request that comes again is answered as before, as by the plugin; a turn that is
//! stopped is over, as in OpenCode.
//!
//! It does not imitate an agent: nothing happens by itself. What the agent asks, says and ends is told by the test. When its
//! link ends it is gone; a test connects another one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "only tests use it, and a test may panic")]

use crate::fake_opencode::wire::{Peer, Received, hello, made_session};
use crate::gateway::{Gateway, TOKEN};
use bridge_protocol::{
    AskOutcome, CheckEnded, Command, Event, EventFrame, FileChange, GatewayFrame, HeldTool, OfferedAgent,
    OfferedModel, PermissionAsk, PluginFrame, QuestionAsk, QuestionItem, QuestionOption, ReplyResult,
    SessionInfo, Verdict,
};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;

/// What it was asked to do can be read, and events can be told.
pub struct ObedientOpenCode {
    asked: mpsc::Receiver<Command>,
    tell: mpsc::Sender<(String, Event)>,
}

impl ObedientOpenCode {
    pub async fn connect(gateway: &Gateway) -> Self {
        Self::connect_with(gateway, TOKEN).await
    }

    /// The same with a token of the pod's own.
    pub async fn connect_with(gateway: &Gateway, token: &str) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
        let (peer, _) = Peer::connect(address, Some(token), hello("pod-a", "boot-1")).await.unwrap();
        let (report, asked) = mpsc::channel(5000);
        let (tell, events) = mpsc::channel(100);
        tokio::spawn(serve(peer, report, events));
        Self { asked, tell }
    }

    pub async fn next(&mut self) -> Command {
        tokio::time::timeout(Duration::from_secs(60), self.asked.recv()).await.unwrap().unwrap()
    }

    /// The next message that the agent gets.
    pub async fn next_prompt(&mut self) -> String {
        loop {
            if let Command::SessionMessage { parts, .. } = self.next().await {
                return serde_json::to_value(&parts[0]).unwrap()["text"].as_str().unwrap().to_owned();
            }
        }
    }

    /// The next answer to a permission or a question, as JSON.
    pub async fn next_reply(&mut self) -> serde_json::Value {
        loop {
            let command = self.next().await;
            if matches!(command, Command::PermissionReply { .. } | Command::QuestionReply { .. }) {
                return serde_json::to_value(command).unwrap();
            }
        }
    }

    pub async fn questions(&self, session: &str, id: &str, question: &str, options: &[&str]) {
        let option = |label: &&str| QuestionOption { label: (*label).to_owned(), description: String::new() };
        let item = QuestionItem {
            question: question.to_owned(),
            header: String::new(),
            options: options.iter().map(option).collect(),
            multiple: false,
            custom: true,
        };
        let ask = QuestionAsk {
            id: id.to_owned(),
            session_id: session.to_owned(),
            directory: "/work/web".to_owned(),
            questions: vec![item],
            tool: None,
        };
        self.tells(session, Event::QuestionAsked { ask }).await;
    }

    pub async fn asks(&self, session: &str, id: &str, command: &str) {
        let ask = PermissionAsk {
            id: id.to_owned(),
            session_id: session.to_owned(),
            directory: "/work/web".to_owned(),
            permission: "bash".to_owned(),
            patterns: vec![command.to_owned()],
            always: vec![],
            metadata: serde_json::from_value(serde_json::json!({ "command": command })).unwrap(),
            tool: None,
        };
        self.tells(session, Event::PermissionAsked { ask }).await;
    }

    /// A command that waits for the gate's verdict.
    pub async fn holds(&self, session: &str, id: &str, command: &str) {
        let args = serde_json::json!({ "command": command, "description": "x" });
        let held = HeldTool {
            hold_id: id.to_owned(),
            session_id: session.to_owned(),
            directory: "/work/web".to_owned(),
            tool: "bash".to_owned(),
            call_id: format!("call_{id}"),
            command: Some(command.to_owned()),
            judge: true,
            args: args.as_object().cloned(),
            ..HeldTool::default()
        };
        self.tells(session, Event::ToolHeld { held }).await;
    }

    /// The next call that is let go or refused: its name, and whether it runs.
    pub async fn next_release(&mut self) -> (String, bool) {
        loop {
            if let Command::HoldRelease { hold_id, verdict, .. } = self.next().await {
                return (hold_id, matches!(verdict, Verdict::Through { .. }));
            }
        }
    }

    pub async fn idle(&self, session: &str) {
        self.tells(session, Event::SessionIdle {}).await;
    }

    pub async fn tells(&self, session: &str, event: Event) {
        self.tell.send((session.to_owned(), event)).await.unwrap();
    }
}

async fn serve(mut peer: Peer, report: mpsc::Sender<Command>, mut events: mpsc::Receiver<(String, Event)>) {
    let (mut seq, mut made) = (0, 0);
    let mut working = HashSet::new();
    // Like the plugin's: a request that comes again is answered as before, not done twice.
    let mut answered = HashMap::new();
    loop {
        tokio::select! {
            received = peer.receive() => {
                let Received::Frame(frame) = received else { return };
                match *frame {
                    GatewayFrame::Ping(beat) => peer.send(&PluginFrame::Pong(beat)).await.unwrap(),
                    GatewayFrame::Request(request) => {
                        let known = answered.get(&request.request_id).cloned();
                        let result = known.unwrap_or_else(|| result(&request.command, &mut made));
                        answered.insert(request.request_id.clone(), result.clone());
                        if peer.reply(&request.request_id, result).await.is_err() {
                            return;
                        }
                        match &request.command {
                            Command::SessionMessage { session_id, .. } => _ = working.insert(session_id.clone()),
                            // Like OpenCode's: a turn that is stopped is over.
                            Command::SessionAbort { session_id } if working.remove(session_id) => {
                                seq += 1;
                                peer.send(&event(seq, session_id.clone(), Event::SessionIdle {})).await.unwrap();
                            }
                            _ => {}
                        }
                        // Asked again and again by whoever is about to choose; no test waits for it.
                        if !matches!(request.command, Command::ChoicesList { .. }) {
                            let _ = report.send(request.command).await;
                        }
                    }
                    _ => {}
                }
            }
            Some((session_id, event)) = events.recv() => {
                if matches!(event, Event::SessionIdle {}) {
                    working.remove(&session_id);
                }
                seq += 1;
                peer.send(&self::event(seq, session_id, event)).await.unwrap();
            }
        }
    }
}

fn event(seq: u64, session_id: String, event: Event) -> PluginFrame {
    let (at, traceparent) = (1_795_000_000_000, None);
    PluginFrame::Event(Box::new(EventFrame { seq, session_id, at, traceparent, event }))
}

fn result(command: &Command, made: &mut usize) -> ReplyResult {
    match command {
        Command::SessionCreate { title, directory, .. } => {
            *made += 1;
            ReplyResult::Session { session: info(*made, title, directory) }
        }
        Command::SessionMessages { .. } => ReplyResult::Messages { messages: vec![], more: false },
        Command::ChoicesList { .. } => choices(),
        // The first session of a pod has changed nothing, any other has.
        Command::SessionDiff { session_id, .. } if session_id.ends_with('1') => {
            ReplyResult::Diff { files: vec![] }
        }
        Command::SessionDiff { .. } => ReplyResult::Diff { files: changes() },
        Command::PermissionReply { .. } | Command::QuestionReply { .. } | Command::HoldRelease { .. } => {
            ReplyResult::Ask { outcome: AskOutcome::Applied }
        }
        Command::CheckLook { .. } => {
            let package = r#"{"scripts":{"test":"node --test"}}"#.to_owned();
            ReplyResult::CheckFiles { files: [("package.json".to_owned(), package)].into() }
        }
        Command::CheckAwait { .. } => ReplyResult::Check { ended: ended_check() },
        _ => ReplyResult::Done,
    }
}

/// All of its tests pass, as node's own runner tells it.
fn ended_check() -> CheckEnded {
    let output = "ℹ tests 45\nℹ suites 0\nℹ pass 45\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 12000\n".to_owned();
    CheckEnded {
        exit_code: Some(0),
        duration_ms: 12_000,
        timed_out: false,
        stopped: false,
        output_bytes: output.len() as u64,
        output,
        digest: "0".repeat(64),
        report: None,
        code: None,
    }
}

/// What the pod's OpenCode has: what the standard rules suggest, and what tests configure.
pub fn choices() -> ReplyResult {
    let model = |name: &str| {
        let (provider, model) = name.split_once('/').unwrap();
        OfferedModel { provider: provider.to_owned(), model: model.to_owned(), name: String::new() }
    };
    let agent = |name: &str| OfferedAgent { name: name.to_owned(), description: String::new() };
    let models = [
        "anthropic/claude-sonnet-4-5",
        "local/qwen2.5-coder:32b",
        "spare/small",
        "local/qwen",
        "anthropic/claude",
    ];
    let agents = ["architect", "builder", "party-mode", "pm"];
    ReplyResult::Choices {
        models: models.into_iter().map(model).collect(),
        agents: agents.into_iter().map(agent).collect(),
        home: Some("/home/opencode".to_owned()),
    }
}

pub fn info(n: usize, title: &str, directory: &str) -> SessionInfo {
    made_session(&format!("ses_0000000{n}"), title, directory)
}

/// More than a message holds.
fn changes() -> Vec<FileChange> {
    let lines: String = (0..2_000).map(|n| format!("+line {n}\n")).collect();
    let patch = Some(format!("@@ -0,0 +1,2000 @@\n{lines}"));
    vec![FileChange { path: "src/login.rs".into(), additions: Some(2_000), deletions: Some(0), patch }]
}
