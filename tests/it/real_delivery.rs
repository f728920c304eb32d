//! From the start of a session to a merged pull request with a real OpenCode, whose model is scripted: a draft, a red CI, its one fix,
//! a review that is addressed, an approval by someone else, the merge. The gateway is killed in between.

use e2e::gateway::Gateway;
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use e2e::wait;
use forge_sim::{CiOutcome, CiRule, ForgeRepo, ForgeSim, Level};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

struct RealDelivery {
    stage: OpenCodeStage,
    forge: ForgeSim,
    shop: ForgeRepo,
    _home: TempDir,
}

/// Red until the agent did what the log says; what it says is what the scripted model plays.
fn ci() -> CiRule {
    CiRule::new("test", |tree| {
        let is_right = tree.text("src/cart.js").is_some_and(|text| text.contains("total = 2"));
        let red = || CiOutcome::failure("the total is wrong\nscenario: deliver-fix\n");
        Some(if is_right { CiOutcome::success() } else { red() })
    })
}

impl RealDelivery {
    async fn set() -> Self {
        let forge = ForgeSim::start().await.unwrap();
        let files = [("README.md", "A shop.\n"), ("src/cart.js", "exports.total = 0;\n")];
        let shop = forge.repository("acme", "shop", &files).unwrap();
        shop.make_public();
        shop.collaborator("ben", Level::Write);
        shop.ci(ci());
        forge.install("acme");
        let home = tempfile::tempdir().unwrap();
        let mut gateway = Gateway::prepare().unwrap();
        let rules = json!({
            "workspaces": { "folder": home.path().join(".builders") },
            "repositories": { "shop": { "remote": shop.git_url() } },
            "projects": { "shop": { "repositories": [{ "name": "shop" }] } },
            "project_list": home.path().join("none.md"),
            "delivery": {
                "mode": "full", "ci_settles_seconds": 1,
                "github": { "app": forge.app_id(), "api_url": forge.api_url(), "url": forge.url() },
            },
        });
        gateway.configure(&as_they_are(rules)).unwrap();
        gateway.env.push(("GATEWAY_GITHUB_KEY".to_owned(), forge.app_pem()));
        gateway.env.push(("GATEWAY_GITHUB_WEBHOOK_SECRET".to_owned(), "a secret of its own".to_owned()));
        gateway.spawn().await.unwrap();
        forge.webhook(&format!("{}/hooks/github", gateway.url()), "a secret of its own");
        let stage = OpenCodeStage::around(gateway, |_| {}).await.unwrap();
        stage.until_connected().await.unwrap();
        Self { stage, forge, shop, _home: home }
    }

    /// The agent may write.
    async fn lets_write(&self, session: &str) {
        let is_held = |asks: &Value| {
            asks.as_array()
                .is_some_and(|all| all.iter().any(|ask| ask["kind"] == "held" && ask["state"] == "open"))
        };
        let asks = self.stage.gateway.until("a call on hold", "/api/v1/asks", is_held).await.unwrap();
        let all = asks.as_array().unwrap();
        let ask = all.iter().find(|ask| ask["kind"] == "held" && ask["state"] == "open").unwrap();
        assert_eq!(ask["session"], session);
        self.stage.answer(ask["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
    }

    async fn until(&self, stage: &str) -> Value {
        let look = async || {
            let all = self.stage.gateway.get("/api/v1/deliveries").await.unwrap();
            let newest = all[0].clone();
            if newest["stage"] == stage { Ok(newest) } else { Err(newest) }
        };
        wait::within(Duration::from_secs(120))
            .until(format!("a delivery that is {stage}"), look)
            .await
            .unwrap()
    }

    async fn killed(&mut self) {
        self.stage.gateway.kill();
        self.stage.gateway.spawn().await.unwrap();
        self.stage.until_connected().await.unwrap();
    }

    async fn answers_the_delivery(&self, words: &str) {
        let is_asked =
            |asks: &Value| asks.as_array().is_some_and(|all| all.iter().any(|ask| ask["kind"] == "delivery"));
        let asks = self.stage.gateway.until("a request", "/api/v1/asks", is_asked).await.unwrap();
        let ask = asks.as_array().unwrap().iter().find(|ask| ask["kind"] == "delivery").unwrap();
        let answer = json!({ "answer": "answers", "answers": [[words]] });
        self.stage.answer(ask["id"].as_str().unwrap(), answer).await.unwrap();
    }
}

#[tokio::test]
async fn real_work_goes_from_the_start_to_a_merged_pull_request() {
    // REQ-DELIVER-01, -02, -03, -09, -10, -11, -12, -17
    let mut real = RealDelivery::set().await;
    let start = json!({
        "title": "Fix the cart total", "project": "shop", "agent": "builder", "key": "startkey01",
        "prompt": "Do it.\nscenario: deliver-work", "workspace": { "repositories": ["shop"] },
    });
    let made = real.stage.gateway.post("/api/v1/sessions", &start).await.unwrap();
    let session = made["id"].as_str().unwrap().to_owned();
    real.lets_write(&session).await;
    real.stage.until_said(&session, "The cart has a total.").await.unwrap();
    let deliver = format!("/api/v1/sessions/{session}/deliver");
    let begun = async || real.stage.gateway.post(&deliver, &json!({})).await.map(drop);
    wait::until("the delivery to begin", begun).await.unwrap();
    real.until("waiting_ci").await;
    let number = real.shop.pulls()[0].number;
    assert!(real.shop.pulls()[0].draft);
    real.killed().await;
    real.shop.ci_settle();
    real.lets_write(&session).await;
    real.stage.until_said(&session, "The total is right now.").await.unwrap();
    real.until("waiting_ci").await;
    real.killed().await;
    real.shop.ci_settle();
    real.until("approved").await;
    assert!(!real.shop.pulls()[0].draft);
    let words = "Please say what the total is.\nscenario: deliver-review";
    real.shop.review("ben", number, "CHANGES_REQUESTED", words).unwrap();
    real.answers_the_delivery("Let the agent address them").await;
    real.lets_write(&session).await;
    real.stage.until_said(&session, "The README says it.").await.unwrap();
    real.until("waiting_ci").await;
    real.shop.ci_settle();
    real.shop.review("ben", number, "APPROVED", "Thanks!").unwrap();
    real.until("approved").await;
    real.shop.merge("ben", number).unwrap();
    real.until("merged").await;
    assert_eq!(real.shop.pulls().len(), 1);
    assert_eq!(real.shop.text("main", "README.md").as_deref(), Some("A shop. The total is 2.\n"));
    let thread =
        real.stage.gateway.get(&format!("/api/v1/sessions/{session}/thread")).await.unwrap().to_string();
    assert!(thread.contains("Draft #1 opened"), "{thread}");
    assert!(real.forge.seen().len() < 400, "{} requests", real.forge.seen().len());
}
