//! A gateway whose disk is full: it says that it takes no work, answers in time, and goes on when there is room.

use e2e::disk;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

/// An answer that waits for the disk is given after ten seconds; the machine may be busy.
const IN_TIME: Duration = Duration::from_secs(25);

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_not_ready_and_keeps_nobody_waiting() {
    // CHAOS F10 k
    let mut gateway = Gateway::prepare().unwrap();
    gateway.limited = true;
    gateway.spawn().await.unwrap();
    let _pod = ObedientOpenCode::connect(&gateway).await;
    gateway.until("the pod", "/api/v1/bridge", |pods| pods[0]["connected"] == true).await.unwrap();
    let pid = gateway.pid().unwrap();
    disk::fill(pid).unwrap();
    let start = json!({ "directory": "/work", "title": "On a full disk", "key": "fulldisk1" });
    let begun = Instant::now();
    let (status, said) = gateway.call(Method::POST, "/api/v1/sessions", Some(&start)).await.unwrap();
    assert_eq!(status.as_u16(), 503, "{said}");
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    let (status, said) = gateway.call(Method::GET, "/readyz", None).await.unwrap();
    assert_eq!(status.as_u16(), 503, "{said}");
    assert!(said["title"].as_str().unwrap().contains("nothing can be saved"), "{said}");
    disk::free(pid).unwrap();
    let (status, said) = gateway.call(Method::GET, "/readyz", None).await.unwrap();
    assert_eq!(status.as_u16(), 200, "nobody has to write first: {said}");
    let session = gateway.post("/api/v1/sessions", &start).await.unwrap();
    let sessions = gateway.get("/api/v1/sessions").await.unwrap();
    assert_eq!((sessions.as_array().unwrap().len(), &sessions[0]["id"]), (1, &session["id"]), "one, not two");
}
