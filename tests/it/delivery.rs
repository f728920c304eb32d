//! From a session's workspace to a merged pull request: the real gateway, real git over http, a simulated GitHub, a pod's double
//! (REQ-DELIVER-01 … 18).

use crate::people::with;
use bridge_protocol::Event;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::wait;
use forge_sim::{CiRule, Fault, ForgeRepo, ForgeSim, Level, PullSeen};
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

    /// What the agent is to do, and that it is done with it.
    async fn agent_does(&mut self, work: impl FnOnce(&Self)) -> String {
        let prompt = self.pod.next_prompt().await;
        self.pod.tells(&self.session, Event::SessionActive {}).await;
        work(self);
        self.pod.idle(&self.session).await;
        prompt
    }

    async fn killed(&mut self) {
        self.gateway.kill();
        self.gateway.spawn().await.unwrap();
        self.pod = ObedientOpenCode::connect(&self.gateway).await;
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
    // Low risk needs no approval, and people merge unless the project says otherwise.
    stage.until("approved").await;
    assert!(!stage.pull().unwrap().draft);
    stage.shop.merge("ann", pull.number).unwrap();
    let merged = stage.until("merged").await;
    assert_eq!(merged["pull"]["number"], pull.number);
    assert_eq!(stage.shop.pulls().len(), 1);
}

#[tokio::test]
async fn a_red_ci_is_fixed_once_and_a_review_is_addressed_with_kills_in_between() {
    // REQ-DELIVER-01, -10, -11, -12, -15
    let mut stage = DeliveryStage::with("  mode: full\n").await;
    stage.shop.collaborator("ben", Level::Write);
    stage.shop.ci(CiRule::passes_if("test", |tree| {
        tree.text("src/cart.js").is_some_and(|text| text.contains("total = 2"))
    }));
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.delivers().await;
    stage.until("waiting_ci").await;
    stage.killed().await;
    stage.shop.ci_settle();
    let prompt = stage.agent_does(|stage| stage.write("src/cart.js", "exports.total = 2;\n")).await;
    assert!(prompt.contains("test"), "{prompt}");
    stage.until("waiting_ci").await;
    stage.killed().await;
    stage.shop.ci_settle();
    stage.until("approved").await;
    let number = stage.pull().unwrap().number;
    stage.shop.review("ben", number, "CHANGES_REQUESTED", "Say in the README what the total is.").unwrap();
    let ask = stage.ask().await;
    stage.killed().await;
    stage.answers(&ask, "Let the agent address them").await;
    let prompt = stage.agent_does(|stage| stage.write("README.md", "A shop. The total is 2.\n")).await;
    assert!(prompt.contains("Say in the README"), "{prompt}");
    let again = async || (stage.pull().unwrap().head_sha != stage.shop.tip("main").unwrap()).then_some(());
    wait::until("a push", again).await.unwrap();
    stage.until("waiting_ci").await;
    stage.shop.ci_settle();
    stage.shop.review("ben", number, "APPROVED", "Thanks!").unwrap();
    stage.until("approved").await;
    stage.shop.merge("ben", number).unwrap();
    stage.until("merged").await;
    assert_eq!(stage.shop.pulls().len(), 1, "one pull request, however often the gateway was killed");
    let thread = stage.thread().await;
    assert!(thread.contains("Merged"), "{thread}");
}

#[tokio::test]
async fn what_the_rules_deny_never_leaves_and_is_sent_back_in_words() {
    // REQ-DELIVER-05, -06, -08
    let mut stage = DeliveryStage::with("  mode: full\n").await;
    stage.write("deploy/server.pem", "-----BEGIN CERTIFICATE-----\n");
    stage.delivers().await;
    stage.until("refused").await;
    assert_eq!(stage.forge.count("git receive-pack *"), 0);
    let ask = stage.ask().await;
    assert!(ask["sheet"]["says"].as_str().unwrap().contains("server.pem"), "{ask:#}");
    stage.answers(&ask, "Please remove the certificate.").await;
    let remove = |stage: &DeliveryStage| std::fs::remove_dir_all(stage.tree.join("deploy")).unwrap();
    let prompt = stage.agent_does(remove).await;
    assert!(prompt.contains("Please remove the certificate."), "{prompt}");
    stage.until("nothing").await;
    assert_eq!(stage.pull(), None);
}

