//! Grants in Slack: the menu on a held call's card, and the list with its buttons.

use super::SlackStage;

const SESSION: &str = "ses_00000001";

/// The double says nothing of a guard.
async fn gated() -> SlackStage {
    SlackStage::set_with("", |gateway| {
        let file = &gateway.env.iter().find(|(name, _)| name == "GATEWAY_CONFIG").unwrap().1;
        let rules = std::fs::read_to_string(file).unwrap();
        std::fs::write(file, rules + "gate: { mode: on, unguarded: allow }\n").unwrap();
    })
    .await
}

#[tokio::test]
async fn a_menu_on_the_card_grants_and_the_list_revokes() {
    // REQ-GATE-08
    let mut stage = gated().await;
    stage.session("Fix the login").await;
    stage.pod.holds(SESSION, "hold_1", "npm test").await;
    let card = stage.slack.until_text(&stage.dev, "npm test").await.unwrap();
    let chosen = stage.ann.choose(&card, "gw1.grant.hold_1", "Allow in this session").await.unwrap();
    assert!(chosen.acked());
    assert_eq!(stage.pod.next_release().await, ("hold_1".to_owned(), true));
    stage.slack.until_shown(&card, "Allowed in this session").await.unwrap();
    let listed = |told: &serde_json::Value| told["grants"][0]["state"] == "in_force";
    stage.gateway.until("the grant", "/api/v1/grants", listed).await.unwrap();
    stage.pod.holds(SESSION, "hold_2", "npm test").await;
    assert_eq!(stage.pod.next_release().await, ("hold_2".to_owned(), true), "without an ask");
    stage.ann.command(&stage.dev, "/opencode", "grants").await;
    stage.whispered(&stage.ann, "npm test").await;
    let list = stage.until("the list", || {
        stage.ann.whispers(&stage.dev).into_iter().find(|one| one.all_text().contains("Revoke"))
    });
    let list = list.await;
    let spot = e2e::slack::Spot { channel: stage.dev.clone(), ts: list.ts.clone(), thread: list.ts };
    assert!(stage.ann.click(&spot, "Revoke").await.unwrap().acked());
    stage.whispered(&stage.ann, "Revoked:").await;
    stage.pod.holds(SESSION, "hold_3", "npm test").await;
    let open = |ask: &serde_json::Value| ask["state"] == "open";
    stage.gateway.until("the ask", "/api/v1/asks/hold_3", open).await.unwrap();
}
