//! Sign-in with GitHub, as far as the gateway goes before GitHub is asked: what is offered, and where the browser is led. The rest
//! is in the gateway's own tests, against a strict double (`access/github/tests.rs`).

use axum::routing::{get, post};
use axum::{Json, Router};
use e2e::gateway::Gateway;
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

async fn with_github() -> (Gateway, tempfile::TempDir) {
    with_github_at(None).await
}

/// At another address than the true one's.
async fn with_github_at(url: Option<&str>) -> (Gateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (file, secret) = (folder.path().join("gateway.yaml"), folder.path().join("secret"));
    std::fs::write(&secret, "a secret of the app\n").unwrap();
    let mut github = json!({ "client_id": "Ov23abc", "client_secret_file": secret });
    let mut account = json!({ "github": 583231 });
    if let Some(url) = url {
        github["url"] = json!(url);
        account["host"] = json!(url.trim_start_matches("http://"));
    }
    let people = json!({ "dora": { "accounts": [account] } });
    std::fs::write(&file, json!({ "people": people, "sign_in": { "github": github } }).to_string()).unwrap();
    let mut gateway = Gateway::prepare().unwrap();
    gateway.env = vec![("GATEWAY_CONFIG".to_owned(), file.display().to_string())];
    gateway.spawn().await.unwrap();
    (gateway, folder)
}

#[tokio::test]
async fn the_sign_in_page_offers_github_and_leads_there_from_the_consoles_address() {
    // REQ-WHO-02
    let (gateway, _folder) = with_github().await;
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let get = async |url: String| client.get(url).send().await.unwrap();
    let offers: Value = get(format!("{}/api/v1/sign-in", gateway.url())).await.json().await.unwrap();
    assert_eq!(offers["providers"][0], json!({ "name": "GitHub", "path": "/sign-in/github" }));
    // The cookie has to be there when GitHub leads back, which is to localhost.
    let elsewhere = get(format!("{}/sign-in/github?to=/settings", gateway.url())).await;
    let home = elsewhere.headers()["location"].to_str().unwrap();
    assert_eq!(home, format!("{}/sign-in/github?to=%2Fsettings&led=1", gateway.page_url()));
    let led = get(home.to_owned()).await;
    assert_eq!(led.status(), StatusCode::SEE_OTHER);
    let cookie = led.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let there = Url::parse(led.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(there.as_str().split('?').next(), Some("https://github.com/login/oauth/authorize"));
    let said: HashMap<String, String> = there.query_pairs().into_owned().collect();
    assert_eq!(said["redirect_uri"], format!("{}/sign-in/github/callback", gateway.page_url()));
    assert!(said["code_challenge_method"] == "S256" && !said.contains_key("scope"), "{said:?}");
    assert!(!there.as_str().contains("a+secret") && !gateway.log().contains("a secret of the app"));
    // Without the cookie nobody comes back, whatever they bring.
    let callback = format!("{}/sign-in/github/callback?code=c&state={}", gateway.page_url(), said["state"]);
    let refused = get(callback).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.text().await.unwrap().contains("You are not signed in"));
}

/// A GitHub whose person confirms once they were asked a first time.
async fn github_double() -> String {
    let asked = Arc::new(AtomicUsize::new(0));
    let offer = |url: String| {
        json!({ "device_code": "dc-1", "user_code": "WDJB-MJHT", "expires_in": 900, "interval": 1,
            "verification_uri": format!("{url}/login/device") })
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let offered = offer(url.clone());
    let token = move || {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        let confirmed = json!({ "access_token": "gho_secret", "token_type": "bearer", "scope": "" });
        let answer = if first { json!({ "error": "authorization_pending" }) } else { confirmed };
        async { Json(answer) }
    };
    let user = json!({ "id": 583_231, "login": "octocat", "type": "User" });
    let router = Router::new()
        .route("/login/device/code", post(|| async { Json(offered) }))
        .route("/login/oauth/access_token", post(token))
        .route("/api/v3/user", get(|| async { Json(user) }));
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn gateway_login_signs_a_command_line_in_where_github_is_the_only_provider() {
    // REQ-WHO-02
    let github = github_double().await;
    let (gateway, folder) = with_github_at(Some(&github)).await;
    let home = folder.path().display().to_string();
    let command = |args: &[&str]| {
        let mut command = gateway.command(args).unwrap();
        command.env_remove("GATEWAY_API_TOKEN").env("XDG_CONFIG_HOME", &home);
        command
    };
    let mut login = command(&["login"]);
    let login = tokio::task::spawn_blocking(move || login.output()).await.unwrap().unwrap();
    let said = String::from_utf8(login.stdout).unwrap();
    assert!(login.status.success(), "{said} {}", String::from_utf8_lossy(&login.stderr));
    assert!(
        said.contains(&format!("Open {github}/login/device in a browser and enter the code WDJB-MJHT")),
        "{said}"
    );
    assert!(said.contains("Signed in as octocat until"), "{said}");
    let sessions = command(&["sessions", "list"]).output().unwrap();
    assert!(sessions.status.success(), "{}", String::from_utf8_lossy(&sessions.stderr));
    let entries = gateway.audit().unwrap();
    let entry = entries.iter().find(|entry| entry["what"] == "signed in").unwrap();
    assert_eq!(entry["who"], "github:127.0.0.1:".to_owned() + github.rsplit(':').next().unwrap() + "#583231");
    assert!(!gateway.log().contains("gho_secret") && !said.contains("gho_secret"));
}
