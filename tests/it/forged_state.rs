//! Somebody writes into the state of a real gateway that has stopped: it withdraws, and grants nothing.

use bridge_protocol::{Event, EventFrame, PermissionAsk, PluginFrame};
use e2e::fake_opencode::wire::{Peer, hello};
use e2e::gateway::{Gateway, TOKEN};
use e2e::wait;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const SESSION: &str = "ses_forged_1";

fn asked(id: &str) -> PluginFrame {
    let seq = 1;
    let ask = PermissionAsk {
        id: id.to_owned(),
        session_id: SESSION.to_owned(),
        directory: "/work".to_owned(),
        permission: "bash".to_owned(),
        patterns: vec!["make deploy".to_owned()],
        always: vec![],
        metadata: [("command".to_owned(), "make deploy".into())].into_iter().collect(),
        tool: None,
    };
    let event = Event::PermissionAsked { ask };
    let (session_id, traceparent) = (SESSION.to_owned(), None);
    PluginFrame::Event(Box::new(EventFrame { seq, session_id, at: 0, traceparent, event }))
}

/// A pod asks, and waits for the answer. OpenCode that died asks the very same under another name.
async fn asks(gateway: &Gateway, boot: &str, id: &str) -> (Peer, Value) {
    let address = format!("127.0.0.1:{}", gateway.port).parse().unwrap();
    let (mut peer, _) = Peer::connect(address, Some(TOKEN), hello("pod-a", boot)).await.unwrap();
    peer.send(&asked(id)).await.unwrap();
    let open = |asks: &Value| asks[0]["state"] == "open";
    (peer, gateway.until("the ask", "/api/v1/asks", open).await.unwrap())
}

fn record(gateway: &Gateway) -> PathBuf {
    let name = format!("{SESSION}.session-state.yaml");
    let shards = fs::read_dir(gateway.state().join("sessions")).unwrap();
    shards.map(|shard| shard.unwrap().path().join(&name)).find(|path| path.exists()).unwrap()
}

#[tokio::test]
async fn an_approval_that_is_written_into_the_state_lets_nothing_run() {
    // REQ-PROOF-03, H6
    let mut gateway = Gateway::start().await.unwrap();
    drop(asks(&gateway, "boot-1", "per_1").await);
    gateway.terminate().await.unwrap();
    let text = fs::read_to_string(record(&gateway)).unwrap();
    let decided = "state: decided\n  decision:\n    answer: once\n    by:\n      id: api:anna\n      name: anna\n    at: 2026-03-09T10:00:00Z\n";
    let forged = text.replace("state: suspended\n", decided).replace("state: open\n", decided);
    let (body, _) = forged.rsplit_once("seal: ").unwrap();
    fs::write(record(&gateway), format!("{body}seal: edited\n")).unwrap();
    let found = gateway.cli(&["state", "verify"]).unwrap_err().to_string();
    assert!(found.contains("nothing that it grants"), "{found}");

    gateway.spawn().await.unwrap();
    let (_peer, asks) = asks(&gateway, "boot-2", "per_2").await;
    assert_eq!(asks.as_array().unwrap().len(), 1, "{asks:#}");
    assert_eq!(asks[0]["decision"], Value::Null);
    let log = gateway.log();
    assert!(log.contains("AN EDIT NEVER GRANTS ANYTHING"), "{log}");
    let told = |entry: &Value| entry["what"] == "edited by hand" && entry["answer"] == "refused";
    // It comes with the first checkpoint; a kill before that finds the edit once more.
    let is_logged = async || gateway.audit().unwrap().iter().any(told);
    wait::until("the entry of the edit", is_logged).await.unwrap();
    gateway.cli(&["state", "verify"]).unwrap();
}

#[tokio::test]
async fn a_secret_that_is_set_later_signs_what_is_there_only_when_somebody_says_so() {
    // REQ-PROOF-03
    let mut gateway = Gateway::start().await.unwrap();
    drop(asks(&gateway, "boot-1", "per_1").await);
    gateway.terminate().await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("root-secret");
    fs::write(&secret, "5a".repeat(32)).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let secret = secret.display().to_string();
    gateway.env.push(("GATEWAY_ROOT_SECRET_FILE".to_owned(), secret.clone()));
    let refused = gateway.spawn().await.unwrap_err().to_string();
    assert!(refused.contains("gateway state reseal"), "{refused}");

    let said = gateway.cli(&["state", "reseal", "--root-secret", &secret]).unwrap();
    assert!(said.contains("1 records are signed, 0 could not be read"), "{said}");
    gateway.cli(&["state", "verify", "--root-secret", &secret]).unwrap();
    assert!(gateway.audit().unwrap().iter().any(|entry| entry["what"] == "resealed state"));
    gateway.spawn().await.unwrap();
    let (_peer, asks) = asks(&gateway, "boot-2", "per_2").await;
    assert_eq!(asks, json!([asks[0]]), "the session is as it was");
}

#[tokio::test]
async fn a_new_root_secret_is_followed_where_the_old_one_signed_for_it_and_an_alarm_elsewhere() {
    // REQ-PROOF-02
    let mut gateway = Gateway::start().await.unwrap();
    // A log without entries has no key yet.
    gateway.cli(&["link"]).unwrap();
    gateway.terminate().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secret = |name: &str, byte: &str| {
        let path = folder.path().join(name);
        fs::write(&path, byte.repeat(32)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let key = gateway.cli(&["audit", "key"]).unwrap().trim().to_owned();
    let verify = |gateway: &Gateway| gateway.cli(&["audit", "verify", "--key", &key]);
    // The gateway's own secret is still there: it signs that another one follows.
    let second = secret("second", "5a");
    gateway.cli(&["state", "reseal", "--root-secret", &second]).unwrap();
    verify(&gateway).unwrap();
    let third = secret("third", "6b");
    let wrong = gateway.cli(&["state", "reseal", "--root-secret", &third, "--old-root-secret", &third]);
    assert!(wrong.unwrap_err().to_string().contains("Nothing was changed"));
    let hand_over = ["state", "reseal", "--root-secret", &third, "--old-root-secret", &second];
    gateway.cli(&hand_over).unwrap();
    let told = verify(&gateway).unwrap();
    assert!(told.contains("no fault found"), "{told}");
    let fourth = secret("fourth", "7c");
    gateway.cli(&["state", "reseal", "--root-secret", &fourth]).unwrap();
    let alarm = gateway.cli(&["audit", "verify"]).unwrap_err().to_string();
    assert!(alarm.contains("did not sign that"), "{alarm}");
}
