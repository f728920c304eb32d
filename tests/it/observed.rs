//! A real Prometheus scrapes a gateway under load: every alert rule and every dashboard query is evaluated, without
//! an error and without an empty answer. REQ-OPS-01, REQ-OPS-02.

use anyhow::{Context, ensure};
use bridge_protocol::PluginFrame;
use e2e::api_people::ApiPerson;
use e2e::fake_opencode::living::LivingOpenCode;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::fake_opencode::wire::{Peer, hello, streamed};
use e2e::gateway::{Gateway, TOKEN};
use e2e::opencode::repository;
use e2e::prometheus::{Prometheus, component};
use e2e::slack::SlackSim;
use e2e::wait;
use gateway_domain::LabFault;
use gateway_proof::cosignature::Cosigner;
use gateway_proof::keys::{Purpose, RootSecret};
use gateway_proof::note::Signer;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use tokio_tungstenite::tungstenite::Message;

const SESSIONS: usize = 8;
/// Alerts that the test itself may set off: somebody is turned away, and somebody talks nonsense.
const MISCHIEF: [&str; 2] = ["BridgePeersRefused", "BridgeProtocolErrors"];

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_evaluates_every_rule_and_every_dashboard_query() {
    let slack = SlackSim::start().await.unwrap();
    let ann = slack.person("ann");
    let channel = slack.channel("dev", &[&ann]);
    let (gateway, agent, pod) = scene(&slack, &ann, &channel).await.unwrap();
    let prometheus = Prometheus::watch(&[gateway.port]).await.unwrap();
    let queries = queries().unwrap();
    let (alerts, panels): (Vec<_>, Vec<_>) =
        queries.into_iter().partition(|(place, _)| place.starts_with("alert"));
    let mut open: Vec<_> = alerts.iter().chain(&panels).collect();
    let mut answers = 0;
    // Whatever is counted over minutes is there after a few scrapes.
    let all_answered = async || {
        answers += load(&gateway, &agent, &pod, answers).await.unwrap();
        mischief(&gateway).await.unwrap();
        deploy_again(&gateway).await.unwrap();
        assert!(ann.command(&channel, "/opencode", "help").await.acked());
        open = unanswered(&prometheus, &open).await.unwrap();
        if open.is_empty() { Ok(()) } else { Err(format!("no answer to {open:#?}")) }
    };
    wait::within(e2e::PATIENCE).until_mut("an answer to each query", all_answered).await.unwrap();
    let rules = prometheus.rules().await.unwrap();
    for rule in &rules {
        assert_eq!(rule["health"], "ok", "{rule:#}");
        assert_eq!(rule["lastError"].as_str().unwrap_or_default(), "", "{rule:#}");
        let ours = MISCHIEF.iter().any(|name| rule["name"] == *name);
        assert!(rule["state"] != "firing" || ours, "a healthy gateway raises no alarm: {rule:#}");
    }
    assert_eq!(rules.len(), alerts.len());
    for target in prometheus.targets().await.unwrap() {
        assert_eq!(target["health"], "up", "{target:#}");
    }
    println!(
        "{} alert rules and {} dashboard queries gave an answer, after {answers} answers of people",
        alerts.len(),
        panels.len()
    );
}

type Query = (String, String);

async fn unanswered<'a>(prometheus: &Prometheus, open: &[&'a Query]) -> anyhow::Result<Vec<&'a Query>> {
    let mut left = vec![];
    for &query in open {
        let (place, expression) = query;
        let values = prometheus.query(expression).await.with_context(|| place.clone())?;
        // A command that nobody gave for a while has no time of its own now.
        if values.iter().all(|value| value["value"][1] == "NaN") {
            left.push(query);
        }
    }
    Ok(left)
}

/// What an alert compares, and what each panel asks, by where it stands.
fn queries() -> anyhow::Result<Vec<Query>> {
    let mut all = vec![];
    let rules: Value =
        serde_yaml::from_str(&std::fs::read_to_string(component().join("config/alerts.yml"))?)?;
    for rule in rules["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|group| group["rules"].as_array())
        .flatten()
    {
        let (name, expression) =
            (rule["alert"].as_str().unwrap_or_default(), rule["expr"].as_str().unwrap_or_default());
        let words: Vec<_> = expression.rsplitn(3, ' ').collect();
        ensure!(
            words.len() == 3 && words[0].parse::<f64>().is_ok() && [">", "<"].contains(&words[1]),
            "{name}: an alert compares an expression with a number, so that the expression can be tested: {expression}"
        );
        all.push((format!("alert {name}"), words[2].to_owned()));
    }
    for file in std::fs::read_dir(component().join("dashboards"))? {
        let path = file?.path();
        let board: Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        for panel in board["panels"].as_array().into_iter().flatten() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let place = format!("{} {} {}", board["title"], panel["title"], target["refId"]);
                all.push((place, target["expr"].as_str().context("a query")?.to_owned()));
            }
        }
    }
    Ok(all)
}

