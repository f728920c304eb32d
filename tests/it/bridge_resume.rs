//! Links that break: nothing is lost, nothing is told twice, commands find their way.

use bridge_protocol::{Command, GatewayFrame, Hello, PluginFrame, ReplyResult, ResumeMode};
use e2e::bare_bridge::{Arrival, BareBridge, TOKEN};
use e2e::fake_opencode::wire::{Peer, Received, ResendBuffer, hello, streamed};
use gateway::bridge::CallError;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);
const EVENTS: u64 = 10_000;
const CUTS: usize = 50;

fn hello_with(buffer: &ResendBuffer) -> Hello {
    Hello { position: buffer.position(), ..hello("pod-a", "boot-1") }
}

#[tokio::test]
async fn ten_thousand_events_and_fifty_cuts_each_applied_once_in_order() {
    // REQ-BRIDGE-06, REQ-BRIDGE-08
    let seed: u64 = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(rand::random);
    println!("seed: {seed} (repeat with SEED={seed})");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut cuts: Vec<u64> = (0..CUTS).map(|_| rng.random_range(1..EVENTS)).collect();
    cuts.sort_unstable();
    let hub = BareBridge::start().await;
    let mut buffer = ResendBuffer::default();
    let mut links = 0;
    for until in cuts.into_iter().chain([EVENTS]) {
        links += 1;
        run_one_link(&hub, &mut buffer, until, &mut rng).await;
    }
    hub.sink.until("all events", |_| hub.sink.events().len() as u64 >= EVENTS).await;
    let seen: Vec<u64> = hub.sink.events().iter().map(|event| event.seq).collect();
    assert_eq!(seen, (1..=EVENTS).collect::<Vec<_>>(), "seed {seed}");
    println!("{EVENTS} events over {links} links, each once and in order");
}

/// Connects, sends again what was not acknowledged, goes on to `until`, and is cut without a word.
async fn run_one_link(hub: &BareBridge, buffer: &mut ResendBuffer, until: u64, rng: &mut StdRng) {
    let (mut peer, welcome) = Peer::connect(hub.address, Some(TOKEN), hello_with(buffer)).await.unwrap();
    buffer.ack(welcome.resume_from - 1);
    for event in buffer.from(welcome.resume_from) {
        peer.feed(&PluginFrame::Event(Box::new(event)).encode()).await.unwrap();
    }
    while buffer.next_seq() <= until {
        while buffer.unacknowledged() >= bridge_protocol::limits::EVENT_WINDOW {
            take_ack(&mut peer, buffer).await;
        }
        let event = streamed(buffer.next_seq(), "ses_12345678", buffer.next_seq(), "x");
        buffer.push(event.clone());
        peer.feed(&PluginFrame::Event(Box::new(event)).encode()).await.unwrap();
    }
    // Half of the cuts come with frames still in the sender's buffer.
    if rng.random_bool(0.5) {
        peer.flush().await.unwrap();
    }
    while until == EVENTS && buffer.unacknowledged() > 0 {
        take_ack(&mut peer, buffer).await;
    }
}

async fn take_ack(peer: &mut Peer, buffer: &mut ResendBuffer) {
    peer.flush().await.unwrap();
    match peer.next().await.unwrap() {
        Received::Frame(frame) => {
            if let GatewayFrame::Ack(ack) = *frame {
                buffer.ack(ack.seq);
            }
        }
        end => panic!("the gateway ended the link: {end:?}"),
    }
}

#[tokio::test]
async fn a_command_in_flight_moves_to_the_new_link() {
    // REQ-BRIDGE-08
    let hub = BareBridge::start().await;
    let buffer = ResendBuffer::default();
    let (mut old, _) = Peer::connect(hub.address, Some(TOKEN), hello_with(&buffer)).await.unwrap();
    let caller = hub.bridge.caller();
    let call =
        tokio::spawn(
            async move { caller.call("pod-a", Command::SessionList { directory: None }, SOON).await },
        );
    let first = old.next_request().await.unwrap();
    drop(old);
    let (mut new, welcome) = Peer::connect(hub.address, Some(TOKEN), hello_with(&buffer)).await.unwrap();
    assert_eq!(welcome.mode, ResumeMode::Replay);
    let again = new.next_request().await.unwrap();
    assert_eq!(first.request_id, again.request_id);
    new.reply(&again.request_id, ReplyResult::Done).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap(), ReplyResult::Done);
}

#[tokio::test]
async fn what_must_not_run_twice_fails_when_opencode_restarted() {
    // REQ-BRIDGE-08
    let hub = BareBridge::start().await;
    let (mut old, _) = Peer::connect(hub.address, Some(TOKEN), hello("pod-a", "boot-1")).await.unwrap();
    let caller = hub.bridge.caller();
    let fork = Command::SessionFork { session_id: "ses_12345678".into(), message_id: None };
    let call = tokio::spawn(async move { caller.call("pod-a", fork, SOON).await });
    old.next_request().await.unwrap();
    drop(old);
    let (_new, welcome) = Peer::connect(hub.address, Some(TOKEN), hello("pod-a", "boot-2")).await.unwrap();
    assert_eq!(welcome.mode, ResumeMode::Reconcile);
    let failed = call.await.unwrap();
    assert!(matches!(failed, Err(CallError::PodRestarted { command: "session.fork" })), "{failed:?}");
}

#[tokio::test]
async fn a_new_boot_is_told_inwards_as_a_reconciliation_after_the_loss() {
    // REQ-BRIDGE-08
    let hub = BareBridge::start().await;
    let pod = || "pod-a".to_owned();
    let (old, _) = Peer::connect(hub.address, Some(TOKEN), hello("pod-a", "boot-1")).await.unwrap();
    hub.sink.until("the first link", |told| told.len() == 1).await;
    drop(old);
    hub.sink.until("the loss", |told| told.len() == 2).await;
    let _new = Peer::connect(hub.address, Some(TOKEN), hello("pod-a", "boot-2")).await.unwrap();
    hub.sink.until("the second link", |told| told.len() == 3).await;
    let expected = [
        Arrival::Connected { pod: pod(), boot: "boot-1".to_owned() },
        Arrival::Lost { pod: pod() },
        Arrival::Connected { pod: pod(), boot: "boot-2".to_owned() },
    ];
    assert_eq!(hub.sink.told(), expected);
}

#[tokio::test]
async fn a_gateway_that_knows_nothing_goes_on_after_what_was_acknowledged() {
    // REQ-BRIDGE-06: the gateway was killed; its successor must not ask for what the plugin dropped.
    let hub = BareBridge::start().await;
    let position = bridge_protocol::Position { acked: 41, sent: 45, overflowed: false };
    let hello = Hello { position, ..hello("pod-a", "boot-1") };
    let (_peer, welcome) = Peer::connect(hub.address, Some(TOKEN), hello).await.unwrap();
    assert_eq!((welcome.mode, welcome.resume_from), (ResumeMode::Reconcile, 42));
}

#[tokio::test]
async fn an_overflowed_buffer_brings_a_reconciliation() {
    // REQ-BRIDGE-06
    let hub = BareBridge::start().await;
    drop(Peer::connect(hub.address, Some(TOKEN), hello("pod-a", "boot-1")).await.unwrap());
    let position = bridge_protocol::Position { acked: 0, sent: 0, overflowed: true };
    let hello = Hello { position, ..hello("pod-a", "boot-1") };
    let (_peer, welcome) = Peer::connect(hub.address, Some(TOKEN), hello).await.unwrap();
    assert_eq!(welcome.mode, ResumeMode::Reconcile);
}