#[tokio::test]
async fn a_change_of_ci_needs_someone_else_and_the_requesters_yes_is_not_enough() {
    // REQ-DELIVER-06, -07, -08, -11
    let stage = DeliveryStage::with("  mode: draft\n").await;
    stage.write(".github/workflows/ci.yml", "on: push\n");
    stage.delivers().await;
    stage.until("asked").await;
    let ask = stage.ask().await;
    assert_eq!(stage.delivery().await["risk"], "high");
    stage.answers(&ask, "Continue anyway").await;
    let told = async || stage.thread().await.contains("their yes doesn't count").then_some(());
    wait::until("the sentence", told).await.unwrap();
    assert_eq!(stage.forge.count("git receive-pack *"), 0);
    let again = stage.ask().await;
    assert_ne!(again["id"], ask["id"], "it is still asked");
}

#[tokio::test]
async fn shadow_shows_what_would_have_been_and_writes_nothing() {
    // REQ-DELIVER-16
    let stage = DeliveryStage::with("  mode: shadow\n").await;
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.delivers().await;
    let shadowed = stage.until("shadowed").await;
    assert_eq!(stage.forge.count("git receive-pack *"), 0);
    assert_eq!(stage.forge.count("POST /repos/*/pulls"), 0);
    let path = format!("/api/v1/deliveries/{}/patch", shadowed["run"].as_str().unwrap());
    let patch = stage.gateway.get(&path).await.unwrap();
    assert!(patch["patch"].as_str().unwrap().contains("+exports.total = 1;"), "{patch}");
}

#[tokio::test]
async fn the_switch_holds_what_comes_next_and_lets_it_go_again() {
    // REQ-DELIVER-16
    let stage = DeliveryStage::with("  mode: full\n").await;
    stage
        .gateway
        .call(reqwest::Method::PUT, "/api/v1/delivery-mode", Some(&json!({ "mode": "off" })))
        .await
        .unwrap();
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.delivers().await;
    let told = async || stage.thread().await.contains("switched off").then_some(());
    wait::until("the sentence", told).await.unwrap();
    assert_eq!(stage.delivery().await, Value::Null);
    stage
        .gateway
        .call(reqwest::Method::PUT, "/api/v1/delivery-mode", Some(&json!({ "mode": "full" })))
        .await
        .unwrap();
    stage.delivers().await;
    stage.until("waiting_ci").await;
}

#[tokio::test]
async fn no_token_is_seen_anywhere_and_none_is_left() {
    // REQ-DELIVER-04
    let stage = DeliveryStage::with("  mode: draft\n").await;
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.delivers().await;
    stage.until("waiting_ci").await;
    let told = format!("{}{}", stage.thread().await, stage.gateway.log());
    for form in ["ghs_", "eyJ", "x-access-token:", "BEGIN RSA"] {
        assert!(!told.contains(form), "{form}");
    }
    let found = std::process::Command::new("grep")
        .args(["-rlE", "ghs_|x-access-token:|BEGIN RSA"])
        .args([stage.gateway.state().as_os_str(), stage.tree.as_os_str()])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[tokio::test]
async fn an_answer_that_is_lost_while_opening_makes_no_second_pull_request() {
    // REQ-DELIVER-01, D2
    let stage = DeliveryStage::with("  mode: draft\n").await;
    stage.forge.fail("POST /repos/*/pulls", Fault::StatusAfter(502), 1);
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.delivers().await;
    stage.until("waiting_ci").await;
    assert_eq!(stage.shop.pulls().len(), 1);
}

#[tokio::test]
async fn others_commits_are_never_pushed_over() {
    // REQ-DELIVER-15
    let mut stage = DeliveryStage::with("  mode: full\n").await;
    stage.shop.ci(CiRule::passes_if("test", |tree| tree.text("fixed").is_some()));
    stage.write("src/cart.js", "exports.total = 1;\n");
    stage.delivers().await;
    stage.until("waiting_ci").await;
    let branch = stage.pull().unwrap().head;
    let bens =
        stage.shop.push("ben", &branch, &[("README.md", Some("Ben was here.\n"))], "By hand\n").unwrap();
    stage.until("moved").await;
    assert_eq!(stage.shop.tip(&branch).as_deref(), Some(bens.as_str()));
    let ask = stage.ask().await;
    stage.killed().await;
    stage.answers(&ask, "Leave it to them").await;
    stage.until("stopped").await;
    assert_eq!(stage.shop.tip(&branch).as_deref(), Some(bens.as_str()));
}
