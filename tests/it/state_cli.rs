//! `gateway state` and `gateway audit` on the state of a real gateway: while it runs, after kill -9, and stopped.

use anyhow::Context;
use bridge_protocol::{Command, Event, EventFrame, PermissionAsk, PermissionReply, PluginFrame};
use e2e::fake_opencode::wire::{Peer, hello};
use e2e::gateway::{Gateway, TOKEN};
use e2e::wait;
use serde_json::{Value, json};
use std::path::PathBuf;

const SESSION: &str = "ses_state_cli";

fn asked(n: u64) -> PluginFrame {
    let command = format!("make part-{n}");
    let ask = PermissionAsk {
        id: format!("per_{n}"),
        session_id: SESSION.to_owned(),
        directory: "/work".to_owned(),
        permission: "bash".to_owned(),
        patterns: vec![command.clone()],
        always: vec![],
        metadata: [("command".to_owned(), command.into())].into_iter().collect(),
        tool: None,
    };
    let event = Event::PermissionAsked { ask };
    PluginFrame::Event(Box::new(EventFrame {
        seq: n,
        session_id: SESSION.to_owned(),
        at: 0,
        traceparent: None,
        event,
    }))
}

/// A gateway with one session and two asks, of which one is denied.
async fn with_asks() -> (Gateway, Peer) {
    let gateway = Gateway::start().await.unwrap();
    let address = format!("127.0.0.1:{}", gateway.port).parse().unwrap();
    let (mut peer, _) = Peer::connect(address, Some(TOKEN), hello("pod-a", "boot-1")).await.unwrap();
    for n in [1, 2] {
        peer.send(&asked(n)).await.unwrap();
    }
    let two = |asks: &Value| asks.as_array().is_some_and(|asks| asks.len() == 2);
    let asks = gateway.until("two asks", "/api/v1/asks", two).await.unwrap();
    let path = format!("/api/v1/asks/{}/answer", asks[0]["id"].as_str().unwrap());
    gateway.post(&path, &json!({ "answer": "deny", "reason": "not now" })).await.unwrap();
    (gateway, peer)
}

fn run(gateway: &Gateway, args: &[&str]) -> anyhow::Result<String> {
    let state = gateway.state().display().to_string();
    gateway.cli(&[args, &["--state", &state]].concat())
}

fn json(gateway: &Gateway, args: &[&str]) -> Value {
    serde_json::from_str(&run(gateway, &[args, &["--json"]].concat()).unwrap()).unwrap()
}

fn record(gateway: &Gateway) -> PathBuf {
    let name = format!("{SESSION}.session-state.yaml");
    let shards = std::fs::read_dir(gateway.state().join("sessions")).unwrap();
    shards.map(|shard| shard.unwrap().path().join(&name)).find(|path| path.exists()).unwrap()
}

#[tokio::test]
async fn the_state_is_read_beside_a_running_gateway_and_after_a_kill() {
    // REQ-STATE-01, REQ-STATE-03, REQ-ASK-10
    let (mut gateway, _peer) = with_asks().await;
    for running in [true, false] {
        assert!(run(&gateway, &["audit", "verify"]).unwrap().starts_with("1 entry: no fault found"));
        assert!(json(&gateway, &["audit", "show"])[0]["answer"].to_string().contains("deny"));
        assert_eq!(json(&gateway, &["state", "show", SESSION])["asks"].as_array().unwrap().len(), 2);
        assert_eq!(json(&gateway, &["state", "export"])["session"], SESSION);
        let checked = json(&gateway, &["state", "verify"]);
        assert_eq!(checked["findings"], json!([]), "running: {running}");
        gateway.kill();
    }
}

