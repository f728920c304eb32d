//! What no honest plugin says: each fault has its sentence, costs no other link, and loses no event.

use bridge_protocol::{
    Command, Event, EventFrame, GatewayFrame, Heartbeat, PluginFrame, Position, ProtocolError,
    ProtocolErrorCode, Reply, ReplyResult, SessionInfo, SessionSnapshot, SessionStatus, VersionRange,
};
use e2e::bare_bridge::{BareBridge, TOKEN};
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session, streamed};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

const SOON: Duration = Duration::from_secs(5);

/// A hub with the link under test and a second one that must not notice anything.
struct Bench {
    hub: BareBridge,
    peer: Peer,
    bystander: Peer,
}

impl Bench {
    async fn new() -> Self {
        let hub = BareBridge::start().await;
        let peer = connect(&hub, "pod-a", "boot-a", 1_000).await;
        let bystander = connect(&hub, "pod-b", "boot-b", 1_000).await;
        Self { hub, peer, bystander }
    }

    async fn complaint_about(&mut self, message: Message) -> ProtocolError {
        self.peer.send_raw(message).await.unwrap();
        complaint(&mut self.peer).await
    }

    /// Both links still work, and the next event of the faulty one is taken.
    async fn assert_unharmed(mut self) {
        let before = self.hub.sink.events().len() as u64;
        let event = streamed(before + 1, "ses_12345678", 0, "still here");
        self.peer.send(&PluginFrame::Event(Box::new(event))).await.unwrap();
        let expected = usize::try_from(before).unwrap() + 1;
        self.hub.sink.until("the event after the fault", |_| self.hub.sink.events().len() == expected).await;
        for peer in [&mut self.peer, &mut self.bystander] {
            assert_answers(peer).await;
        }
    }
}

async fn assert_answers(peer: &mut Peer) {
    peer.send(&PluginFrame::Ping(Heartbeat { nonce: 9 })).await.unwrap();
    loop {
        match peer.next().await.unwrap() {
            Received::Frame(frame) if *frame == GatewayFrame::Pong(Heartbeat { nonce: 9 }) => return,
            Received::Frame(_) => {}
            end => panic!("link ended: {end:?}"),
        }
    }
}

async fn connect(hub: &BareBridge, pod: &str, boot: &str, started_at: i64) -> Peer {
    let hello = bridge_protocol::Hello { started_at, ..hello(pod, boot) };
    Peer::connect(hub.address, Some(TOKEN), hello).await.unwrap().0
}

async fn complaint(peer: &mut Peer) -> ProtocolError {
    match peer.next_of_interest().await.unwrap() {
        Received::Frame(frame) => match *frame {
            GatewayFrame::ProtocolError(error) => error,
            other => panic!("wanted a protocol error, got {other:?}"),
        },
        end => panic!("wanted a protocol error, got {end:?}"),
    }
}

