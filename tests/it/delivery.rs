//! From a session's workspace to a merged pull request: the real gateway, real git over http, a simulated GitHub, a pod's double
//! (REQ-DELIVER-01 … 18).

use crate::people::with;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::wait;
use forge_sim::{CiRule, ForgeRepo, ForgeSim, PullSeen};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const HOOK_SECRET: &str = "a secret of the webhooks' own";

struct DeliveryStage {
    forge: ForgeSim,
    shop: ForgeRepo,
    gateway: Gateway,
    pod: ObedientOpenCode,
    session: String,
    /// Where the agent writes.
    tree: PathBuf,
    _folders: (TempDir, TempDir),
}

impl DeliveryStage {
    /// With more in the section `delivery`.
    async fn with(more: &str) -> Self {
        let forge = ForgeSim::start().await.unwrap();
        let files = [("README.md", "A shop.\n"), ("src/cart.js", "exports.total = 0;\n")];
        let shop = forge.repository("acme", "shop", &files).unwrap();
        shop.make_public();
        forge.install("acme");
        let home = tempfile::tempdir().unwrap();
        let rules = format!(
            "repositories: {{ shop: {{ remote: '{}' }} }}\n\
             projects: {{ shop: {{ repositories: [{{ name: shop }}] }} }}\n\
             workspaces: {{ folder: '{}' }}\n\
             delivery:\n  github: {{ app: {}, api_url: '{}', url: '{}' }}\n  ci_settles_seconds: 1\n{more}",
            shop.git_url(),
            home.path().join(".builders").display(),
            forge.app_id(),
            forge.api_url(),
            forge.url(),
        );
        let key = forge.app_pem();
        let settings = [("GATEWAY_GITHUB_KEY", key.as_str()), ("GATEWAY_GITHUB_WEBHOOK_SECRET", HOOK_SECRET)];
        let (gateway, folder) = with(&settings, &rules).await;
        forge.webhook(&format!("{}/hooks/github", gateway.url()), HOOK_SECRET);
        let pod = ObedientOpenCode::connect(&gateway).await;
        let wanted = json!({ "title": "Fix the cart total", "key": "startkey01", "project": "shop",
            "workspace": { "name": "shop-cart", "repositories": ["shop"] } });
        let made = gateway.post("/api/v1/sessions", &wanted).await.unwrap();
        let tree = PathBuf::from(made["directory"].as_str().unwrap());
        let session = made["id"].as_str().unwrap().to_owned();
        Self { forge, shop, gateway, pod, session, tree, _folders: (home, folder) }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.tree.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    async fn delivers(&self) {
        let path = format!("/api/v1/sessions/{}/deliver", self.session);
        self.gateway.post(&path, &json!({})).await.unwrap();
    }

    /// The newest delivery, once it is there.
    async fn delivery(&self) -> Value {
        let all = self.gateway.get("/api/v1/deliveries").await.unwrap();
        all.as_array().and_then(|all| all.first()).cloned().unwrap_or_default()
    }

    async fn until(&self, stage: &str) -> Value {
        let look = async || {
            let delivery = self.delivery().await;
            if delivery["stage"] == stage { Ok(delivery) } else { Err(delivery) }
        };
        let found =
            wait::within(Duration::from_secs(60)).until(format!("a delivery that is {stage}"), look).await;
        match found {
            Ok(found) => found,
            Err(error) => panic!("{error:#}\n{}", self.thread().await),
        }
    }

    async fn thread(&self) -> String {
        let thread = self.gateway.get(&format!("/api/v1/sessions/{}/thread", self.session)).await.unwrap();
        format!("{thread:#}")
    }

    async fn ask(&self) -> Value {
        let look = async || {
            let asks = self.gateway.get("/api/v1/asks").await.unwrap();
            let found = asks.as_array().unwrap().iter().find(|ask| ask["kind"] == "delivery").cloned();
            found.ok_or(asks)
        };
        wait::until("a request of the delivery", look).await.unwrap()
    }

    async fn answers(&self, ask: &Value, words: &str) {
        let answer = json!({ "answer": "answers", "answers": [[words]], "digest": ask["digest"] });
        let path = format!("/api/v1/asks/{}/answer", ask["id"].as_str().unwrap());
        self.gateway.post(&path, &answer).await.unwrap();
    }

    fn pull(&self) -> Option<PullSeen> {
        self.shop.pulls().into_iter().next()
    }
}

#[tokio::test]
async fn work_becomes_a_draft_and_is_merged_once_every_gate_holds() {
    // REQ-DELIVER-01, -02, -03, -09, -11, -13
    let stage = DeliveryStage::with("  mode: full\n").await;
    stage.shop.ci(CiRule::passes("test"));
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.write("test/cart.test.js", "require('../src/cart');\n");
    stage.delivers().await;
    stage.until("waiting_ci").await;
    let pull = stage.pull().unwrap();
    assert!(pull.draft, "{pull:?}");
    assert!(pull.head.starts_with("hubble/HB-"), "{pull:?}");
    assert_eq!(stage.shop.text(&pull.head, "src/cart.js").as_deref(), Some("exports.total = 1;\n"));
    stage.shop.ci_settle();
    stage.until("in_review").await;
    assert!(!stage.pull().unwrap().draft);
    stage.shop.merge("ann", pull.number).unwrap();
    let merged = stage.until("merged").await;
    assert_eq!(merged["pull"]["number"], pull.number);
    assert_eq!(stage.shop.pulls().len(), 1);
}