#[tokio::test]
async fn a_damaged_record_is_found_and_restored_from_its_history() {
    // REQ-STATE-04
    let (mut gateway, _peer) = with_asks().await;
    let denied = |commit: &Value| {
        let record = json(&gateway, &["state", "show", SESSION, commit["commit"].as_str().unwrap()]);
        record["asks"].as_array().unwrap().iter().any(|ask| ask["decision"]["answer"] == "deny")
    };
    let committed = async || {
        let log: Value = serde_json::from_str(&run(&gateway, &["state", "log", SESSION, "--json"])?)?;
        let commit = log.as_array().into_iter().flatten().find(|commit| denied(commit));
        commit
            .and_then(|commit| commit["commit"].as_str())
            .map(str::to_owned)
            .with_context(|| log.to_string())
    };
    let restored_to = wait::until("the denial in the history", committed).await.unwrap();
    let refused = run(&gateway, &["state", "restore", SESSION, &restored_to]).unwrap_err().to_string();
    assert!(refused.contains("is held by the gateway with process id"), "{refused}");
    gateway.kill();
    let path = record(&gateway);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let found = run(&gateway, &["state", "verify"]).unwrap_err().to_string();
    assert!(found.contains("it ends here without its last line"), "{found}");
    run(&gateway, &["state", "restore", SESSION, &restored_to]).unwrap();
    assert_eq!(json(&gateway, &["state", "verify"])["findings"], json!([]));
    gateway.spawn().await.unwrap();
    assert_eq!(json(&gateway, &["state", "show", SESSION])["asks"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_history_that_was_removed_is_found_and_told() {
    // CHAOS F6
    let (mut gateway, _peer) = with_asks().await;
    gateway.terminate().await.unwrap();
    std::fs::remove_dir_all(gateway.state().join(".git")).unwrap();
    let found = run(&gateway, &["state", "verify"]).unwrap_err().to_string();
    assert!(found.contains("the history is missing") && found.contains("2 faults found"), "{found}");
    let found = run(&gateway, &["audit", "verify"]).unwrap_err().to_string();
    assert!(found.contains("The state has no history"), "{found}");
    gateway.spawn().await.unwrap();
    let loud =
        gateway.log().lines().any(|line| line.contains("THE HISTORY IS MISSING") && line.contains("ERROR"));
    assert!(loud, "{}", gateway.log());
}

#[tokio::test]
async fn a_damaged_record_is_marked_for_everybody_and_its_asks_are_refused() {
    // CHAOS F7, ACCEPTANCE F4, REQ-STATE-04
    let (mut gateway, peer) = with_asks().await;
    drop(peer);
    gateway.terminate().await.unwrap();
    std::fs::write(record(&gateway), "asks: [\n\t- {").unwrap();
    gateway.spawn().await.unwrap();
    let cards = gateway.get("/api/v1/cards").await.unwrap();
    let card = cards.as_array().unwrap().iter().find(|card| card["session"] == SESSION).unwrap();
    let why = card["unrecoverable"].as_str().unwrap();
    assert!(why.contains("is damaged") && why.contains("gateway state restore"), "{why}");
    let thread = gateway.get(&format!("/api/v1/sessions/{SESSION}/thread")).await.unwrap();
    assert!(thread["items"][0]["text"].as_str().unwrap().contains("is damaged"), "{thread:#}");
    let path = format!("/api/v1/sessions/{SESSION}/messages");
    let text = json!({ "text": "Go on." });
    let (status, said) = gateway.call(reqwest::Method::POST, &path, Some(&text)).await.unwrap();
    assert_eq!(status.as_u16(), 409, "{said}");
    assert!(said["detail"].as_str().unwrap().contains("gateway state restore"), "{said}");

    let address = format!("127.0.0.1:{}", gateway.port).parse().unwrap();
    let (mut peer, _) = Peer::connect(address, Some(TOKEN), hello("pod-a", "boot-2")).await.unwrap();
    peer.send(&asked(1)).await.unwrap();
    let sent = peer.next_request().await.unwrap().command;
    let Command::PermissionReply { permission_id, reply, .. } = sent else { panic!("{sent:?}") };
    let PermissionReply::Reject { message } = reply else { panic!("it was allowed") };
    assert_eq!(permission_id, "per_1");
    assert!(message.contains("No one can be asked") && message.contains("denied automatically"), "{message}");
    let errors = gateway.log().lines().filter(|line| line.contains("\"ERROR\"")).count();
    assert_eq!(errors, 1, "it is told once: {}", gateway.log());
}

#[tokio::test]
async fn a_checkpoint_that_was_kept_outside_is_proof_and_finds_a_rewrite() {
    // REQ-PROOF-02, H5
    let (mut gateway, _peer) = with_asks().await;
    gateway.terminate().await.unwrap();
    let outside = tempfile::tempdir().unwrap();
    let keep = |name: &str, text: String| {
        let path = outside.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let kept = keep("kept", run(&gateway, &["audit", "checkpoint"]).unwrap());
    let key = run(&gateway, &["audit", "key"]).unwrap().trim().to_owned();
    let against = ["audit", "verify", "--against", kept.as_str(), "--key", key.as_str()];
    let verified = run(&gateway, &against).unwrap();
    assert!(verified.contains("Entry 1 is exactly what this checkpoint covers"), "{verified}");
    let alone = run(&gateway, &["audit", "verify"]).unwrap();
    assert!(alone.contains("That doesn't prove that it is the log of yesterday"), "{alone}");
    let proof = run(&gateway, &["audit", "prove", "1"]).unwrap();
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{proof}");
    let file = gateway.state().join("audit/000001.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("not now", "go ahead")).unwrap();
    let found = run(&gateway, &against).unwrap_err().to_string();
    assert!(found.contains("The audit log is damaged") && found.contains("covers"), "{found}");
    let program = crate::tidy::root().join("docs/audit/verify.py");
    let mut python = std::process::Command::new("python3");
    let output = python.arg(program).arg(gateway.state().join("audit")).args([&kept, &key]).output().unwrap();
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("the log was changed")
    );
}

#[tokio::test]
async fn a_text_is_purged_from_a_real_state_and_the_saved_checkpoint_still_fits() {
    // REQ-PROOF-04
    let (mut gateway, _peer) = with_asks().await;
    let outside = tempfile::tempdir().unwrap();
    let text = outside.path().join("leaked.txt").display().to_string();
    std::fs::write(&text, "make part-1\n").unwrap();
    let purge = ["state", "purge", "--text", &text, "--why", "it was pasted by mistake"];
    let running = run(&gateway, &purge).unwrap_err().to_string();
    assert!(running.contains("is held by"), "{running}");
    gateway.terminate().await.unwrap();
    let kept = outside.path().join("kept").display().to_string();
    std::fs::write(&kept, run(&gateway, &["audit", "checkpoint"]).unwrap()).unwrap();
    let found = run(&gateway, &["state", "purge", "--text", &text, "--dry-run"]).unwrap();
    assert!(found.starts_with("Found in 1 audit entries, 1 records"), "{found}");
    let purged = run(&gateway, &purge).unwrap();
    assert!(purged.starts_with("Found in 1 audit entries, 1 records"), "{purged}");
    assert!(!std::fs::read_to_string(record(&gateway)).unwrap().contains("part-1"));
    let verified = run(&gateway, &["audit", "verify", "--against", &kept]).unwrap();
    assert!(verified.contains("no fault found"), "{verified}");
    assert_eq!(json(&gateway, &["state", "verify"])["findings"], json!([]));
    let line = run(&gateway, &["audit", "head"]).unwrap();
    let verified = run(&gateway, &["audit", "verify", "--head", line.trim()]).unwrap();
    assert!(verified.contains("no fault found") && verified.contains("Nobody signed it"), "{verified}");
    let another = line.trim().replace("audit ", "audit 9");
    let longer = run(&gateway, &["audit", "verify", "--head", &another]).unwrap_err().to_string();
    assert!(longer.contains("entries were cut from its end"), "{longer}");
    let entries = json(&gateway, &["audit", "show", "--kind", "other", "--text", "PASTED"]);
    assert_eq!(
        (entries.as_array().unwrap().len(), &entries[0]["what"]),
        (1, &json!("purged text")),
        "{entries:#}"
    );
    let again = run(&gateway, &purge).unwrap();
    assert!(again.contains("nowhere in the state"), "{again}");
    let table = run(&gateway, &["audit", "export", "--format", "csv"]).unwrap();
    assert!(table.starts_with("number,at,who") && table.lines().count() >= 3, "{table}");
    let events = run(&gateway, &["audit", "export", "--format", "ocsf"]).unwrap();
    let event: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    assert_eq!(event["class_uid"], 6003);
    let tiles = outside.path().join("tiles").display().to_string();
    run(&gateway, &["audit", "tiles", "--to", &tiles]).unwrap();
    assert!(
        outside.path().join("tiles/tile/0/000.p/2").is_file()
            && outside.path().join("tiles/checkpoint").is_file()
    );
}
