//! Checks of a real OpenCode's session, with a real Node project: what passes, fails, is missing, hangs, and who is killed meanwhile.

use e2e::gateway::Gateway;
use e2e::opencode::{Guarded, POD};
use e2e::opencode_stage::{OpenCodeStage, as_they_are, guard_is_here};
use serde_json::{Value, json};
use std::path::Path;

const PASSES: &str = r#"import test from "node:test"
import assert from "node:assert"
test("adds", () => assert.equal(1 + 1, 2))
test("doubles", () => assert.equal(2 * 2, 4))
"#;

const FAILS: &str = r#"import test from "node:test"
import assert from "node:assert"
test("adds", () => assert.equal(1 + 1, 2))
test("divides", () => assert.equal(4 / 2, 3))
"#;

/// Nothing but what it is told to end by.
const WAITS: &str = r#"import test from "node:test"
import { existsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
test("waits", async () => {
  while (!existsSync("go")) await setTimeout(50)
})
"#;

fn write(directory: &Path, script: &str, test: &str) {
    std::fs::write(
        directory.join("package.json"),
        json!({ "name": "shop", "scripts": { "test": script } }).to_string(),
    )
    .unwrap();
    std::fs::write(directory.join("math.test.mjs"), test).unwrap();
}

async fn run(stage: &OpenCodeStage, session: &str) -> Value {
    stage.gateway.post(&format!("/api/v1/sessions/{session}/checks"), &json!({})).await.unwrap()
}

/// The newest run, once it is over.
async fn ended(stage: &OpenCodeStage, session: &str) -> Value {
    let path = format!("/api/v1/sessions/{session}/checks");
    let over = |told: &Value| {
        told["runs"].as_array().is_some_and(|runs| runs.last().is_some_and(|run| run["end"].is_object()))
    };
    let told = stage.gateway.until("the end of the check", &path, over).await.unwrap();
    told["runs"].as_array().unwrap().last().unwrap().clone()
}

async fn note(stage: &OpenCodeStage, session: &str, words: &str) {
    let path = format!("/api/v1/sessions/{session}/thread");
    stage
        .gateway
        .until(&format!("{words:?} in the thread"), &path, |thread| thread.to_string().contains(words))
        .await
        .unwrap();
}

async fn printed(stage: &OpenCodeStage, path: &str) -> String {
    let text = stage.gateway.get(path).await.unwrap();
    text.as_str().map_or_else(|| text.to_string(), str::to_owned)
}

#[tokio::test]
async fn real_tests_of_a_node_project_pass_fail_and_are_missing() {
    // REQ-CHECK-01, REQ-CHECK-02, REQ-CHECK-05
    let stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Checked").await.unwrap();
    run(&stage, &session).await;
    note(&stage, &session, "⏭️ Tests skipped: no tests found.").await;

    write(&stage.directory, "node --test", PASSES);
    run(&stage, &session).await;
    let passed = ended(&stage, &session).await;
    assert_eq!(
        (&passed["end"]["verdict"], &passed["end"]["report"]["passed"]),
        (&json!("passed"), &json!(2)),
        "{passed:#}"
    );
    assert_eq!(passed["end"]["code"]["uncommitted"], true, "{passed:#}");
    note(&stage, &session, "✅ Unit Tests: 2/2 passing").await;

    write(&stage.directory, "node --test", FAILS);
    run(&stage, &session).await;
    note(&stage, &session, "✖ divides").await;
    let failed = ended(&stage, &session).await;
    assert_eq!(
        (&failed["end"]["verdict"], &failed["end"]["report"]["failures"]),
        (&json!("failed"), &json!(["divides"])),
        "{failed:#}"
    );
    assert_ne!(passed["end"]["code"]["tree"], failed["end"]["code"]["tree"], "bound to what they ran on");
    let output = format!("/api/v1/sessions/{session}/checks/{}/output", failed["id"].as_str().unwrap());
    let told = printed(&stage, &output).await;
    assert!(told.contains("divides"), "{told}");

    write(&stage.directory, "vitest run", PASSES);
    run(&stage, &session).await;
    let missing = ended(&stage, &session).await;
    assert_eq!(missing["end"]["verdict"], "missing_dependencies", "{missing:#}");
    note(&stage, &session, "⚠️ Unit Tests: not run to the end. Something is missing").await;
    let audit = stage.gateway.audit().unwrap();
    assert!(
        audit.iter().any(|entry| entry["what"] == "ran checks" && entry.to_string().contains("npm test")),
        "{audit:#?}"
    );
}

#[tokio::test]
async fn real_the_agent_runs_the_projects_checks_with_its_tool() {
    // REQ-CHECK-01, REQ-CHECK-05: without an ask, since it chooses nothing but the name.
    let mut gateway = Gateway::prepare().unwrap();
    let shop = json!({ "checks": { "unit": { "run": "node --test" } } });
    gateway.configure(&as_they_are(json!({ "projects": { "shop": shop } }))).unwrap();
    gateway.spawn().await.unwrap();
    let stage = OpenCodeStage::around(gateway, |_| {}).await.unwrap();
    stage.until_connected().await.unwrap();
    write(&stage.directory, "node --test", FAILS);
    let wanted =
        json!({ "directory": stage.directory, "title": "Checks itself", "pod": POD, "project": "shop" });
    let made = stage.gateway.post("/api/v1/sessions", &wanted).await.unwrap();
    let session = made["id"].as_str().unwrap().to_owned();
    let call = |names: Value| json!({ "tools": [{ "name": "run_checks", "args": { "names": names } }] });
    let script = json!([call(json!([])), call(json!(["rm -rf /"])), { "text": "I know it now." }]);
    stage.send(&session, &format!("script: {script}")).await.unwrap();
    let messages = stage.until_said(&session, "I know it now.").await.unwrap();
    let parts =
        messages["messages"].as_array().unwrap().iter().flat_map(|one| one["parts"].as_array().unwrap());
    let calls: Vec<_> = parts.filter(|part| part["kind"] == "tool").collect();
    let outputs: Vec<_> = calls.iter().map(|call| call["output"].as_str().unwrap_or_default()).collect();
    assert!(
        outputs[0].contains("❌ Unit Tests: 1 of 2 failed") && outputs[0].contains("✖ divides"),
        "{outputs:?}"
    );
    assert!(outputs[1].contains("There is no check \"rm -rf /\". Configured are: unit."), "{outputs:?}");
    note(&stage, &session, "✖ divides").await;
    assert_eq!(stage.gateway.get("/api/v1/asks").await.unwrap(), json!([]), "nobody had to be asked");
}

#[tokio::test]
async fn real_a_fix_fails_before_and_passes_after() {
    // REQ-CHECK-06, REQ-CHECK-05: the guard lets the copy be made, and the work stays as it is.
    let stage = OpenCodeStage::set_with(|options| {
        options.guard = guard_is_here().then(Guarded::default);
    });
    let stage = stage.await.unwrap();
    let session = stage.session("Mends").await.unwrap();
    let compare = async || {
        let wanted = json!({ "before": true });
        stage.gateway.post(&format!("/api/v1/sessions/{session}/checks"), &wanted).await.unwrap();
    };
    write(&stage.directory, "node --test", &tests_of("2 * 3"));
    std::fs::write(stage.directory.join("area.mjs"), "export const area = (a, b) => a + b\n").unwrap();
    commit(&stage.directory);
    compare().await;
    note(&stage, &session, "before the change skipped: Nothing is changed since").await;
    note(&stage, &session, "❔ Not comparable: before, skipped; after, failed.").await;

    std::fs::write(stage.directory.join("area.mjs"), "export const area = (a, b) => a * b\n").unwrap();
    std::fs::write(stage.directory.join("more.test.mjs"), tests_of("3 * 4")).unwrap();
    compare().await;
    note(&stage, &session, "✅ Fails before, passes after: both held. 2 tests failed before").await;
    assert!(stage.directory.join("more.test.mjs").exists());

    std::fs::write(stage.directory.join("area.mjs"), "export const area = (a, b) => a - b\n").unwrap();
    compare().await;
    note(&stage, &session, "❌ Fails before: yes. Passes after: no, it still fails.").await;
}

fn commit(directory: &Path) {
    let names = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    for rest in [&["add", "."][..], &["commit", "-qm", "What there was"]] {
        let git = std::process::Command::new("git").current_dir(directory).args(names).args(rest).status();
        assert!(git.unwrap().success(), "git {rest:?}");
    }
}

/// A test of the area of 2 by 3, or of 3 by 4.
fn tests_of(area: &str) -> String {
    format!(
        "import test from \"node:test\"\nimport assert from \"node:assert\"\nimport {{ area }} from \"./area.mjs\"\n\
         test(\"area of {area}\", () => assert.equal(area({}), {area}))\n",
        area.replace(" * ", ", ")
    )
}

#[tokio::test]
async fn real_a_check_goes_on_while_the_gateway_is_killed_and_ends_with_opencode() {
    // REQ-CHECK-05, REQ-STATE-03
    let mut stage = OpenCodeStage::set().await.unwrap();
    let session = stage.session("Killed").await.unwrap();
    write(&stage.directory, "node --test", WAITS);
    run(&stage, &session).await;
    note(&stage, &session, "🧪 Running unit tests: npm test").await;
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    note(&stage, &session, "🧪 Running unit tests: npm test").await;
    std::fs::write(stage.directory.join("go"), "").unwrap();
    note(&stage, &session, "✅ Unit Tests: 1/1 passing").await;

    std::fs::remove_file(stage.directory.join("go")).unwrap();
    run(&stage, &session).await;
    note(&stage, &session, "🧪 Running unit tests: npm test").await;
    let started = format!("/api/v1/sessions/{session}/checks");
    let runs = |told: &Value| {
        told["runs"]
            .as_array()
            .is_some_and(|runs| runs.last().is_some_and(|run| run["started_at"].is_string()))
    };
    stage.gateway.until("its start", &started, runs).await.unwrap();
    stage.opencode.restart().await.unwrap();
    // OpenCode loads its plugins with the first look at a directory.
    stage.opencode.api().agents(&stage.directory).await.unwrap();
    note(&stage, &session, "⚠️ Unit Tests: interrupted. OpenCode was restarted").await;
}

#[tokio::test]
async fn real_a_guarded_check_is_stopped_and_reads_no_secret() {
    // REQ-CHECK-05, REQ-GATE-07
    if !guard_is_here() {
        return;
    }
    let stage = OpenCodeStage::set_with(|options| {
        options.guard = Some(Guarded::default());
        options.password = Some("the-password".to_owned());
    });
    let stage = stage.await.unwrap();
    let session = stage.session("Guarded").await.unwrap();
    let tells = r#"node -e "console.log('secrets', Object.keys(process.env).filter((name) => /TOKEN|PASSWORD/.test(name)).length)" && node --test"#;
    write(&stage.directory, tells, PASSES);
    run(&stage, &session).await;
    let passed = ended(&stage, &session).await;
    assert_eq!(passed["end"]["verdict"], "passed", "{passed:#}\n{}", stage.opencode.log());
    assert!(passed["end"]["code"]["commit"].is_string(), "{passed:#}");
    let output = format!("/api/v1/sessions/{session}/checks/{}/output", passed["id"].as_str().unwrap());
    assert!(printed(&stage, &output).await.contains("secrets 0"));

    write(&stage.directory, "node --test", WAITS);
    run(&stage, &session).await;
    note(&stage, &session, "🧪 Running unit tests: npm test").await;
    stage.gateway.post(&format!("/api/v1/sessions/{session}/checks/stop"), &json!({})).await.unwrap();
    let stopped = ended(&stage, &session).await;
    assert_eq!(stopped["end"]["verdict"], "stopped", "{stopped:#}");
}
