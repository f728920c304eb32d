//! The limit of running sessions: who counts, what waits until there is room, and what is refused.

use crate::people::{new_session, with};
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use serde_json::{Value, json};

const FIRST: &str = "ses_00000001";
const SECOND: &str = "ses_00000002";

async fn until(gateway: &Gateway, session: &str, doing: &str) {
    let path = format!("/api/v1/sessions/{session}/thread");
    gateway.until(doing, &path, |thread| thread["card"]["doing"] == doing).await.unwrap();
}

async fn start(gateway: &Gateway, pod: &mut ObedientOpenCode, title: &str) {
    gateway.post("/api/v1/sessions", &new_session(title)).await.unwrap();
    assert_eq!(pod.next_prompt().await, format!("Do {title}."));
}

/// One session that is idle, and one that is all that may run.
async fn full() -> (Gateway, ObedientOpenCode, tempfile::TempDir) {
    let (gateway, folder) = with(&[], "running_sessions: 1\n").await;
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    start(&gateway, &mut pod, "one").await;
    pod.idle(FIRST).await;
    until(&gateway, FIRST, "idle").await;
    start(&gateway, &mut pod, "two").await;
    (gateway, pod, folder)
}

async fn say(gateway: &Gateway, session: &str, text: &str) -> Value {
    gateway.post(&format!("/api/v1/sessions/{session}/messages"), &json!({ "text": text })).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_an_idle_session_waits_for_room_and_says_why() {
    // REQ-START-09, B30: only starts were counted, so a message to an idle session went past the limit.
    let (gateway, mut pod, _folder) = full().await;
    let queued = say(&gateway, FIRST, "And now this.").await;
    assert_eq!(queued["verdict"], "queued", "{queued}");
    assert_eq!(queued["at_limit"]["running"], json!([{ "session": SECOND, "title": "two" }]), "{queued}");
    let thread = gateway.get(&format!("/api/v1/sessions/{FIRST}/thread")).await.unwrap();
    let notes: Vec<_> =
        thread["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "note").collect();
    let told = notes.last().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(told.contains("“two”") && told.contains("as soon as one of them finishes"), "{told}");
    assert_eq!((&thread["card"]["doing"], &thread["card"]["queued"]), (&json!("idle"), &json!(1)));
    pod.idle(SECOND).await;
    assert_eq!(pod.next_prompt().await, "And now this.");
    let other = say(&gateway, SECOND, "Also this.").await;
    assert_eq!(other["at_limit"]["running"][0]["session"], FIRST, "{other}");
    pod.idle(FIRST).await;
    assert_eq!(pod.next_prompt().await, "Also this.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_waits_for_a_person_does_not_count() {
    // B30
    let (gateway, mut pod, _folder) = full().await;
    pod.asks(SECOND, "per_1", "npm test").await;
    until(&gateway, SECOND, "waiting").await;
    assert_eq!(say(&gateway, FIRST, "And now this.").await["verdict"], "sent");
    assert_eq!(pod.next_prompt().await, "And now this.");
    let refused = gateway.post("/api/v1/sessions", &new_session("three")).await.unwrap_err().to_string();
    assert!(refused.contains("429") && refused.contains(FIRST) && !refused.contains(SECOND), "{refused}");
    // An answer is never kept back: its session has begun long ago.
    gateway.post("/api/v1/asks/per_1/answer", &json!({ "answer": "once" })).await.unwrap();
    pod.next_reply().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_starts_and_messages_at_once_stay_within_the_limit() {
    // REQ-START-09: each of them saw room, and all of them took it.
    let (gateway, _folder) = with(&[], "running_sessions: 2\n").await;
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    for n in 1..=4 {
        let title = n.to_string();
        start(&gateway, &mut pod, &title).await;
        pod.idle(&format!("ses_0000000{n}")).await;
        until(&gateway, &format!("ses_0000000{n}"), "idle").await;
    }
    let sessions = [1, 2, 3, 4].map(|n| format!("ses_0000000{n}"));
    let messages = sessions.each_ref().map(|session| say(&gateway, session, "Go on."));
    let begin = new_session("five");
    let (said, started) =
        tokio::join!(futures_util::future::join_all(messages), gateway.post("/api/v1/sessions", &begin));
    let sent = said.iter().filter(|one| one["verdict"] == "sent").count();
    assert_eq!(sent + usize::from(started.is_ok()), 2, "{said:#?} {started:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_room_survives_a_kill_of_the_gateway() {
    // REQ-START-09, REQ-STATE-03
    let (mut gateway, pod, _folder) = full().await;
    assert_eq!(say(&gateway, FIRST, "And now this.").await["verdict"], "queued");
    drop(pod);
    gateway.kill();
    gateway.spawn().await.unwrap();
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    pod.idle(SECOND).await;
    let mut prompt = pod.next_prompt().await;
    // The first may come again under its id, if the kill left its fate unknown.
    if prompt == "Do two." {
        prompt = pod.next_prompt().await;
    }
    assert_eq!(prompt, "And now this.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_terminal_the_running_ones_are_named_with_what_to_type() {
    // REQ-START-09
    let (gateway, pod, _folder) = full().await;
    let said = gateway.cli(&["sessions", "send", FIRST, "And now this."]).unwrap();
    for part in
        ["queued", "This gateway already has 1 running session", "gateway sessions show ses_00000002  # two"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    let create = ["sessions", "create", "--directory", "/work", "--title", "three"];
    let refused = gateway.cli(&create).unwrap_err().to_string();
    assert!(refused.contains("gateway sessions show ses_00000002  # two"), "{refused}");
    pod.idle(SECOND).await;
}
