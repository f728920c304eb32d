//! The link as it should be: handshake, commands, heartbeat, two pods, an orderly end.

use bridge_protocol::{Command, GatewayFrame, Heartbeat, PluginFrame, ReplyResult, ResumeMode};
use e2e::bare_bridge::{BareBridge, TOKEN};
use e2e::fake_opencode::wire::{Peer, Received, hello};
use gateway::bridge::CallError;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);

fn list() -> Command {
    Command::SessionList { directory: None }
}

async fn connect(hub: &BareBridge, pod: &str) -> Peer {
    Peer::connect(hub.address, Some(TOKEN), hello(pod, &format!("boot-of-{pod}"))).await.unwrap().0
}

#[tokio::test]
async fn a_plugin_is_welcomed_with_version_and_connection_id() {
    // REQ-BRIDGE-01
    let hub = BareBridge::start().await;
    let (_peer, welcome) = Peer::connect(hub.address, Some(TOKEN), hello("pod-a", "boot-1")).await.unwrap();
    assert_eq!(welcome.protocol, 1);
    assert_eq!((welcome.mode, welcome.resume_from), (ResumeMode::Reconcile, 1));
    let status = hub.bridge.caller().status();
    assert_eq!(status[0].connection_id.as_deref(), Some(welcome.connection_id.as_str()));
}

#[tokio::test]
async fn only_the_right_token_opens_the_bridge() {
    // REQ-BRIDGE-10
    let hub = BareBridge::start().await;
    for token in [None, Some("wrong"), Some("")] {
        let refused = Peer::open(hub.address, token).await;
        assert!(matches!(refused, Err(e2e::fake_opencode::wire::PeerError::Status(401))), "{token:?}");
    }
    assert!(Peer::open(hub.address, Some(TOKEN)).await.is_ok());
}

#[tokio::test]
async fn replies_may_come_in_any_order() {
    // REQ-BRIDGE-03
    let hub = BareBridge::start().await;
    let mut peer = connect(&hub, "pod-a").await;
    let caller = hub.bridge.caller();
    let (one, two) = (caller.clone(), caller);
    let first = tokio::spawn(async move { one.call("pod-a", list(), SOON).await });
    let first_request = peer.next_request().await.unwrap();
    let second = tokio::spawn(async move {
        two.call("pod-a", Command::DirectoryOpen { directory: "/x".into() }, SOON).await
    });
    let second_request = peer.next_request().await.unwrap();
    peer.reply(&second_request.request_id, ReplyResult::Done).await.unwrap();
    peer.reply(&first_request.request_id, ReplyResult::Sessions { sessions: vec![] }).await.unwrap();
    assert_eq!(first.await.unwrap().unwrap(), ReplyResult::Sessions { sessions: vec![] });
    assert_eq!(second.await.unwrap().unwrap(), ReplyResult::Done);
}

#[tokio::test]
async fn a_command_past_its_deadline_is_a_timeout_and_its_reply_is_dropped() {
    // REQ-BRIDGE-03
    let hub = BareBridge::start().await;
    let mut peer = connect(&hub, "pod-a").await;
    let caller = hub.bridge.caller();
    let result = caller.call("pod-a", list(), Duration::from_millis(50)).await;
    assert!(matches!(result, Err(CallError::TimedOut { command: "session.list", .. })), "{result:?}");
    let late = peer.next_request().await.unwrap();
    peer.reply(&late.request_id, ReplyResult::Done).await.unwrap();
    // The link lives on: the next command is answered.
    let again = tokio::spawn(async move { caller.call("pod-a", list(), SOON).await });
    let request = peer.next_request().await.unwrap();
    peer.reply(&request.request_id, ReplyResult::Done).await.unwrap();
    assert!(again.await.unwrap().is_ok());
}

#[tokio::test]
async fn either_side_may_ping() {
    // REQ-BRIDGE-02
    let hub = BareBridge::impatient().await;
    let mut peer = connect(&hub, "pod-a").await;
    peer.send(&PluginFrame::Ping(Heartbeat { nonce: 77 })).await.unwrap();
    let (mut pinged, mut ponged) = (false, false);
    while !(pinged && ponged) {
        let Received::Frame(frame) = peer.next().await.unwrap() else { panic!("link ended") };
        match *frame {
            GatewayFrame::Ping(_) => pinged = true,
            GatewayFrame::Pong(beat) => ponged = beat.nonce == 77,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_silent_peer_loses_the_link() {
    // REQ-BRIDGE-02: a half-open link, as a vanished pod leaves it.
    let hub = BareBridge::impatient().await;
    let mut peer = connect(&hub, "pod-a").await;
    let code = loop {
        match peer.next().await.unwrap() {
            Received::Closed(code) => break code,
            Received::Frame(_) => {}
            Received::Gone => panic!("closed without a code"),
        }
    };
    assert_eq!(code, 4004);
    assert!(!hub.bridge.caller().status()[0].connected);
}

#[tokio::test]
async fn a_command_goes_to_the_pod_that_has_the_session() {
    // REQ-BRIDGE-11
    let hub = BareBridge::start().await;
    let mut a = connect(&hub, "pod-a").await;
    let mut b = connect(&hub, "pod-b").await;
    b.send(&PluginFrame::Event(Box::new(created(1, "ses_of_b")))).await.unwrap();
    hub.sink.until("the event", |told| told.len() == 3).await;
    let caller = hub.bridge.caller();
    let call = tokio::spawn(async move {
        let abort = Command::SessionAbort { session_id: "ses_of_b".into() };
        caller.call_session("ses_of_b", abort, SOON).await
    });
    let request = b.next_request().await.unwrap();
    b.reply(&request.request_id, ReplyResult::Done).await.unwrap();
    assert!(call.await.unwrap().is_ok());
    a.send(&PluginFrame::Ping(Heartbeat { nonce: 1 })).await.unwrap();
    let untouched = a.next_of_interest();
    assert!(tokio::time::timeout(Duration::from_millis(100), untouched).await.is_err());
}

#[tokio::test]
async fn stopping_the_gateway_closes_links_so_that_plugins_come_back() {
    // REQ-OPS-05
    let hub = BareBridge::start().await;
    let mut peer = connect(&hub, "pod-a").await;
    hub.stop().await;
    let end = peer.next_of_interest().await.unwrap();
    assert!(matches!(end, Received::Closed(1012)), "{end:?}");
}

fn created(seq: u64, session: &str) -> bridge_protocol::EventFrame {
    let info = bridge_protocol::SessionInfo {
        id: session.to_owned(),
        title: "t".to_owned(),
        directory: "/work".to_owned(),
        parent_id: None,
        agent: None,
        model: None,
        created_at: 0,
        updated_at: 0,
        archived: false,
    };
    let event = bridge_protocol::Event::SessionCreated { session: info };
    bridge_protocol::EventFrame { seq, session_id: session.to_owned(), at: 0, traceparent: None, event }
}
