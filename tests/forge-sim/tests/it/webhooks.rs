//! REQ-DELIVER-17: webhooks are signed, come once, and again only when asked.

use crate::client::{ask, get, jwt};
use crate::stage::{Stage, stage};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use forge_sim::{ForgeSim, Mishap};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Inbox {
    /// Event, id, payload.
    got: Mutex<Vec<(String, String, Value)>>,
    answers: Mutex<Option<u16>>,
}

async fn take(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: String) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"hush").unwrap();
    mac.update(body.as_bytes());
    assert_eq!(header("x-hub-signature-256"), format!("sha256={}", hex::encode(mac.finalize().into_bytes())));
    let payload = serde_json::from_str(&body).unwrap();
    inbox.got.lock().unwrap().push((header("x-github-event"), header("x-github-delivery"), payload));
    StatusCode::from_u16(inbox.answers.lock().unwrap().unwrap_or(204)).unwrap()
}

async fn listening() -> (Stage, Arc<Inbox>) {
    let stage = stage().await;
    let inbox = Arc::new(Inbox::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&inbox));
    tokio::spawn(async move { axum::serve(listener, router).await });
    stage.forge.webhook(&url, "hush");
    (stage, inbox)
}

async fn until(stage: &Stage, inbox: &Inbox, count: usize) -> Vec<(String, String, Value)> {
    let enough = |_: &ForgeSim| {
        let got = inbox.got.lock().unwrap();
        (got.len() >= count).then(|| got.clone())
    };
    stage.forge.until(&format!("{count} webhooks"), enough).await.unwrap()
}

#[tokio::test]
async fn what_happens_is_told_with_the_installation() {
    let (stage, inbox) = listening().await;
    stage.opened(true).await;
    stage.shop.comment("ann", 1, "hello").unwrap();
    stage.shop.review("ann", 1, "APPROVED", "").unwrap();
    let got = until(&stage, &inbox, 3).await;
    let events: Vec<&str> = got.iter().map(|(event, ..)| event.as_str()).collect();
    assert_eq!(events, ["pull_request", "issue_comment", "pull_request_review"]);
    assert_eq!(got[0].2["action"], "opened");
    assert_eq!(got[1].2["installation"]["id"], stage.installation);
    assert_eq!(
        (&got[2].2["review"]["state"], &got[2].2["sender"]["login"]),
        (&json!("approved"), &json!("ann"))
    );
}

#[tokio::test]
async fn one_that_was_refused_is_sent_again_on_request_with_the_same_id() {
    let (stage, inbox) = listening().await;
    *inbox.answers.lock().unwrap() = Some(500);
    stage.opened(false).await;
    let first = until(&stage, &inbox, 1).await.remove(0);
    *inbox.answers.lock().unwrap() = None;
    let jwt = jwt(&stage.forge);
    let failed = loop {
        let listed = get(&stage.forge, &jwt, "/app/hook/deliveries").await.expect(200);
        if listed[0]["status_code"] == 500 {
            break listed[0].clone();
        }
    };
    assert_eq!((&failed["guid"], &failed["redelivery"]), (&json!(first.1), &json!(false)));
    assert_eq!(inbox.got.lock().unwrap().len(), 1, "nothing comes by itself");
    let path = format!("/app/hook/deliveries/{}", failed["id"]);
    get(&stage.forge, &jwt, &path).await.expect(200);
    ask(&stage.forge, &jwt, "POST", &format!("{path}/attempts"), Value::Null).await.expect(202);
    let again = until(&stage, &inbox, 2).await.remove(1);
    assert_eq!(again, first);
}

#[tokio::test]
async fn they_are_lost_doubled_and_overtaken() {
    let (stage, inbox) = listening().await;
    stage.opened(false).await;
    until(&stage, &inbox, 1).await;
    stage.forge.mishap(Mishap::Lost, 1);
    stage.shop.comment("ann", 1, "lost").unwrap();
    stage.forge.mishap(Mishap::Doubled, 1);
    stage.shop.comment("ann", 1, "twice").unwrap();
    stage.forge.mishap(Mishap::Overtaken, 1);
    stage.shop.comment("ann", 1, "early").unwrap();
    stage.shop.comment("ann", 1, "late").unwrap();
    let got = until(&stage, &inbox, 5).await;
    let texts: Vec<&str> =
        got[1..].iter().map(|(.., payload)| payload["comment"]["body"].as_str().unwrap()).collect();
    assert_eq!(texts, ["twice", "twice", "late", "early"]);
    assert_eq!(got[1].1, got[2].1);
    let listed = get(&stage.forge, &jwt(&stage.forge), "/app/hook/deliveries?per_page=100").await.expect(200);
    assert!(listed.as_array().unwrap().iter().any(|one| one["status"] == "timed out"));
}
