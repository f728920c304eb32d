//! What the gate costs: a verdict by rule, from the call to its release on the wire, and an ordinary turn of twenty calls.

use crate::echo;
use crate::pages;
use crate::process::Process;
use crate::report::{Report, median, percentile};
use bridge_protocol::{Command, Event, EventFrame, HeldTool, PluginFrame, ReplyResult};
use e2e::fake_opencode::wire::Peer;
use e2e::opencode::{OpenCode, Options};
use e2e::opencode_stage::OpenCodeStage;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Instant;

/// Calls of each kind that are judged, after some that warm up. More of them at once would be a flood.
const CALLS: u64 = 900;
const WARM: u64 = 100;

/// Turns with the gate and without, in turns.
const TURNS: usize = 7;

/// Calls of a turn; every second one is a command.
const CALLS_OF_A_TURN: usize = 20;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let gateway = Process::gateway()?;
    gateway.until_open()?;
    let (mut peer, _) = Peer::connect(gateway.address, None, pages::pod(1)).await?;
    pages::until_drawn(&gateway, 1).await?;
    let mut reference = echo::connect(echo::start().await?).await?;
    let mut seq = 0;
    let kinds = [
        // Its entry is in the audit log, on disk, before it runs.
        ("gate_allow_p99_ms", "bash", json!({ "command": "git status --short" })),
        ("gate_allow_read_p99_ms", "read", json!({ "filePath": "README.md" })),
    ];
    for (name, tool, arguments) in kinds {
        let carried = event(0, tool, &arguments).encode();
        let (mut bare, _) = echo::pump(&mut reference, &carried, usize::try_from(CALLS)?, 1).await?;
        let mut ours = vec![];
        for call in 0..WARM + CALLS {
            seq += 1;
            let took = judged(&mut peer, &event(seq, tool, &arguments)).await?;
            ours.extend((call >= WARM).then_some(took));
        }
        report.add(name, percentile(&mut ours, 0.99), "ms", percentile(&mut bare, 0.99) / 1e3);
    }
    turns(report).await
}

/// Milliseconds from a call until it may run.
async fn judged(peer: &mut Peer, call: &PluginFrame) -> anyhow::Result<f64> {
    let began = Instant::now();
    peer.send(call).await?;
    let request = peer.next_request().await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    anyhow::ensure!(matches!(request.command, Command::HoldRelease { .. }), "{request:?}");
    peer.reply(&request.request_id, ReplyResult::Done).await?;
    Ok(took)
}

fn event(seq: u64, tool: &str, arguments: &Value) -> PluginFrame {
    let text = |name: &str| arguments[name].as_str().map(str::to_owned);
    let held = HeldTool {
        hold_id: format!("hold_{seq}"),
        session_id: pages::session_id(0),
        directory: "/workspace/.builders/session-0/repos/shop".to_owned(),
        tool: tool.to_owned(),
        call_id: format!("call_{seq}"),
        message_id: None,
        file: text("filePath"),
        command: text("command"),
        judge: true,
        early: false,
        parents: vec![],
        args: arguments.as_object().cloned().or_else(|| Some(Map::new())),
        real_file: None,
        diff: None,
        denied_by: None,
    };
    let (session_id, event) = (pages::session_id(0), Event::ToolHeld { held });
    PluginFrame::Event(Box::new(EventFrame { seq, session_id, at: 1, traceparent: None, event }))
}

/// The same turn with every call judged, and with no plugin at all.
async fn turns(report: &mut Report) -> anyhow::Result<()> {
    let stage = OpenCodeStage::set().await?;
    let mut options = Options::new(stage.model.base_url());
    options.permission = json!("allow");
    let bare = OpenCode::start(options).await?;
    let directory = bare.workspace("shop").await?;
    let (mut with, mut without) = (vec![], vec![]);
    for _ in 0..=TURNS {
        without.push(turn(&bare, &directory).await?);
        with.push(turn(&stage.opencode, &stage.directory).await?);
    }
    // The first of each starts what OpenCode starts late.
    report.add("gate_turn_ratio", median(with.split_off(1)), "ms", median(without.split_off(1)));
    Ok(())
}

async fn turn(opencode: &OpenCode, directory: &Path) -> anyhow::Result<f64> {
    let api = opencode.api();
    let session = api.create(directory, "A turn").await?;
    let call = |n: usize| match n % 2 {
        0 => json!({ "name": "read", "args": { "filePath": "README.md" } }),
        _ => json!({ "name": "bash", "args": { "command": "git status --short", "description": "Looks" } }),
    };
    let mut steps: Vec<_> = (0..CALLS_OF_A_TURN).map(|n| json!({ "tools": [call(n)] })).collect();
    steps.push(json!({ "text": "That was all." }));
    let text = format!("script: {}", Value::from(steps));
    let began = Instant::now();
    let body = json!({ "parts": [{ "type": "text", "text": text }] });
    let said = api.post(&format!("/session/{session}/message"), Some(directory), &body).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    anyhow::ensure!(said.to_string().contains("That was all."), "{said}\n{}", opencode.log());
    let ran = api.messages(&session).await?.to_string().matches("\"status\":\"completed\"").count();
    anyhow::ensure!(ran == CALLS_OF_A_TURN, "{ran} calls ran\n{}", opencode.log());
    Ok(took)
}
