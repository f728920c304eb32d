//! Slack's own streams: each ends as the same message as without them, whatever happens on the way.

use super::stage::OutboundStage;
use super::{ONE, note};
use e2e::slack::world::World;
use e2e::slack::{Fault, Message, Oddities, Often};
use gateway::slack::config::Streaming;
use gateway_domain::ThreadLocation;
use std::time::Duration;

async fn streaming() -> (OutboundStage, ThreadLocation) {
    let stage = OutboundStage::start_with(Streaming::Everywhere).await.unwrap();
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    (stage, location)
}

/// Says so much of a text, and waits until a stream shows it.
async fn streams(stage: &OutboundStage, location: &ThreadLocation, text: &str, until: &str) -> Message {
    stage.says(ONE, "a", 1_000, text, false).await;
    let message = stage.shown(location, until).await;
    assert!(message.stream.as_ref().is_some_and(|stream| !stream.done), "{message:?}");
    message
}

/// The text is told to its end, and is there once, as one message.
async fn ends(stage: &OutboundStage, location: &ThreadLocation, text: &str) -> Message {
    stage.says(ONE, "a", 1_000, text, true).await;
    let settled = |world: &mut World| {
        let channel = world.channels.get(&location.channel)?;
        let all: Vec<&Message> = channel.thread(&location.thread).skip(1).collect();
        let whole = |one: &&&Message| one.all_text().contains(text.trim()) && one.metadata.is_some();
        all.iter().find(whole).map(|one| (*one).clone())
    };
    let message = stage.slack.until("the whole text", settled).await.unwrap();
    // What was posted in order behind it shows that nothing of it comes later.
    stage.outlet().note(location, ONE, "behind", note("behind it")).await;
    let first = text.split_whitespace().next().unwrap();
    assert_eq!(stage.showing(location, first).len(), 1, "{}", stage.slack.transcript());
    assert_eq!(message.text, text.trim());
    let shown = message.all_text();
    assert!(shown.contains(text) && !shown.contains("Thinking"), "{shown}");
    message
}

fn called(stage: &OutboundStage, method: &str) -> usize {
    stage.slack.calls(method).len()
}

#[tokio::test]
async fn a_text_streams_and_ends_as_the_same_message_as_one_that_was_drawn_anew() {
    // REQ-THREAD-02, REQ-SLACK-04
    let (stage, location) = streaming().await;
    streams(&stage, &location, "First words and ", "First words").await;
    let updates = called(&stage, "chat.update");
    streams(&stage, &location, "First words and more of them follow ", "more of them").await;
    assert_eq!(called(&stage, "chat.update"), updates, "nothing is drawn anew meanwhile");
    let whole = "First words and more of them follow until the end";
    let streamed = ends(&stage, &location, whole).await;
    assert_eq!((called(&stage, "chat.startStream"), called(&stage, "chat.stopStream")), (1, 1));

    let plain = OutboundStage::start().await.unwrap();
    let there = plain.session(ONE).await;
    plain.shown(&there, "Session:*").await;
    plain.says(ONE, "a", 1_000, "First words and ", false).await;
    plain.shown(&there, "Thinking").await;
    let drawn = ends(&plain, &there, whole).await;
    assert_eq!(called(&plain, "chat.startStream"), 0, "in a channel only one person would see it grow");
    assert_eq!((&streamed.text, &streamed.blocks), (&drawn.text, &drawn.blocks));
    assert_eq!(streamed.metadata, drawn.metadata);
}

#[tokio::test]
async fn in_a_direct_conversation_text_streams_by_itself() {
    // REQ-THREAD-02
    let mut stage = OutboundStage::start().await.unwrap();
    let ann = stage.slack.person("ann");
    stage.channel = stage.slack.world(|world| world.direct(&ann.id));
    let location = stage.session(ONE).await;
    stage.shown(&location, "Session:*").await;
    streams(&stage, &location, "First words and ", "First words").await;
    ends(&stage, &location, "First words and the last one").await;
}

#[tokio::test]
async fn an_ask_does_not_wait_behind_a_stream() {
    // REQ-ASK-01
    let (stage, location) = streaming().await;
    let stream = streams(&stage, &location, "First words and ", "First words").await;
    stage.asks(ONE, "npm test").await;
    let card = stage.shown(&location, "Run `npm test`?").await;
    assert!(card.ts > stream.ts && stage.showing(&location, "First words")[0].stream.is_some());
    ends(&stage, &location, "First words and the last one").await;
}

#[tokio::test]
async fn a_stream_is_ended_before_slack_ends_it_and_goes_on_with_updates() {
    // REQ-THREAD-02
    let (stage, location) = streaming().await;
    let stream = streams(&stage, &location, "First words and ", "First words").await;
    stage.skip(Duration::from_mins(4));
    let ended = |world: &mut World| {
        let message = &world.channels[&location.channel].messages[&stream.ts];
        (message.stream.as_ref().is_some_and(|stream| stream.done) && message.metadata.is_some())
            .then_some(())
    };
    stage.slack.until("its end", ended).await.unwrap();
    stage.says(ONE, "a", 1_000, "First words and more of them follow ", false).await;
    let message = stage.shown(&location, "more of them").await;
    assert_eq!(message.ts, stream.ts, "it is the same message");
    assert!(message.all_text().contains("Thinking"));
    ends(&stage, &location, "First words and more of them follow until the end").await;
    assert_eq!(called(&stage, "chat.startStream"), 1);
}

