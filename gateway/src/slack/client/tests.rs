//! Calls against a listener that answers as Slack might, or not at all.

use super::*;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(2);

/// Answers the first request with this, and returns the base address.
async fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    base
}

async fn outcome(base: &str, limit: Duration) -> Result<Value, CallFault> {
    let client = Client::new(&"xoxb-test".into(), Some(base)).unwrap();
    client.call("chat.postMessage", &json!({"channel": "C1"}), limit).await
}

fn http(status: &str, headers: &str, body: &str) -> &'static str {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
    Box::leak(format!("{head}{headers}connection: close\r\n\r\n{body}").into_boxed_str())
}

#[tokio::test]
async fn a_refusal_has_its_code_and_the_whole_answer() {
    let answer = http("200 OK", "", r#"{"ok":false,"error":"is_archived","detail":7}"#);
    let Err(CallFault::Refused { code, response, .. }) = outcome(&answering(answer).await, LIMIT).await
    else {
        panic!("not refused")
    };
    assert_eq!((code.as_str(), &response["detail"]), ("is_archived", &json!(7)));
}

#[tokio::test]
async fn too_much_says_for_how_long() {
    // REQ-SLACK-03
    let answer = http("429 Too Many Requests", "retry-after: 7\r\n", r#"{"ok":false,"error":"ratelimited"}"#);
    let fault = outcome(&answering(answer).await, LIMIT).await.unwrap_err();
    assert!(
        matches!(fault, CallFault::RateLimited { after, .. } if after == Duration::from_secs(7)),
        "{fault:?}"
    );
}

#[tokio::test]
async fn too_much_says_for_how_long_whatever_else_it_says() {
    // CHAOS F10 e: a proxy's own words stand in the body, or none of Slack's
    for body in ["{}", "", "<html>", r#"{"message":"slow down"}"#, "[1]"] {
        let answer = http("429 Too Many Requests", "retry-after: 7\r\n", body);
        let fault = outcome(&answering(answer).await, LIMIT).await.unwrap_err();
        let waits = matches!(fault, CallFault::RateLimited { after, .. } if after == Duration::from_secs(7));
        assert!(waits, "{body:?}: {fault:?}");
    }
}

#[tokio::test]
async fn what_may_have_been_taken_is_in_doubt() {
    // REQ-SLACK-05: a time-out, a server's error, a broken connection, half an answer
    let broken: &'static str = "";
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{\"ok\":tr";
    let error = http("503 Service Unavailable", "", "{}");
    let fatal = http("200 OK", "", r#"{"ok":false,"error":"fatal_error"}"#);
    let odd = http("200 OK", "", "<html>");
    let slow = http("408 Request Timeout", "", "{}");
    for answer in [broken, half, error, fatal, odd, slow] {
        let fault = outcome(&answering(answer).await, LIMIT).await.unwrap_err();
        assert!(matches!(fault, CallFault::Unknown { .. }), "{answer:?}: {fault:?}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", silent.local_addr().unwrap());
    let fault = outcome(&base, Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(fault, CallFault::Unknown { .. }), "{fault:?}");
}

#[tokio::test]
async fn without_a_connection_it_was_surely_not_sent() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let fault = outcome(&format!("http://127.0.0.1:{port}/api"), LIMIT).await.unwrap_err();
    assert!(matches!(fault, CallFault::NotSent { .. }), "{fault:?}");
}

#[tokio::test]
async fn no_token_shows_in_what_is_told() {
    // REQ-THREAD-06, I8
    let client = Client::new(&"xoxb-very-secret".into(), Some("http://127.0.0.1:9/api")).unwrap();
    let fault = client.call("auth.test", &json!({}), LIMIT).await.unwrap_err();
    assert!(!format!("{client:?} {fault:?} {fault}").contains("very-secret"));
}

#[tokio::test]
async fn reading_methods_are_asked_by_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    let client = Client::new(&"xoxb-test".into(), Some(&base)).unwrap();
    let args = json!({"channel": "C1", "limit": 200, "include_all_metadata": true});
    let calling =
        tokio::spawn(async move { client.call("conversations.replies", &args, LIMIT).await.map(drop) });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).await.unwrap();
    let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
    let asked = "GET /api/conversations.replies?channel=C1&include_all_metadata=true&limit=200 ";
    assert!(request.starts_with(asked), "{request}");
    stream.write_all(http("200 OK", "", r#"{"ok":true}"#).as_bytes()).await.unwrap();
    calling.await.unwrap().unwrap();
}
