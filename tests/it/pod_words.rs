//! Two pods, and one of them is hostile: it says everything that a pod can say, about the other one's session. Each word is
//! refused, counted, and changes nothing.

use bridge_protocol::{
    Event, EventFrame, GatewayFrame, HeldTool, Hello, PermissionAsk, PluginFrame, QuestionAsk, ReplyResult,
    SessionInfo, SessionSnapshot, SessionStatus,
};
use e2e::fake_opencode::obedient::{ObedientOpenCode, choices};
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session};
use e2e::gateway::{Gateway, TOKEN};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

/// Of pod-a.
const SESSION: &str = "ses_00000001";
const ASK: &str = "per_00000001";
/// Of pod-b.
const OWN: &str = "ses_of_pod_b_01";

/// Every kind of event, from the frames that both ends are tested with.
fn every_event() -> Vec<Event> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge-protocol/golden");
    let files = std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap());
    let frames = texts.filter_map(|text| PluginFrame::decode(&text).ok());
    let events = frames.filter_map(|frame| match frame {
        PluginFrame::Event(event) => Some(event.event),
        _ => None,
    });
    let all: Vec<Event> = events.collect();
    let kinds: BTreeSet<&str> = all.iter().map(Event::name).collect();
    assert_eq!(
        kinds,
        BTreeSet::from(Event::NAMES),
        "a kind has no frame, so nobody knows whether it is refused"
    );
    all
}

/// The event, about this session.
fn about(event: Event, session: &str) -> Event {
    let described = |info: SessionInfo| SessionInfo { id: session.to_owned(), parent_id: None, ..info };
    let session_id = session.to_owned();
    match event {
        Event::SessionCreated { session } => Event::SessionCreated { session: described(session) },
        Event::SessionUpdated { session } => Event::SessionUpdated { session: described(session) },
        Event::PermissionAsked { ask } => Event::PermissionAsked { ask: PermissionAsk { session_id, ..ask } },
        Event::QuestionAsked { ask } => Event::QuestionAsked { ask: QuestionAsk { session_id, ..ask } },
        Event::ToolHeld { held } => {
            Event::ToolHeld { held: HeldTool { session_id, parents: vec![], ..held } }
        }
        Event::PermissionResolved { reply, .. } => {
            Event::PermissionResolved { permission_id: ASK.to_owned(), reply, by_gateway: false }
        }
        other => other,
    }
}

/// Events of sessions of its own that reach for the other pod's.
fn reaching() -> Vec<(&'static str, Event)> {
    let child = || SessionInfo { parent_id: Some(SESSION.to_owned()), ..made_session(OWN, "Child", "/work") };
    let held = || HeldTool {
        hold_id: "hold_of_b".to_owned(),
        session_id: OWN.to_owned(),
        directory: "/work".to_owned(),
        tool: "bash".to_owned(),
        call_id: "call_1".to_owned(),
        ..HeldTool::default()
    };
    let parents = vec![SESSION.to_owned()];
    vec![
        ("session.created", Event::SessionCreated { session: child() }),
        ("session.updated", Event::SessionUpdated { session: child() }),
        ("tool.held", Event::ToolHeld { held: HeldTool { parents, ..held() } }),
        ("ask", Event::ToolHeld { held: HeldTool { hold_id: ASK.to_owned(), ..held() } }),
        ("ask", Event::PermissionAsked { ask: permission(OWN, ASK) }),
        ("ask", Event::QuestionAsked { ask: question(OWN, ASK) }),
    ]
}

fn permission(session: &str, id: &str) -> PermissionAsk {
    PermissionAsk {
        id: id.to_owned(),
        session_id: session.to_owned(),
        directory: "/work".to_owned(),
        permission: "bash".to_owned(),
        patterns: vec!["make".to_owned()],
        always: vec![],
        metadata: serde_json::from_value(json!({ "command": "make" })).unwrap(),
        tool: None,
    }
}

fn question(session: &str, id: &str) -> QuestionAsk {
    let (id, session_id, directory) = (id.to_owned(), session.to_owned(), "/work".to_owned());
    QuestionAsk { id, session_id, directory, questions: vec![], tool: None }
}