/// A gateway with a pod whose sessions wait for work, and another pod whose one session has its thread in Slack.
async fn scene(
    slack: &SlackSim,
    ann: &e2e::slack::SlackPerson,
    channel: &str,
) -> anyhow::Result<(Gateway, LivingOpenCode, ObedientOpenCode)> {
    let mut gateway = Gateway::prepare()?;
    // Only a gateway with an anchor, with witnesses, and as a witness has figures of that. It is its own witness.
    let (secret, log, witness) = own_witness(&gateway)?;
    let (config, anchor) = (tempfile::NamedTempFile::new()?, gateway.state().with_file_name("anchor.git"));
    ensure!(
        Command::new("git").args(["init", "--quiet", "--bare"]).arg(&anchor).status()?.success(),
        "git init"
    );
    let web = repository(&gateway.state().with_file_name("web"))?;
    let builders = gateway.state().with_file_name("builders");
    let rules = json!({
        "audit": {
            "anchor": anchor,
            "witnesses": [{ "url": format!("{}/witness", gateway.url()), "key": witness }],
            "witness_for": [{ "key": log }],
        },
        "repositories": { "web": { "directory": web } },
        "workspaces": { "folder": builders },
        "lab": { "unguarded": "allow" },
        "ping_interval_seconds": 1,
        "projects": { "blog": { "repositories": [{ "name": "site", "directory": "/work/site" }] } },
        "slack": { "channels": { channel: { "project": "blog" } } },
    });
    std::fs::write(config.path(), rules.to_string())?;
    gateway.env.push(("GATEWAY_CONFIG".into(), config.path().display().to_string()));
    gateway.env.push(("GATEWAY_ROOT_SECRET_FILE".into(), secret.display().to_string()));
    let of_slack = [
        ("SLACK_API_URL", slack.api_url()),
        ("SLACK_BOT_TOKEN", slack.bot_token()),
        ("SLACK_APP_TOKEN", slack.app_token()),
    ];
    gateway.env.extend(of_slack.map(|(name, value)| (name.to_owned(), value)));
    gateway.spawn().await?;
    slack.until("a socket", |world| (world.sockets.count() > 0).then_some(())).await?;
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    ann.says(channel, "<@U0BOT> make it");
    pod.next_prompt().await;
    lab(&gateway).await?;
    let sessions: Vec<_> = (0..SESSIONS).map(|number| format!("ses_observed_{number}")).collect();
    let mut agent = LivingOpenCode::new(([127, 0, 0, 1], gateway.port).into(), TOKEN, &sessions, 1);
    agent.start();
    let all_known = |known: &Value| known.as_array().is_some_and(|known| known.len() == SESSIONS + 2);
    gateway.until("the sessions", "/api/v1/sessions", all_known).await?;
    Ok((gateway, agent, pod))
}

/// A root secret, and the keys that a gateway makes of it: that of its log, and its own as a witness.
fn own_witness(gateway: &Gateway) -> anyhow::Result<(PathBuf, String, String)> {
    let (secret, file) = ([7; 32], gateway.state().with_file_name("root-secret"));
    std::fs::write(&file, hex::encode(secret))?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
    let seed = |purpose| RootSecret::new(&secret).key(purpose).context("a key");
    let log = Signer::named_after_its_key("opencode-gateway/", &seed(Purpose::LogHead)?);
    let witness = Cosigner::named_after_its_key("opencode-gateway/witness-", &seed(Purpose::Witness)?);
    let (log, witness) = log.zip(witness).context("two keys")?;
    Ok((file, log.key().to_string(), witness.key().to_string()))
}

/// A session with an app of its own, which somebody allowed to run.
async fn lab(gateway: &Gateway) -> anyhow::Result<()> {
    let wanted = json!({ "title": "Login", "key": "startkey01",
        "workspace": { "name": "shop-login", "repositories": ["web"] } });
    let made = gateway.post("/api/v1/sessions", &wanted).await?;
    let tree = std::path::PathBuf::from(made["directory"].as_str().context("a folder")?);
    let server = "require('node:http').createServer((_, answer) => answer.end('hello')).listen(process.env.PORT, '127.0.0.1');";
    std::fs::write(tree.join("server.js"), server)?;
    std::fs::write(
        tree.join("package.json"),
        r#"{ "name": "shop", "scripts": { "start": "node server.js" } }"#,
    )?;
    let lab = format!("/api/v1/sessions/{}/lab", made["id"].as_str().context("an id")?);
    gateway.post(&format!("{lab}/deploy"), &json!({})).await?;
    let asked = |asks: &Value| asks.as_array().is_some_and(|asks| !asks.is_empty());
    let asks = gateway.until("the deploy's request", "/api/v1/asks", asked).await?;
    let ask = asks[0]["id"].as_str().context("an ask")?;
    ApiPerson::new("anna", &gateway.url()).insist(ask, &json!({ "answer": "once" })).await?;
    gateway.until("a lab", &lab, |lab| lab["lab"]["standing"] == "ready").await?;
    Ok(())
}

