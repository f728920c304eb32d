//! Files that a person adds to a message, on their way to a real OpenCode and its model.

use e2e::gateway::{API_TOKEN, TOKEN};
use e2e::opencode_stage::{OpenCodeStage, texts};
use e2e::wait;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::PathBuf;

/// "the plan is green", as base64.
const PLAN: &str = "dGhlIHBsYW4gaXMgZ3JlZW4=";

/// A picture of one pixel, as base64.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// "<script>alert(1)</script> token ghp_…", as base64.
const PAGE: &str =
    "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0PiB0b2tlbiBnaHBfYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5";

fn messages(session: &str) -> String {
    format!("/api/v1/sessions/{session}/messages")
}

fn thread(session: &str) -> String {
    format!("/api/v1/sessions/{session}/thread")
}

/// Files that wait on the gateway's disk.
fn waiting(stage: &OpenCodeStage) -> Vec<PathBuf> {
    let folder = stage.gateway.state().join("files");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn files_in(thread: &Value) -> Vec<&Value> {
    let items = thread["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["files"].as_array()).flatten().map(|file| &file["name"]).collect()
}

/// Where each file of the thread is, with its name.
fn addresses(session: &str, thread: &Value) -> Vec<String> {
    let items = thread["items"].as_array().into_iter().flatten();
    let of = |item: &Value| {
        let key = item["key"].as_str().unwrap_or_default().to_owned();
        let files = item["files"].as_array().cloned().unwrap_or_default();
        files.into_iter().map(move |file| (key.clone(), file["id"].as_str().unwrap_or_default().to_owned()))
    };
    items.flat_map(of).map(|(key, id)| format!("{}/{key}/files/{id}", messages(session))).collect()
}

/// What a browser gets, with the headers that decide what it does with it.
async fn opened(stage: &OpenCodeStage, address: &str) -> (StatusCode, [String; 4], Vec<u8>) {
    let got = reqwest::Client::new().get(format!("{}{address}", stage.gateway.url()));
    let got = got.bearer_auth(API_TOKEN).send().await.unwrap();
    let names = ["content-type", "content-disposition", "content-security-policy", "x-content-type-options"];
    let headers = names.map(|name| {
        got.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    });
    (got.status(), headers, got.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn files_of_a_message_can_be_opened_while_it_waits_and_when_the_agent_has_it() {
    // B33
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Opened").await.unwrap();
    let files = json!([{ "name": "pixel.png", "content": PIXEL }, { "name": "pläne.html", "content": PAGE }]);
    stage.gateway.post(&format!("/api/v1/sessions/{session}/pause"), &json!({})).await.unwrap();
    let message = json!({ "text": "Look.", "key": "opened00001", "files": files });
    stage.gateway.post(&messages(&session), &message).await.unwrap();
    let thread_of = async |stage: &OpenCodeStage| {
        let there = |thread: &Value| files_in(thread) == [&json!("pixel.png"), &json!("pläne.html")];
        stage.gateway.until("the files", &thread(&session), there).await.unwrap()
    };
    let waiting_at = addresses(&session, &thread_of(&stage).await);
    let first = (opened(&stage, &waiting_at[0]).await, opened(&stage, &waiting_at[1]).await);
    stage.gateway.post(&format!("/api/v1/sessions/{session}/resume"), &json!({})).await.unwrap();
    stage.until_said(&session, "You said:").await.unwrap();
    wait::until("an empty shelf", async || waiting(&stage).is_empty()).await.unwrap();
    let at = addresses(&session, &thread_of(&stage).await);
    assert_eq!(at, waiting_at, "the address stays");
    let second = (opened(&stage, &at[0]).await, opened(&stage, &at[1]).await);
    assert_eq!(first, second, "from the gateway's disk and from OpenCode");
    let ((status, [kind, shown, policy, sniff], picture), (_, [text, kept, ..], words)) = second;
    assert_eq!((status, kind.as_str(), sniff.as_str()), (StatusCode::OK, "image/png", "nosniff"));
    assert!(shown.starts_with("inline") && policy.contains("sandbox"), "{shown} {policy}");
    assert!(picture.starts_with(b"\x89PNG") && picture.len() == PIXEL.len() / 4 * 3 - 2, "{}", picture.len());
    assert_eq!(text, "text/plain; charset=utf-8", "HTML is text");
    assert_eq!(kept, "attachment; filename=\"pl_ne.html\"; filename*=UTF-8''pl%C3%A4ne.html");
    assert_eq!(String::from_utf8(words).unwrap(), "<script>alert(1)</script> token •••");

    // What is not there, and what is none of an id.
    let (status, ..) = opened(&stage, &format!("{}0", at[0])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, ..) = opened(&stage, &at[0].replace("msg_gw", "nothing")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, ..) = opened(&stage, &at[0].replace("msg_gw", "%2e%2e%2f")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let nobody = reqwest::get(format!("{}{}", stage.gateway.url(), at[0])).await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED, "only for those who may see the session");
    stage.opencode.kill();
    let lost = |view: &Value| view["online"] == false;
    stage.gateway.until("the loss", &format!("/api/v1/sessions/{session}"), lost).await.unwrap();
    let (status, ..) = opened(&stage, &at[0]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn files_reach_the_agent_and_show_in_the_thread() {
    // REQ-START-08
    let stage = OpenCodeStage::set().await.unwrap();
    let files =
        json!([{ "name": "docs/plan.txt", "content": PLAN }, { "name": "pixel.png", "content": PIXEL }]);
    let new = json!({ "directory": stage.directory, "title": "Files", "prompt": "Read it.", "files": files });
    let made = stage.gateway.post("/api/v1/sessions", &new).await.unwrap();
    let session = made["id"].as_str().unwrap();
    stage.until_said(session, "You said:").await.unwrap();
    let told = serde_json::to_string(&stage.model.requests()).unwrap();
    assert!(told.contains("the plan is green"), "{told}");
    assert!(told.contains("pixel.png") || told.contains(PIXEL), "the model hears of the picture: {told}");
    let named = |thread: &Value| files_in(thread) == [&json!("plan.txt"), &json!("pixel.png")];
    stage.gateway.until("the names in the thread", &thread(session), named).await.unwrap();
    wait::until("an empty shelf", async || waiting(&stage).is_empty()).await.unwrap();
    assert!(!stage.gateway.log().contains("the plan is green"), "no content in the log");
}

#[tokio::test]
async fn files_of_a_confirmed_message_outlive_the_gateway_and_opencode() {
    // REQ-START-08, REQ-STATE-03, I2
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Killed with files").await.unwrap();
    stage.opencode.kill();
    let lost = |view: &Value| view["online"] == false;
    stage.gateway.until("the loss", &format!("/api/v1/sessions/{session}"), lost).await.unwrap();
    let message = json!({ "text": "Read it.", "key": "withfiles01", "files": [{ "name": "plan.txt", "content": PLAN }] });
    let told = stage.gateway.post(&messages(&session), &message).await.unwrap();
    assert_eq!(told["verdict"], "queued");
    stage.gateway.kill();
    assert_eq!(waiting(&stage).len(), 1);
    stage.gateway.spawn().await.unwrap();
    let shown = |thread: &Value| files_in(thread) == [&json!("plan.txt")];
    stage.gateway.until("the name in the thread", &thread(&session), shown).await.unwrap();
    let again = stage.gateway.post(&messages(&session), &message).await.unwrap();
    assert_eq!(again["verdict"], "sent", "sent again, it is the same message");
    stage.opencode.restart().await.unwrap();
    stage.opencode.api().open(&stage.directory).await.unwrap();
    stage.until_connected().await.unwrap();
    let read = stage.until_said(&session, "You said:").await.unwrap();
    assert_eq!(texts(&read, "user").matches("Read it.").count(), 1, "{read:#}");
    assert!(serde_json::to_string(&stage.model.requests()).unwrap().contains("the plan is green"));
    wait::until("an empty shelf", async || waiting(&stage).is_empty()).await.unwrap();
    assert!(!stage.gateway.log().contains(TOKEN), "no token in the log");
}

#[tokio::test]
async fn the_largest_message_arrives_and_larger_ones_are_refused_with_the_limit() {
    // REQ-START-08, I7
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Large files").await.unwrap();
    let five_mib = format!("{}QUE=", "QUFB".repeat((5 << 20) / 3));
    let large = json!({ "text": "All of it.", "files": [{ "name": "large.txt", "content": five_mib }] });
    stage.gateway.post(&messages(&session), &large).await.unwrap();
    stage.until_said(&session, "You said:").await.unwrap();

    let refused = async |body: Value| {
        let (status, problem) =
            stage.gateway.call(Method::POST, &messages(&session), Some(&body)).await.unwrap();
        (status, problem["detail"].as_str().unwrap().to_owned())
    };
    let (status, why) = refused(json!({ "text": "x", "files": [{ "name": "a", "content": format!("{five_mib}") }, { "name": "b", "content": "QQ==" }] })).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{why}");
    assert!(why.contains("5 MiB in total"), "{why}");
    let many: Vec<_> = (0..11).map(|n| json!({ "name": format!("{n}.txt"), "content": "QQ==" })).collect();
    let (status, why) = refused(json!({ "text": "x", "files": many })).await;
    assert_eq!((status, why.contains("Up to 10 files")), (StatusCode::PAYLOAD_TOO_LARGE, true), "{why}");
    let (status, why) =
        refused(json!({ "text": "x", "files": [{ "name": "a.zip", "content": "UEsDBAA=" }] })).await;
    assert_eq!((status, why.contains("a.zip")), (StatusCode::UNSUPPORTED_MEDIA_TYPE, true), "{why}");
    let (status, why) =
        refused(json!({ "text": "x", "files": [{ "name": "a", "content": "no base64!" }] })).await;
    assert_eq!((status, why.contains("base64")), (StatusCode::BAD_REQUEST, true), "{why}");
    let (status, why) = refused(json!({ "text": "x".repeat(5 << 20) })).await;
    assert_eq!((status, why.contains("128 KiB")), (StatusCode::PAYLOAD_TOO_LARGE, true), "{why}");
    // A little more only: who still writes when the answer is there may find the connection closed.
    let (status, why) = refused(json!({ "text": "x".repeat((8 << 20) + 1) })).await;
    assert_eq!((status, why.contains("8 MiB")), (StatusCode::PAYLOAD_TOO_LARGE, true), "{why}");
    wait::until("an empty shelf", async || waiting(&stage).is_empty()).await.unwrap();
}
