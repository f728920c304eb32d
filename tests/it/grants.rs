//! Grants over the API and from a terminal, against the real gateway with a pod's double: given, used, listed, revoked, and
//! what a kill or other rules leave of them.

use crate::people::{new_session, with};
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::wait;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SESSION: &str = "ses_00000001";

/// The double says nothing of a guard.
const RULES: &str = "gate: { mode: on, unguarded: allow }\n";

struct GrantStage {
    gateway: Gateway,
    pod: ObedientOpenCode,
    folder: tempfile::TempDir,
}

impl GrantStage {
    async fn set() -> Self {
        let (gateway, folder) = with(&[], RULES).await;
        let mut pod = ObedientOpenCode::connect(&gateway).await;
        gateway.post("/api/v1/sessions", &new_session("one")).await.unwrap();
        pod.next_prompt().await;
        Self { gateway, pod, folder }
    }

    /// A call, and whether it ran without an ask.
    async fn runs(&mut self, id: &str, command: &str) -> bool {
        self.pod.holds(SESSION, id, command).await;
        let path = format!("/api/v1/asks/{id}");
        loop {
            tokio::select! {
                (released, runs) = self.pod.next_release() => if released == id { return runs },
                asked = self.gateway.until("the ask", &path, |ask| ask["state"] == "open") => return asked.is_err(),
            }
        }
    }

    async fn answers(&self, id: &str, answer: &Value) -> (StatusCode, Value) {
        self.gateway.call(Method::POST, &format!("/api/v1/asks/{id}/answer"), Some(answer)).await.unwrap()
    }

    /// Asked about, granted, and let go.
    async fn grants(&mut self, id: &str, command: &str, answer: Value) -> Value {
        assert!(!self.runs(id, command).await, "asked about");
        let (status, told) = self.answers(id, &answer).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert_eq!(self.pod.next_release().await, (id.to_owned(), true));
        self.until_listed(|grant| grant["ask"] == id).await
    }

    async fn until_listed(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = |told: &Value| told["grants"].as_array()?.iter().find(|grant| wanted(grant)).cloned();
        let told =
            self.gateway.until("the grant", "/api/v1/grants", |told| found(told).is_some()).await.unwrap();
        found(&told).unwrap()
    }

    async fn revokes(&self, id: &str) -> (StatusCode, Value) {
        self.gateway.call(Method::DELETE, &format!("/api/v1/grants/{id}"), None).await.unwrap()
    }

    async fn comes_back(&mut self) {
        self.gateway.spawn().await.unwrap();
        self.pod = ObedientOpenCode::connect(&self.gateway).await;
    }
}

fn for_session() -> Value {
    json!({ "answer": "grant", "for": "session" })
}

