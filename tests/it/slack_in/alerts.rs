//! Alerts reach people: Alertmanager calls the gateway, and administrators get a message of the app.

use super::SlackStage;
use e2e::gateway::Gateway;
use serde_json::{Value, json};

const TOKEN: &str = "alerts-token-of-the-tests";

/// As Alertmanager calls, version 4 of its webhook.
fn call(status: &str) -> Value {
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"SlackDeadLetters\"}", "status": status, "receiver": "administrators",
        "alerts": [{
            "status": status, "labels": { "alertname": "SlackDeadLetters", "severity": "warning" },
            "annotations": { "summary": "Messages to Slack were given up." }, "fingerprint": "6b4f0a1de6e2c3d9",
            "startsAt": "2026-11-28T17:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prometheus",
        }],
    })
}

async fn bring(gateway: &Gateway, token: &str, body: &Value) -> u16 {
    let request = reqwest::Client::new().post(format!("{}/hooks/alerts", gateway.url()));
    request.bearer_auth(token).json(body).send().await.unwrap().status().as_u16()
}

fn told(stage: &SlackStage) -> Vec<String> {
    stage.ann.direct_messages().iter().map(e2e::slack::Message::all_text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_told_to_administrators_once_also_after_a_restart() {
    // F8: alerts reached nobody.
    let mut stage =
        SlackStage::set_with("", |gateway| gateway.env.push(("GATEWAY_ALERTS_TOKEN".into(), TOKEN.into())))
            .await;
    assert_eq!(bring(&stage.gateway, TOKEN, &call("firing")).await, 503, "nobody is an administrator");
    let file = stage.folder.path().join("gateway.yaml");
    let rules = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{rules}slack: {{ administrators: [{}] }}\n", stage.ann.id)).unwrap();
    stage.crash().await;
    assert_eq!(bring(&stage.gateway, "wrong", &call("firing")).await, 401);
    assert_eq!(bring(&stage.gateway, TOKEN, &json!({ "alerts": "none" })).await, 400);
    assert_eq!(bring(&stage.gateway, TOKEN, &call("firing")).await, 200);
    stage.until("the alert", || told(&stage).iter().any(|text| text.contains("SlackDeadLetters"))).await;
    // Alertmanager repeats what still fires; the gateway was killed in between.
    stage.crash().await;
    assert_eq!(bring(&stage.gateway, TOKEN, &call("firing")).await, 200);
    assert_eq!(bring(&stage.gateway, TOKEN, &call("resolved")).await, 200);
    let all = told(&stage);
    let count = |words: &str| all.iter().filter(|text| text.contains(words)).count();
    assert_eq!((count("What to do"), count("is resolved")), (1, 1), "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_nobody_can_bring_alerts() {
    let stage = SlackStage::set().await;
    let refused = bring(&stage.gateway, TOKEN, &call("firing")).await;
    assert!((400..500).contains(&refused), "{refused}");
    assert_eq!(told(&stage), Vec::<String>::new());
}
