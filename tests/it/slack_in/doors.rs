//! Who comes in, and how: sockets that are refreshed, signed requests, guests, strangers, a token that is revoked.

use super::SlackStage;
use e2e::slack::deliver::sign::signature;
use serde_json::json;

#[tokio::test]
async fn guests_and_strangers_are_refused_in_private_and_it_is_in_the_audit_log() {
    // REQ-ASK-10
    let mut stage = SlackStage::set().await;
    let (guest, stranger) = (stage.slack.guest("gus"), stage.slack.stranger("sam"));
    stage.slack.channel("dev", &[&guest, &stranger]);
    stage.session("Fix the login").await;
    stage.pod.asks("ses_00000001", "per_00000001", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    for (person, word) in [(&guest, "Guests can't"), (&stranger, "Only people in the gateway's workspace")] {
        assert!(person.click(&card, "Allow once").await.unwrap().acked());
        let told = || person.whispers(&stage.dev).iter().any(|one| one.all_text().contains(word));
        stage.until("the refusal", told).await;
    }
    let ask = stage.gateway.get("/api/v1/asks/per_00000001").await.unwrap();
    assert_eq!(ask["state"], "open");
    let audit = stage.gateway.audit().unwrap();
    let turned = audit.iter().filter(|entry| entry.to_string().contains("refused: ")).count();
    assert_eq!(turned, 2, "{audit:#?}");
}

#[tokio::test]
async fn sockets_are_replaced_without_a_gap() {
    // REQ-SLACK-01
    let stage = SlackStage::set().await;
    for _ in 0..3 {
        stage.slack.refresh_sockets();
        stage.until_open().await;
        assert!(stage.ann.command(&stage.dev, "/opencode", "help").await.acked());
    }
    stage.slack.drop_sockets();
    stage.until_open().await;
    assert!(stage.ann.command(&stage.dev, "/opencode", "help").await.acked());
}

#[tokio::test]
async fn over_http_only_slack_is_heard() {
    // REQ-SLACK-01
    let mut secret = String::new();
    let mut stage = SlackStage::set_with("{ mode: http }", |gateway| {
        gateway.env.retain(|(name, _)| name != "SLACK_APP_TOKEN");
        secret = "0123456789abcdef0123456789abcdef".to_owned();
        gateway.env.push(("SLACK_SIGNING_SECRET".to_owned(), secret.clone()));
    })
    .await;
    stage.slack.world(|world| world.app.signing_secret.clone_from(&secret));
    let url = format!("{}/slack/events", stage.gateway.url());
    let http = reqwest::Client::new();
    let now = gateway::clock::system().now().as_second().unsigned_abs();
    let body = json!({ "type": "url_verification", "challenge": "c" }).to_string();
    let send = |time: u64, sign: String| {
        let request = http.post(&url).header("content-type", "application/json");
        request
            .header("x-slack-request-timestamp", time.to_string())
            .header("x-slack-signature", sign)
            .body(body.clone())
            .send()
    };
    assert_eq!(send(now, signature(&secret, now, &body)).await.unwrap().status(), 200);
    assert_eq!(send(now, signature("wrong", now, &body)).await.unwrap().status(), 401);
    let old = now - 301;
    assert_eq!(send(old, signature(&secret, old, &body)).await.unwrap().status(), 401);
    assert_eq!(http.post(&url).body("{}").send().await.unwrap().status(), 401);
    let huge = http.post(&url).body("x".repeat(2 << 20)).send().await;
    assert!(huge.is_err() || huge.unwrap().status() == 413);
    let metrics =
        reqwest::get(format!("{}/metrics", stage.gateway.url())).await.unwrap().text().await.unwrap();
    let rejected =
        |reason: &str| metrics.contains(&format!("webhook_rejections_total{{reason=\"{reason}\"}} 1"));
    assert!(rejected("bad_signature") && rejected("old_timestamp") && rejected("unsigned"), "{metrics}");
    assert!(stage.gateway.log().contains("127.0.0.1:"), "the source is in the log");
    assert!(stage.slack.deliver_to(&url).await);
    stage.session("Fix the login").await;
}

#[tokio::test]
async fn a_revoked_token_is_told_and_what_was_promised_is_kept() {
    let stage = SlackStage::set().await;
    stage.slack.revoke_tokens();
    let told = || stage.gateway.log().contains("app's permissions revoked in Slack");
    stage.until("word of it in the log", told).await;
    assert!(stage.gateway.get("/readyz").await.is_ok(), "the console still serves");
    assert!(!stage.gateway.log().contains(&stage.slack.bot_token()), "no token in the log");
}
