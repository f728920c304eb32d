//! The promise of the product, on a real OpenCode: an approval outlives OpenCode and the gateway, and is applied
//! exactly once.

use e2e::opencode_stage::{OpenCodeStage, texts};
use serde_json::{Value, json};

/// A stage with an ask that is open, and both ends killed under it.
async fn both_killed(scenario: &str) -> (OpenCodeStage, String, Value) {
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Killed under an ask").await.unwrap();
    stage.send(&session, scenario).await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    stage.opencode.kill();
    stage.gateway.kill();
    (stage, session, ask)
}

/// OpenCode as its pod starts it: the entrypoint touches the directory, so that the plugin is loaded.
async fn opencode_comes_back(stage: &mut OpenCodeStage) {
    stage.opencode.restart().await.unwrap();
    stage.opencode.api().open(&stage.directory).await.unwrap();
}

async fn until_state(stage: &OpenCodeStage, ask: &Value, state: &str) {
    let path = format!("/api/v1/asks/{}", id(ask));
    let waiting = stage.gateway.until(state, &path, |card| card["state"] == state).await;
    waiting.unwrap_or_else(|error| panic!("{error}\n{}", stage.opencode.log()));
}

fn id(ask: &Value) -> &str {
    ask["id"].as_str().unwrap()
}

fn assert_audit(stage: &OpenCodeStage, what: &str) {
    let audit = stage.gateway.audit().unwrap();
    let decisions: Vec<_> = audit.iter().filter(|entry| entry["ask"] != "").collect();
    assert_eq!(decisions.len(), 1, "{audit:#?}");
    assert_eq!((&decisions[0]["who"], &decisions[0]["what"]), (&json!("api:operator"), &json!(what)));
    let state = stage.gateway.state().display().to_string();
    let verified = stage.gateway.cli(&["audit", "verify", "--state", &state]).unwrap();
    assert!(verified.contains("no fault found"), "{verified}");
}

#[tokio::test]
async fn allowed_while_opencode_is_down_the_command_runs_exactly_once() {
    // REQ-ASK-08, REQ-STATE-03: the acceptance bar.
    let (mut stage, session, ask) = both_killed("scenario: bash").await;
    stage.gateway.spawn().await.unwrap();
    until_state(&stage, &ask, "suspended").await;
    let taken = stage.answer(id(&ask), json!({ "answer": "once" })).await.unwrap();
    assert_eq!(taken["verdict"], "taken_for_later");
    assert_eq!(stage.file("ran.txt"), None);
    opencode_comes_back(&mut stage).await;
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"), "exactly once");
    until_state(&stage, &ask, "applied").await;
    assert_eq!(stage.gateway.get("/api/v1/asks").await.unwrap(), json!([]), "one card, and it is settled");
    assert_audit(&stage, "answered");
}

#[tokio::test]
async fn allowed_and_killed_again_before_opencode_is_back() {
    // REQ-ASK-04, REQ-STATE-03: a confirmed answer survives the gateway that confirmed it.
    let (mut stage, session, ask) = both_killed("scenario: bash").await;
    stage.gateway.spawn().await.unwrap();
    stage.answer(id(&ask), json!({ "answer": "once" })).await.unwrap();
    stage.gateway.kill();
    opencode_comes_back(&mut stage).await;
    stage.gateway.spawn().await.unwrap();
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"), "exactly once");
    assert_audit(&stage, "answered");
}

#[tokio::test]
async fn denied_while_opencode_is_down_the_command_does_not_run() {
    // REQ-ASK-08
    let (mut stage, session, ask) = both_killed("scenario: bash").await;
    stage.gateway.spawn().await.unwrap();
    let deny = json!({ "answer": "deny", "reason": "Use the other file." });
    stage.answer(id(&ask), deny).await.unwrap();
    opencode_comes_back(&mut stage).await;
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None);
    assert!(stage.model.told("tool").contains("A person denied this: Use the other file."));
    assert_audit(&stage, "answered");
}

#[tokio::test]
async fn a_question_answered_while_opencode_is_down_is_a_normal_answer_to_the_agent() {
    // REQ-ASK-08
    let (mut stage, session, ask) = both_killed("scenario: question").await;
    stage.gateway.spawn().await.unwrap();
    stage.answer(id(&ask), json!({ "answer": "answers", "answers": [["SQLite"]] })).await.unwrap();
    opencode_comes_back(&mut stage).await;
    stage.until_said(&session, "Thanks, that settles it.").await.unwrap();
    assert!(
        stage.model.told("tool").contains("\"Which database?\"=\"SQLite\""),
        "{}",
        stage.model.told("tool")
    );
    until_state(&stage, &ask, "applied").await;
}

