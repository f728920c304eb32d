//! Two real gateways: one witnesses the other's audit log (decision 0064). At its start a gateway brings the newest checkpoint at once.

use e2e::gateway::Gateway;
use e2e::wait;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A gateway with something in its audit log, which runs no more, and the log's key.
async fn used() -> (Gateway, String) {
    let mut gateway = Gateway::start().await.unwrap();
    decide(&gateway, 2);
    gateway.terminate().await.unwrap();
    let key = gateway.cli(&["audit", "key"]).unwrap().trim().to_owned();
    (gateway, key)
}

/// Entries of the log.
fn decide(gateway: &Gateway, times: usize) {
    for _ in 0..times {
        gateway.cli(&["link", "--name", "anna"]).unwrap();
    }
}

/// A gateway that witnesses the log with this key, and its own key for that.
async fn witness_for(log: &str) -> (Gateway, String) {
    let mut witness = Gateway::prepare().unwrap();
    witness.configure(&json!({ "audit": { "witness_for": [{ "key": log }] } })).unwrap();
    witness.spawn().await.unwrap();
    let key = witness.cli(&["audit", "witness-key"]).unwrap().trim().to_owned();
    (witness, key)
}

fn witnessed_by(gateway: &mut Gateway, witness: &Gateway, key: &str) {
    let witnesses = json!([{ "url": format!("{}/witness", witness.url()), "key": key }]);
    gateway.configure(&json!({ "audit": { "witnesses": witnesses } })).unwrap();
}

async fn metrics(gateway: &Gateway) -> String {
    gateway.known().get(format!("{}/metrics", gateway.url())).send().await.unwrap().text().await.unwrap()
}

/// Waits until a figure is that.
async fn until(gateway: &Gateway, figure: &str, value: u64) {
    let wanted = format!(" {value}");
    let look = async || {
        let all = metrics(gateway).await;
        let line = all.lines().find(|line| line.starts_with(figure)).unwrap_or_default().to_owned();
        if line.ends_with(&wanted) { Ok(()) } else { Err(format!("{line}\n{}", gateway.log())) }
    };
    wait::until(format!("{figure} to be {value}"), look).await.unwrap();
}

/// Started once more with what it has decided meanwhile.
async fn restart(gateway: &mut Gateway) {
    gateway.terminate().await.unwrap();
    gateway.spawn().await.unwrap();
}

fn countersigned(gateway: &Gateway) -> PathBuf {
    let folder = gateway.state().join("private/witnessed");
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|end| end == "checkpoint")).unwrap()
}

