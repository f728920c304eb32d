//! Labs in Slack: the button on a session's card, the command, and the list with a button that removes each.

use super::SlackStage;
use e2e::opencode::repository;
use e2e::slack::Spot;
use serde_json::{Value, json};

/// A session with a workspace of its own, which has a server in it.
async fn with_workspace() -> (SlackStage, String) {
    let stage = SlackStage::set_with("", |gateway| {
        let file = &gateway.env.iter().find(|(name, _)| name == "GATEWAY_CONFIG").unwrap().1;
        let home = std::path::Path::new(file).parent().unwrap().to_owned();
        let web = repository(&home.join("web")).unwrap();
        let rules = std::fs::read_to_string(file).unwrap();
        let more = format!(
            "repositories: {{ web: {{ directory: '{}' }} }}\nworkspaces: {{ folder: '{}' }}\nlab: {{ unguarded: allow }}\n",
            web.display(),
            home.join(".builders").display()
        );
        std::fs::write(file, rules + &more).unwrap();
    })
    .await;
    let wanted = json!({ "title": "Login", "key": "startkey01",
        "workspace": { "name": "shop-login", "repositories": ["web"] } });
    let made = stage.gateway.post("/api/v1/sessions", &wanted).await.unwrap();
    let tree = std::path::Path::new(made["directory"].as_str().unwrap());
    std::fs::write(
        tree.join("server.js"),
        "require('http').createServer((q, a) => a.end('hi')).listen(process.env.PORT)",
    )
    .unwrap();
    std::fs::write(tree.join("package.json"), r#"{ "scripts": { "start": "node server.js" } }"#).unwrap();
    (stage, made["id"].as_str().unwrap().to_owned())
}

impl SlackStage {
    /// What ann was shown in private with these words, as something that has buttons.
    async fn shown_in_private(&self, words: &str) -> Spot {
        let look = || self.ann.whispers(&self.dev).into_iter().rfind(|one| one.all_text().contains(words));
        let shown = self.until(words, look).await;
        Spot { channel: self.dev.clone(), ts: shown.ts.clone(), thread: shown.ts }
    }
}

#[tokio::test]
async fn a_session_is_deployed_from_its_card_and_cleaned_up_from_the_list() {
    // REQ-START-06, REQ-LAB-05, REQ-LAB-06
    let (stage, session) = with_workspace().await;
    stage.ann.command(&stage.dev, "/opencode", "cleanup").await;
    stage.whispered(&stage.ann, "There are no labs.").await;
    stage.ann.command(&stage.dev, "/opencode", &format!("status {session}")).await;
    let card = stage.shown_in_private("Deploy to lab").await;
    assert!(stage.ann.click(&card, "Deploy to lab").await.unwrap().acked());
    stage.whispered(&stage.ann, "Deploying.").await;
    let path = format!("/api/v1/sessions/{session}/lab");
    stage.gateway.until("the request", &path, |lab| lab["lab"]["standing"] == "asked").await.unwrap();
    stage.ann.command(&stage.dev, "/opencode", &format!("deploy {session}")).await;
    stage.whispered(&stage.ann, "needs an answer first").await;
    let asks = stage.gateway.get("/api/v1/asks").await.unwrap();
    let ask = asks[0]["id"].as_str().unwrap().to_owned();
    stage.gateway.post(&format!("/api/v1/asks/{ask}/answer"), &json!({ "answer": "once" })).await.unwrap();
    stage.gateway.until("a lab", &path, |lab| lab["lab"]["standing"] == "ready").await.unwrap();
    stage.ann.command(&stage.dev, "/opencode", "cleanup").await;
    let list = stage.shown_in_private("Remove…").await;
    assert!(stage.ann.click(&list, "Remove…").await.unwrap().acked());
    stage.whispered(&stage.ann, "Removing the lab.").await;
    let gone = |told: &Value| told["lab"].is_null();
    stage.gateway.until("no lab", &path, gone).await.unwrap();
}