#[tokio::test]
async fn opencode_first_the_ask_is_the_same_card_and_is_answered_live() {
    // REQ-ASK-08: the order of the restarts exchanged.
    let (mut stage, session, ask) = both_killed("scenario: bash").await;
    opencode_comes_back(&mut stage).await;
    stage.gateway.spawn().await.unwrap();
    until_state(&stage, &ask, "open").await;
    let taken = stage.answer(id(&ask), json!({ "answer": "once" })).await.unwrap();
    assert_eq!(taken["verdict"], "taken");
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt").as_deref(), Some("ran\n"), "exactly once");
}

#[tokio::test]
async fn a_different_command_after_the_restart_is_a_new_card() {
    // REQ-ASK-08: what was allowed was something else.
    let script = json!([
        { "tools": [{ "name": "bash", "args": { "command": "echo one >> ran.txt", "description": "One" } }],
          "instead": [{ "name": "bash", "args": { "command": "echo two >> ran.txt", "description": "Two" } }] },
        { "text": "Done with it." },
    ]);
    let (mut stage, session, ask) = both_killed(&format!("script: {script}")).await;
    stage.gateway.spawn().await.unwrap();
    stage.answer(id(&ask), json!({ "answer": "once" })).await.unwrap();
    opencode_comes_back(&mut stage).await;
    let other = stage.open_ask(&session).await.unwrap();
    assert_eq!(other["held"]["command"], "echo two >> ran.txt");
    assert_ne!(id(&other), id(&ask));
    assert_eq!(stage.file("ran.txt"), None, "the answer was for another command");
    stage.answer(id(&other), json!({ "answer": "deny", "reason": "Not that." })).await.unwrap();
    stage.until_said(&session, "Done with it.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None);
    until_state(&stage, &ask, "superseded").await;
}

#[tokio::test]
async fn nobody_answers_and_a_late_answer_is_told_to_the_agent() {
    // REQ-ASK-05, REQ-ASK-07
    let mut stage = OpenCodeStage::set().await.unwrap();
    stage.gateway.kill();
    stage.gateway.env.push(("PERMISSION_TIMEOUT_SECONDS".into(), "2".into()));
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    let session = stage.session("Nobody there").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    until_state(&stage, &ask, "timed_out").await;
    stage.until_said(&session, "It ran.").await.unwrap();
    assert_eq!(stage.file("ran.txt"), None, "the safe default is not to run it");
    assert!(
        stage
            .model
            .told("tool")
            .contains("Nobody answered within 2 seconds, so it was denied automatically.")
    );
    let late = stage.answer(id(&ask), json!({ "answer": "once" })).await.unwrap();
    assert_eq!(late["verdict"], "taken_late");
    let path = format!("/api/v1/sessions/{session}/messages");
    stage
        .gateway
        .until("the late word", &path, |answer| texts(answer, "user").contains("is now allowed"))
        .await
        .unwrap();
}

#[tokio::test]
async fn two_thousand_answers_at_once_are_one() {
    // REQ-ASK-03: over the real HTTP and bridge path.
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Everybody at once").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    let url = format!("{}/api/v1/asks/{}/answer", stage.gateway.url(), id(&ask));
    let http = stage.gateway.known();
    let mut answers = tokio::task::JoinSet::new();
    for n in 0..2_000 {
        let body = if n % 2 == 0 { json!({ "answer": "once" }) } else { json!({ "answer": "deny" }) };
        let request = http.post(&url).header("x-gateway-person", format!("p{n}")).json(&body);
        answers.spawn(async move {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        });
    }
    let answers = answers.join_all().await;
    let (taken, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
    assert_eq!((taken.len(), others.len()), (1, 1_999));
    assert!(
        others.iter().all(|(status, text)| *status == 409 && text.contains(" answered first")),
        "{:?}",
        others[0]
    );
    stage.until_said(&session, "It ran.").await.unwrap();
    let audit = stage.gateway.audit().unwrap();
    assert_eq!(audit.iter().filter(|entry| entry["what"] == "answered").count(), 1, "{audit:#?}");
    println!("2,000 answers: 1 taken, 1,999 told who was first");
}
