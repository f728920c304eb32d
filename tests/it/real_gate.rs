//! The gate on a real OpenCode: every call waits for the gateway's verdict, and nothing else lets it run.

use e2e::gateway::Gateway;
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use e2e::wait::until;
use serde_json::{Value, json};

/// With the gate on as its launcher turns it on: before any gateway has said a word.
async fn gated() -> OpenCodeStage {
    gated_with(json!({}), None).await
}

/// With rules in the gateway's file, and OpenCode's own permissions where they matter. Those of every stage ask for what
/// changes or runs something: behind the gate they are answered at once.
async fn gated_with(rules: Value, permission: Option<Value>) -> OpenCodeStage {
    let mut gateway = prepared(rules);
    gateway.spawn().await.unwrap();
    let stage = OpenCodeStage::around(gateway, |options| {
        options.env.push(("GATEWAY_GATE".to_owned(), "on".to_owned()));
        options.permission = permission.unwrap_or(options.permission.take());
    });
    let stage = stage.await.unwrap();
    stage.until_connected().await.unwrap();
    stage
}

fn prepared(rules: Value) -> Gateway {
    let mut gateway = Gateway::prepare().unwrap();
    gateway.configure(&as_they_are(rules)).unwrap();
    gateway
}

fn id(ask: &Value) -> &str {
    ask["id"].as_str().unwrap()
}

fn once() -> Value {
    json!({ "answer": "once" })
}

fn deny(reason: &str) -> Value {
    json!({ "answer": "deny", "reason": reason })
}

fn script(steps: &Value) -> String {
    format!("script: {steps}")
}

fn bash(command: &str) -> Value {
    json!({ "name": "bash", "args": { "command": command, "description": "Writes a line" } })
}

fn write(file: &str) -> Value {
    json!({ "name": "write", "args": { "filePath": file, "content": "written\n" } })
}

/// Work for a sub-agent, which does that and says so.
fn task(tools: &Value) -> Value {
    let part = script(&json!([{ "tools": tools }, { "text": "That is my part." }]));
    json!({ "name": "task", "args": { "description": "A part", "prompt": part, "subagent_type": "general" } })
}

async fn send_as(stage: &OpenCodeStage, session: &str, agent: &str, text: &str) {
    let path = format!("/api/v1/sessions/{session}/messages");
    stage.gateway.post(&path, &json!({ "text": text, "agent": agent })).await.unwrap();
}

async fn asks(stage: &OpenCodeStage) -> Vec<Value> {
    stage.gateway.get("/api/v1/asks").await.unwrap().as_array().unwrap().clone()
}

async fn until_state(stage: &OpenCodeStage, ask: &Value, state: &str) {
    let path = format!("/api/v1/asks/{}", id(ask));
    let waiting = stage.gateway.until(state, &path, |card| card["state"] == state).await;
    waiting.unwrap_or_else(|error| panic!("{error}\n{}", stage.opencode.log()));
}

/// A held call that is let go runs at once: before another session, which asks for nothing, has had a whole turn.
async fn a_turn_later(stage: &OpenCodeStage) {
    let api = stage.opencode.api();
    let session = api.create(&stage.directory, "Meanwhile").await.unwrap();
    api.prompt(&session, "and now?").await.unwrap();
    let said = async || {
        let messages = api.messages(&session).await?.to_string();
        anyhow::ensure!(messages.contains("You said: and now?"), "{messages}");
        Ok::<_, anyhow::Error>(())
    };
    until("the end of another turn", said).await.unwrap();
}

async fn opencode_comes_back(stage: &mut OpenCodeStage) {
    stage.opencode.restart().await.unwrap();
    stage.opencode.api().open(&stage.directory).await.unwrap();
}

fn audited<'a>(audit: &'a [Value], what: &str) -> Vec<&'a Value> {
    audit.iter().filter(|entry| entry["what"] == what).collect()
}

