//! The form that starts a session: what it suggests, what a person makes of that, and where the session works.

use super::SlackStage;
use super::starts::{choose_project, open};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use bridge_protocol::Command;
use e2e::opencode::repository;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// With more rules beside the projects.
pub(super) async fn stage_with(rules: &str) -> SlackStage {
    let more = format!("{}{rules}", super::RULES);
    SlackStage::set_with("", |gateway| std::fs::write(config(gateway), more).unwrap()).await
}

fn config(gateway: &e2e::gateway::Gateway) -> PathBuf {
    let (_, path) = gateway.env.iter().find(|(name, _)| name == "GATEWAY_CONFIG").unwrap();
    PathBuf::from(path)
}

/// Types the title and presses Enter, and waits until the form shows this.
async fn enter_title(stage: &SlackStage, title: &str, shown: &str) {
    stage.ann.fill(&[("Title", title)]).unwrap();
    assert!(stage.ann.click_modal("title", Some(title)).await.unwrap().acked());
    let drawn = || stage.ann.modal().filter(|view| view.content.to_string().contains(shown)).map(drop);
    stage.until(&format!("{shown:?} in the form"), drawn).await;
}

async fn made(stage: &mut SlackStage) -> (Option<String>, Option<String>, String) {
    loop {
        if let Command::SessionCreate { agent, model, directory, .. } = stage.pod.next().await {
            return (agent, model.map(|one| format!("{}/{}", one.provider, one.model)), directory);
        }
    }
}

async fn thread(stage: &SlackStage) -> Value {
    let recorded = |cards: &Value| !cards[0]["routing"].is_null();
    let cards = stage.gateway.until("the record", "/api/v1/cards", recorded).await.unwrap();
    cards[0].clone()
}

#[tokio::test]
async fn the_form_says_who_suits_the_task_and_why_and_the_person_overrides_it() {
    // REQ-START-03, REQ-START-04, REQ-START-05
    let mut stage = SlackStage::set().await;
    open(&stage).await;
    choose_project(&stage, "shop").await;
    stage.ann.fill(&[("Repositories", "api"), ("Description", "With a test.")]).unwrap();
    enter_title(&stage, "Implement login API", "Suggested: *builder* (").await;
    let form = stage.ann.modal().unwrap();
    let shown = form.content.to_string();
    assert!(shown.contains("implement") && shown.contains("*local/qwen2.5-coder:32b* ("), "{shown}");
    assert!(form.values.to_string().contains("With a test."), "what was typed stays: {}", form.values);
    // Another title brings another suggestion; the agent was left at it and follows.
    enter_title(&stage, "Design authentication architecture", "architect, as suggested").await;
    let fields = [("Agent", "pm"), ("Model", "anthropic/claude-sonnet-4-5, as suggested")];
    assert!(stage.ann.submit(&fields).await.unwrap().acked());
    let (agent, model, directory) = made(&mut stage).await;
    assert_eq!((agent.as_deref(), model.as_deref()), (Some("pm"), Some("anthropic/claude-sonnet-4-5")));
    assert_eq!(directory, "/work/api", "the repository that was chosen before stays");
    let card = thread(&stage).await;
    let routing = &card["routing"];
    assert_eq!((&routing["suggested"]["agent"], &routing["agent"]), (&json!("architect"), &json!("pm")));
    assert!(routing["suggested"]["confidence"].as_f64().unwrap() > 0.8, "{routing:#}");
    assert_eq!(routing["model"]["provider"], "anthropic");
    stage.slack.until_text(&stage.dev, "*pm* is working on this. Suggested: *architect* (").await.unwrap();
    // The messages that follow go to the same ones.
    let root = stage.slack.until_text(&stage.dev, "Design authentication").await.unwrap();
    stage.ann.replies(&root, "and small");
    stage.pod.idle("ses_00000001").await;
    let (agent, model) = loop {
        if let Command::SessionMessage { agent, model, parts, .. } = stage.pod.next().await
            && serde_json::to_string(&parts).unwrap().contains("and small")
        {
            break (agent, model);
        }
    };
    assert_eq!((agent.as_deref(), model.unwrap().provider.as_str()), (Some("pm"), "anthropic"));
}

