//! Faults: what is lost comes again or is told, and what was taken without an answer is there.

use super::app::{App, Socket, ticket, yes};
use e2e::slack::{Fault, Mishap, Oddities, Often, Pace, Settings, SlackSim};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn quick() -> SlackSim {
    let event_retries = [0, 200, 1000].map(Duration::from_millis).to_vec();
    let pace = Pace { ack: Duration::from_millis(300), event_retries, ..Pace::real() };
    SlackSim::start_with(Settings { pace, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn an_event_that_nobody_acknowledges_comes_again_and_a_click_is_told() {
    let slack = quick().await;
    let ann = slack.person("ann");
    let dev = slack.channel("dev", &[&ann]);
    let mut socket = Socket::open(&slack, |_| None).await;
    ann.says("dev", "hello");
    let tries = [socket.next().await, socket.next().await, socket.next().await, socket.next().await];
    let attempts = tries.each_ref().map(|frame| frame["retry_attempt"].as_u64().unwrap());
    assert_eq!(attempts, [0, 1, 2, 3]);
    assert_eq!(tries[1]["retry_reason"], "timeout");
    assert_eq!(tries[3]["payload"]["event_id"], tries[0]["payload"]["event_id"]);
    assert_ne!(tries[3]["envelope_id"], tries[0]["envelope_id"]);
    let receipt = ann.command(&dev, "/agent", "").await;
    assert!(!receipt.acked());
    assert_eq!((receipt.tries, ann.errors().len()), (1, 1));
}

#[tokio::test]
async fn an_event_waits_for_a_socket() {
    let slack = quick().await;
    let ann = slack.person("ann");
    slack.channel("dev", &[&ann]);
    ann.says("dev", "hello");
    let mut socket = Socket::open(&slack, yes).await;
    let late = socket.next().await;
    assert!(late["retry_attempt"].as_u64().unwrap() > 0, "{late}");
    assert_eq!(late["retry_reason"], "no_websocket");
}

#[tokio::test]
async fn ten_sockets_and_no_more_each_with_a_ticket_of_its_own() {
    let slack = quick().await;
    let url = ticket(&slack).await;
    let (_first, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    assert!(tokio_tungstenite::connect_async(&url).await.is_err(), "a ticket is good for one");
    let mut open = Vec::new();
    for _ in 0..9 {
        open.push(Socket::open(&slack, yes).await);
    }
    let (mut eleventh, _) = tokio_tungstenite::connect_async(ticket(&slack).await).await.unwrap();
    let told = futures_util::StreamExt::next(&mut eleventh).await.unwrap().unwrap();
    assert!(told.to_text().unwrap().contains("too_many_websockets"));
    let ann = slack.person("ann");
    slack.channel("dev", &[&ann]);
    for _ in 0..60 {
        ann.says("dev", "hello");
    }
    let heard = slack.until("all acks", |world| (world.witness.ack_times().len() >= 50).then_some(())).await;
    heard.unwrap();
    slack.refresh_sockets();
    for socket in &mut open {
        assert_eq!(socket.next_of("disconnect").await["reason"], "refresh_requested");
    }
    assert_eq!(slack.world(|world| world.sockets.count()), 0);
}

#[tokio::test]
async fn a_call_without_an_answer_may_have_been_taken() {
    let slack = quick().await;
    let dev = slack.channel("dev", &[]);
    let app = App::of(&slack);
    let post = json!({ "channel": dev, "text": "did it?" });
    for (fault, taken) in [
        (Fault::ResetBefore, 0),
        (Fault::ResetAfter, 1),
        (Fault::Status(503), 1),
        (Fault::StatusAfter(500), 2),
    ] {
        slack.fail("chat.postMessage", fault.clone(), Often::Next(1));
        assert!(app.answer("chat.postMessage", post.clone()).await.is_err(), "{fault:?}");
        assert_eq!(slack.messages("dev").len(), taken, "{fault:?}");
    }
    for (fault, taken) in [(Fault::TimeoutBefore, 2), (Fault::TimeoutAfter, 3)] {
        slack.fail("*", fault.clone(), Often::Next(1));
        let answer =
            tokio::time::timeout(Duration::from_millis(300), app.answer("chat.postMessage", post.clone()));
        assert!(answer.await.is_err(), "{fault:?}");
        assert_eq!(slack.messages("dev").len(), taken, "{fault:?}");
        slack.skip(Duration::from_secs(5));
    }
    slack.fail("chat.postMessage", Fault::RateLimited(7), Often::Next(1));
    assert_eq!(app.error("chat.postMessage", post.clone()).await, "ratelimited");
    slack.fail("chat.postMessage", Fault::Slow(Duration::from_millis(200)), Often::Next(1));
    let began = Instant::now();
    assert_eq!(app.error("chat.postMessage", post).await, "ok");
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn deliveries_get_lost_come_twice_and_out_of_order() {
    let slack = quick().await;
    let ann = slack.person("ann");
    slack.channel("dev", &[&ann]);
    let mut socket = Socket::open(&slack, yes).await;
    slack.mishap(Mishap::Drop, Often::Next(1));
    ann.says("dev", "lost");
    slack.mishap(Mishap::Duplicate, Often::Next(1));
    ann.says("dev", "twice");
    slack.mishap(Mishap::Reorder, Often::Next(1));
    ann.says("dev", "first");
    ann.says("dev", "second");
    let mut texts = Vec::new();
    for _ in 0..4 {
        texts.push(socket.next().await["payload"]["event"]["text"].as_str().unwrap().to_owned());
    }
    assert_eq!(texts, ["twice", "twice", "second", "first"]);
}

#[tokio::test]
async fn payloads_may_be_odd() {
    let slack = quick().await;
    let ann = slack.person("ann");
    slack.channel("dev", &[&ann]);
    let mut socket = Socket::open(&slack, yes).await;
    slack.oddities(Oddities {
        null_team: true,
        wild_metadata: true,
        extra_fields: true,
        unknown_frames: true,
        nameless_streams: false,
    });
    let spot = ann.says("dev", "hello");
    assert_eq!(socket.next().await["type"], "frame_of_tomorrow");
    let event = socket.next().await["payload"].clone();
    assert_eq!(event["team_id"], Value::Null);
    assert_eq!(event["event"]["metadata"]["event_payload"]["number"], 7);
    assert!(event["x_of_tomorrow"].is_object());
    assert!(ann.click_stale(&spot, "old", "old_allow", "v1").await.unwrap().acked());
}

#[tokio::test]
async fn old_sockets_are_warned_and_refreshed() {
    let slack = quick().await;
    let mut socket = Socket::open(&slack, yes).await;
    slack.skip(Duration::from_secs(18_052));
    assert_eq!(socket.next().await["reason"], "warning");
    slack.skip(Duration::from_secs(10));
    assert_eq!(socket.next().await["reason"], "refresh_requested");
    slack.disable_link();
    let request = reqwest::Client::new().post(format!("{}/apps.connections.open", slack.api_url()));
    let answer: Value = request.bearer_auth(slack.app_token()).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["error"], "socket_mode_not_enabled");
}