fn python(gateway: &Gateway, checkpoint: &Path, keys: &[&str]) -> (bool, String) {
    let program = crate::tidy::root().join("docs/audit/verify.py");
    let mut command = Command::new("python3");
    let output = command.arg(program).arg(gateway.state().join("audit")).arg(checkpoint).args(keys).output();
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

#[tokio::test]
async fn a_gateway_countersigns_what_another_one_decided_and_anyone_can_check_that() {
    // REQ-PROOF-02
    let (mut gateway, log) = used().await;
    let (mut witness, key) = witness_for(&log).await;
    witnessed_by(&mut gateway, &witness, &key);
    gateway.spawn().await.unwrap();
    until(&gateway, "gateway_audit_witness_entries", 2).await;
    until(&witness, "gateway_witness_requests_total{outcome=\"cosigned\"}", 1).await;
    let entries = witness.audit().unwrap();
    let began = |entry: &Value| {
        entry["what"] == "began to witness" && log.starts_with(entry["ask"].as_str().unwrap())
    };
    assert_eq!(entries.iter().filter(|entry| began(entry)).count(), 1, "{entries:#?}");
    let said = gateway.cli(&["audit", "verify", "--witness", &key]).unwrap();
    let name = key.split('+').next().unwrap();
    assert!(said.contains(&format!("the witness {name} countersigned at 2")), "{said}");
    assert!(said.contains("Entries 1 to 2 are exactly what"), "{said}");
    let beside = gateway.cli(&["audit", "verify"]).unwrap();
    assert!(beside.contains("keys were read from the state folder"), "{beside}");
    let other = format!("{name}+00000000{}", &key[name.len() + 9..]);
    assert!(gateway.cli(&["audit", "verify", "--witness", &other]).is_err(), "no such key");
    let file = countersigned(&gateway);
    let (passed, said) = python(&gateway, &file, &[&log, &key]);
    assert!(passed && said.contains(&format!("Countersigned by {name} at 2")), "{said}");
    // While the witness is offline nobody waits for it; afterwards it gets everything at once.
    witness.terminate().await.unwrap();
    decide(&gateway, 3);
    restart(&mut gateway).await;
    until(&gateway, "gateway_audit_witness_failing", 1).await;
    witness.spawn().await.unwrap();
    restart(&mut gateway).await;
    until(&gateway, "gateway_audit_witness_entries", 5).await;
    until(&gateway, "gateway_audit_witness_failing", 0).await;
    tampered(&mut gateway, &file, (&log, &key)).await;
}

/// What was countersigned finds a change by itself; a note that somebody made up is none.
async fn tampered(gateway: &mut Gateway, file: &Path, (log, key): (&str, &str)) {
    gateway.terminate().await.unwrap();
    let note = std::fs::read_to_string(file).unwrap();
    let (text, _) = note.rsplit_once(" ").unwrap();
    std::fs::write(file, format!("{text} AAAAAAAAAAAA\n")).unwrap();
    let forged = gateway.cli(&["audit", "verify"]).unwrap_err().to_string();
    assert!(forged.contains("countersigned last proves nothing"), "{forged}");
    let (passed, said) = python(gateway, file, &[log, key]);
    assert!(!passed && said.contains("isn't countersigned by"), "{said}");
    std::fs::remove_file(file).unwrap();
    let gone = gateway.cli(&["audit", "verify", "--witness", key]).unwrap_err().to_string();
    assert!(gone.contains("there is nothing of it"), "{gone}");
}

#[tokio::test]
async fn a_log_that_was_put_back_and_has_gone_on_is_refused_by_its_witness_and_an_alarm() {
    // REQ-PROOF-02, H5
    let (mut gateway, log) = used().await;
    let (witness, key) = witness_for(&log).await;
    witnessed_by(&mut gateway, &witness, &key);
    let volume = tempfile::tempdir().unwrap();
    let old = volume.path().join("old");
    copy(&gateway.state(), &old);
    gateway.spawn().await.unwrap();
    until(&gateway, "gateway_audit_witness_entries", 2).await;
    decide(&gateway, 3);
    restart(&mut gateway).await;
    until(&gateway, "gateway_audit_witness_entries", 5).await;
    gateway.terminate().await.unwrap();
    std::fs::remove_dir_all(gateway.state()).unwrap();
    copy(&old, &gateway.state());
    gateway.spawn().await.unwrap();
    until(&gateway, "gateway_audit_witness_conflict", 1).await;
    decide(&gateway, 6);
    restart(&mut gateway).await;
    until(&gateway, "gateway_audit_witness_conflict", 1).await;
    let said = gateway.log();
    assert!(said.contains("THE AUDIT LOG CONTRADICTS ITS WITNESS"), "{said}");
    assert!(said.contains("it has countersigned 5 entries, and the log has 2"), "{said}");
    assert!(said.contains("it has seen other entries among the first 5"), "{said}");
    assert!(metrics(&witness).await.contains("gateway_witness_requests_total{outcome=\"cosigned\"} 2"));
}

#[tokio::test]
async fn a_witness_asks_nobody_who_they_are_and_shows_them_nothing() {
    // REQ-PROOF-02, REQ-WHO-01: the one route that changes something without identity.
    let (_, log) = used().await;
    let (witness, _) = witness_for(&log).await;
    let stranger = reqwest::Client::new();
    let url = format!("{}/witness/add-checkpoint", witness.url());
    let nonsense = stranger.post(&url).body("old 0\n\nhello").send().await.unwrap();
    assert_eq!(nonsense.status(), 400);
    let large = stranger.post(&url).body("x".repeat(1_000_000)).send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(stranger.get(&url).send().await.unwrap().status(), 405);
    let without = Gateway::start().await.unwrap();
    let closed = stranger.post(format!("{}/witness/add-checkpoint", without.url())).body("old 0\n\nx").send();
    assert!(
        [404, 405].contains(&closed.await.unwrap().status().as_u16()),
        "it is not there unless it was opened"
    );
}