#[tokio::test]
async fn what_nobody_changed_is_decided_when_it_is_submitted() {
    // REQ-START-03, REQ-START-05: without Enter nobody saw the suggestion; a model that nobody checked is not taken.
    let mut stage = SlackStage::set().await;
    super::starts::submit(&stage, "Implement login API").await;
    let (agent, model, _) = made(&mut stage).await;
    assert_eq!((agent.as_deref(), model), (Some("builder"), None));
    let card = thread(&stage).await;
    assert_eq!(card["routing"]["agent"], "builder", "{card:#}");
    let told =
        stage.slack.until_text(&stage.dev, "*builder* is working on this, as suggested (").await.unwrap();
    let told = stage.slack.message(&told).unwrap().all_text();
    assert!(told.contains("Model: OpenCode's default. Suggested: *local/qwen2.5-coder:32b*"), "{told}");
}

/// A model's health address that answers as it is told.
pub(super) async fn health(up: &Arc<AtomicBool>) -> String {
    let up = Arc::clone(up);
    let answer = move || async move {
        if up.load(Ordering::SeqCst) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/health", get(answer))).await });
    format!("http://{address}/health")
}

#[tokio::test]
async fn a_model_that_is_down_brings_a_choice_and_loses_nothing() {
    // REQ-START-04
    let up = Arc::new(AtomicBool::new(false));
    let health = health(&up).await;
    let models = format!(
        "models: [{{ provider: local, model: 'qwen2.5-coder:32b', health: '{health}' }}, {{ provider: spare, model: small }}]\n"
    );
    let mut stage = stage_with(&models).await;
    open(&stage).await;
    choose_project(&stage, "shop").await;
    stage.ann.fill(&[("Repositories", "web")]).unwrap();
    enter_title(&stage, "Implement login API", "It is not available: ").await;
    let unpicked = stage.ann.submit(&[]).await.unwrap_err().to_string();
    assert!(unpicked.contains("Model"), "Slack itself asks for a choice: {unpicked}");
    let down = stage.ann.submit(&[("Model", "local/qwen2.5-coder:32b, as suggested")]).await;
    assert!(down.unwrap_err().to_string().contains("not among the options"));
    assert!(stage.ann.submit(&[("Model", "spare/small")]).await.unwrap().acked());
    let (_, model, _) = made(&mut stage).await;
    assert_eq!(model.as_deref(), Some("spare/small"));
    let card = thread(&stage).await;
    let routing = &card["routing"];
    assert_eq!(
        (&routing["suggested"]["model"]["provider"], &routing["model"]["provider"]),
        (&json!("local"), &json!("spare"))
    );
}

#[tokio::test]
async fn a_model_that_nobody_saw_and_that_is_down_keeps_the_form_open() {
    // REQ-START-04: never used silently, and never left away silently either
    let health = health(&Arc::new(AtomicBool::new(false))).await;
    let models = format!(
        "models: [{{ provider: local, model: 'qwen2.5-coder:32b', health: '{health}' }}, {{ provider: spare, model: small }}]\n"
    );
    let mut stage = stage_with(&models).await;
    open(&stage).await;
    choose_project(&stage, "shop").await;
    let fields = [("Title", "Implement login API"), ("Repositories", "web")];
    let receipt = stage.ann.submit(&fields).await.unwrap();
    assert_eq!(receipt.answer["response_action"], "errors", "{receipt:?}");
    let form = stage.ann.modal().unwrap();
    let told = form.errors.to_string();
    assert!(told.contains("503") && told.contains("Choose another: spare/small."), "{told}");
    assert!(form.values.to_string().contains("Implement login API"), "{}", form.values);
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap(), json!([]));
    assert!(stage.ann.submit(&[("Model", "spare/small")]).await.unwrap().acked());
    assert_eq!(made(&mut stage).await.1.as_deref(), Some("spare/small"));
}

