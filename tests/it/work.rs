//! Workspaces, projects and models over the API and the command line, with a pod's double.

use crate::people::with;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use bridge_protocol::Command;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::opencode::repository;
use e2e::wait;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// A gateway with one project, its repository, and a place for workspaces.
async fn yard(more: &str) -> (Gateway, TempDir, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let web = repository(&home.path().join("web")).unwrap();
    let rules = format!(
        "repositories: {{ web: {{ directory: '{}' }} }}\nworkspaces: {{ folder: '{}' }}\nproject_list: '{}'\n{more}",
        web.display(),
        home.path().join(".builders").display(),
        home.path().join(".ai/projectlist.md").display()
    );
    let (gateway, folder) = with(&[], &rules).await;
    (gateway, home, folder)
}

fn start(title: &str, name: &str, key: &str) -> Value {
    json!({ "title": title, "key": key, "workspace": { "name": name, "repositories": ["web"] } })
}

async fn refused(gateway: &Gateway, path: &str, body: &Value) -> (StatusCode, String) {
    let (status, answer) = gateway.call(Method::POST, path, Some(body)).await.unwrap();
    (status, answer["detail"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_session_begins_in_a_workspace_of_its_own_and_every_step_is_told() {
    // REQ-START-02, REQ-START-05, REQ-WORK-01, REQ-WORK-04
    let (gateway, home, _folder) = yard("").await;
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    let mut wanted = start("Implement login API", "shop-login", "startkey01");
    wanted["agent"] = json!("pm");
    let made = gateway.post("/api/v1/sessions", &wanted).await.unwrap();
    let tree = home.path().canonicalize().unwrap().join(".builders/shop-login/repos/web");
    assert_eq!(made["directory"].as_str().unwrap(), tree.to_str().unwrap());
    assert!(tree.join("README.md").is_file());
    assert!(
        matches!(pod.next().await, Command::SessionCreate { directory, .. } if Path::new(&directory) == tree)
    );
    let steps = gateway.get("/api/v1/starts/startkey01").await.unwrap();
    let stages: Vec<_> =
        steps["steps"].as_array().unwrap().iter().map(|step| step["stage"].clone()).collect();
    assert_eq!(stages, ["routing", "workspace", "workspace", "session"]);
    assert_eq!(steps["session"], made["id"]);
    let thread =
        gateway.get(&format!("/api/v1/sessions/{}/thread", made["id"].as_str().unwrap())).await.unwrap();
    let card = &thread["card"];
    assert_eq!(card["workspace"]["branch"], "gateway/shop-login");
    assert_eq!(
        (&card["routing"]["suggested"]["agent"], &card["routing"]["agent"]),
        (&json!("builder"), &json!("pm"))
    );
    assert!(thread["items"].to_string().contains("Workspace “shop-login” ready"), "{thread:#}");

    let (status, told) =
        refused(&gateway, "/api/v1/sessions", &start("Other", "shop-login", "startkey02")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(told.contains("in use by \"Implement login API\""), "{told}");
    let (status, _) =
        refused(&gateway, "/api/v1/workspaces/shop-login/remove", &json!({ "confirmed": true })).await;
    assert_eq!(status, StatusCode::CONFLICT, "somebody works there");
    let entries = gateway.audit().unwrap();
    let about = |entry: &Value| {
        entry["subject"].as_str().unwrap_or_default().starts_with("to remove the workspace shop-login")
    };
    let refused = entries.iter().find(|entry| entry["what"] == "refused" && about(entry));
    assert!(refused.is_some(), "REQ-PROOF-01: what was refused is in the log too: {entries:#?}");
}

#[tokio::test]
async fn a_start_that_cannot_be_made_says_why_and_leaves_nothing() {
    // REQ-WORK-03, REQ-WORK-04
    let (gateway, home, _folder) = yard("").await;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let cases = [
        (
            json!({ "name": "../../etc", "repositories": ["web"] }),
            StatusCode::BAD_REQUEST,
            "is not a valid name",
        ),
        (json!({ "name": "-rf", "repositories": ["web"] }), StatusCode::BAD_REQUEST, "is not a valid name"),
        (json!({ "repositories": ["--upload-pack=x"] }), StatusCode::BAD_REQUEST, "is not a valid name"),
        (json!({ "repositories": ["gone"] }), StatusCode::NOT_FOUND, "Repository gone has no source"),
        (json!({}), StatusCode::NOT_FOUND, "Name the repositories"),
    ];
    for (n, (workspace, expected, told)) in cases.into_iter().enumerate() {
        let body = json!({ "title": "Task", "key": format!("startkey{n:02}"), "workspace": workspace });
        let (status, detail) = refused(&gateway, "/api/v1/sessions", &body).await;
        assert!(status == expected && detail.contains(told), "{status} {detail}");
        let steps = gateway.get(&format!("/api/v1/starts/startkey{n:02}")).await.unwrap();
        assert_eq!(steps["failed"], true);
    }
    assert_eq!(gateway.get("/api/v1/cards").await.unwrap(), json!([]));
    let left =
        std::fs::read_dir(home.path().join(".builders")).map_or(0, |entries| entries.flatten().count());
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_start_whose_gateway_was_killed_goes_on_and_makes_one_session() {
    // REQ-STATE-03, REQ-WORK-03: killed while the command still makes the workspace.
    let home = tempfile::tempdir().unwrap();
    let (folder, gate) = (home.path().join(".builders"), home.path().join("gate"));
    let script = format!(
        "mkdir -p {f}/$0/repos/web; until [ -e {g} ]; do sleep 0.05; done; date +%N >> {f}/$0/repos/web/made",
        f = folder.display(),
        g = gate.display()
    );
    let rules = format!(
        "workspaces: {{ folder: '{}', command: [sh, -c, '{script}', '{{name}}'] }}\n",
        folder.display()
    );
    let (mut gateway, _rules) = with(&[], &rules).await;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let body = start("Task", "shop", "startkey01");
    let (url, http) = (format!("{}/api/v1/sessions", gateway.url()), gateway.known());
    let cut = tokio::spawn(http.post(url).json(&body).send());
    wait::until("the half made workspace", async || folder.join("shop/repos/web").is_dir()).await.unwrap();
    gateway.kill();
    assert!(cut.await.unwrap().is_err());
    std::fs::write(&gate, "").unwrap();
    gateway.spawn().await.unwrap();
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    let made = gateway.post("/api/v1/sessions", &body).await.unwrap();
    assert!(matches!(pod.next().await, Command::SessionCreate { .. }));
    let again = gateway.post("/api/v1/sessions", &body).await.unwrap();
    assert_eq!(made["id"], again["id"]);
    assert_eq!(gateway.get("/api/v1/cards").await.unwrap().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn workspaces_are_listed_and_removed_from_the_command_line() {
    // REQ-WORK-05
    let (gateway, home, _folder) = yard("").await;
    let pod = ObedientOpenCode::connect(&gateway).await;
    let made = gateway.post("/api/v1/sessions", &start("Task", "shop", "startkey01")).await.unwrap();
    let id = made["id"].as_str().unwrap();
    assert!(gateway.cli(&["workspaces", "list"]).unwrap().contains("\"Task\""), "who works there is told");
    pod.tells(id, bridge_protocol::Event::SessionIdle {}).await;
    gateway.post(&format!("/api/v1/sessions/{id}/close"), &json!({})).await.unwrap();
    std::fs::write(home.path().join(".builders/shop/repos/web/draft.txt"), "draft").unwrap();
    let listed = gateway.cli(&["workspaces", "list"]).unwrap();
    assert!(listed.contains("shop") && listed.contains("web: 1 uncommitted file"), "{listed}");
    let kept = gateway.cli(&["workspaces", "remove", "shop"]).unwrap_err().to_string();
    assert!(kept.contains("This would delete unsaved work: web: 1 uncommitted file"), "{kept}");
    let removed = gateway.cli(&["workspaces", "remove", "shop", "--force"]).unwrap();
    assert!(removed.contains("rescue/shop-") && removed.contains("Workspace shop removed"), "{removed}");
    assert!(!home.path().join(".builders/shop").exists());
}

#[tokio::test]
async fn a_name_that_nobody_chose_gives_way_to_the_next_free_one() {
    // ACCEPTANCE, smaller: "Workspace … is in use; choose another name", where no form has a field for one.
    let (gateway, home, _folder) = yard("").await;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let body =
        |key: &str| json!({ "title": "Fix login", "key": key, "workspace": { "repositories": ["web"] } });
    let mut directories = vec![];
    for key in ["startkey01", "startkey02", "startkey03", "startkey02"] {
        let made = gateway.post("/api/v1/sessions", &body(key)).await.unwrap();
        directories.push(made["directory"].as_str().unwrap().to_owned());
    }
    let root = home.path().canonicalize().unwrap().join(".builders");
    let expected = ["fix-login", "fix-login-2", "fix-login-3", "fix-login-2"];
    let expected = expected.map(|name| root.join(name).join("repos/web").display().to_string());
    assert_eq!(directories, expected);
    let (status, told) =
        refused(&gateway, "/api/v1/sessions", &start("Other", "fix-login", "startkey04")).await;
    assert!(
        status == StatusCode::CONFLICT && told.contains("Choose another name"),
        "who chose one is asked: {told}"
    );
}

#[tokio::test]
async fn changed_files_are_those_of_the_sessions_own_workspace() {
    // UX B3: by what is on the disk, every repository, commits included; OpenCode knows only of one directory.
    let (gateway, home, _folder) = yard("").await;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let one = gateway.post("/api/v1/sessions", &start("One", "one", "startkey01")).await.unwrap();
    let two = gateway.post("/api/v1/sessions", &start("Two", "two", "startkey02")).await.unwrap();
    std::fs::write(home.path().join(".builders/one/repos/web/new.js"), "1\n2\n").unwrap();
    let diff = |made: &Value| format!("/api/v1/sessions/{}/diff", made["id"].as_str().unwrap());
    let told = gateway.get(&diff(&one)).await.unwrap();
    assert_eq!(
        (&told["files"][0]["path"], &told["files"][0]["additions"]),
        (&json!("new.js"), &json!(2)),
        "{told}"
    );
    assert!(told["files"][0]["patch"].as_str().unwrap().contains("+2") && told["note"].is_null());
    assert_eq!(gateway.get(&diff(&two)).await.unwrap(), json!({ "files": [] }));
}

#[tokio::test]
async fn projects_come_from_the_list_and_new_ones_go_into_it() {
    // REQ-START-12
    let (gateway, home, _folder) = yard("projects: { blog: {} }\n").await;
    let new = json!({ "name": "Web Shop", "repositories": ["web"], "category": "feature" });
    let added = gateway.post("/api/v1/projects", &new).await.unwrap();
    assert_eq!(added["id"], "P-001");
    let projects = gateway.get("/api/v1/projects").await.unwrap();
    let names: Vec<_> =
        projects["projects"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["blog", "P-001"]);
    assert_eq!(projects["projects"][1]["workspace_repositories"], json!(["web"]));
    let inferred =
        gateway.get("/api/v1/projects/infer?title=Add%20a%20cart%20to%20the%20web%20shop").await.unwrap();
    assert_eq!((&inferred["project"], &inferred["category"]), (&json!("P-001"), &json!("feature")));
    assert_eq!(inferred["workspace"], "p-001-add-a-cart-to-the-web-shop");
    let (status, _) = refused(&gateway, "/api/v1/projects", &new).await;
    assert_eq!(status, StatusCode::CONFLICT, "the name is taken");

    let _pod = ObedientOpenCode::connect(&gateway).await;
    let body = json!({ "title": "Add a cart", "project": "P-001", "workspace": {} });
    let made = gateway.post("/api/v1/sessions", &body).await.unwrap();
    assert!(made["directory"].as_str().unwrap().ends_with("/.builders/p-001-add-a-cart/repos/web"), "{made}");
    let text = std::fs::read_to_string(home.path().join(".ai/projectlist.md")).unwrap();
    std::fs::write(home.path().join(".ai/projectlist.md"), format!("{text}| P-001 | Twin |\n")).unwrap();
    let told = |projects: &Value| projects["faults"][0]["line"] == 4;
    gateway.until("the broken row", "/api/v1/projects", told).await.unwrap();
}

#[tokio::test]
async fn a_model_that_is_down_is_never_used_silently() {
    // REQ-START-04
    let up = Arc::new(AtomicBool::new(false));
    let health = {
        let up = Arc::clone(&up);
        move || async move {
            if up.load(Ordering::SeqCst) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/health", get(health))).await });
    let models = format!(
        "models: [{{ provider: local, model: qwen, health: 'http://{address}/health' }}, {{ provider: anthropic, model: claude }}]\n"
    );
    let (gateway, _rules) = with(&[], &models).await;
    let mut pod = ObedientOpenCode::connect(&gateway).await;
    let listed = gateway.get("/api/v1/models").await.unwrap();
    assert_eq!((&listed[0]["state"], &listed[1]["state"]), (&json!("down"), &json!("unchecked")));
    let mut body = json!({ "directory": "/work", "title": "Task", "prompt": "Go.", "key": "startkey01" });
    body["model"] = json!({ "provider": "local", "model": "qwen" });
    let (status, told) = refused(&gateway, "/api/v1/sessions", &body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(told.contains("503") && told.contains("Choose another: anthropic/claude."), "{told}");
    assert_eq!(gateway.get("/api/v1/cards").await.unwrap(), json!([]), "it waits for the choice");
    body["model"] = json!({ "provider": "anthropic", "model": "claude" });
    let made = gateway.post("/api/v1/sessions", &body).await.unwrap();
    let prompted = loop {
        if let Command::SessionMessage { model, .. } = pod.next().await {
            break model.unwrap();
        }
    };
    assert_eq!((prompted.provider.as_str(), prompted.model.as_str()), ("anthropic", "claude"));

    let hint = gateway.get("/api/v1/routing?title=Implement%20login%20API").await.unwrap();
    assert_eq!(
        (&hint["agent"], &hint["model"]["provider"]),
        (&json!("builder"), &json!("local")),
        "OpenCode has both"
    );
    let choices = gateway.get("/api/v1/choices?directory=/work").await.unwrap();
    let models = choices["models"].as_array().unwrap();
    let states: Vec<_> =
        models.iter().map(|one| (one["model"].as_str().unwrap(), one["state"].as_str().unwrap())).collect();
    assert_eq!(states[..2], [("qwen", "down"), ("claude", "unchecked")], "those of the configuration first");
    assert!(states.contains(&("small", "unchecked")) && choices["known"] == true, "{choices:#}");

    let path = format!("/api/v1/sessions/{}", made["id"].as_str().unwrap());
    let down = json!({ "provider": "local", "model": "qwen" });
    assert_eq!(refused(&gateway, &format!("{path}/model"), &down).await.0, StatusCode::CONFLICT);
    let unknown = json!({ "provider": "mystery", "model": "unknown" });
    let (status, told) = refused(&gateway, &format!("{path}/model"), &unknown).await;
    assert_eq!(status, StatusCode::CONFLICT, "B2: what OpenCode does not have fails at the first message");
    assert!(told.contains("mystery/unknown is not available: OpenCode doesn't offer it."), "{told}");
    let other = json!({ "provider": "spare", "model": "small" });
    gateway.post(&format!("{path}/model"), &other).await.unwrap();
    gateway.post(&format!("{path}/agent"), &json!({ "agent": "pm" })).await.unwrap();
    pod.tells(made["id"].as_str().unwrap(), bridge_protocol::Event::SessionIdle {}).await;
    gateway.post(&format!("{path}/messages"), &json!({ "text": "And now this." })).await.unwrap();
    let next = loop {
        if let Command::SessionMessage { model, agent, .. } = pod.next().await {
            break (model.unwrap().provider, agent);
        }
    };
    assert_eq!(next, ("spare".to_owned(), Some("pm".to_owned())));
    let thread = gateway.get(&format!("{path}/thread")).await.unwrap()["items"].to_string();
    assert!(thread.contains("switched to model spare/small for the next messages."), "{thread}");
}
