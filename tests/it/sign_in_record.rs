//! Who came in and went out is in the audit log, before it holds, and without a secret. (REQ-PROOF-01, REQ-WHO-02)

use e2e::disk;
use e2e::gateway::Gateway;
use e2e::wait::until;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

async fn sign_in(gateway: &Gateway, token: &str, name: &str) -> Response {
    let request = Client::new().post(format!("{}/api/v1/sign-in", gateway.url()));
    request.json(&json!({ "token": token, "name": name })).send().await.unwrap()
}

fn cookie(answer: &Response) -> String {
    answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn sign_out(gateway: &Gateway, cookie: &str) -> StatusCode {
    let request = Client::new().post(format!("{}/api/v1/sign-out", gateway.url()));
    request.header("cookie", cookie).send().await.unwrap().status()
}

/// `who what: answer | subject` of all entries.
fn told(gateway: &Gateway) -> Vec<String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| {
        let [who, what, answer, subject] = ["who", "what", "answer", "subject"].map(|key| text(entry, key));
        format!("{who} {what}: {answer} | {subject}")
    };
    gateway.audit().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn coming_in_and_going_out_is_in_the_audit_log_without_a_secret() {
    // REQ-PROOF-01, REQ-WHO-02
    let gateway = Gateway::start().await.unwrap();
    let token = gateway.token().unwrap();
    let anna = cookie(&sign_in(&gateway, &token, "Anna").await);
    let link = gateway.cli(&["link", "--name", "Ben"]).unwrap().trim().to_owned();
    let browser = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ben = cookie(&browser.get(&link).send().await.unwrap());
    assert_eq!(sign_out(&gateway, &anna).await, StatusCode::NO_CONTENT);
    for _ in 0..6 {
        sign_in(&gateway, "a-guess-of-a-stranger", "Anna").await;
    }
    let flood = async || told(&gateway).iter().any(|line| line.contains("sign-in refused"));
    until("the entry of the guesses", async || flood().await).await.unwrap();
    let told = told(&gateway);
    let begins = |line: &str, start: &str, part: &str| {
        assert!(line.starts_with(start) && line.contains(part), "{start} {part}: {told:#?}");
    };
    assert_eq!(told.len(), 5, "{told:#?}");
    begins(
        &told[0],
        "web:Anna signed in: with the gateway's token | Sign-in ",
        "from 127.0.0.1; proven: claimed",
    );
    begins(&told[1], "api:Ben made link:", "as web:Ben, once");
    begins(&told[2], "web:Ben signed in: with a sign-in link | Sign-in ", "proven: claimed; until ");
    begins(&told[3], "web:Anna signed out:", "Sign-in ");
    begins(
        &told[4],
        "unknown sign-in refused: 6 attempts, then limited",
        "under the name Anna, from 127.0.0.1",
    );
    let all = told.join("\n");
    let words = [&anna, &ben].map(|cookie| cookie.split_once('=').unwrap().1.to_owned());
    for secret in [token.as_str(), link.split_once("key=").unwrap().1, &words[0], &words[1], "a-guess-of"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[tokio::test]
async fn where_another_token_ends_a_sign_in_the_log_says_so_once() {
    // REQ-PROOF-01
    let mut gateway = Gateway::start().await.unwrap();
    sign_in(&gateway, &gateway.token().unwrap(), "Anna").await;
    gateway.terminate().await.unwrap();
    gateway.api_token = Some("another-token-of-the-tests".to_owned());
    let ended = async |gateway: &Gateway| {
        told(gateway)
            .iter()
            .filter(|line| line.contains("sign-in ended: the gateway has other settings for signing in"))
            .count()
    };
    for _ in 0..2 {
        gateway.spawn().await.unwrap();
        until("the entry", async || ended(&gateway).await == 1).await.unwrap();
        gateway.terminate().await.unwrap();
    }
    assert_eq!(ended(&gateway).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nobody_is_signed_in_unrecorded_and_everyone_can_leave() {
    // REQ-PROOF-01: first the log, then the deed.
    let mut gateway = Gateway::prepare().unwrap();
    gateway.limited = true;
    gateway.spawn().await.unwrap();
    let token = gateway.token().unwrap();
    let anna = cookie(&sign_in(&gateway, &token, "Anna").await);
    let pid = gateway.pid().unwrap();
    disk::fill(pid).unwrap();
    let refused = sign_in(&gateway, &token, "Ben").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let sentence = refused.json::<Value>().await.unwrap()["detail"].as_str().unwrap().to_owned();
    assert!(sentence.contains("the audit log can't be written"), "{sentence}");
    // 507 says that a restart could bring it back; until then it is over.
    assert_eq!(sign_out(&gateway, &anna).await, StatusCode::INSUFFICIENT_STORAGE);
    let me = Client::new().get(format!("{}/api/v1/me", gateway.url())).header("cookie", &anna);
    assert_eq!(me.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    disk::free(pid).unwrap();
    let is_noted = async || told(&gateway).iter().any(|line| line.starts_with("web:Anna signed out"));
    until("the entry of the sign-out", async || is_noted().await).await.unwrap();
    let of_ben = told(&gateway).into_iter().filter(|line| line.starts_with("web:Ben")).collect::<Vec<_>>();
    assert!(of_ben.iter().any(|line| line.contains("did not happen")), "{of_ben:#?}");
}
