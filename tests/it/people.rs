//! What people do over the API, against the real gateway with a pod's double: sign in, start, write, steer, watch.

use bridge_protocol::{Command, Event, PartKind, PermissionAsk, Role, SessionInfo};
use e2e::fake_opencode::obedient::{ObedientOpenCode, info};
use e2e::gateway::Gateway;
use futures_util::{Stream, StreamExt};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const SECRET: &str = "api-token-of-the-tests";

pub(crate) fn new_session(title: &str) -> Value {
    json!({ "directory": "/work", "title": title, "prompt": format!("Do {title}.") })
}

pub(crate) async fn with(settings: &[(&str, &str)], rules: &str) -> (Gateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::prepare().unwrap();
    let path = folder.path().join("gateway.yaml");
    std::fs::write(&path, rules).unwrap();
    gateway.env = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    gateway.env.push(("GATEWAY_CONFIG".to_owned(), path.display().to_string()));
    gateway.spawn().await.unwrap();
    (gateway, folder)
}

#[tokio::test]
async fn at_the_limit_a_start_is_refused_with_what_is_running() {
    // REQ-START-09
    let (gateway, _folder) = with(&[], "running_sessions: 1\n").await;
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    gateway.post("/api/v1/sessions", &new_session("one")).await.unwrap();
    assert_eq!(pod.next_prompt().await, "Do one.");
    let refused = gateway.post("/api/v1/sessions", &new_session("two")).await.unwrap_err().to_string();
    assert!(
        refused.contains("429") && refused.contains(r#"{"session":"ses_00000001","title":"one"}"#),
        "{refused}"
    );
    pod.tells("ses_00000001", Event::SessionIdle {}).await;
    gateway.until("the end of the turn", "/api/v1/cards", |cards| cards[0]["doing"] == "idle").await.unwrap();
    gateway.post("/api/v1/sessions", &new_session("two")).await.unwrap();
}

#[tokio::test]
async fn messages_wait_while_the_agent_is_busy_also_over_a_kill_of_the_gateway() {
    // REQ-START-08, REQ-STATE-03
    let mut gateway = Gateway::start().await.unwrap();
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    gateway.post("/api/v1/sessions", &new_session("one")).await.unwrap();
    assert_eq!(pod.next_prompt().await, "Do one.");
    let path = "/api/v1/sessions/ses_00000001/messages";
    let said = gateway.post(path, &json!({ "text": "And then this.", "key": "key00001" })).await.unwrap();
    assert_eq!((&said["verdict"], &said["behind"]), (&json!("queued"), &json!(0)));
    gateway.kill();
    gateway.spawn().await.unwrap();
    let thread = gateway.get("/api/v1/sessions/ses_00000001/thread").await.unwrap();
    assert_eq!(thread["card"]["queued"], 1, "{thread:#}");
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    pod.tells("ses_00000001", Event::SessionIdle {}).await;
    // The first may come again under its id, if the kill left its fate unknown.
    let mut prompt = pod.next_prompt().await;
    if prompt == "Do one." {
        prompt = pod.next_prompt().await;
    }
    assert_eq!(prompt, "And then this.");
    // Sent again with the same key, it is written once.
    let again = gateway.post(path, &json!({ "text": "And then this.", "key": "key00001" })).await.unwrap();
    assert_eq!(again["verdict"], "sent");
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_session() {
    // REQ-START-01
    let gateway = Gateway::start().await.unwrap();
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let http = gateway.known();
    let send = || {
        let request = http.post(format!("{}/api/v1/sessions", gateway.url()));
        request.header("idempotency-key", "form-1").json(&new_session("one")).send()
    };
    let (first, second) = tokio::join!(send(), send());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.status(), second.status()), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.text().await.unwrap(), second.text().await.unwrap());
    assert_eq!(gateway.get("/api/v1/cards").await.unwrap().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_mention_never_starts_two_sessions_whatever_is_killed() {
    // REQ-START-07, REQ-STATE-03
    let mut gateway = Gateway::start().await.unwrap();
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    let mut start = new_session("one");
    start["key"] = json!("mention0001");
    let first = gateway.post("/api/v1/sessions", &start).await.unwrap();
    let made = pod.next().await;
    assert!(matches!(made, Command::SessionCreate { .. }), "{made:?}");
    assert_eq!(pod.next_prompt().await, "Do one.");
    gateway.kill();
    gateway.spawn().await.unwrap();
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    pod.tells("ses_00000001", Event::SessionUpdated { session: info(1, "one", "/work") }).await;
    gateway.until("the session", "/api/v1/sessions", |all| all[0]["title"] == "one").await.unwrap();
    let again = gateway.post("/api/v1/sessions", &start).await.unwrap();
    assert_eq!(again["id"], first["id"]);
    gateway.post("/api/v1/sessions", &new_session("two")).await.unwrap();
    // A message whose fate nobody knew may come again, under its id; the session is not made again.
    let made = loop {
        match pod.next().await {
            Command::SessionCreate { title, .. } => break title,
            Command::SessionMessage { message_id, .. } => assert_eq!(message_id, "msg_gwmention0001"),
            _ => {}
        }
    };
    assert_eq!(made, "two");
}

#[tokio::test]
async fn what_a_sub_agent_asks_can_be_answered_while_its_pod_is_away() {
    // REQ-ASK-08: after a restart the gateway does not know yet whose sub-agent asked.
    let mut gateway = Gateway::start().await.unwrap();
    let pod = ObedientOpenCode::connect(&gateway).await;
    gateway.post("/api/v1/sessions", &new_session("one")).await.unwrap();
    let child = SessionInfo { parent_id: Some("ses_00000001".to_owned()), ..info(2, "sub", "/work") };
    pod.tells("ses_00000002", Event::SessionCreated { session: child }).await;
    let ask = PermissionAsk {
        id: "per_00000001".to_owned(),
        session_id: "ses_00000002".to_owned(),
        directory: "/work".to_owned(),
        permission: "bash".to_owned(),
        patterns: vec!["make".to_owned()],
        always: vec![],
        metadata: serde_json::Map::new(),
        tool: None,
    };
    pod.tells("ses_00000002", Event::PermissionAsked { ask }).await;
    gateway.until("the ask", "/api/v1/asks", |asks| asks[0]["state"] == "open").await.unwrap();
    everywhere_the_threads_own(&gateway).await;
    gateway.kill();
    gateway.spawn().await.unwrap();
    everywhere_the_threads_own(&gateway).await;
    let answer = json!({ "answer": "once" });
    let told = gateway.post("/api/v1/asks/per_00000001/answer", &answer).await.unwrap();
    assert_eq!(told["verdict"], "taken_for_later");
}

/// CHAOS F10 p: the ask names the session that people see, and beside it the sub-agent's.
async fn everywhere_the_threads_own(gateway: &Gateway) {
    let of = |thread: &Value| thread["items"].as_array()?.iter().find(|item| item["kind"] == "ask").cloned();
    let path = "/api/v1/sessions/ses_00000001/thread";
    let thread = gateway.until("the ask in its thread", path, |thread| of(thread).is_some()).await.unwrap();
    let in_thread = of(&thread).unwrap();
    let url = format!("{}/api/v1/sessions/ses_00000001/thread/events", gateway.url());
    let first = gateway.known().get(url).send().await.unwrap().bytes_stream().next().await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    let data = first.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    let told: Value = serde_json::from_str(data).unwrap();
    let in_events = of(&told).unwrap();
    let asks = gateway.get("/api/v1/asks").await.unwrap();
    let one = gateway.get("/api/v1/asks/per_00000001").await.unwrap();
    for ask in [&in_thread["ask"], &in_events["ask"], &asks[0], &one] {
        let sessions = (&ask["session"], &ask["sub_agent"]);
        assert_eq!(sessions, (&json!("ses_00000001"), &json!("ses_00000002")), "{ask:#}");
    }
}

#[tokio::test]
async fn a_thread_is_told_as_it_grows() {
    // REQ-THREAD-02, REQ-CONSOLE-02
    let gateway = Gateway::start().await.unwrap();
    let pod = ObedientOpenCode::connect(&gateway).await;
    gateway.post("/api/v1/sessions", &new_session("one")).await.unwrap();
    let url = format!("{}/api/v1/sessions/ses_00000001/thread/events", gateway.url());
    let mut stream = gateway.known().get(url).send().await.unwrap().bytes_stream();
    let (mut told, mut offset) = (vec![], 0);
    for piece in ["Hello ", "wörld ", "tomorrow "] {
        let (message_id, part_id) = ("msg_1".to_owned(), "prt_1".to_owned());
        let (role, kind, content) = (Role::Assistant, PartKind::Text, piece.to_owned());
        let streamed = Event::PartStreamed { message_id, part_id, role, kind, offset, content };
        offset += piece.len() as u64;
        pod.tells("ses_00000001", streamed).await;
        // Before the next one is written, so that each is told as what was added.
        read_until(&mut stream, &mut told, piece.trim()).await;
    }
    let (message_id, part_id) = ("msg_1".to_owned(), "prt_1".to_owned());
    let (role, kind, content) = (Role::Assistant, PartKind::Text, "Hello wörld tomorrow, maybe.".to_owned());
    pod.tells(
        "ses_00000001",
        Event::PartCompleted { message_id, part_id, role, kind, content, took_ms: None },
    )
    .await;
    let told = read_until(&mut stream, &mut told, "maybe.").await;
    assert!(told.starts_with("event: thread\n"), "{told}");
    assert!(told.contains(r#""news":"grew""#), "text that grew is told as its end: {told}");
}

/// Reads on until the stream has told these words; returns all that it told so far.
async fn read_until<B: AsRef<[u8]>>(
    stream: &mut (impl Stream<Item = reqwest::Result<B>> + Unpin),
    told: &mut Vec<u8>,
    words: &str,
) -> String {
    let reading = async {
        loop {
            let text = String::from_utf8_lossy(told).into_owned();
            if text.contains(words) {
                return text;
            }
            told.extend_from_slice(stream.next().await.unwrap().unwrap().as_ref());
        }
    };
    tokio::time::timeout(e2e::PATIENCE, reading).await.unwrap_or_else(|_| panic!("nothing of {words:?}"))
}

#[tokio::test]
async fn people_sign_in_and_are_who_they_are() {
    // REQ-CONSOLE-03, REQ-ASK-10
    let (gateway, _folder) = with(&[("GATEWAY_API_TOKEN", SECRET)], "{}\n").await;
    let http = Client::new();
    let url = |path: &str| format!("{}/api/v1/{path}", gateway.url());
    assert_eq!(http.get(url("me")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let sign_in =
        |token: &str| http.post(url("sign-in")).json(&json!({ "token": token, "name": "Anna" })).send();
    let signed = sign_in(SECRET).await.unwrap();
    let cookie = signed.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let me = |headers: &[(&str, &str)]| {
        let request = http.get(url("me")).header("cookie", &cookie);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send()
    };
    // A person cannot name another; a page of another site gets nothing.
    let who: Value = me(&[("x-gateway-person", "boss")]).await.unwrap().json().await.unwrap();
    assert_eq!((&who["person"]["id"], &who["signed_in"]), (&json!("web:Anna"), &json!(true)));
    assert_eq!(me(&[("origin", "https://evil.test")]).await.unwrap().status(), StatusCode::FORBIDDEN);
    for _ in 0..5 {
        assert_eq!(sign_in("wrong").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    // M9: guesses are limited, logged and counted; whoever shares the address and has the token is let in.
    assert_eq!(sign_in("wrong").await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(sign_in(SECRET).await.unwrap().status(), StatusCode::OK);
    let guess = || http.get(url("me")).bearer_auth("a-guess-of-somebody").send();
    let limited = guess().await.unwrap();
    assert_eq!(limited.status(), StatusCode::UNAUTHORIZED);
    assert!(limited.text().await.unwrap().contains("Too many wrong tokens"));
    assert!(gateway.log().contains("wrong token refused"));
    let metrics = http.get(format!("{}/metrics", gateway.url())).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"gateway_access_wrong_tokens_total{door="sign_in"} 6"#), "{metrics}");
    assert!(metrics.contains(r#"gateway_access_wrong_tokens_total{door="api"} 1"#), "{metrics}");
    // M13: a copy of the cookie ends with the sign-out.
    let out = http.post(url("sign-out")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(me(&[]).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert!(!gateway.log().contains(SECRET), "no token in the log");
}