#[tokio::test]
async fn a_stream_that_slack_ended_by_itself_is_drawn_anew() {
    // REQ-THREAD-02
    let (stage, location) = streaming().await;
    let stream = streams(&stage, &location, "First words and ", "First words").await;
    stage.slack.skip(Duration::from_mins(6));
    stage.says(ONE, "a", 1_000, "First words and more of them follow ", false).await;
    let message = stage.shown(&location, "more of them").await;
    assert_eq!(message.ts, stream.ts);
    ends(&stage, &location, "First words and more of them follow until the end").await;
}

#[tokio::test]
async fn where_slack_refuses_streams_text_is_drawn_with_updates_and_nobody_asks_again() {
    // REQ-THREAD-02
    for refusal in ["unknown_method", "missing_recipient_user_id", "invalid_chunks"] {
        let (stage, location) = streaming().await;
        stage.slack.fail("chat.startStream", Fault::Error(refusal.into()), Often::Next(1));
        stage.says(ONE, "a", 1_000, "First words and ", false).await;
        let message = stage.shown(&location, "First words").await;
        assert!(message.stream.is_none() && message.all_text().contains("Thinking"), "{message:?}");
        ends(&stage, &location, "First words and the last one").await;
        stage.says(ONE, "b", 2_000, "Second words and ", false).await;
        stage.shown(&location, "Second words").await;
        assert_eq!(called(&stage, "chat.startStream"), 1, "{refusal}");
    }
}

#[tokio::test]
async fn what_goes_wrong_in_a_stream_ends_it_and_loses_nothing() {
    // REQ-SLACK-03
    let trouble = [
        ("chat.appendStream", Fault::ResetAfter),
        ("chat.appendStream", Fault::Error("message_not_in_streaming_state".into())),
        ("chat.appendStream", Fault::RateLimited(1)),
        ("chat.stopStream", Fault::StatusAfter(503)),
        ("chat.stopStream", Fault::Status(503)),
        ("chat.stopStream", Fault::RateLimited(1)),
        ("chat.startStream", Fault::RateLimited(1)),
    ];
    for (method, fault) in trouble {
        let (stage, location) = streaming().await;
        stage.slack.fail(method, fault.clone(), Often::Next(1));
        stage.says(ONE, "a", 1_000, "First words and ", false).await;
        stage.shown(&location, "First words").await;
        stage.says(ONE, "a", 1_000, "First words and more of them follow ", false).await;
        stage.shown(&location, "more of them").await;
        ends(&stage, &location, "First words and more of them follow until the end").await;
        assert!(stage.dead_letters().is_empty(), "{method} {fault:?}");
    }
}

#[tokio::test]
async fn a_stream_that_began_without_saying_so_is_taken_over() {
    // REQ-SLACK-05, I3: by the name of its block, or because nothing else of ours has no name
    for nameless_streams in [false, true] {
        for fault in [Fault::StatusAfter(503), Fault::ResetAfter, Fault::ResetBefore] {
            let (stage, location) = streaming().await;
            stage.slack.oddities(Oddities { nameless_streams, ..Oddities::default() });
            stage.outlet().note(&location, ONE, "before", note("before it")).await;
            stage.slack.fail("chat.startStream", fault.clone(), Often::Next(1));
            stage.says(ONE, "a", 1_000, "First words and ", false).await;
            stage.shown(&location, "First words").await;
            ends(&stage, &location, "First words and the last one").await;
            assert_eq!(called(&stage, "chat.startStream"), 1, "{fault:?}");
            assert_eq!(stage.thread(&location).len(), 4, "{fault:?}: {}", stage.slack.transcript());
        }
    }
}

#[tokio::test]
async fn killed_while_a_text_streams_the_gateway_goes_on_with_the_same_message() {
    // REQ-STATE-03, REQ-SLACK-05, I3
    let (mut stage, location) = streaming().await;
    let stream = streams(&stage, &location, "First words and ", "First words").await;
    stage.crash().await;
    stage.begin().await.unwrap();
    let message = ends(&stage, &location, "First words and the last one").await;
    assert_eq!(message.ts, stream.ts);
    assert!(message.stream.is_some_and(|stream| stream.done));
}

#[tokio::test]
async fn killed_before_it_is_known_that_a_stream_began_the_gateway_finds_it() {
    // REQ-STATE-03, REQ-SLACK-05, I3
    for (nameless_streams, fault, messages) in
        [(false, Fault::TimeoutAfter, 1), (true, Fault::TimeoutAfter, 1), (false, Fault::TimeoutBefore, 0)]
    {
        let (mut stage, location) = streaming().await;
        stage.slack.oddities(Oddities { nameless_streams, ..Oddities::default() });
        stage.slack.fail("chat.startStream", fault.clone(), Often::Next(1));
        stage.says(ONE, "a", 1_000, "First words and ", false).await;
        let tried = |world: &mut World| {
            world.witness.calls.iter().any(|call| call.method == "chat.startStream").then_some(())
        };
        stage.slack.until("the try", tried).await.unwrap();
        stage.crash().await;
        assert_eq!(stage.thread(&location).len(), 1 + messages, "{fault:?}");
        stage.begin().await.unwrap();
        ends(&stage, &location, "First words and the last one").await;
        assert_eq!(stage.thread(&location).len(), 3, "{fault:?}: {}", stage.slack.transcript());
    }
}
