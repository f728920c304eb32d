//! A real gateway whose audit log is anchored in a bucket that isn't ours: moto's S3, which checks each signature with botocore, and
//! boto3 as the client of other people (decision 0065). `make` installs both (`target/bucket-venv`).

use anyhow::{Context, bail, ensure};
use e2e::gateway::Gateway;
use e2e::wait;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The bucket, and what it takes to write into it.
struct Stage {
    child: Child,
    calls: ChildStdin,
    answers: BufReader<ChildStdout>,
    at: Value,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Stage {
    /// None where Python's packages aren't installed: then a line says why a test shows nothing.
    fn set() -> anyhow::Result<Option<Self>> {
        let python = crate::tidy::root().join("target/bucket-venv/bin/python");
        if !python.exists() {
            eprintln!(
                "SKIPPED: {} is missing; `make target/bucket-venv/.installed` installs it",
                python.display()
            );
            return Ok(None);
        }
        let mut child = Command::new(python)
            .arg(crate::tidy::root().join("tests/bucket/stage.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (calls, answers) =
            (child.stdin.take().context("a pipe")?, child.stdout.take().context("a pipe")?);
        let mut stage = Self { child, calls, answers: BufReader::new(answers), at: Value::Null };
        stage.at = stage.line()?;
        Ok(Some(stage))
    }

    fn line(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        ensure!(self.answers.read_line(&mut line)? > 0, "the bucket's program ended");
        Ok(serde_json::from_str(&line)?)
    }

    /// What an administrator of the bucket does there.
    fn call(&mut self, order: &[&str]) -> anyhow::Result<Value> {
        writeln!(self.calls, "{}", json!(order))?;
        let answer = self.line()?;
        match answer.get("ok") {
            Some(done) => Ok(done.clone()),
            None => bail!("{order:?}: {answer}"),
        }
    }

    fn objects(&mut self) -> Vec<String> {
        serde_json::from_value(self.call(&["objects"]).unwrap()).unwrap()
    }

    /// With this key in a file.
    fn configure(&self, gateway: &mut Gateway, secret: &str) {
        let (file, id) = (gateway.state().with_file_name("bucket-key"), self.at["id"].as_str().unwrap());
        let keys = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        std::fs::write(&file, keys).unwrap();
        let bucket = json!({
            "url": self.at["url"],
            "name": self.at["bucket"],
            "region": self.at["region"],
            "prefix": "team/gateway",
            "access": { "file": file },
        });
        gateway.configure(&json!({ "audit": { "bucket": bucket } })).unwrap();
    }

    fn secret(&self) -> String {
        self.at["secret"].as_str().unwrap().to_owned()
    }
}

/// Entries of the log.
fn decide(gateway: &Gateway, times: usize) {
    for _ in 0..times {
        gateway.cli(&["link", "--name", "anna"]).unwrap();
    }
}

/// Started once more: a gateway anchors what there is at its start.
async fn restart(gateway: &mut Gateway) {
    gateway.terminate().await.unwrap();
    gateway.spawn().await.unwrap();
}

/// Waits until a figure of the bucket is that.
async fn until(gateway: &Gateway, figure: &str, value: u64) {
    let (figure, wanted) =
        (format!("gateway_audit_anchor_{figure}{{place=\"bucket\"}}"), format!(" {value}"));
    let url = format!("{}/metrics", gateway.url());
    let look = async || {
        let all = gateway.known().get(&url).send().await.unwrap().text().await.unwrap();
        let line = all.lines().find(|line| line.starts_with(&figure)).unwrap_or_default().to_owned();
        if line.ends_with(&wanted) { Ok(()) } else { Err(format!("{line}\n{}", gateway.log())) }
    };
    wait::until(format!("{figure} to be {value}"), look).await.unwrap();
}

/// The command line with the gateway's own configuration: whether it went well, and what it said.
fn told(gateway: &Gateway, args: &[&str]) -> (bool, String) {
    let output = gateway.command(args).unwrap().envs(gateway.env.iter().cloned()).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// A gateway with two entries that are anchored.
async fn anchored(stage: &Stage) -> Gateway {
    let mut gateway = Gateway::prepare().unwrap();
    stage.configure(&mut gateway, &stage.secret());
    gateway.spawn().await.unwrap();
    decide(&gateway, 2);
    restart(&mut gateway).await;
    until(&gateway, "entries", 2).await;
    gateway
}

fn saved(gateway: &Gateway, body: &Value) -> PathBuf {
    let path = gateway.state().with_file_name("from-the-bucket");
    std::fs::write(&path, body["body"].as_str().unwrap()).unwrap();
    path
}

#[tokio::test]
async fn strangers_read_in_the_bucket_what_the_gateway_wrote_and_nobody_can_take_it_back() {
    // REQ-PROOF-02
    let Some(mut stage) = Stage::set().unwrap() else { return };
    let gateway = anchored(&stage).await;
    let newest = stage.objects().remove(0);
    let key = gateway.cli(&["audit", "key"]).unwrap().trim().to_owned();
    let name = key.split('+').next().unwrap();
    assert!(newest.starts_with(&format!("team/gateway/{name}/999999999997-2-")), "{newest}");
    let read = stage.call(&["read", &newest]).unwrap();
    assert_eq!(read["body"].as_str().unwrap(), gateway.cli(&["audit", "checkpoint"]).unwrap());
    assert_eq!(read["mode"], "COMPLIANCE");
    let versions = stage.call(&["versions", &newest]).unwrap();
    let locked = stage.call(&["delete", &newest, versions[0].as_str().unwrap()]).unwrap_err().to_string();
    assert!(locked.contains("AccessDenied"), "{locked}");
    // Without the gateway.
    let program = crate::tidy::root().join("docs/audit/verify.py");
    let mut python = Command::new("python3");
    python.arg(program).arg(gateway.state().join("audit")).arg(saved(&gateway, &read)).arg(&key);
    assert!(python.output().unwrap().status.success());
    let (well, said) = told(&gateway, &["audit", "verify", "--bucket"]);
    assert!(
        well && said.contains("The newest checkpoint in the bucket acme-audit-heads at http://"),
        "{said}"
    );
    assert!(said.contains("Entries 1 to 2 are exactly"), "{said}");
    let (_, said) = told(&gateway, &["doctor"]);
    assert!(said.contains("locks each checkpoint for 3650 days (compliance)"), "{said}");
    assert!(said.contains("newest checkpoint in the bucket acme-audit-heads"), "{said}");
    assert!(!said.contains(&stage.secret()) && !gateway.log().contains(&stage.secret()), "REQ-HARD-06");
}

#[tokio::test]
async fn a_state_that_was_put_back_contradicts_the_bucket_though_someone_deleted_there() {
    // REQ-PROOF-02, H5
    let Some(mut stage) = Stage::set().unwrap() else { return };
    let mut gateway = anchored(&stage).await;
    gateway.terminate().await.unwrap();
    let volume = tempfile::tempdir().unwrap();
    let old = volume.path().join("old");
    copy(&gateway.state(), &old);
    gateway.spawn().await.unwrap();
    decide(&gateway, 3);
    restart(&mut gateway).await;
    until(&gateway, "entries", 5).await;
    gateway.terminate().await.unwrap();
    std::fs::remove_dir_all(gateway.state()).unwrap();
    copy(&old, &gateway.state());
    let newest = stage.objects().remove(0);
    assert!(newest.contains("-5-"), "{newest}");
    stage.call(&["delete", &newest]).unwrap();
    assert!(stage.objects()[0].contains("-2-"), "an ordinary list shows what fits the old state");
    let (well, said) = told(&gateway, &["audit", "verify", "--bucket"]);
    assert!(
        !well && said.contains("The log has 2 entries, but") && said.contains("someone deleted"),
        "{said}"
    );
    gateway.spawn().await.unwrap();
    decide(&gateway, 6);
    restart(&mut gateway).await;
    until(&gateway, "conflict", 1).await;
    assert!(
        gateway.log().contains("THE AUDIT LOG CONTRADICTS ITS ANCHOR in the bucket"),
        "{}",
        gateway.log()
    );
    assert_eq!(stage.objects().iter().filter(|key| !key.contains("-2-") && !key.contains("-1-")).count(), 0);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_there_and_shown_nowhere() {
    // REQ-PROOF-02, REQ-HARD-06: the signature is judged by code that isn't ours. A key can be replaced while the gateway runs.
    let Some(mut stage) = Stage::set().unwrap() else { return };
    let (mut gateway, wrong) =
        (Gateway::prepare().unwrap(), stage.secret().chars().rev().collect::<String>());
    stage.configure(&mut gateway, &wrong);
    gateway.spawn().await.unwrap();
    decide(&gateway, 1);
    restart(&mut gateway).await;
    until(&gateway, "failing", 1).await;
    let (well, said) = told(&gateway, &["audit", "verify", "--bucket"]);
    assert!(!well && said.contains("the secret isn't the one of this access key"), "{said}");
    assert!(!gateway.log().contains(&wrong) && !said.contains(&wrong), "{said}");
    assert!(stage.objects().is_empty());
    stage.configure(&mut gateway, &stage.secret());
    let (well, said) = told(&gateway, &["audit", "verify", "--bucket"]);
    assert!(!well && said.contains("it has no checkpoint of this log"), "{said}");
}