/// Rules for one project whose repository is there, and the folder of workspaces.
fn yard(home: &Path) -> (String, PathBuf) {
    let (web, builders) = (repository(&home.join("web")).unwrap(), home.join(".builders"));
    let rules = format!(
        "projects: {{ shop: {{ repositories: [{{ name: web, directory: '{0}' }}] }} }}\nrepositories: {{ web: {{ directory: '{0}' }} }}\nworkspaces: {{ folder: '{1}' }}\nproject_list: '{2}'\n",
        web.display(),
        builders.display(),
        home.join("projectlist.md").display()
    );
    (rules, builders)
}

#[tokio::test]
async fn a_session_works_in_a_workspace_of_its_own_if_the_form_says_so() {
    // REQ-WORK-01, REQ-START-02
    let home = tempfile::tempdir().unwrap();
    let (rules, builders) = yard(&home.path().canonicalize().unwrap());
    let mut stage = SlackStage::set_with("", |gateway| std::fs::write(config(gateway), rules).unwrap()).await;
    open(&stage).await;
    let fields = [("Title", "Fix the login"), ("Where to work", "A new workspace on its own branch")];
    assert!(stage.ann.submit(&fields).await.unwrap().acked());
    let (_, _, directory) = made(&mut stage).await;
    assert_eq!(Path::new(&directory), builders.join("shop-fix-the-login/repos/web"));
    assert!(Path::new(&directory).join("README.md").is_file());
    stage.slack.until_text(&stage.dev, "Creating a workspace with web…").await.unwrap();
    stage.slack.until_text(&stage.dev, "Workspace “shop-fix-the-login” ready").await.unwrap();
    let card = thread(&stage).await;
    assert_eq!(card["workspace"]["branch"], "gateway/shop-fix-the-login", "{card:#}");
}

#[tokio::test]
async fn a_workspace_that_cannot_be_made_is_told_in_the_thread_and_nothing_is_lost() {
    // REQ-WORK-03, REQ-START-01
    let home = tempfile::tempdir().unwrap();
    let (rules, builders) = yard(home.path());
    let mut stage = SlackStage::set_with("", |gateway| std::fs::write(config(gateway), rules).unwrap()).await;
    std::fs::remove_dir_all(home.path().join("web")).unwrap();
    open(&stage).await;
    let place = ("Where to work", "A new workspace on its own branch");
    let fields = [("Title", "Fix the login"), ("Description", "It is slow."), place];
    assert!(stage.ann.submit(&fields).await.unwrap().acked());
    stage.slack.until_text(&stage.dev, "No session was started:").await.unwrap();
    stage.whispered(&stage.ann, "It is slow.").await;
    assert_eq!(stage.gateway.get("/api/v1/cards").await.unwrap(), json!([]));
    assert!(!builders.join("shop-fix-the-login").exists(), "nothing half made is left");
    // The same again, where it can be made.
    repository(&home.path().join("web")).unwrap();
    open(&stage).await;
    assert!(stage.ann.submit(&fields).await.unwrap().acked());
    assert!(made(&mut stage).await.2.ends_with("/repos/web"));
}

#[tokio::test]
async fn a_title_that_clearly_means_a_project_fills_it_in() {
    // REQ-START-12, REQ-START-01: projects come from the list, too
    let home = tempfile::tempdir().unwrap();
    let (rules, builders) = yard(&home.path().canonicalize().unwrap());
    let list = "| id | name | status | repositories |\n| --- | --- | --- | --- |\n| P-001 | Web Shop | active | web |\n| P-002 | Diary | active | web |\n| P-003 | Old Diary | done | web |\n";
    std::fs::write(home.path().join("projectlist.md"), list).unwrap();
    let mut stage = SlackStage::set_with("", |gateway| std::fs::write(config(gateway), rules).unwrap()).await;
    open(&stage).await;
    let form = stage.ann.modal().unwrap().content.to_string();
    assert!(form.contains("Diary (P-002)") && !form.contains("P-003"), "{form}");
    enter_title(&stage, "Add a cart to the web shop", "repositories.P-001").await;
    assert!(stage.ann.submit(&[]).await.unwrap().acked());
    let (_, _, directory) = made(&mut stage).await;
    assert_eq!(Path::new(&directory), builders.join("p-001-add-a-cart-to-the-web-shop/repos/web"));
    assert_eq!(thread(&stage).await["project"], "P-001");
}
