//! Sessions that somebody begins in OpenCode: configured before their first write, moved into a workspace of their own,
//! and gone on with there. Real OpenCode, real gateway; the model is scripted.

use e2e::gateway::Gateway;
use e2e::opencode::{Options, repository};
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use e2e::wait;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Where everything of a test lies.
pub(crate) struct Yard {
    pub(crate) stage: OpenCodeStage,
    home: TempDir,
}

fn free(options: &mut Options) {
    // The hold is what asks here, not OpenCode.
    options.permission =
        json!({ "bash": "allow", "edit": "allow", "question": "allow", "external_directory": "deny" });
}

impl Yard {
    /// A gateway whose project `shop` has the repository that OpenCode is open in, and `blog` another one.
    async fn lay_out() -> Self {
        Self::lay_out_with(json!({}), &[]).await
    }

    /// With more rules, and more of the gateway's environment.
    pub(crate) async fn lay_out_with(more: Value, env: &[(&str, String)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let blog = repository(&home.path().join("blog")).unwrap();
        let mut gateway = Gateway::prepare().unwrap();
        gateway.env.extend(env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let mut stage = OpenCodeStage::around(gateway, free).await.unwrap();
        let mut config = json!({
            "configure_exploratory": true,
            "workspaces": { "folder": home.path().join(".builders") },
            "repositories": { "shop": { "directory": stage.directory }, "blog": { "directory": blog } },
            "project_list": home.path().join("projectlist.md"),
            // Once it is set up, nobody is asked about its files.
            "gate": { "allow": [{ "tool": "write" }] },
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stage.gateway.configure(&as_they_are(config)).unwrap();
        let list = "| id | name | repositories | category |\n|--|--|--|--|\n| P-001 | Shop | shop | feature |\n| P-002 | Blog | blog | |\n";
        std::fs::write(home.path().join("projectlist.md"), list).unwrap();
        stage.gateway.spawn().await.unwrap();
        stage.until_connected().await.unwrap();
        Self { stage, home }
    }

    /// The gateway dies and comes back.
    pub(crate) async fn crash(&mut self) {
        self.stage.gateway.kill();
        self.stage.gateway.spawn().await.unwrap();
        self.stage.until_connected().await.unwrap();
    }

    /// Both ends die, OpenCode with its sessions in its database, and come back.
    async fn crash_both(&mut self) {
        self.stage.gateway.kill();
        self.stage.opencode.restart().await.unwrap();
        self.stage.opencode.api().open(&self.stage.directory).await.unwrap();
        self.stage.gateway.spawn().await.unwrap();
        self.stage.until_connected().await.unwrap();
    }

    async fn card(&self, session: &str) -> Value {
        let cards = self.stage.gateway.get("/api/v1/cards").await.unwrap();
        cards.as_array().unwrap().iter().find(|card| card["session"] == session).cloned().unwrap_or_default()
    }

    /// As OpenCode's own UI does it: a session, then a prompt.
    pub(crate) async fn begin(&self, title: &str, prompt: &str) -> String {
        let api = self.stage.opencode.api();
        let session = api.create(&self.stage.directory, title).await.unwrap();
        api.prompt(&session, prompt).await.unwrap();
        session
    }

    pub(crate) async fn form(&self, session: &str) -> Value {
        let ask = self.stage.open_ask(session).await.unwrap();
        assert_eq!(ask["kind"], "configuration", "{ask:#}");
        ask
    }

    /// Sends the form as it was filled in, with these changes.
    pub(crate) async fn set_up(&self, ask: &Value, changes: &[(&str, &str)]) {
        let body = json!({ "answer": "configured", "values": filled(ask, changes) });
        self.stage.answer(ask["id"].as_str().unwrap(), body).await.unwrap();
    }

    pub(crate) fn place(&self, name: &str, repository: &str) -> PathBuf {
        self.home.path().canonicalize().unwrap().join(".builders").join(name).join("repos").join(repository)
    }

    /// The session works there now, and only there is the file.
    pub(crate) async fn wrote_only_in(&self, session: &str, place: &Path) {
        self.stage.until_said(session, "The file is written.").await.unwrap();
        assert_eq!(std::fs::read_to_string(place.join("note.txt")).unwrap(), "a note\n");
        assert_eq!(self.stage.file("note.txt"), None, "nothing is written in the old place");
        let info = self.stage.opencode.api().get(&format!("/session/{session}"), None).await.unwrap();
        assert_eq!(Path::new(info["directory"].as_str().unwrap()), place);
        let asked = self.stage.gateway.get("/api/v1/asks").await.unwrap();
        assert_eq!(asked, json!([]), "nobody is asked twice");
        assert_eq!(self.card(session).await["sort"], "work");
    }

    async fn asks_so_far(&self, session: &str) -> usize {
        let thread = self.stage.gateway.get(&format!("/api/v1/sessions/{session}/thread")).await.unwrap();
        let items = thread["items"].as_array().unwrap().clone();
        items.iter().filter(|item| item.to_string().contains("\"kind\":\"configuration\"")).count()
    }
}

fn filled(ask: &Value, changes: &[(&str, &str)]) -> Value {
    let mut values = serde_json::Map::new();
    for field in ask["fields"].as_array().unwrap() {
        if let Some(suggestion) = field["suggestion"].as_str() {
            values.insert(field["name"].as_str().unwrap().to_owned(), json!(suggestion));
        }
    }
    values.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    Value::Object(values)
}

#[tokio::test]
async fn real_a_session_begun_in_opencode_is_set_up_and_goes_on_in_its_workspace() {
    // REQ-START-10, REQ-START-12
    let yard = Yard::lay_out().await;
    let session = yard.begin("Add a cart to the shop", "Please write.\nscenario: write").await;
    let ask = yard.form(&session).await;
    assert_eq!(
        filled(&ask, &[]),
        json!({ "project": "Shop (P-001)", "workspace": "p-001-add-a-cart-to-the-shop", "repositories": "shop", "category": "feature" })
    );
    yard.set_up(&ask, &[]).await;
    let place = yard.place("p-001-add-a-cart-to-the-shop", "shop");
    yard.wrote_only_in(&session, &place).await;
    assert_eq!(yard.asks_so_far(&session).await, 1);

    // What it writes from now on is not asked about.
    yard.stage.send(&session, "script: [{\"tools\":[{\"name\":\"write\",\"args\":{\"filePath\":\"two.txt\",\"content\":\"2\"}}]},{\"text\":\"Two is written.\"}]").await.unwrap();
    yard.stage.until_said(&session, "Two is written.").await.unwrap();
    assert!(place.join("two.txt").is_file());
    assert_eq!(yard.asks_so_far(&session).await, 1);
}

#[tokio::test]
async fn real_both_ends_are_killed_while_the_form_waits_and_while_the_session_moves() {
    // REQ-START-11, REQ-ASK-08
    let mut yard = Yard::lay_out().await;
    let session = yard.begin("Add a cart to the shop", "Please write.\nscenario: write").await;
    let ask = yard.form(&session).await;
    yard.crash_both().await;
    assert_eq!(yard.form(&session).await["id"], ask["id"], "the same form");
    let place = yard.place("p-001-add-a-cart-to-the-shop", "shop");
    yard.set_up(&ask, &[]).await;
    yard.stage.gateway.kill();
    yard.stage.gateway.spawn().await.unwrap();
    if let Err(error) = wait::until("the workspace", async || place.join("README.md").is_file()).await {
        let thread = yard.stage.gateway.get(&format!("/api/v1/sessions/{session}/thread")).await.unwrap();
        panic!("{error}: {thread:#}\n{}", yard.stage.gateway.log());
    }
    yard.wrote_only_in(&session, &place).await;
    assert_eq!(yard.asks_so_far(&session).await, 1);
}

#[tokio::test]
async fn real_a_session_that_only_looks_is_known_and_asked_nothing_whoever_dies() {
    // REQ-START-10
    let mut yard = Yard::lay_out().await;
    let looks = r#"script: [{"tools":[{"name":"read","args":{"filePath":"README.md"}}]},{"text":"That is what it says."}]"#;
    let session = yard.begin("What is in the shop?", looks).await;
    yard.stage.until_said(&session, "That is what it says.").await.unwrap();
    yard.crash_both().await;
    yard.stage.opencode.api().prompt(&session, "scenario: hello").await.unwrap();
    yard.stage.until_said(&session, "Hello").await.unwrap();
    let card = yard.card(&session).await;
    assert_eq!(
        (&card["sort"], &card["title"]),
        (&json!("exploratory"), &json!("What is in the shop?")),
        "{card:#}"
    );
    assert_eq!(card["directory"], json!(yard.stage.directory), "{card:#}");
    assert_eq!(yard.stage.gateway.get("/api/v1/asks").await.unwrap(), json!([]));
    assert_eq!(yard.asks_so_far(&session).await, 0);
}

#[tokio::test]
async fn real_a_session_goes_into_another_project_and_a_new_one_gets_an_id() {
    // REQ-START-12
    let mut yard = Yard::lay_out().await;
    let session = yard.begin("Something else", "Please write.\nscenario: write").await;
    let ask = yard.form(&session).await;
    assert_eq!(filled(&ask, &[])["project"], Value::Null, "no project is clear, so people choose");
    let options = ask["fields"][0]["options"].clone();
    assert_eq!(options, json!(["Shop (P-001)", "Blog (P-002)", "Create new project"]));
    // Not as it should be: the form comes back with the reason.
    yard.set_up(
        &ask,
        &[("project", "Create new project"), ("repositories", "gone"), ("new_project", "Journal")],
    )
    .await;
    let ask = yard.form(&session).await;
    yard.crash_both().await;
    assert_eq!(yard.form(&session).await["id"], ask["id"], "the same form");
    yard.set_up(
        &ask,
        &[
            ("project", "Create new project"),
            ("repositories", "blog"),
            ("new_project", "Journal"),
            ("workspace", "journal"),
        ],
    )
    .await;
    yard.crash().await;
    let place = yard.place("journal", "blog");
    yard.wrote_only_in(&session, &place).await;
    let list = std::fs::read_to_string(yard.home.path().join("projectlist.md")).unwrap();
    assert!(list.contains("| P-003 | Journal |") && !list.contains("P-004"), "{list}");
}