#[tokio::test]
async fn real_a_command_is_asked_about_once_and_runs_once() {
    // REQ-GATE-01, REQ-GATE-02: OpenCode's own ask comes behind the gate, and nobody sees it.
    let stage = gated().await;
    let session = stage.session("Behind the gate").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(
        (&ask["kind"], &ask["held"]["command"]),
        (&json!("held"), &json!("echo ran >> ran.txt")),
        "{ask:#}"
    );
    let own = stage.opencode.api().permissions(&stage.directory).await.unwrap();
    assert_eq!(own, json!([]), "nothing that could be answered in OpenCode");
    assert_eq!(stage.file("ran.txt"), None);
    stage.answer(id(&ask), once()).await.unwrap();
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"));
    until_state(&stage, &ask, "applied").await;
    assert_eq!(asks(&stage).await, Vec::<Value>::new(), "one card");
    assert_eq!(audited(&stage.gateway.audit().unwrap(), "answered").len(), 1);
}

#[tokio::test]
async fn real_what_only_looks_runs_by_a_rule_and_is_in_the_audit_log() {
    // REQ-GATE-01, REQ-PROOF-01
    let stage = gated().await;
    let session = stage.session("Looks first").await.unwrap();
    stage.send(&session, "scenario: reads").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(
        (&ask["held"]["tool"], &ask["held"]["file"]),
        (&json!("write"), &json!("summary.txt")),
        "{ask:#}"
    );
    assert!(ask["held"]["diff"].as_str().unwrap().contains("+read\n"), "{ask:#}");
    assert_eq!(stage.file("summary.txt"), None);
    stage.answer(id(&ask), once()).await.unwrap();
    stage.until_said(&session, "I read and wrote.").await.unwrap();
    assert_eq!(stage.file("summary.txt").as_deref(), Some("read\n"));
    let told = |part: &str| {
        let audit = stage.gateway.audit().unwrap();
        audited(&audit, "allowed by rule").iter().any(|entry| entry.to_string().contains(part))
    };
    assert!(told("read: README.md"), "{:#?}", stage.gateway.audit().unwrap());
    until("the count of the turn", async || told(r#"\"calls\":3"#)).await.unwrap();
}

#[tokio::test]
async fn real_of_two_parallel_calls_one_is_denied_and_the_turn_goes_on() {
    // REQ-GATE-01, CHAOS F1: in both orders.
    for denied in ["one", "two"] {
        let stage = gated().await;
        let session = stage.session("Two at once").await.unwrap();
        stage.send(&session, "scenario: parallel").await.unwrap();
        for _ in 0..2 {
            let ask = stage.open_ask(&session).await.unwrap();
            let is_denied = ask["held"]["command"].as_str().unwrap().contains(denied);
            let answer = if is_denied { deny("Not that one.") } else { once() };
            stage.answer(id(&ask), answer).await.unwrap();
            until_state(&stage, &ask, "applied").await;
        }
        stage.until_said(&session, "Both are done.").await.unwrap();
        for name in ["one", "two"] {
            let expected = (name != denied).then(|| format!("{name}\n"));
            assert_eq!(stage.file(&format!("{name}.txt")), expected, "denied: {denied}");
        }
        assert!(stage.model.told("tool").contains("Not that one."), "the agent reads the reason");
    }
}

#[tokio::test]
async fn real_a_call_of_a_stopped_turn_does_not_run_wherever_it_was_stopped() {
    // REQ-GATE-01
    let stage = gated().await;
    for by_gateway in [true, false] {
        let session = stage.session("Stopped").await.unwrap();
        stage.send(&session, "scenario: bash").await.unwrap();
        let ask = stage.open_ask(&session).await.unwrap();
        if by_gateway {
            stage.gateway.post(&format!("/api/v1/sessions/{session}/abort"), &json!({})).await.unwrap();
        } else {
            stage.opencode.api().post(&format!("/session/{session}/abort"), None, &json!({})).await.unwrap();
        }
        stage.until_status(&session, "idle").await.unwrap();
        until_state(&stage, &ask, "withdrawn").await;
        a_turn_later(&stage).await;
        assert_eq!(stage.file("ran.txt"), None, "by_gateway: {by_gateway}");
    }
}

#[tokio::test]
async fn real_a_gateway_that_is_killed_while_calls_are_held_finds_them_again() {
    // REQ-GATE-03
    let mut stage = gated().await;
    let session = stage.session("Killed while it held").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    stage.gateway.kill();
    a_turn_later(&stage).await;
    assert_eq!(stage.file("ran.txt"), None, "nothing runs because nobody was there");
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    let again = stage.open_ask(&session).await.unwrap();
    assert_eq!(id(&again), id(&ask), "the same card");
    stage.answer(id(&ask), once()).await.unwrap();
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"), "once");
}

#[tokio::test]
async fn real_without_a_gateway_every_call_stays_held() {
    // REQ-GATE-03: also what a rule would let run, and before any gateway was there.
    let gateway = prepared(json!({}));
    let on = ("GATEWAY_GATE".to_owned(), "on".to_owned());
    let mut stage = OpenCodeStage::around(gateway, |options| options.env.push(on)).await.unwrap();
    let api = stage.opencode.api();
    let session = api.create(&stage.directory, "Before the gateway").await.unwrap();
    api.prompt(&session, "scenario: reads").await.unwrap();
    until("the model's first step", async || !stage.model.requests().is_empty()).await.unwrap();
    a_turn_later(&stage).await;
    assert_eq!(stage.model.told("tool"), "", "no call has an end");
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(ask["held"]["tool"], "write", "the reads were let through");
    stage.answer(id(&ask), once()).await.unwrap();
    stage.until_said(&session, "I read and wrote.").await.unwrap();
}

#[tokio::test]
async fn real_a_call_that_nobody_decides_is_refused_with_a_sentence() {
    // REQ-GATE-03, REQ-RULES-03
    let stage = gated_with(json!({ "permission_timeout_seconds": 2 }), None).await;
    let session = stage.session("Nobody there").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None);
    assert!(
        stage
            .model
            .told("tool")
            .contains("Nobody answered within 2 seconds, so it was denied automatically.")
    );
}

#[tokio::test]
async fn real_decided_while_opencode_is_down_it_counts_once_for_the_same_call() {
    // REQ-GATE-03, REQ-ASK-08: the call comes again under another id.
    for answer in [once(), deny("Use the other file.")] {
        let mut stage = gated().await;
        let session = stage.session("Killed under a held call").await.unwrap();
        stage.send(&session, "scenario: bash").await.unwrap();
        let ask = stage.open_ask(&session).await.unwrap();
        stage.opencode.kill();
        until_state(&stage, &ask, "suspended").await;
        stage.gateway.kill();
        stage.gateway.spawn().await.unwrap();
        let taken = stage.answer(id(&ask), answer.clone()).await.unwrap();
        assert_eq!(taken["verdict"], "taken_for_later");
        opencode_comes_back(&mut stage).await;
        stage.until_said(&session, "It ran.").await.unwrap();
        let ran = (answer == once()).then(|| "ran\n".to_owned());
        assert_eq!(stage.file("ran.txt"), ran, "{answer}");
        until_state(&stage, &ask, "applied").await;
        assert_eq!(asks(&stage).await, Vec::<Value>::new(), "nobody is asked twice");
        assert_eq!(audited(&stage.gateway.audit().unwrap(), "answered").len(), 1);
    }
}

#[tokio::test]
async fn real_answers_in_opencode_release_nothing() {
    // REQ-GATE-02, SECURITY C3
    let stage = gated().await;
    let session = stage.session("Answered elsewhere").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    let api = stage.opencode.api();
    for listed in api.permissions(&stage.directory).await.unwrap().as_array().unwrap() {
        let _ = api.reply_permission(&stage.directory, listed["id"].as_str().unwrap(), "always").await;
    }
    for id in [id(&ask), "per_00000000000000000000000000"] {
        let _ = api.reply_permission(&stage.directory, id, "once").await;
        let path = format!("/session/{session}/permissions/{id}");
        let _ = api.post(&path, None, &json!({ "response": "always" })).await;
    }
    a_turn_later(&stage).await;
    assert_eq!(stage.file("ran.txt"), None);
    until_state(&stage, &ask, "open").await;
    stage.answer(id(&ask), deny("No.")).await.unwrap();
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None);
}

