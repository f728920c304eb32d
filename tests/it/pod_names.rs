//! A new container over the same data has another name: its sessions are the old ones, whatever the gateway hears of
//! them first. (REQ-HARD-01, C1: it waited for itself then, and answered nobody any more.)

use bridge_protocol::{Command, Event, EventFrame, PluginFrame, ReplyResult, SessionSnapshot, SessionStatus};
use e2e::fake_opencode::living::LivingOpenCode;
use e2e::fake_opencode::obedient::choices;
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session};
use e2e::gateway::{Gateway, TOKEN};
use serde_json::{Value, json};
use std::net::SocketAddr;

const SESSION: &str = "ses_moved_01";

fn address(gateway: &Gateway) -> SocketAddr {
    ([127, 0, 0, 1], gateway.port).into()
}

/// A pod that has just connected, after the one with the session is gone.
async fn another_pod(gateway: &Gateway) -> Peer {
    let mut first = hello("pod-a", "boot-1");
    first.sessions = vec![snapshot()];
    let old = Peer::connect(address(gateway), Some(TOKEN), first).await.unwrap();
    until_in_pod(gateway, "pod-a").await;
    drop(old);
    Peer::connect(address(gateway), Some(TOKEN), hello("pod-b", "boot-2")).await.unwrap().0
}

async fn until_in_pod(gateway: &Gateway, pod: &str) {
    let there = |session: &Value| session["pod"] == pod && session["online"] == true;
    gateway.until("the session's new pod", &format!("/api/v1/sessions/{SESSION}"), there).await.unwrap();
    assert!(gateway.get("/healthz").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_reaches_the_pod_that_came_back_under_another_name() {
    // REQ-HARD-01, REQ-ASK-08, C1: the name changes between the ask and its answer, and again before the next.
    let gateway = Gateway::start().await.unwrap();
    let mut agent = LivingOpenCode::new(address(&gateway), TOKEN, &[SESSION.to_owned()], 1);
    for (round, name) in ["codev-aaaaa", "codev-bbbbb", "codev-ccccc"].into_iter().enumerate() {
        agent.pod = name.to_owned();
        agent.start();
        until_in_pod(&gateway, name).await;
        let path = format!("/api/v1/sessions/{SESSION}/messages");
        gateway.post(&path, &json!({ "text": format!("run: make number-{round}") })).await.unwrap();
        let asked = |asks: &Value| asks[0]["state"] == "open";
        let asks = gateway.until("the ask", "/api/v1/asks", asked).await.unwrap();
        agent.kill().await;
        agent.pod = format!("{name}-again");
        agent.start();
        until_in_pod(&gateway, &agent.pod).await;
        let answer = format!("/api/v1/asks/{}/answer", asks[0]["id"].as_str().unwrap());
        gateway.post(&answer, &json!({ "answer": "once" })).await.unwrap();
        let over = |asks: &Value| asks.as_array().is_some_and(Vec::is_empty);
        gateway.until("the end of the ask", "/api/v1/asks", over).await.unwrap();
        let idle = |session: &Value| session["status"] == "idle";
        gateway.until("the end of the turn", &format!("/api/v1/sessions/{SESSION}"), idle).await.unwrap();
        assert_eq!(agent.turn(SESSION).map(|turn| (turn.finished, turn.runs())), Some((true, 1)));
        let card = gateway.get(&format!("/api/v1/sessions/{SESSION}/thread")).await.unwrap();
        assert_eq!(card["card"]["pod"], agent.pod.as_str(), "what people see names the pod that is there");
        told_of_the_way(&gateway, name, &card);
        agent.kill().await;
    }
}

/// People see that the session came from one pod to another, and it is in the log.
fn told_of_the_way(gateway: &Gateway, from: &str, thread: &Value) {
    // REQ-WHO-04
    let said = format!("Pod {from} is gone; this session now lives in pod {from}-again.");
    assert!(thread.to_string().contains(&said), "{thread:#}");
    let moved = format!("{from} (shared) -> {from}-again (shared)");
    let audit = gateway.audit().unwrap();
    let entry = audit.iter().find(|entry| entry["answer"] == moved.as_str());
    let entry = entry.unwrap_or_else(|| panic!("{moved}: {audit:#?}"));
    assert_eq!((&entry["what"], &entry["who"]), (&json!("handed_over"), &json!("gateway")));
    assert_eq!(entry["session"], SESSION);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_another_pod_makes_known_gets_its_messages_there() {
    // REQ-HARD-01, C1
    let gateway = Gateway::start().await.unwrap();
    let mut new = another_pod(&gateway).await;
    let event = Event::SessionCreated { session: made_session(SESSION, "Moved", "/work") };
    let (session_id, traceparent) = (SESSION.to_owned(), None);
    let told = EventFrame { seq: 1, session_id, at: 1, traceparent, event };
    new.send(&PluginFrame::Event(Box::new(told))).await.unwrap();
    until_in_pod(&gateway, "pod-b").await;
    let path = format!("/api/v1/sessions/{SESSION}/messages");
    let message = json!({ "text": "Hello there" });
    let (sent, text) = tokio::join!(gateway.post(&path, &message), next_message(&mut new));
    sent.unwrap();
    assert_eq!(text, "Hello there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_names_a_session_of_another_pod_stops_nothing() {
    // REQ-HARD-01, C1
    let gateway = Gateway::start().await.unwrap();
    let mut new = another_pod(&gateway).await;
    let start = json!({ "pod": "pod-b", "title": "Moved", "directory": "/work" });
    let starting = gateway.post("/api/v1/sessions", &start);
    let serving = async {
        loop {
            let request = new.next_request().await.unwrap();
            let create = matches!(request.command, Command::SessionCreate { .. });
            let session = made_session(SESSION, "Moved", "/work");
            let result = if create { ReplyResult::Session { session } } else { choices() };
            new.reply(&request.request_id, result).await.unwrap();
            if create {
                return new;
            }
        }
    };
    let (made, _new) = tokio::join!(starting, serving);
    assert_eq!(made.unwrap()["id"], SESSION);
    assert!(gateway.get("/healthz").await.is_ok());
}

fn snapshot() -> SessionSnapshot {
    let session = made_session(SESSION, "Moved", "/work");
    SessionSnapshot { session, status: SessionStatus::Idle, turn: None }
}

async fn next_message(peer: &mut Peer) -> String {
    loop {
        match peer.next_of_interest().await.unwrap() {
            Received::Frame(frame) => {
                let bridge_protocol::GatewayFrame::Request(request) = *frame else { continue };
                let result = match &request.command {
                    Command::SessionMessages { .. } => {
                        ReplyResult::Messages { messages: vec![], more: false }
                    }
                    _ => ReplyResult::Done,
                };
                peer.reply(&request.request_id, result).await.unwrap();
                if let Command::SessionMessage { parts, .. } = request.command {
                    return serde_json::to_value(&parts[0]).unwrap()["text"].as_str().unwrap().to_owned();
                }
            }
            end => panic!("the link ended: {end:?}"),
        }
    }
}
