//! Who is let in, and what they may: the outer walls, tried on the real gateway.

use crate::people::with;
use bridge_protocol::{Event, EventFrame, GatewayFrame, PluginFrame};
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session};
use e2e::gateway::{Gateway, TOKEN};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const SHOP: &str = "projects: { shop: { approvers: ['api:dora'] } }\n";

/// What somebody is told who does this as a program that acts for them.
async fn as_person(gateway: &Gateway, name: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = gateway.known().post(format!("{}{path}", gateway.url()));
    let answer = request.header("x-gateway-person", name).json(body).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test]
async fn without_a_token_set_nothing_is_answered_but_to_who_has_the_gateways_own() {
    // REQ-WHO-01, C3a: on loopback every local process was whoever it said it was, the agent's own shell too.
    let mut gateway = Gateway::prepare().unwrap();
    gateway.api_token = None;
    gateway.spawn().await.unwrap();
    let pod = ObedientOpenCode::connect(&gateway).await;
    gateway.post("/api/v1/sessions", &json!({ "title": "One", "directory": "/work" })).await.unwrap();
    pod.asks("ses_00000001", "per_00000001", "rm -rf /").await;
    gateway.until("the ask", "/api/v1/asks", |asks| asks[0]["state"] == "open").await.unwrap();
    let stranger = Client::new();
    let url = |path: &str| format!("{}{path}", gateway.url());
    let answer = stranger.post(url("/api/v1/asks/per_00000001/answer")).header("x-gateway-person", "anna");
    let told = answer.json(&json!({ "answer": "once" })).send().await.unwrap();
    assert_eq!(told.status(), StatusCode::UNAUTHORIZED);
    for path in ["/api/v1/me", "/api/v1/asks", "/api/v1/sessions", "/api/v1/audit"] {
        assert_eq!(
            stranger.get(url(path)).send().await.unwrap().status(),
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    assert_eq!(stranger.get(url("/healthz")).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(gateway.get("/api/v1/asks/per_00000001").await.unwrap()["state"], "open");
    // The command line finds it where the state is, and the log says where, but not what.
    assert!(gateway.cli(&["asks", "list"]).unwrap().contains("per_00000001"));
    let mut command = gateway.command(&["asks", "list"]).unwrap();
    let listed = command.env_remove("GATEWAY_API_TOKEN").output().unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let token = gateway.token().unwrap();
    assert!(gateway.log().contains("private/api-token") && !gateway.log().contains(&token));
    gateway.kill();
    gateway.spawn().await.unwrap();
    assert_eq!(gateway.token().unwrap(), token, "a restart signs nobody out");
}

#[tokio::test]
async fn a_link_signs_one_browser_in() {
    // REQ-WHO-01, C3a
    let gateway = Gateway::start().await.unwrap();
    let browser = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let link = gateway.cli(&["link", "--name", "Anna K."]).unwrap().trim().to_owned();
    let opened = browser.get(&link).send().await.unwrap();
    assert_eq!(
        (opened.status(), opened.headers()["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/")
    );
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let me =
        browser.get(format!("{}/api/v1/me", gateway.url())).header("cookie", cookie).send().await.unwrap();
    assert_eq!(me.json::<Value>().await.unwrap()["person"]["id"], "web:Anna K.");
    let again = browser.get(&link).header("cookie", cookie).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::SEE_OTHER, "whoever is in is led on");
    let used_up = browser.get(&link).send().await.unwrap();
    assert_eq!(used_up.status(), StatusCode::GONE);
    let told = used_up.text().await.unwrap();
    assert!(told.contains("run <code>gateway link</code>") && !told.contains("end of the log"), "{told}");
    assert!(told.contains("class=\"brand\""), "it looks like the sign-in page");
    assert!(!gateway.log().contains(link.split_once("key=").unwrap().1), "no key in the log");
}

#[tokio::test]
async fn the_rules_of_a_project_are_in_force_from_its_first_ask() {
    // REQ-ASK-10, M1: until OpenCode first described the session those of no project held.
    let (gateway, _folder) = with(&[], SHOP).await;
    let pod = ObedientOpenCode::connect(&gateway).await;
    let start = json!({ "title": "One", "directory": "/work", "project": "shop" });
    let made = gateway.post("/api/v1/sessions", &start).await.unwrap();
    pod.asks(made["id"].as_str().unwrap(), "per_00000001", "terraform destroy").await;
    let asked = |asks: &Value| asks[0]["state"] == "open";
    let asks = gateway.until("the ask", "/api/v1/asks", asked).await.unwrap();
    assert_eq!(asks[0]["rules"]["may_answer"], json!(["api:dora"]), "{asks:#}");
    let answer = json!({ "answer": "once" });
    let path = "/api/v1/asks/per_00000001/answer";
    assert_eq!(as_person(&gateway, "mallory", path, &answer).await.0, StatusCode::FORBIDDEN);
    assert_eq!(as_person(&gateway, "dora", path, &answer).await.0, StatusCode::OK);
}

#[tokio::test]
async fn only_who_may_answer_lets_held_writes_through_and_it_is_in_the_log() {
    // REQ-ASK-10, M2
    let (gateway, _folder) = with(&[], SHOP).await;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let start = json!({ "title": "One", "directory": "/work", "project": "shop" });
    let made = gateway.post("/api/v1/sessions", &start).await.unwrap();
    let path = format!("/api/v1/sessions/{}/hold", made["id"].as_str().unwrap());
    let (hold, lift) = (json!({ "hold": "writes" }), json!({ "hold": "none" }));
    assert_eq!(as_person(&gateway, "mallory", &path, &hold).await.0, StatusCode::NO_CONTENT);
    assert_eq!(as_person(&gateway, "mallory", &path, &lift).await.0, StatusCode::FORBIDDEN);
    assert_eq!(as_person(&gateway, "dora", &path, &lift).await.0, StatusCode::NO_CONTENT);
    let audit = gateway.audit().unwrap();
    let named = audit.iter().map(|entry| (entry["who"].as_str().unwrap(), entry["what"].as_str().unwrap()));
    let held: Vec<_> = named.filter(|(_, what)| *what != "started").collect();
    let wanted =
        [("api:mallory", "held_writes"), ("api:mallory", "refused"), ("api:dora", "let_writes_through")];
    assert_eq!(held, wanted, "{audit:#?}");
}

#[tokio::test]
async fn what_the_gateway_keeps_is_for_its_own_user_only() {
    // M7
    let mut gateway = Gateway::prepare().unwrap();
    std::fs::create_dir_all(gateway.state()).unwrap();
    std::fs::set_permissions(gateway.state(), std::fs::Permissions::from_mode(0o755)).unwrap();
    gateway.spawn().await.unwrap();
    let pod = ObedientOpenCode::connect(&gateway).await;
    gateway.post("/api/v1/sessions", &json!({ "title": "One", "directory": "/work" })).await.unwrap();
    pod.asks("ses_00000001", "per_00000001", "make").await;
    gateway.until("the ask", "/api/v1/asks", |asks| asks[0]["state"] == "open").await.unwrap();
    let (status, _) = gateway
        .call(Method::POST, "/api/v1/asks/per_00000001/answer", Some(&json!({ "answer": "once" })))
        .await
        .unwrap();
    assert!(status.is_success());
    gateway.terminate().await.unwrap();
    let mut folders = vec![gateway.state()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                seen += 1;
                assert_eq!(mode(&entry.path()) & 0o077, 0, "{}", entry.path().display());
            }
        }
    }
    assert!(seen > 5, "journal, audit log, records, git: {seen}");
}

#[tokio::test]
async fn two_people_who_take_the_same_key_mean_two_things() {
    // L2: ben got anna's session, or was told "sent" for a text that was dropped.
    let gateway = Gateway::start().await.unwrap();
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    let start = json!({ "title": "One", "directory": "/work", "key": "samekey0001" });
    let (first, hers) = as_person(&gateway, "anna", "/api/v1/sessions", &start).await;
    let (again, same) = as_person(&gateway, "anna", "/api/v1/sessions", &start).await;
    let (second, his) = as_person(&gateway, "ben", "/api/v1/sessions", &start).await;
    assert_eq!((first, again, second), (StatusCode::CREATED, StatusCode::OK, StatusCode::CREATED));
    assert_eq!(hers["id"], same["id"]);
    assert_ne!(hers["id"], his["id"]);
    let path = format!("/api/v1/sessions/{}/messages", hers["id"].as_str().unwrap());
    for (name, text) in [("anna", "Of anna."), ("ben", "Of ben.")] {
        let message = json!({ "text": text, "key": "samekey0002" });
        assert_eq!(as_person(&gateway, name, &path, &message).await.0, StatusCode::ACCEPTED, "{name}");
        pod.idle(hers["id"].as_str().unwrap()).await;
        assert_eq!(pod.next_prompt().await, text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_makes_up_sessions_is_told_so_and_costs_others_nothing() {
    // REQ-HARD-04, M10
    let gateway = Gateway::start().await.unwrap();
    let address = ([127, 0, 0, 1], gateway.port).into();
    let (mut flood, _) = Peer::connect(address, Some(TOKEN), hello("flood", "boot-1")).await.unwrap();
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let (mut acked, mut told, mut seq) = (0, None, 0);
    while acked < 3_000 {
        while seq < 3_000 && seq < acked + 500 {
            seq += 1;
            let session_id = format!("ses_flood_{seq}");
            let event = Event::SessionCreated { session: made_session(&session_id, "Made up", "/work") };
            let frame = EventFrame { seq, session_id, at: 1, traceparent: None, event };
            flood.feed(&PluginFrame::Event(Box::new(frame)).encode()).await.unwrap();
        }
        flood.flush().await.unwrap();
        match flood.next().await.unwrap() {
            Received::Frame(frame) => match *frame {
                GatewayFrame::Ack(ack) => acked = ack.seq,
                GatewayFrame::Ping(beat) => flood.send(&PluginFrame::Pong(beat)).await.unwrap(),
                GatewayFrame::ProtocolError(error) => told = Some(error.message),
                _ => {}
            },
            end => panic!("{end:?}"),
        }
    }
    assert!(told.is_some_and(|told| told.contains("too many new sessions at once")));
    let start = json!({ "title": "One", "directory": "/work", "pod": "pod-a" });
    gateway.post("/api/v1/sessions", &start).await.unwrap();
    let known = gateway.get("/api/v1/sessions?limit=500").await.unwrap().as_array().unwrap().len();
    assert!((400..500).contains(&known), "{known} sessions are known");
    let metrics = gateway.get("/metrics").await.unwrap();
    assert!(metrics.as_str().unwrap().contains(r#"gateway_bridge_dropped_events_total{kind="sessions"}"#));
}

#[tokio::test]
async fn a_parameter_that_nobody_knows_is_refused_by_its_name() {
    // A misspelt `limit` must not give another page than was meant.
    let gateway = Gateway::start().await.unwrap();
    let document = gateway.get("/openapi.json").await.unwrap();
    let asks_something = |operation: &&Value| {
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"))
    };
    let mut tried = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // A stream takes the id where it broke off, and begins with everything if that is not understood.
        let is_list = !path.ends_with("/events") && operations.get("get").filter(asks_something).is_some();
        if !is_list {
            continue;
        }
        let path = path.replace("{id}", "ses_00000001").replace("{key}", "aaaaaaaa");
        let answer = gateway.known().get(format!("{}{path}?limt=5", gateway.url())).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let told = answer.text().await.unwrap();
        assert!(told.contains("limt"), "{path}: {told}");
        tried += 1;
    }
    assert!(tried > 8, "{tried} lists were tried");
}

#[tokio::test]
async fn a_link_that_only_its_head_was_asked_of_still_works() {
    // REQ-WHO-01: programs look links up before a person opens them, and this one works once.
    let mut gateway = Gateway::prepare().unwrap();
    gateway.api_token = None;
    gateway.spawn().await.unwrap();
    let made = gateway.post("/api/v1/links", &json!({})).await.unwrap();
    let browser = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let link = format!("{}{}", gateway.url(), made["path"].as_str().unwrap());
    for (method, status) in [
        (Method::HEAD, StatusCode::NO_CONTENT),
        (Method::GET, StatusCode::SEE_OTHER),
        (Method::GET, StatusCode::GONE),
    ] {
        assert_eq!(browser.request(method, &link).send().await.unwrap().status(), status);
    }
}
