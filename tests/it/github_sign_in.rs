//! Sign-in with GitHub, as far as the gateway goes before GitHub is asked: what is offered, and where the browser is led. The rest
//! is in the gateway's own tests, against a strict double (`access/github/tests.rs`).

use e2e::gateway::Gateway;
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};
use std::collections::HashMap;

async fn with_github() -> (Gateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (file, secret) = (folder.path().join("gateway.yaml"), folder.path().join("secret"));
    std::fs::write(&secret, "a secret of the app\n").unwrap();
    let github = json!({ "client_id": "Ov23abc", "client_secret_file": secret });
    let people = json!({ "dora": { "accounts": [{ "github": 583231 }] } });
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
