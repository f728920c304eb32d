//! The audit log's head, posted by itself.

use super::SlackStage;
use e2e::gateway::Gateway;
use std::path::PathBuf;

const POSTED: &str = "Newest head of the audit log";

fn configured(stage: &SlackStage, before: &str, every: &str, channel: &str) {
    let file: PathBuf = stage.folder.path().join("gateway.yaml");
    let rules = format!("{before}audit: {{ post_head: {{ slack: {channel}, every: {every} }} }}\n");
    std::fs::write(file, rules).unwrap();
}

/// The lines in the channel, each held against the log.
fn proven_lines(stage: &SlackStage, channel: &str) -> Vec<String> {
    let texts = stage.slack.messages(channel).into_iter().map(|one| one.all_text());
    let lines = texts.map(|text| text.split('`').nth(1).unwrap().to_owned());
    lines.inspect(|line| assert!(holds(&stage.gateway, line), "{line}")).collect()
}

fn holds(gateway: &Gateway, line: &str) -> bool {
    gateway.cli(&["audit", "verify", "--head", line]).is_ok()
}

/// Waits until so many gateways, one after the other, have seen that the head of their time is posted.
async fn until_seen(stage: &SlackStage, starts: usize) {
    let seen = || stage.gateway.log().matches("head of the audit log posted for this time").count() == starts;
    stage.until(&format!("{starts} starts that looked"), seen).await;
}

#[tokio::test]
async fn the_logs_head_is_posted_once_in_its_time_over_kills_too() {
    // REQ-PROOF-02, REQ-SLACK-05
    let mut stage = SlackStage::set().await;
    let record = stage.slack.channel("record", &[&stage.ann]);
    let before = std::fs::read_to_string(stage.folder.path().join("gateway.yaml")).unwrap();
    configured(&stage, &before, "1d", &record);
    stage.session("Fix the login").await;
    stage.crash().await;
    stage.slack.until_text(&record, POSTED).await.unwrap();
    let first = proven_lines(&stage, &record);
    // The log grows, and the gateway is killed: it is the same day.
    for starts in [2, 3] {
        stage.gateway.cli(&["link", "--name", "ann"]).unwrap();
        until_seen(&stage, starts - 1).await;
        stage.crash().await;
        until_seen(&stage, starts).await;
        assert_eq!(proven_lines(&stage, &record), first);
    }
    // Another pace has another turn: the newer head comes, and the old line holds still.
    configured(&stage, &before, "6h", &record);
    stage.crash().await;
    until_seen(&stage, 4).await;
    let lines = proven_lines(&stage, &record);
    assert!(lines.len() == 2 && lines[0] == first[0] && lines[1] != first[0], "{lines:?}");
    assert!(!holds(&stage.gateway, &lines[1].replace("audit ", "audit 1")), "another number of entries");
}