fn id(grant: &Value) -> String {
    grant["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_used_listed_and_revoked_at_once() {
    // REQ-GATE-08
    let mut stage = GrantStage::set().await;
    let grant = stage.grants("hold_1", "npm test", for_session()).await;
    for (field, expected) in [
        ("tool", json!("bash")),
        ("pattern", json!("npm test")),
        ("exact", json!(true)),
        ("for", json!("session")),
        ("session", json!(SESSION)),
        ("title", json!("one")),
        ("state", json!("in_force")),
        ("uses", json!(0)),
    ] {
        assert_eq!(grant[field], expected, "{grant:#}");
    }
    assert!(stage.runs("hold_2", "npm  'test'").await && !stage.runs("hold_3", "npm run build").await);
    let used = stage.until_listed(|grant| grant["uses"] == 1).await;
    assert!(used["sentence"].as_str().unwrap().contains("used 1 time"), "{used:#}");
    let (status, revoked) = stage.revokes(&id(&grant)).await;
    assert_eq!((status, &revoked["state"]), (StatusCode::OK, &json!("revoked")), "{revoked}");
    assert!(!stage.runs("hold_4", "npm test").await, "asked about again");
    let (again, told) = stage.revokes(&id(&grant)).await;
    assert_eq!(again, StatusCode::CONFLICT, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("no longer in force"), "{told}");
    assert_eq!(stage.revokes("grt_unknown").await.0, StatusCode::NOT_FOUND);
    let audit = stage.gateway.audit().unwrap();
    let told: Vec<_> = audit.iter().filter(|entry| entry.to_string().contains(&id(&grant))).collect();
    let deeds: Vec<_> = told.iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["answered", "allowed by grant", "revoked grant"], "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_outlives_a_kill_and_so_does_its_end() {
    // REQ-GATE-08, REQ-STATE-02
    let mut stage = GrantStage::set().await;
    let kept = stage.grants("hold_1", "npm test", for_session()).await;
    let gone = stage.grants("hold_2", "make all", for_session()).await;
    assert_eq!(stage.revokes(&id(&gone)).await.0, StatusCode::OK);
    stage.gateway.kill();
    stage.comes_back().await;
    assert!(stage.runs("hold_3", "npm test").await && !stage.runs("hold_4", "make all").await);
    assert_eq!(stage.until_listed(|grant| grant["id"] == gone["id"]).await["state"], "revoked");
    // With other rules none of them counts.
    stage.gateway.kill();
    let rules = RULES.replace("allow }", "allow, deny: [{ tool: webfetch }] }");
    std::fs::write(stage.folder.path().join("gateway.yaml"), rules).unwrap();
    stage.comes_back().await;
    assert_eq!(stage.until_listed(|grant| grant["id"] == kept["id"]).await["state"], "rules_changed");
    assert!(!stage.runs("hold_5", "npm test").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_list_grants_nothing_and_is_told() {
    // REQ-GATE-08, REQ-STATE-04
    let mut stage = GrantStage::set().await;
    stage.grants("hold_1", "npm test", for_session()).await;
    let file = stage.gateway.state().join("ledger/grants.json");
    let written = async || std::fs::read_to_string(&file).unwrap_or_default().contains("npm test");
    wait::until("the list on disk", written).await.unwrap();
    // A session whose record doesn't know yet that the grant is kept would give it again.
    let name = format!("{SESSION}.session-state.yaml");
    let known = async || {
        let shards = std::fs::read_dir(stage.gateway.state().join("sessions")).into_iter().flatten();
        let mut records =
            shards.filter_map(|shard| std::fs::read_to_string(shard.ok()?.path().join(&name)).ok());
        records.any(|text| text.contains("applied") && !text.contains("give_grant"))
    };
    wait::until("the record that knows of it", known).await.unwrap();
    stage.gateway.terminate().await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("npm test", "npm *")).unwrap();
    stage.comes_back().await;
    assert!(!stage.runs("hold_2", "npm test").await, "people are asked again");
    let state = stage.gateway.get("/api/v1/state").await.unwrap();
    assert!(state["notices"].to_string().contains("list of grants is damaged"), "{state:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cant_be_granted_is_refused_with_its_reason() {
    // REQ-GATE-08
    let mut stage = GrantStage::set().await;
    assert!(!stage.runs("hold_1", "rm -r build").await);
    let ask = stage.gateway.get("/api/v1/asks/hold_1").await.unwrap();
    assert_eq!(
        ask["display"]["no_grant"], "This can only be allowed once: deletes files or data.",
        "{ask:#}"
    );
    let (status, told) = stage.answers("hold_1", &for_session()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("deletes files"), "{told}");
    assert!(!stage.runs("hold_2", "npm test").await);
    for (answer, expected) in [
        (json!({ "answer": "grant", "for": "project" }), "has no project"),
        (json!({ "answer": "grant", "for": "session", "pattern": "npm *" }), "nearly everything"),
    ] {
        let (status, told) = stage.answers("hold_2", &answer).await;
        assert_eq!(status, StatusCode::CONFLICT, "{told}");
        assert!(told["detail"].as_str().unwrap().contains(expected), "{told}");
    }
    for odd in [json!({ "answer": "grant" }), json!({ "answer": "grant", "for": "ever" })] {
        assert!(stage.answers("hold_2", &odd).await.0.is_client_error(), "{odd}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_grants_lists_and_revokes() {
    // REQ-GATE-08
    let mut stage = GrantStage::set().await;
    let empty = stage.gateway.cli(&["grants"]).unwrap();
    assert!(empty.contains("No grants"), "{empty}");
    assert!(!stage.runs("hold_1", "npm test").await);
    let shown = stage.gateway.cli(&["asks", "show", "hold_1"]).unwrap();
    assert!(shown.contains("grant session|hour [PATTERN]") && shown.contains("'npm test *'"), "{shown}");
    stage.gateway.cli(&["asks", "answer", "hold_1", "grant", "session", "npm test *"]).unwrap();
    assert_eq!(stage.pod.next_release().await, ("hold_1".to_owned(), true));
    let grant = stage.until_listed(|grant| grant["pattern"] == "npm test *").await;
    assert!(stage.runs("hold_2", "npm test -- a").await);
    let listed = stage.gateway.cli(&["grants", "list"]).unwrap();
    assert!(listed.contains(&id(&grant)) && listed.contains("bash: npm test * (pattern)"), "{listed}");
    let told = stage.gateway.cli(&["grants", "revoke", &id(&grant)]).unwrap();
    assert!(told.starts_with("Revoked: `npm test *` in the session “one”"), "{told}");
    assert!(!stage.runs("hold_3", "npm test -- a").await);
    let refused = stage.gateway.cli(&["grants", "revoke", &id(&grant)]).unwrap_err().to_string();
    assert!(refused.contains("no longer in force"), "{refused}");
}