#[tokio::test]
async fn real_an_agent_that_may_not_write_cannot_through_a_sub_agent() {
    // REQ-GATE-04, CREW 6: OpenCode's own planner, and one of ours.
    for (agent, file) in [("plan", "plan.txt"), ("architect", "architect.rs"), ("party-mode", "party.txt")] {
        // A general `ask` would give the planner back what it may not do.
        let stage = gated_with(json!({}), Some(json!({ "question": "allow" }))).await;
        let session = stage.session("May not write").await.unwrap();
        let steps = json!([{ "tools": [task(&json!([write(file)]))] }, { "text": "The part is done." }]);
        send_as(&stage, &session, agent, &script(&steps)).await;
        stage.until_said(&session, "The part is done.").await.unwrap();
        assert_eq!(stage.file(file), None, "{agent}");
        let told = stage.model.told("tool");
        assert!(
            ["write", "task"].iter().any(|tool| {
                told.contains(&format!("The agent {agent} isn't allowed to do this with `{tool}`"))
            }),
            "{agent}: {told}"
        );
        assert_eq!(audited(&stage.gateway.audit().unwrap(), "denied by rule").len(), 1, "{agent}");
    }
}

#[tokio::test]
async fn real_a_sub_agents_command_is_asked_about_in_the_session_that_people_see() {
    // REQ-GATE-04
    let stage = gated().await;
    let session = stage.session("Hands out work").await.unwrap();
    let steps =
        json!([{ "tools": [task(&json!([bash("echo ran >> sub.txt")]))] }, { "text": "The part is done." }]);
    stage.send(&session, &script(&steps)).await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(ask["held"]["command"], "echo ran >> sub.txt", "{ask:#}");
    assert!(ask["sub_agent"].is_string(), "{ask:#}");
    stage.answer(id(&ask), once()).await.unwrap();
    stage.until_said(&session, "The part is done.").await.unwrap();
    assert_eq!(stage.file("sub.txt").as_deref(), Some("ran\n"));
}

