//! Server-sent events of the real gateway: whoever comes back gets what came after the last event that it took.

use bridge_protocol::{EventFrame, PluginFrame, SessionInfo, SessionSnapshot, SessionStatus};
use e2e::fake_opencode::wire::{Peer, hello, streamed};
use e2e::gateway::{Gateway, TOKEN};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;

const SESSION: &str = "ses_streamed_1";
const THREAD: &str = "/api/v1/sessions/ses_streamed_1/thread/events";
const CARDS: &str = "/api/v1/cards/events";

/// An event as it came over the wire.
#[derive(Debug)]
struct StreamEvent {
    name: String,
    id: Option<String>,
    data: Value,
}

struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    async fn open(gateway: &Gateway, path: &str, since: Option<&str>) -> Self {
        let mut request = gateway.known().get(format!("{}{path}", gateway.url()));
        if let Some(id) = since {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap().error_for_status().unwrap();
        Self { response, text: String::new() }
    }

    async fn next(&mut self) -> StreamEvent {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (told, rest) = (parse(block), rest.to_owned());
                self.text = rest;
                if let Some(told) = told {
                    return told;
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk()).await;
            let chunk = chunk.expect("the stream says nothing").unwrap().expect("the stream ended");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads until the condition holds.
    async fn until(&mut self, condition: impl Fn(&StreamEvent) -> bool) -> StreamEvent {
        loop {
            let told = self.next().await;
            if condition(&told) {
                return told;
            }
        }
    }
}

fn parse(block: &str) -> Option<StreamEvent> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let data = serde_json::from_str(field("data:")?).unwrap();
    Some(StreamEvent { name: field("event:")?.to_owned(), id: field("id:").map(str::to_owned), data })
}

/// A pod with one session.
async fn pod(gateway: &Gateway) -> Peer {
    let session = SessionInfo {
        id: SESSION.to_owned(),
        title: "Streamed".to_owned(),
        directory: "/work".to_owned(),
        parent_id: None,
        agent: None,
        model: None,
        created_at: 1_000,
        updated_at: 1_000,
        archived: false,
    };
    let mut hello = hello("pod-a", "boot-1");
    hello.sessions = vec![SessionSnapshot { session, status: SessionStatus::Busy, turn: None }];
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
    Peer::connect(address, Some(TOKEN), hello).await.unwrap().0
}

async fn says(peer: &mut Peer, seq: u64, offset: u64, text: &str) {
    let frame: EventFrame = streamed(seq, SESSION, offset, text);
    peer.send(&PluginFrame::Event(Box::new(frame))).await.unwrap();
}

/// Whether the event tells this text, in an item or as what was added to one.
fn tells(told: &StreamEvent, text: &str) -> bool {
    let said = [&told.data["item"]["text"], &told.data["added"]];
    said.into_iter().filter_map(Value::as_str).any(|said| said.contains(text))
}

#[tokio::test]
async fn a_thread_goes_on_behind_the_last_event_and_begins_anew_after_a_restart() {
    // REQ-CONSOLE-02
    let mut gateway = Gateway::start().await.unwrap();
    let mut peer = pod(&gateway).await;
    gateway.until("the session", "/api/v1/sessions", |all| all[0]["id"] == SESSION).await.unwrap();
    let mut first = Stream::open(&gateway, THREAD, None).await;
    assert_eq!(first.next().await.name, "thread", "without an id a stream begins with the whole");
    // The last line is not shown before it is complete: it might be half a secret.
    says(&mut peer, 1, 0, "one\n").await;
    let last = first.until(|told| tells(told, "one")).await.id.unwrap();
    drop(first);

    says(&mut peer, 2, 4, "two\n").await;
    let mut watcher = Stream::open(&gateway, THREAD, None).await;
    watcher.until(|told| told.data.to_string().contains("two")).await;
    drop(watcher);
    let mut second = Stream::open(&gateway, THREAD, Some(&last)).await;
    assert_eq!(second.next().await.name, "resumed");
    let missed = second.next().await;
    assert!(tells(&missed, "one") && tells(&missed, "two"), "the item as it is now: {missed:?}");
    // What follows is told as what was added.
    says(&mut peer, 3, 8, "three\n").await;
    let grown = second.until(|told| told.data["news"] == "grew").await;
    assert!(tells(&grown, "three") && !tells(&grown, "two"), "{grown:?}");
    drop(second);

    // The id may come in the query too.
    let query = format!("{THREAD}?last_event_id={}", grown.id.as_deref().unwrap());
    assert_eq!(Stream::open(&gateway, &query, None).await.next().await.name, "resumed");
    gateway.kill();
    gateway.spawn().await.unwrap();
    let _peer = pod(&gateway).await;
    gateway.until("the session", "/api/v1/sessions", |all| all[0]["id"] == SESSION).await.unwrap();
    let anew = Stream::open(&gateway, THREAD, grown.id.as_deref()).await.next().await;
    assert_eq!(anew.name, "thread", "numbers of another run say nothing");
}

#[tokio::test]
async fn cards_go_on_behind_the_last_event() {
    // REQ-CONSOLE-02
    let mut gateway = Gateway::start().await.unwrap();
    let peer = pod(&gateway).await;
    gateway.until("the session", "/api/v1/sessions", |all| all[0]["id"] == SESSION).await.unwrap();
    Stream::open(&gateway, THREAD, None).await.next().await;
    let mut first = Stream::open(&gateway, CARDS, None).await;
    let all = first.next().await;
    assert_eq!((all.name.as_str(), all.data[0]["online"].as_bool()), ("cards", Some(true)));
    drop(peer);
    let offline = first.until(|told| told.data["online"] == false).await;
    drop(first);
    let mut second = Stream::open(&gateway, CARDS, all.id.as_deref()).await;
    assert_eq!(second.next().await.name, "resumed");
    let missed = second.next().await;
    assert_eq!((missed.id, missed.data), (offline.id, offline.data), "each card once, as it is now");
    gateway.kill();
    gateway.spawn().await.unwrap();
    let anew = Stream::open(&gateway, CARDS, all.id.as_deref()).await.next().await;
    assert_eq!(anew.name, "cards");
}