/// The same again: a deploy is counted when it is ready, and a rate needs more than one.
async fn deploy_again(gateway: &Gateway) -> anyhow::Result<()> {
    let sessions = gateway.get("/api/v1/sessions").await?;
    let ours = sessions.as_array().into_iter().flatten().find(|one| one["title"] == "Login");
    let id = ours.and_then(|session| session["id"].as_str()).context("the session with a lab")?;
    let lab = format!("/api/v1/sessions/{id}/lab");
    let before = gateway.get(&lab).await?["lab"]["attempt"].clone();
    // A second click within two seconds is the first one's.
    let another = async || {
        let _ = gateway.post(&format!("{lab}/deploy"), &json!({})).await;
        gateway.get(&lab).await.is_ok_and(|lab| lab["lab"]["attempt"] != before)
    };
    wait::until("another deploy", another).await?;
    gateway.until("a lab", &lab, |lab| lab["lab"]["standing"] == "ready").await?;
    Ok(())
}

/// Every session asks, a call is held, a person answers all; returns how many answers were given.
async fn load(
    gateway: &Gateway,
    agent: &LivingOpenCode,
    pod: &ObedientOpenCode,
    before: usize,
) -> anyhow::Result<usize> {
    pod.asks("ses_00000001", &format!("per_{before:08}"), "make it").await;
    pod.holds("ses_00000001", &format!("hold_{before:08}"), "make it").await;
    for number in 0..SESSIONS {
        let path = format!("/api/v1/sessions/ses_observed_{number}/messages");
        gateway.post(&path, &json!({ "text": "run: make it" })).await?;
    }
    let asked = |asks: &Value| asks.as_array().is_some_and(|asks| asks.len() == SESSIONS + 2);
    let asks = gateway.until("the asks", "/api/v1/asks", asked).await?;
    let person = ApiPerson::new("anna", &gateway.url());
    for ask in asks.as_array().into_iter().flatten() {
        person.insist(ask["id"].as_str().unwrap_or_default(), &json!({ "answer": "once" })).await?;
    }
    for session in (0..SESSIONS).map(|number| format!("ses_observed_{number}")) {
        let over = async || agent.turn(&session).is_some_and(|turn| turn.finished);
        wait::until(format!("the end of {session}'s turn"), over).await?;
    }
    let none = |asks: &Value| asks.as_array().is_some_and(Vec::is_empty);
    gateway.until("no asks", "/api/v1/asks", none).await?;
    Ok(SESSIONS + 2)
}

/// What should be rare, once: a wrong token, a frame that is none, a link that ends.
async fn mischief(gateway: &Gateway) -> anyhow::Result<()> {
    let address: SocketAddr = ([127, 0, 0, 1], gateway.port).into();
    ensure!(Peer::open(address, Some("wrong")).await.is_err());
    let (mut peer, _) = Peer::connect(address, Some(TOKEN), hello("pod-odd", "boot-odd")).await?;
    peer.send_raw(Message::text("no frame")).await?;
    peer.send(&PluginFrame::Event(Box::new(streamed(1, "ses_12345678", 0, "x")))).await?;
    Ok(())
}

#[test]
fn an_alert_about_labs_names_reasons_that_there_are() {
    // REQ-OPS-02: a word that is written in another way would never alarm.
    let all = queries().unwrap();
    let (_, expression) = all.iter().find(|(place, _)| place == "alert LabsFail").unwrap();
    let named = expression.split("reason=~\"").nth(1).unwrap().split('"').next().unwrap();
    for word in named.split('|') {
        assert!(LabFault::ALL.iter().any(|fault| fault.word() == word), "{word}");
    }
}

#[test]
fn labels_come_from_words_of_ours() {
    // REQ-OPS-01: the number of series is bounded; a label named like an id would not be.
    let known = [
        "alarm", "kind", "command", "outcome", "part", "status", "version", "attempt", "le", "door",
        "source", "verdict", "reason",
    ];
    let mut labels = BTreeMap::<String, usize>::new();
    for (_, expression) in queries().unwrap() {
        for by in expression.split("by (").skip(1) {
            for label in by.split(')').next().unwrap().split(',') {
                *labels.entry(label.trim().to_owned()).or_default() += 1;
            }
        }
    }
    assert!(labels.keys().all(|label| known.contains(&label.as_str())), "{labels:?}");
}