#[tokio::test]
async fn real_a_file_is_judged_by_where_a_link_leads() {
    // REQ-GATE-01
    let stage = gated().await;
    let secret = stage.directory.parent().unwrap().join("secret.txt");
    std::fs::write(&secret, "the secret\n").unwrap();
    std::os::unix::fs::symlink(&secret, stage.directory.join("notes.txt")).unwrap();
    let session = stage.session("A link out").await.unwrap();
    let steps = json!([{ "tools": [{ "name": "read", "args": { "filePath": "notes.txt" } }] }, { "text": "I looked." }]);
    stage.send(&session, &script(&steps)).await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(ask["held"]["real_file"], json!(secret.canonicalize().unwrap()), "{ask:#}");
    stage.answer(id(&ask), deny("Not that file.")).await.unwrap();
    stage.until_said(&session, "I looked.").await.unwrap();
    assert!(!stage.model.told("tool").contains("the secret"));
}

#[tokio::test]
async fn real_rules_of_the_project_allow_and_deny_with_their_words() {
    // REQ-GATE-01
    let rules = json!({ "gate": {
        "allow": [{ "tool": "bash", "pattern": "touch allowed*" }],
        "deny": [{ "tool": "bash", "pattern": "touch denied*", "why": "Nothing may be called so." }],
    } });
    let stage = gated_with(rules, None).await;
    let session = stage.session("By the rules").await.unwrap();
    let steps = json!([
        { "tools": [bash("touch allowed.txt")] },
        { "tools": [bash("touch denied.txt")] },
        { "tools": [bash("touch allowed.txt; touch sneaked.txt")] },
        { "text": "All three were tried." },
    ]);
    stage.send(&session, &script(&steps)).await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    assert_eq!(
        ask["held"]["command"], "touch allowed.txt; touch sneaked.txt",
        "no rule lets two commands run"
    );
    assert!(stage.file("allowed.txt").is_some() && stage.file("denied.txt").is_none());
    stage.answer(id(&ask), deny("No.")).await.unwrap();
    stage.until_said(&session, "All three were tried.").await.unwrap();
    assert_eq!(stage.file("sneaked.txt"), None);
    assert!(stage.model.told("tool").contains("Nothing may be called so."));
}

