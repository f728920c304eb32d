//! Outside a cluster a pod has a token of its own: made and taken away on the command line, while the gateway runs.

use bridge_protocol::{Hello, SessionSnapshot, SessionStatus};
use e2e::fake_opencode::wire::{Peer, PeerError, Received, hello, made_session};
use e2e::gateway::{Gateway, TOKEN};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Output;

const SESSION: &str = "ses_of_anna_01";

fn address(gateway: &Gateway) -> SocketAddr {
    ([127, 0, 0, 1], gateway.port).into()
}

fn added(gateway: &Gateway, pod: &str) -> String {
    gateway.cli(&["pod", "add", pod]).unwrap().trim().to_owned()
}

async fn connects(gateway: &Gateway, token: &str, pod: &str) -> Result<Peer, PeerError> {
    let session = made_session(SESSION, "Fix the login", "/work");
    let snapshot = SessionSnapshot { session, status: SessionStatus::Idle, turn: None };
    let sessions = if pod == "anna" { vec![snapshot] } else { vec![] };
    let hello = Hello { sessions, ..hello(pod, &format!("boot-of-{pod}")) };
    Peer::connect(address(gateway), Some(token), hello).await.map(|(peer, _)| peer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_its_own_binds_a_pods_name_and_is_taken_away_while_it_is_used() {
    // REQ-WHO-04, H7
    let gateway = Gateway::start().await.unwrap();
    let annas = added(&gateway, "anna");
    assert_eq!(annas.len(), 64, "256 bits");
    let mut peer = connects(&gateway, &annas, "anna").await.unwrap();
    assert!(connects(&gateway, &annas, "ben").await.is_err(), "another name");
    assert!(connects(&gateway, TOKEN, "anna").await.is_err(), "the name has a token of its own");
    assert!(connects(&gateway, TOKEN, "ben").await.is_ok(), "on one machine they may share one");
    let listed: Value = serde_json::from_str(&gateway.cli(&["pod", "list", "--json"]).unwrap()).unwrap();
    assert_eq!((listed[0]["pod"].as_str(), listed.as_array().map(Vec::len)), (Some("anna"), Some(1)));
    let twice = gateway.cli(&["pod", "add", "anna"]).unwrap_err().to_string();
    assert!(twice.contains("gateway pod remove anna"), "{twice}");

    gateway.cli(&["pod", "remove", "anna"]).unwrap();
    let end = loop {
        match peer.next_of_interest().await.unwrap() {
            Received::Frame(_) => {}
            end => break end,
        }
    };
    assert!(matches!(end, Received::Closed(1012)), "{end:?}");
    let refused = connects(&gateway, &annas, "anna").await;
    assert!(matches!(refused, Err(PeerError::Status(401))), "{:?}", refused.err());
    assert!(!gateway.log().contains(&annas), "no token in a log");
    assert!(gateway.cli(&["pod", "list"]).unwrap().contains("No pod has its own token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_each_pod_has_its_own_the_shared_token_opens_nothing() {
    // REQ-WHO-04
    let mut gateway = Gateway::prepare().unwrap();
    gateway.env.push(("GATEWAY_POD_TOKENS".into(), "own".into()));
    gateway.spawn().await.unwrap();
    assert!(matches!(connects(&gateway, TOKEN, "ben").await, Err(PeerError::Status(401))));
    let bens = added(&gateway, "ben");
    assert!(connects(&gateway, &bens, "ben").await.is_ok(), "at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_hands_a_session_over_and_nobody_else_does() {
    // REQ-WHO-04
    let gateway = Gateway::start().await.unwrap();
    let (annas, bens) = (added(&gateway, "anna"), added(&gateway, "ben"));
    let anna = connects(&gateway, &annas, "anna").await.unwrap();
    let path = format!("/api/v1/sessions/{SESSION}");
    gateway.until("the session", &path, |session| session["pod"] == "anna").await.unwrap();
    gateway.post(&format!("{path}/pause"), &json!({})).await.unwrap();
    let to_nobody = gateway.cli(&["pod", "hand-over", SESSION, "ben"]).unwrap_err().to_string();
    assert!(to_nobody.contains("No pod named \"ben\""), "{to_nobody}");
    let _ben = connects(&gateway, &bens, "ben").await.unwrap();
    drop(anna);
    gateway.until("its end", &path, |session| session["online"] == false).await.unwrap();
    assert_eq!(gateway.get(&path).await.unwrap()["pod"], "anna", "a pod that is away keeps what it has");

    gateway.cli(&["pod", "hand-over", SESSION, "ben"]).unwrap();
    assert_eq!(gateway.get(&path).await.unwrap()["pod"], "ben");
    let thread = gateway.get(&format!("{path}/thread")).await.unwrap().to_string();
    assert!(thread.contains("handed this session over from pod anna to pod ben."), "{thread}");
    let audit = gateway.audit().unwrap();
    let entry = audit.iter().find(|entry| entry["what"] == "handed_over").unwrap();
    assert_eq!((&entry["who"], &entry["session"]), (&json!("api:operator"), &json!(SESSION)));
    let _anna = connects(&gateway, &annas, "anna").await.unwrap();
    let metrics = gateway.get("/metrics").await.unwrap();
    let counted = r#"gateway_bridge_foreign_total{kind="hello.session"} 1"#;
    assert!(metrics.as_str().unwrap().contains(counted), "anna speaks for it no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_when_nothing_but_their_word_tells_pods_apart() {
    // REQ-WHO-04, REQ-OPS-03
    let gateway = Gateway::start().await.unwrap();
    let warned = || {
        let Output { stdout, .. } = gateway.command(&["doctor", "--json"]).unwrap().output().unwrap();
        let findings: Vec<Value> = serde_json::from_slice(&stdout).unwrap();
        findings.into_iter().find(|one| one["check"] == "pod tokens")
    };
    let _anna = connects(&gateway, TOKEN, "anna").await.unwrap();
    assert_eq!(warned(), None);
    let _ben = connects(&gateway, TOKEN, "ben").await.unwrap();
    let told = warned().unwrap();
    assert_eq!(told["level"], "warning");
    assert!(told["says"].as_str().unwrap().contains("anna, ben share BRIDGE_TOKEN"), "{told}");
}