/// A hello that is about the other pod from end to end; with it what each word counts as.
fn hostile_hello(boot: &str) -> (Hello, Vec<(&'static str, u64)>) {
    let snapshot = |session| SessionSnapshot { session, status: SessionStatus::Idle, turn: None };
    let child = SessionInfo { parent_id: Some(SESSION.to_owned()), ..made_session(OWN, "Child", "/work") };
    let held = |session: &str, hold: &str, parents: Vec<String>| HeldTool {
        hold_id: hold.to_owned(),
        session_id: session.to_owned(),
        directory: "/work".to_owned(),
        tool: "bash".to_owned(),
        call_id: "call_1".to_owned(),
        parents,
        ..HeldTool::default()
    };
    let told = Hello {
        sessions: vec![snapshot(made_session(SESSION, "Mine", "/work")), snapshot(child)],
        permissions: vec![permission(SESSION, "per_of_b"), permission(OWN, ASK)],
        questions: vec![question(SESSION, "que_of_b"), question(OWN, ASK)],
        held: vec![
            held(SESSION, "hold_1", vec![]),
            held(OWN, "hold_2", vec![SESSION.to_owned()]),
            held(OWN, ASK, vec![]),
        ],
        ..hello("pod-b", boot)
    };
    let counts = vec![
        ("hello.session", 2),
        ("hello.permission", 1),
        ("hello.question", 1),
        ("hello.held", 2),
        ("ask", 3),
    ];
    (told, counts)
}

struct Stage {
    gateway: Gateway,
    honest: ObedientOpenCode,
    hostile: Peer,
    hostile_token: String,
}

impl Stage {
    /// Pod-a has a session with an open ask; pod-b is there.
    async fn start(tokens: [&str; 2], gateway: Gateway) -> Self {
        let honest = ObedientOpenCode::connect_with(&gateway, tokens[0]).await;
        let start = json!({ "title": "Fix the login", "directory": "/work", "pod": "pod-a" });
        gateway.post("/api/v1/sessions", &start).await.unwrap();
        honest.asks(SESSION, ASK, "make deploy").await;
        gateway.until("the ask", "/api/v1/asks", |asks| asks[0]["state"] == "open").await.unwrap();
        let hostile = connect(&gateway, tokens[1], hello("pod-b", "boot-b")).await;
        Self { gateway, honest, hostile, hostile_token: tokens[1].to_owned() }
    }

    /// All that people see of the session.
    async fn seen(&self) -> Vec<Value> {
        let mut seen = vec![];
        for path in ["", "/thread", "/messages"] {
            // Reading messages asks the pod itself.
            let path = format!("/api/v1/sessions/{SESSION}{path}");
            seen.push(self.gateway.get(&path).await.unwrap());
        }
        seen.push(self.gateway.get("/api/v1/asks").await.unwrap());
        seen
    }

    async fn counted(&self, kind: &str) -> u64 {
        let metrics = self.gateway.get("/metrics").await.unwrap();
        let name = format!("gateway_bridge_foreign_total{{kind=\"{kind}\"}} ");
        let line = metrics.as_str().unwrap().lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("{kind} is not counted")).parse().unwrap()
    }

    /// The hostile pod says it, and hears that it was refused.
    async fn says(&mut self, seq: u64, session: &str, event: Event) {
        let what = event.name();
        let frame = EventFrame { seq, session_id: session.to_owned(), at: 1, traceparent: None, event };
        self.hostile.send(&PluginFrame::Event(Box::new(frame))).await.unwrap();
        let told = loop {
            match self.hostile.next_of_interest().await.unwrap() {
                Received::Frame(frame) => match *frame {
                    GatewayFrame::ProtocolError(error) => break error.message,
                    GatewayFrame::Request(request) => {
                        self.hostile.reply(&request.request_id, choices()).await.unwrap();
                    }
                    other => panic!("{what}: {other:?}"),
                },
                end => panic!("{what}: {end:?}"),
            }
        };
        assert!(told.contains("belongs to the pod pod-a"), "{what}: {told}");
    }

    /// Everything that a pod can say, and nothing comes of it.
    async fn holds(mut self) {
        let before = self.seen().await;
        let mut seq = 0;
        for event in every_event() {
            seq += 1;
            let (what, counted) = (event.name(), self.counted(event.name()).await);
            self.says(seq, SESSION, about(event, SESSION)).await;
            assert_eq!(self.counted(what).await, counted + 1, "{what}");
        }
        for (what, event) in reaching() {
            seq += 1;
            let counted = self.counted(what).await;
            self.says(seq, OWN, event).await;
            assert_eq!(self.counted(what).await, counted + 1, "{what}");
        }
        assert_eq!(self.seen().await, before, "nothing of pod-a changed");
        self.says_hello().await;
        assert_eq!(self.seen().await, before, "nothing of pod-a changed");
        self.replies().await;
        assert_eq!(self.seen().await, before, "nothing of pod-a changed");
        self.told_of();
        self.answer_goes_to_its_own_pod().await;
    }

    async fn says_hello(&mut self) {
        let (told, counts) = hostile_hello("boot-b2");
        let mut before = vec![];
        for (what, _) in &counts {
            before.push(self.counted(what).await);
        }
        self.hostile = connect(&self.gateway, &self.hostile_token, told).await;
        for ((what, more), before) in counts.into_iter().zip(before) {
            assert_eq!(self.counted(what).await, before + more, "{what}");
        }
        let own = self.gateway.get("/api/v1/sessions?limit=500").await.unwrap();
        assert!(!own.to_string().contains("per_of_b") && !own.to_string().contains("Child"), "{own}");
    }

    /// Asked to make a session it says that it is the other pod's.
    async fn replies(&mut self) {
        let start = json!({ "pod": "pod-b", "title": "New", "directory": "/work" });
        let starting = self.gateway.post("/api/v1/sessions", &start);
        let hostile = &mut self.hostile;
        let lying = async {
            loop {
                let request = hostile.next_request().await.unwrap();
                let makes = matches!(request.command, bridge_protocol::Command::SessionCreate { .. });
                let session = made_session(SESSION, "Mine", "/work");
                let result = if makes { ReplyResult::Session { session } } else { choices() };
                hostile.reply(&request.request_id, result).await.unwrap();
                if makes {
                    return;
                }
            }
        };
        let (made, ()) = tokio::join!(starting, lying);
        let refused = made.unwrap_err().to_string();
        assert!(refused.contains("belongs to the pod pod-a"), "{refused}");
        assert_eq!(self.counted("reply").await, 1);
    }

    /// It is in the log of the session, with who it was.
    fn told_of(&self) {
        let audit = self.gateway.audit().unwrap();
        let refused = audit.iter().filter(|entry| entry["what"] == "pod_refused").collect::<Vec<_>>();
        assert!(!refused.is_empty() && refused.len() < 30, "{} entries", refused.len());
        for entry in refused {
            assert_eq!(entry["session"], SESSION);
            assert!(entry["who"].as_str().unwrap().starts_with("pod:pod-b ("), "{entry}");
        }
    }

    async fn answer_goes_to_its_own_pod(mut self) {
        let path = format!("/api/v1/asks/{ASK}/answer");
        self.gateway.post(&path, &json!({ "answer": "once" })).await.unwrap();
        let reply = self.honest.next_reply().await;
        assert_eq!(
            (reply["session_id"].as_str(), reply["permission_id"].as_str()),
            (Some(SESSION), Some(ASK))
        );
        let over = |asks: &Value| asks.as_array().is_some_and(Vec::is_empty);
        self.gateway.until("the end of the ask", "/api/v1/asks", over).await.unwrap();
    }
}

async fn connect(gateway: &Gateway, token: &str, hello: Hello) -> Peer {
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
    Peer::connect(address, Some(token), hello).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_speaks_for_itself_only() {
    // REQ-WHO-04, H7
    let gateway = Gateway::start().await.unwrap();
    let tokens = ["pod-a", "pod-b"].map(|pod| gateway.cli(&["pod", "add", pod]).unwrap().trim().to_owned());
    Box::pin(Stage::start([&tokens[0], &tokens[1]], gateway).await.holds()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_shares_its_token_speaks_for_no_pod_that_is_connected() {
    // REQ-WHO-04, H7
    let gateway = Gateway::start().await.unwrap();
    Box::pin(Stage::start([TOKEN, TOKEN], gateway).await.holds()).await;
}