#[tokio::test]
async fn real_a_granted_command_runs_without_an_ask_until_the_grant_is_revoked() {
    // REQ-GATE-08, REQ-STATE-02: three times the same, and the gateway is killed in between.
    let mut stage = gated().await;
    let session = stage.session("Granted").await.unwrap();
    let line = || bash("echo ran >> ran.txt");
    let steps = json!([{ "tools": [line()] }, { "tools": [line()] }, { "tools": [line()] }, { "text": "It ran three times." }]);
    stage.send(&session, &script(&steps)).await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    stage.answer(id(&ask), json!({ "answer": "grant", "for": "session" })).await.unwrap();
    stage.until_said(&session, "It ran three times.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\nran\nran\n"));
    assert_eq!(asks(&stage).await, Vec::<Value>::new(), "one card");
    assert_eq!(audited(&stage.gateway.audit().unwrap(), "allowed by grant").len(), 2);
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    let once_more = script(&json!([{ "tools": [line()] }, { "text": "And after the kill." }]));
    stage.send(&session, &once_more).await.unwrap();
    stage.until_said(&session, "And after the kill.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\nran\nran\nran\n"));
    let listed = stage.gateway.get("/api/v1/grants").await.unwrap();
    let path = format!("/api/v1/grants/{}", listed["grants"][0]["id"].as_str().unwrap());
    let (status, told) = stage.gateway.call(reqwest::Method::DELETE, &path, None).await.unwrap();
    assert!(status.is_success(), "{told}");
    let asked = script(&json!([{ "tools": [line()] }, { "text": "And asked again." }]));
    stage.send(&session, &asked).await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    stage.answer(id(&ask), deny("No more.")).await.unwrap();
    stage.until_said(&session, "And asked again.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\nran\nran\nran\n"));
}

#[tokio::test]
async fn real_arguments_that_nobody_could_read_are_refused_with_a_sentence() {
    // REQ-GATE-01, REQ-GATE-06
    let stage = gated().await;
    let session = stage.session("Too much").await.unwrap();
    let large =
        json!({ "name": "write", "args": { "filePath": "large.txt", "content": "x".repeat(600 << 10) } });
    let steps = json!([{ "tools": [large] }, { "text": "It was too much." }]);
    // By OpenCode's own page: the gateway takes no message of that length.
    stage.opencode.api().prompt(&session, &script(&steps)).await.unwrap();
    stage.until_said(&session, "It was too much.").await.unwrap();
    assert_eq!(stage.file("large.txt"), None);
    assert!(stage.model.told("tool").contains("nobody can look at more than 512 KiB"));
    assert_eq!(asks(&stage).await, Vec::<Value>::new());
}

#[tokio::test]
async fn real_an_unguarded_agent_starts_no_session_and_only_looks() {
    // REQ-GATE-05: the pod has the gate on and no guard, and nobody allowed that.
    let gateway = Gateway::start().await.unwrap();
    let on = ("GATEWAY_GATE".to_owned(), "on".to_owned());
    let stage = OpenCodeStage::around(gateway, |options| options.env.push(on)).await.unwrap();
    stage.until_connected().await.unwrap();
    let refused = stage.session("Refused").await.unwrap_err().to_string();
    assert!(refused.contains("unguarded") && refused.contains("gate.unguarded"), "{refused}");
    // Somebody begins in OpenCode all the same.
    let api = stage.opencode.api();
    let session = api.create(&stage.directory, "Begun in OpenCode").await.unwrap();
    let read = json!({ "name": "read", "args": { "filePath": "README.md" } });
    let steps = json!([{ "tools": [bash("touch ran.txt"), read] }, { "text": "Both were tried." }]);
    api.prompt(&session, &script(&steps)).await.unwrap();
    stage.until_said(&session, "Both were tried.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None);
    let told = stage.model.told("tool");
    assert!(told.contains("UNGUARDED") && told.contains("A repository for tests"), "{told}");
    let shown = stage.gateway.get(&format!("/api/v1/sessions/{session}")).await.unwrap();
    assert_eq!(shown["guard"]["level"], "unguarded", "{shown:#}");
    // It may find faults of this machine as well.
    let doctor = stage.gateway.cli(&["doctor"]).unwrap_or_else(|faults| faults.to_string());
    assert!(doctor.contains("UNGUARDED"), "{doctor}");
}
