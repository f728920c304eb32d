//! A client for the tests: plain HTTP, a JWT, and real git.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use forge_sim::{ForgeRepo, ForgeSim};
use serde_json::{Value, json};
use std::process::{Command, Output};

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

pub(crate) async fn ask(forge: &ForgeSim, token: &str, method: &str, path: &str, body: Value) -> Reply {
    ask_with(forge, token, method, path, body, &[]).await
}

pub(crate) async fn get(forge: &ForgeSim, token: &str, path: &str) -> Reply {
    ask(forge, token, "GET", path, Value::Null).await
}

pub(crate) async fn ask_with(
    forge: &ForgeSim,
    token: &str,
    method: &str,
    path: &str,
    body: Value,
    headers: &[(&str, &str)],
) -> Reply {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let base = if path.starts_with("/graphql") { format!("{}/api", forge.url()) } else { forge.api_url() };
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{base}{path}") };
    let mut request = client.request(method.parse().unwrap(), url);
    if !headers.iter().any(|(name, _)| *name == "user-agent") {
        request = request.header("user-agent", "forge-test");
    }
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Reply { status, body, headers }
}

/// A JWT of the app with these times, in seconds from the forge's now.
pub(crate) fn jwt_with(forge: &ForgeSim, issued: i64, expires: i64) -> String {
    let now = forge.now().as_second();
    let claims = json!({ "iat": now + issued, "exp": now + expires, "iss": forge.app_id().to_string() });
    signed(&forge.app_pem(), &claims)
}

pub(crate) fn jwt(forge: &ForgeSim) -> String {
    jwt_with(forge, -60, 540)
}

pub(crate) fn signed(pem: &str, claims: &Value) -> String {
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = ring::signature::RsaKeyPair::from_der(&STANDARD.decode(der).unwrap()).unwrap();
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encode(&json!({ "alg": "RS256", "typ": "JWT" })), encode(claims));
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    pair.sign(&ring::signature::RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token of an installation, narrowed by `body`.
pub(crate) async fn token(forge: &ForgeSim, installation: u64, body: Value) -> String {
    let path = format!("/app/installations/{installation}/access_tokens");
    let reply = ask(forge, &jwt(forge), "POST", &path, body).await.expect(201);
    reply["token"].as_str().unwrap().to_owned()
}

/// Real git in a clean environment, with the token in a header that is in no argument.
pub(crate) async fn git(folder: &std::path::Path, token: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    let pair = STANDARD.encode(format!("x-access-token:{token}"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0");
    for name in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{name}_NAME"), "ann").env(format!("GIT_{name}_EMAIL"), "ann@example.com");
    }
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "http.extraHeader");
    command.env(
        "GIT_CONFIG_VALUE_0",
        if token.is_empty() { String::new() } else { format!("Authorization: Basic {pair}") },
    );
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// A clone with one more commit on a new branch.
pub(crate) async fn clone_with_commit(
    repository: &ForgeRepo,
    token: &str,
    branch: &str,
    path: &str,
    text: &str,
) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(&git(at, token, &["clone", "-q", &repository.git_url(), "."]).await);
    done(&git(at, "", &["switch", "-q", "-c", branch]).await);
    let file = at.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
    done(&git(at, "", &["add", "."]).await);
    done(&git(at, "", &["commit", "-q", "-m", "A change"]).await);
    folder
}

#[track_caller]
pub(crate) fn done(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
