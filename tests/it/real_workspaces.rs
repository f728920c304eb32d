//! Workspaces with a real OpenCode: ten sessions at once in two projects, each in its own place and thread.

use e2e::gateway::Gateway;
use e2e::opencode::repository;
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use e2e::wait;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// A stage whose gateway makes workspaces of two projects' repositories.
async fn stage() -> (OpenCodeStage, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let (web, blog) =
        (repository(&home.path().join("web")).unwrap(), repository(&home.path().join("blog")).unwrap());
    let config = json!({
        "workspaces": { "folder": home.path().join(".builders") },
        "repositories": { "web": { "directory": web }, "blog": { "directory": blog } },
        "projects": { "shop": {}, "press": {} },
        "project_list": home.path().join("none.md"),
    });
    let mut gateway = Gateway::prepare().unwrap();
    gateway.configure(&as_they_are(config)).unwrap();
    gateway.spawn().await.unwrap();
    let stage = OpenCodeStage::around(gateway, |_| {}).await.unwrap();
    stage.until_connected().await.unwrap();
    (stage, home)
}

fn start(n: usize) -> Value {
    let (project, repository) = if n.is_multiple_of(2) { ("shop", "web") } else { ("press", "blog") };
    json!({
        "title": format!("Job {n}"), "project": project, "agent": "builder", "key": format!("startkey{n:02}"),
        "prompt": format!("This is job number <{n}>.\nscenario: write"), "workspace": { "repositories": [repository] },
    })
}

#[tokio::test]
async fn real_ten_sessions_work_at_once_each_in_its_own_place_and_thread() {
    // REQ-START-09, REQ-WORK-01, REQ-WORK-04
    let (stage, home) = stage().await;
    let mut sessions = vec![];
    for n in 0..10 {
        let made = stage.gateway.post("/api/v1/sessions", &start(n)).await.unwrap();
        sessions
            .push((made["id"].as_str().unwrap().to_owned(), made["directory"].as_str().unwrap().to_owned()));
    }
    let waiting = |cards: &Value| {
        cards.as_array().is_some_and(|all| all.iter().filter(|one| one["doing"] == "waiting").count() == 10)
    };
    let cards = stage.gateway.until("ten asks", "/api/v1/cards", waiting).await.unwrap();
    for card in cards.as_array().unwrap() {
        // The list tells status, project, agent, age and what waits.
        assert!(card["started_at"].is_string() && card["agent"] == "builder", "{card:#}");
        assert!(card["project"] == "shop" || card["project"] == "press");
        assert_eq!(card["open_asks"].as_array().unwrap().len(), 1);
    }
    // B30: who waits for a person does not count, so there is room for one more.
    stage.gateway.post("/api/v1/sessions", &start(10)).await.unwrap();
    assert!(home.path().join(".builders/shop-job-10").exists());

    // Half of them may write: only there is a file then.
    for (n, (session, _)) in sessions.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
        let ask = stage.open_ask(session).await.unwrap();
        stage.answer(ask["id"].as_str().unwrap(), json!({ "answer": "once" })).await.unwrap();
        stage.until_said(session, "The file is written.").await.unwrap();
        assert!(n < 10);
    }
    for (n, (session, directory)) in sessions.iter().enumerate() {
        assert_eq!(Path::new(directory).join("note.txt").is_file(), n % 3 == 0, "job {n} in {directory}");
        let thread =
            stage.gateway.get(&format!("/api/v1/sessions/{session}/thread")).await.unwrap().to_string();
        for other in 0..10 {
            let there = thread.contains(&format!("job number <{other}>"));
            assert_eq!(there, other == n, "words of job {other} in the thread of job {n}");
        }
    }
    let note = home.path().join("web/note.txt");
    assert!(!note.exists() && !home.path().join("blog/note.txt").exists(), "nothing is written outside");
}

#[tokio::test]
async fn real_agents_of_the_plugin_are_there_and_a_persons_own_win() {
    // REQ-START-03: what routing suggests exists in OpenCode.
    let mut stage = OpenCodeStage::set().await.unwrap();
    let agents = stage.opencode.api().agents(&stage.directory).await.unwrap();
    let named = |agents: &Value, name: &str| {
        agents.as_array().unwrap().iter().find(|one| one["name"] == name).cloned()
    };
    for name in ["architect", "pm", "builder", "party-mode"] {
        let agent = named(&agents, name).unwrap_or_else(|| panic!("no agent {name}"));
        assert_eq!(agent["mode"], "primary");
    }
    let last = |agent: &Value, permission: &str| {
        let mut rules =
            agent["permission"].as_array().unwrap().iter().filter(|rule| rule["permission"] == permission);
        rules.next_back().unwrap()["action"].clone()
    };
    assert_eq!(last(&named(&agents, "party-mode").unwrap(), "bash"), "deny");
    assert_eq!(last(&named(&agents, "builder").unwrap(), "edit"), "allow", "the gate asks, and not OpenCode");
    let own = stage.opencode.home.path().join(".config/opencode/agents");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("pm.md"), "---\ndescription: My own\nmode: primary\n---\nI am mine.\n").unwrap();
    stage.opencode.restart().await.unwrap();
    let agents = stage.opencode.api().agents(&stage.directory).await.unwrap();
    assert_eq!(named(&agents, "pm").unwrap()["prompt"], "I am mine.");
}

#[tokio::test]
async fn real_odd_prompts_hide_nothing_but_themselves() {
    // CREW 1: a prompt with `format`, as another program may send it, made every read of the session fail for ever.
    let mut stage = OpenCodeStage::set().await.unwrap();
    let (odd_first, odd_later) =
        (stage.session("Odd first").await.unwrap(), stage.session("Odd later").await.unwrap());
    for (session, odd) in [(&odd_first, 1), (&odd_later, 2)] {
        for n in 1..=3 {
            let id = format!("msg_odd{n}{session}");
            let mut body = json!({ "messageID": id, "noReply": true, "parts": [{ "type": "text", "text": format!("Words {n}.") }] });
            if n == odd {
                body["format"] = json!({ "type": "text" });
            }
            let path = format!("/session/{session}/prompt_async");
            stage.opencode.api().post(&path, None, &body).await.unwrap();
            until_there(&stage, &format!("/session/{session}/message/{id}")).await;
        }
        let refused = stage.opencode.api().messages(session).await;
        assert!(refused.is_err(), "OpenCode reads it by now; this test has lost its reason");
    }
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    let texts = |page: &Value| {
        let all = page["messages"].as_array().unwrap().iter();
        all.map(|one| one["parts"][0]["text"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let page = |session: &str| format!("/api/v1/sessions/{session}/messages?limit=50");
    let later = texts(&stage.gateway.get(&page(&odd_later)).await.unwrap());
    assert_eq!(later, ["Words 1.", "Words 2.", "Words 3."]);
    let first = texts(&stage.gateway.get(&page(&odd_first)).await.unwrap());
    assert_eq!(&first[1..], ["Words 2.", "Words 3."]);
    assert!(first[0].starts_with("This message can't be shown"), "{first:?}");
}

/// OpenCode takes a message before it has it; one that it cannot read is there all the same.
async fn until_there(stage: &OpenCodeStage, path: &str) {
    let there = async || match stage.opencode.api().get(path, None).await {
        Err(missing) if missing.to_string().contains("404") => Err(missing),
        _ => Ok(()),
    };
    wait::until(format!("{path} in OpenCode"), there).await.unwrap();
}
