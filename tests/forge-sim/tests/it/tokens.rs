//! REQ-DELIVER-04: the App, its JWT, and tokens that may only what they need.

use crate::client::{ask, ask_with, get, jwt, jwt_with, signed, token};
use forge_sim::{ForgeSim, Settings};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn an_app_finds_its_installation_and_gets_a_token() {
    let forge = ForgeSim::start().await.unwrap();
    forge.repository("acme", "shop", &[("a.txt", "a\n")]).unwrap();
    let installation = forge.install("acme");
    let found = get(&forge, &jwt(&forge), "/repos/acme/shop/installation").await.expect(200);
    assert_eq!(found["id"], installation);
    let path = format!("/app/installations/{installation}/access_tokens");
    let narrow = json!({ "repositories": ["shop"], "permissions": { "contents": "read" } });
    let made = ask(&forge, &jwt(&forge), "POST", &path, narrow).await.expect(201);
    let value = made["token"].as_str().unwrap();
    assert!(value.starts_with(&format!("ghs_{}_", forge.app_id())) && value.len() > 500, "{}", value.len());
    assert_eq!(made["permissions"], json!({ "contents": "read", "metadata": "read" }));
    assert_eq!(made["repositories"][0]["full_name"], "acme/shop");
    get(&forge, value, "/repos/acme/shop").await.expect(200);
    let refused = ask(&forge, value, "DELETE", "/repos/acme/shop/git/refs/heads/main", Value::Null).await;
    assert_eq!((refused.status, refused.message()), (403, "Resource not accessible by integration"));
}

#[tokio::test]
async fn a_token_never_may_more_than_its_installation() {
    let forge = ForgeSim::start().await.unwrap();
    forge.repository("acme", "shop", &[("a.txt", "a\n")]).unwrap();
    forge.repository("acme", "secret", &[("a.txt", "a\n")]).unwrap();
    let id = forge.install_with(forge.app_id(), "acme", Some(&["shop"]), &[("contents", "read")]);
    let path = format!("/app/installations/{id}/access_tokens");
    for more in [
        json!({ "permissions": { "contents": "write" } }),
        json!({ "permissions": { "issues": "read" } }),
        json!({ "repositories": ["secret"] }),
        json!({ "repositories": ["absent"] }),
    ] {
        ask(&forge, &jwt(&forge), "POST", &path, more).await.expect(422);
    }
    let all = ask(&forge, &jwt(&forge), "POST", &path, json!({ "permissions": {} })).await.expect(201);
    assert_eq!(all["permissions"], json!({ "contents": "read", "metadata": "read" }));
    let all = all["token"].as_str().unwrap();
    get(&forge, all, "/repos/acme/secret").await.expect(404);
    get(&forge, all, "/repos/acme/shop").await.expect(200);
}

#[tokio::test]
async fn tokens_end_by_time_by_revoking_and_by_suspension() {
    let at = "2026-11-28T10:00:00Z".parse().unwrap();
    let forge =
        ForgeSim::start_with(Settings { standing_at: Some(at), ..Settings::default() }).await.unwrap();
    forge.repository("acme", "shop", &[("a.txt", "a\n")]).unwrap();
    let id = forge.install("acme");
    let first = token(&forge, id, json!({})).await;
    forge.skip(Duration::from_secs(3599));
    get(&forge, &first, "/repos/acme/shop").await.expect(200);
    forge.skip(Duration::from_secs(1));
    assert_eq!(get(&forge, &first, "/repos/acme/shop").await.message(), "Bad credentials");
    let second = token(&forge, id, json!({})).await;
    assert_eq!(forge.living_tokens(), 1);
    ask(&forge, &second, "DELETE", "/installation/token", Value::Null).await.expect(204);
    get(&forge, &second, "/repos/acme/shop").await.expect(401);
    assert_eq!(forge.living_tokens(), 0);
    let third = token(&forge, id, json!({})).await;
    forge.suspend(id);
    let refused = get(&forge, &third, "/repos/acme/shop").await;
    assert_eq!((refused.status, refused.message()), (403, "This installation has been suspended"));
    forge.unsuspend(id);
    get(&forge, &third, "/repos/acme/shop").await.expect(200);
}

#[tokio::test]
async fn a_jwt_must_fit_the_clock_and_the_key() {
    let forge = ForgeSim::start().await.unwrap();
    get(&forge, &jwt(&forge), "/app").await.expect(200);
    for (issued, expires) in [(-60, 0), (120, 540), (-60, 1200), (-700, -1)] {
        let refused = get(&forge, &jwt_with(&forge, issued, expires), "/app").await;
        assert_eq!(refused.status, 401, "{issued} {expires}");
    }
    let now = forge.now().as_second();
    for claims in [
        json!({ "iat": now - 60, "exp": now + 500, "iss": "1" }),
        json!({ "exp": now + 500, "iss": forge.app_id() }),
        json!({ "iat": now - 60, "iss": forge.app_id() }),
    ] {
        get(&forge, &signed(&forge.app_pem(), &claims), "/app").await.expect(401);
    }
    let good = jwt(&forge);
    let (text, _) = good.rsplit_once('.').unwrap();
    get(&forge, &format!("{text}.{}", "A".repeat(342)), "/app").await.expect(401);
    get(&forge, "eyJ.eyJ.x", "/app").await.expect(401);
}

#[tokio::test]
async fn a_user_agent_is_needed_and_an_unchanged_answer_costs_nothing() {
    let forge = ForgeSim::start().await.unwrap();
    forge.repository("acme", "shop", &[("a.txt", "a\n")]).unwrap();
    let good = token(&forge, forge.install("acme"), json!({})).await;
    let nobody = ask_with(&forge, &good, "GET", "/repos/acme/shop", Value::Null, &[("user-agent", "")]).await;
    assert_eq!(nobody.status, 403);
    let first = get(&forge, &good, "/repos/acme/shop").await;
    let (tag, left) = (first.header("etag").to_owned(), first.header("x-ratelimit-remaining").to_owned());
    let tagged = [("if-none-match", tag.as_str())];
    let again = ask_with(&forge, &good, "GET", "/repos/acme/shop", Value::Null, &tagged).await;
    assert_eq!((again.status, again.header("x-ratelimit-remaining")), (304, left.as_str()));
    assert_ne!(first.header("x-github-request-id"), again.header("x-github-request-id"));
    assert!(!forge.seen().iter().any(|seen| format!("{seen:?}").contains("ghs_")), "a token was logged");
}
