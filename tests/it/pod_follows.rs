//! A pod in another one's place, in a cluster: it has what was the other's once the API server says that one is gone, and
//! not before.

use crate::cluster::{CODEV, in_cluster};
use bridge_protocol::{GatewayFrame, Hello, PluginFrame, SessionSnapshot, SessionStatus};
use e2e::fake_opencode::wire::{Peer, PeerError, Received, hello, made_session};
use e2e::gateway::Gateway;
use e2e::kube::Kube;
use e2e::wait::until;
use serde_json::{Value, json};
use std::net::SocketAddr;

const SESSION: &str = "ses_of_codev_01";

fn address(gateway: &Gateway) -> SocketAddr {
    ([127, 0, 0, 1], gateway.port).into()
}

/// A hello that tells of the one session, as a container does that has its data.
fn with_the_session(pod: &str, boot: &str) -> Hello {
    let session = made_session(SESSION, "Fix the login", "/work");
    let snapshot = SessionSnapshot { session, status: SessionStatus::Idle, turn: None };
    Hello { sessions: vec![snapshot], ..hello(pod, boot) }
}

/// The session is known to people, and not only looked at.
async fn begun(gateway: &Gateway, token: &str) -> Peer {
    let peer = Peer::connect(address(gateway), Some(token), with_the_session("codev-0", "boot-1")).await;
    let (peer, _) = peer.unwrap();
    until_in(gateway, "codev-0").await;
    let message = json!({ "text": "Hello there" });
    gateway.post(&format!("/api/v1/sessions/{SESSION}/messages"), &message).await.unwrap();
    peer
}

async fn until_in(gateway: &Gateway, pod: &str) {
    let there = |session: &Value| session["pod"] == pod;
    gateway.until("the session's pod", &format!("/api/v1/sessions/{SESSION}"), there).await.unwrap();
}

async fn pod_of(gateway: &Gateway) -> Value {
    gateway.get(&format!("/api/v1/sessions/{SESSION}")).await.unwrap()["pod"].clone()
}

fn handed_over(gateway: &Gateway) -> Vec<String> {
    let audit = gateway.audit().unwrap();
    let moved = audit.iter().filter(|entry| entry["what"] == "handed_over");
    moved.map(|entry| entry["answer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pod_of_the_same_name_is_another_one_and_follows_when_the_old_one_is_gone() {
    // REQ-WHO-04, H7
    let kube = Kube::start().await.unwrap();
    let old = kube.state().run_pod("codev-0", "uid-1", CODEV);
    let gateway = in_cluster(&kube, &json!({})).await;
    let mut first = begun(&gateway, &old).await;

    let new = kube.state().run_pod("codev-0", "uid-2", CODEV);
    let old_token = Peer::connect(address(&gateway), Some(&old), hello("codev-0", "boot-1")).await;
    assert!(matches!(old_token, Err(PeerError::Status(401))), "a token of a pod that is gone");
    let second = Peer::connect(address(&gateway), Some(&new), with_the_session("codev-0", "boot-2")).await;
    let (_second, _) = second.unwrap();
    let end = loop {
        match first.next_of_interest().await.unwrap() {
            Received::Closed(code) => break code,
            Received::Frame(_) => {}
            Received::Gone => panic!("without a code"),
        }
    };
    assert_eq!(end, 4003, "the link of the old one ends");
    let moved = format!("codev-0 (uid uid-1 of {CODEV}) -> codev-0 (uid uid-2 of {CODEV})");
    until("the entry", async || handed_over(&gateway) == [moved.clone()]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_of_another_name_waits_until_the_other_one_is_gone() {
    // REQ-WHO-04, H7
    let kube = Kube::start().await.unwrap();
    let old = kube.state().run_pod("codev-0", "uid-1", CODEV);
    let new = kube.state().run_pod("codev-1", "uid-2", CODEV);
    let gateway = in_cluster(&kube, &json!({ "ping_interval_seconds": 2 })).await;
    let first = begun(&gateway, &old).await;
    // Its link is gone, but its pod is there: a node that nobody reaches looks the same.
    drop(first);
    let second = Peer::connect(address(&gateway), Some(&new), with_the_session("codev-1", "boot-2")).await;
    let (mut second, _) = second.unwrap();
    until("the alarm", async || gateway.log().contains("spoke for a session of another pod")).await.unwrap();
    assert_eq!(pod_of(&gateway).await, "codev-0");
    let refused = |entry: &Value| entry["what"] == "pod_refused" && entry["session"] == SESSION;
    until("the entry", async || gateway.audit().unwrap().iter().any(refused)).await.unwrap();
    assert!(handed_over(&gateway).is_empty());

    kube.state().pods.remove("codev-0");
    until_told_to_come_again(&mut second).await;
    let again = Peer::connect(address(&gateway), Some(&new), with_the_session("codev-1", "boot-2")).await;
    let (_again, _) = again.unwrap();
    until_in(&gateway, "codev-1").await;
    until("the entry", async || handed_over(&gateway).len() == 1).await.unwrap();
    let thread = gateway.get(&format!("/api/v1/sessions/{SESSION}/thread")).await.unwrap();
    assert!(thread.to_string().contains("Pod codev-0 is gone; this session now lives in pod codev-1."));
}

/// The gateway has found that the other pod is gone, and wants to hear everything anew.
async fn until_told_to_come_again(peer: &mut Peer) {
    loop {
        match peer.next().await.unwrap() {
            Received::Closed(1012) => return,
            Received::Frame(frame) => {
                if let GatewayFrame::Ping(beat) = *frame {
                    peer.send(&PluginFrame::Pong(beat)).await.unwrap();
                }
            }
            end => panic!("{end:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_session_it_is_outlives_the_gateway() {
    // REQ-WHO-04, H7: whoever came first after a restart had it.
    let kube = Kube::start().await.unwrap();
    let old = kube.state().run_pod("codev-0", "uid-1", CODEV);
    let new = kube.state().run_pod("codev-1", "uid-2", CODEV);
    let mut gateway = in_cluster(&kube, &json!({})).await;
    let first = begun(&gateway, &old).await;
    let path = format!("/api/v1/sessions/{SESSION}");
    gateway.post(&format!("{path}/pause"), &json!({})).await.unwrap();
    gateway.terminate().await.unwrap();
    drop(first);
    gateway.spawn().await.unwrap();
    let second = Peer::connect(address(&gateway), Some(&new), with_the_session("codev-1", "boot-2")).await;
    let (_second, _) = second.unwrap();
    until("the alarm", async || gateway.log().contains("spoke for a session of another pod")).await.unwrap();
    let first = Peer::connect(address(&gateway), Some(&old), with_the_session("codev-0", "boot-1")).await;
    let (_first, _) = first.unwrap();
    until_in(&gateway, "codev-0").await;
    assert!(handed_over(&gateway).is_empty());
}