#[tokio::test]
async fn frames_that_cannot_be_read_are_answered_and_the_link_stays() {
    // REQ-BRIDGE-09
    let cases = [
        (Message::text("{not json"), ProtocolErrorCode::NotJson),
        (Message::text("[]"), ProtocolErrorCode::WrongField),
        (Message::text(r#"{"v":1}"#), ProtocolErrorCode::WrongField),
        (Message::binary(vec![1, 2, 3]), ProtocolErrorCode::NotText),
        (Message::text(r#"{"v":7,"type":"ping","nonce":1}"#), ProtocolErrorCode::WrongVersion),
        (Message::text(r#"{"v":1,"type":"tea.time"}"#), ProtocolErrorCode::UnknownType),
        (Message::text(r#"{"v":1,"type":"ping","nonce":"one"}"#), ProtocolErrorCode::WrongField),
        (
            Message::text(r#"{"v":1,"type":"session.idle","seq":"x","session_id":"s"}"#),
            ProtocolErrorCode::WrongField,
        ),
    ];
    let mut bench = Bench::new().await;
    for (message, code) in cases {
        let complaint = bench.complaint_about(message.clone()).await;
        assert_eq!(complaint.code, code, "{message}");
        assert!(complaint.message.ends_with('.'), "a sentence: {}", complaint.message);
    }
    bench.assert_unharmed().await;
}

#[tokio::test]
async fn an_over_long_frame_is_skipped_with_its_size_and_the_limit() {
    // REQ-BRIDGE-09
    let mut bench = Bench::new().await;
    let ten_mib = "x".repeat(10 * 1024 * 1024);
    let complaint = bench.complaint_about(Message::text(ten_mib)).await;
    assert_eq!(complaint.code, ProtocolErrorCode::TooLarge);
    assert!(complaint.message.contains("10485760"), "{}", complaint.message);
    bench.assert_unharmed().await;
}

#[tokio::test]
async fn a_second_hello_is_out_of_order() {
    // REQ-BRIDGE-09
    let mut bench = Bench::new().await;
    let again = PluginFrame::Hello(Box::new(hello("pod-a", "boot-a")));
    let complaint = bench.complaint_about(Message::text(again.encode())).await;
    assert_eq!(complaint.code, ProtocolErrorCode::WrongOrder);
    bench.assert_unharmed().await;
}

#[tokio::test]
async fn something_before_hello_is_out_of_order_and_hello_is_still_taken() {
    // REQ-BRIDGE-09
    let hub = BareBridge::start().await;
    let mut peer = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    peer.send(&PluginFrame::Ping(Heartbeat { nonce: 1 })).await.unwrap();
    assert_eq!(complaint(&mut peer).await.code, ProtocolErrorCode::WrongOrder);
    peer.send(&PluginFrame::Hello(Box::new(hello("pod-a", "boot-a")))).await.unwrap();
    let welcome = peer.next_of_interest().await.unwrap();
    assert!(matches!(welcome, Received::Frame(frame) if matches!(*frame, GatewayFrame::Welcome(_))));
}

#[tokio::test]
async fn without_a_hello_the_connection_ends() {
    // REQ-BRIDGE-09
    let hub = BareBridge::impatient().await;
    let mut peer = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    let refused = peer.next_of_interest().await.unwrap();
    assert!(matches!(refused, Received::Frame(frame) if matches!(*frame, GatewayFrame::Refused(_))));
    assert!(matches!(peer.next_of_interest().await.unwrap(), Received::Closed(4005)));
}

#[tokio::test]
async fn a_version_that_does_not_fit_is_refused_with_those_that_do() {
    // REQ-BRIDGE-09
    let hub = BareBridge::start().await;
    let hello = bridge_protocol::Hello { protocol: VersionRange { min: 8, max: 9 }, ..hello("pod-a", "b") };
    let mut peer = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    peer.send(&PluginFrame::Hello(Box::new(hello))).await.unwrap();
    let Received::Frame(frame) = peer.next_of_interest().await.unwrap() else { panic!("no refusal") };
    let GatewayFrame::Refused(refused) = *frame else { panic!("wanted a refusal, got {frame:?}") };
    assert_eq!((refused.code, refused.supported.max), (4002, bridge_protocol::PROTOCOL_VERSION));
    assert!(refused.message.contains("versions 1 to 1"), "{}", refused.message);
    assert!(matches!(peer.next_of_interest().await.unwrap(), Received::Closed(4002)));
}

#[tokio::test]
async fn a_reply_to_nobody_is_answered_and_a_repeated_reply_is_dropped() {
    // REQ-BRIDGE-03, REQ-BRIDGE-09
    let mut bench = Bench::new().await;
    let nobody = Reply { request_id: "req_nobody".into(), result: ReplyResult::Done };
    let complaint = bench.complaint_about(Message::text(PluginFrame::Reply(Box::new(nobody)).encode())).await;
    assert_eq!(complaint.code, ProtocolErrorCode::UnknownRequest);
    assert_eq!(complaint.request_id.as_deref(), Some("req_nobody"));

    let caller = bench.hub.bridge.caller();
    let call =
        tokio::spawn(
            async move { caller.call("pod-a", Command::SessionList { directory: None }, SOON).await },
        );
    let request = bench.peer.next_request().await.unwrap();
    bench.peer.reply(&request.request_id, ReplyResult::Done).await.unwrap();
    let second = ReplyResult::Sessions { sessions: vec![] };
    bench.peer.reply(&request.request_id, second).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap(), ReplyResult::Done);
    bench.assert_unharmed().await;
}

#[tokio::test]
async fn an_event_from_the_past_is_dropped_and_acknowledged_again() {
    // REQ-BRIDGE-06
    let mut bench = Bench::new().await;
    let event = streamed(1, "ses_12345678", 0, "once");
    for _ in 0..3 {
        bench.peer.send(&PluginFrame::Event(Box::new(event.clone()))).await.unwrap();
    }
    assert_answers(&mut bench.peer).await;
    bench.hub.sink.until("one event", |_| bench.hub.sink.events().len() == 1).await;
    bench.assert_unharmed().await;
}

#[tokio::test]
async fn an_event_from_the_future_is_asked_for_in_order() {
    // REQ-BRIDGE-06
    let mut bench = Bench::new().await;
    let ahead = PluginFrame::Event(Box::new(streamed(5, "ses_12345678", 0, "too early")));
    let complaint = bench.complaint_about(Message::text(ahead.encode())).await;
    assert_eq!(complaint.code, ProtocolErrorCode::EventGap);
    assert_eq!((complaint.seq, complaint.expected_seq), (Some(5), Some(1)));
    assert!(bench.hub.sink.events().is_empty());
    bench.assert_unharmed().await;
}

#[tokio::test]
async fn of_two_pods_with_one_name_the_later_started_one_stays() {
    // REQ-BRIDGE-08
    let hub = BareBridge::start().await;
    let mut old = connect(&hub, "pod-a", "boot-old", 1_000).await;
    let mut new = connect(&hub, "pod-a", "boot-new", 2_000).await;
    assert!(matches!(old.next_of_interest().await.unwrap(), Received::Closed(4003)));
    let mut back = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    let hello = bridge_protocol::Hello { started_at: 1_000, ..hello("pod-a", "boot-old") };
    back.send(&PluginFrame::Hello(Box::new(hello))).await.unwrap();
    assert!(matches!(back.next_of_interest().await.unwrap(), Received::Frame(_)));
    assert!(matches!(back.next_of_interest().await.unwrap(), Received::Closed(4007)));
    assert_answers(&mut new).await;
}

#[tokio::test]
async fn a_pod_name_that_is_no_name_is_asked_for_again() {
    // REQ-BRIDGE-09
    let hub = BareBridge::start().await;
    let mut peer = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    peer.send(&PluginFrame::Hello(Box::new(hello("a\nb", "boot")))).await.unwrap();
    assert_eq!(complaint(&mut peer).await.code, ProtocolErrorCode::WrongField);
}

#[tokio::test]
async fn a_position_or_a_start_that_cannot_be_is_asked_for_again() {
    // A3, REQ-BRIDGE-09
    let hub = BareBridge::start().await;
    let position = |acked, sent| Position { acked, sent, overflowed: false };
    let far = i64::pow(2, 62);
    let odd = [
        bridge_protocol::Hello { position: position(u64::MAX, u64::MAX), ..hello("pod-a", "boot-a") },
        bridge_protocol::Hello { position: position(u64::MAX - 1, u64::MAX), ..hello("pod-a", "boot-a") },
        bridge_protocol::Hello { position: position(0, u64::MAX), ..hello("pod-a", "boot-a") },
        bridge_protocol::Hello { position: position(9, 1), ..hello("pod-a", "boot-a") },
        bridge_protocol::Hello { started_at: far, ..hello("pod-a", "boot-a") },
    ];
    let mut peer = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    for hello in odd {
        peer.send(&PluginFrame::Hello(Box::new(hello.clone()))).await.unwrap();
        assert_eq!(complaint(&mut peer).await.code, ProtocolErrorCode::WrongField, "{hello:?}");
    }
    let mut honest = connect(&hub, "pod-a", "boot-b", 1_000).await;
    assert_answers(&mut honest).await;
}

#[tokio::test]
async fn an_event_with_an_id_that_leads_elsewhere_is_refused_and_the_next_one_taken() {
    // A1, REQ-HARD-04
    const HONEST: &str = "ses_12345678";
    let created = |named: &str, info: SessionInfo| {
        let event = Event::SessionCreated { session: info };
        EventFrame { session_id: named.to_owned(), event, ..streamed(0, HONEST, 0, "") }
    };
    let path = "../../../outside/pwn";
    let child = SessionInfo { parent_id: Some(path.to_owned()), ..made_session(HONEST, "t", "/w") };
    let mut ask = streamed(0, HONEST, 0, "");
    ask.event = Event::ToolUnheld { hold_id: "h\n2026 ERROR forged".to_owned(), ran: true };
    let odd = [
        created(path, made_session(path, "t", "/w")),
        created(HONEST, made_session("ses_of_another", "t", "/w")),
        created(HONEST, child),
        ask,
    ];
    let mut bench = Bench::new().await;
    for (seq, event) in (1..).zip(odd) {
        let frame = PluginFrame::Event(Box::new(EventFrame { seq, ..event }));
        let complaint = bench.complaint_about(Message::text(frame.encode())).await;
        assert_eq!(
            (complaint.code, complaint.seq),
            (ProtocolErrorCode::WrongField, Some(seq)),
            "{complaint:?}"
        );
        assert!(!complaint.message.contains('\n') && complaint.message.ends_with('.'), "{complaint:?}");
    }
    assert!(bench.hub.sink.events().is_empty());
    let event = streamed(5, HONEST, 0, "still here");
    bench.peer.send(&PluginFrame::Event(Box::new(event))).await.unwrap();
    bench.hub.sink.until("the event after those", |_| bench.hub.sink.events().len() == 1).await;
    assert_answers(&mut bench.bystander).await;
}

#[tokio::test]
async fn a_hello_and_a_reply_with_wrong_ids_cost_only_themselves() {
    // A1, REQ-HARD-04
    let hub = BareBridge::start().await;
    let snapshot = |id: &str| SessionSnapshot {
        session: made_session(id, "t", "/w"),
        status: SessionStatus::Idle,
        turn: None,
    };
    let sessions = vec![snapshot("../x"), snapshot("ses_12345678")];
    let hello = bridge_protocol::Hello { sessions, ..hello("pod-a", "boot-a") };
    let mut peer = Peer::open(hub.address, Some(TOKEN)).await.unwrap();
    peer.send(&PluginFrame::Hello(Box::new(hello))).await.unwrap();
    assert_eq!(complaint(&mut peer).await.code, ProtocolErrorCode::WrongField);
    let welcome = peer.next_of_interest().await.unwrap();
    assert!(matches!(welcome, Received::Frame(frame) if matches!(*frame, GatewayFrame::Welcome(_))));

    let caller = hub.bridge.caller();
    let list = Command::SessionList { directory: None };
    let call = tokio::spawn(async move { caller.call_session("ses_12345678", list, SOON).await });
    let request = peer.next_request().await.unwrap();
    let result = ReplyResult::Session { session: made_session("../x", "t", "/w") };
    peer.reply(&request.request_id, result).await.unwrap();
    let failed = call.await.unwrap().unwrap_err().to_string();
    assert!(failed.contains("is not valid"), "{failed}");
    assert_eq!(complaint(&mut peer).await.request_id, Some(request.request_id));
    assert_answers(&mut peer).await;
}
