//! Ordinary work in the guarded shell: by commands of the agent's in a real OpenCode, with guard, policy and HOME laid out as
//! `make run` does it, and the gate on. One rule lets the scripts of these tests run.

use e2e::gateway::Gateway;
use e2e::opencode_stage::{OpenCodeStage, guard_is_here, texts};
use e2e::run::guard_around;
use e2e::wait;
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Longest wait for all commands of a test: some fetch a package.
const PATIENCE: Duration = Duration::from_secs(300);

/// The same for each command, in milliseconds.
const LONGEST: u32 = 280_000;

/// What a command prints at its end, when all of it went well.
const WENT_WELL: &str = "it went well:";

async fn workplace() -> anyhow::Result<OpenCodeStage> {
    let mut gateway = Gateway::prepare()?;
    gateway.configure(
        &json!({ "gate": { "mode": "on", "allow": [{ "tool": "bash", "pattern": "bash work/*" }] } }),
    )?;
    let workspaces = gateway.log_path().with_file_name("workspaces");
    gateway.env.push(("GATEWAY_BUILDERS".to_owned(), workspaces.display().to_string()));
    gateway.spawn().await?;
    let guard = guard_around(&gateway, None).await?;
    let stage = OpenCodeStage::around(gateway, |options| {
        options.guard = Some(guard);
        options.permission = json!({ "bash": "allow", "edit": "allow" });
    });
    let stage = stage.await?;
    stage.until_connected().await?;
    Ok(stage)
}

/// Runs each script as a command of its own, one after the other, and expects all of them to end well. What they printed is
/// what the agent reads, and what a failure shows.
async fn works(scripts: &[&str]) {
    if !guard_is_here() {
        return;
    }
    let stage = workplace().await.unwrap();
    std::fs::create_dir(stage.directory.join("work")).unwrap();
    let mut steps = vec![];
    for (n, script) in scripts.iter().enumerate() {
        let whole = format!("set -euo pipefail\n{script}\necho '{WENT_WELL}' {n}\n");
        std::fs::write(stage.directory.join(format!("work/{n}.sh")), whole).unwrap();
        let args =
            json!({ "command": format!("bash work/{n}.sh"), "description": "Works", "timeout": LONGEST });
        steps.push(json!({ "tools": [{ "name": "bash", "args": args }] }));
    }
    steps.push(json!({ "text": "All was tried." }));
    let session = stage.session("Ordinary work").await.unwrap();
    stage.send(&session, &format!("script: {}", json!(steps))).await.unwrap();
    let path = format!("/api/v1/sessions/{session}/messages");
    let ended = wait::within(PATIENCE).until("the end of all commands", async || {
        texts(&stage.gateway.get(&path).await.unwrap_or_default(), "assistant").contains("All was tried.")
    });
    let ended = ended.await;
    let told = stage.model.told("tool");
    for n in 0..scripts.len() {
        let well = told.contains(&format!("{WENT_WELL} {n}"));
        assert!(well, "command {n} of\n{scripts:#?}\nfailed ({ended:?}); the agent read:\n{told}");
    }
}

/// Whether a registry can be asked without the guard; otherwise a line says why a test shows nothing.
fn reaches(registry: &str, program: &str, arguments: &[&str]) -> bool {
    let asked = Command::new("timeout").arg("60").arg(program).args(arguments).stdin(Stdio::null()).output();
    let reached = asked.as_ref().is_ok_and(|output| output.status.success());
    if !reached {
        eprintln!("SKIPPED: {program} can't reach {registry} here, with or without the guard: {asked:?}");
    }
    reached
}

#[tokio::test]
async fn real_git_commits_and_its_hook_runs() {
    // REQ-GATE-07
    works(&[
        r"git config user.name A; git config user.email a@example.invalid
          printf '#!/bin/sh\necho the hook > hook-ran.txt\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit
          echo new > new.txt; git add new.txt; git commit -qm 'A change'",
        "test -s hook-ran.txt; git log --format=%s -1 | grep -x 'A change'; git switch -qc other; git status --short",
    ])
    .await;
}

#[tokio::test]
async fn real_npm_installs_a_package_and_runs_tests() {
    // REQ-GATE-07
    if !reaches("its registry", "npm", &["view", "is-number", "version"]) {
        return;
    }
    works(&[
        r#"mkdir app; cd app
          echo '{ "name": "app", "version": "1.0.0", "scripts": { "test": "node --test" } }' > package.json
          npm install --no-audit --no-fund is-number"#,
        r#"cd app
          echo 'require("node:test")("a number", () => { if (!require("is-number")(7)) throw new Error("none") })' > app.test.js
          npm test"#,
    ])
    .await;
}

#[tokio::test]
async fn real_cargo_builds_and_tests() {
    // REQ-GATE-07
    works(&[
        "cargo init -q --vcs none --lib --name tiny tiny; cd tiny; cargo build --offline",
        "cd tiny; cargo test --offline 2>&1 | tee told; grep -q '1 passed' told",
    ])
    .await;
}

#[tokio::test]
async fn real_pip_installs_pytest_and_it_runs() {
    // REQ-GATE-07
    if !reaches("an index of packages", "python3", &["-m", "pip", "index", "versions", "pytest"]) {
        return;
    }
    works(&[
        "python3 -m venv venv",
        "venv/bin/pip install --quiet --disable-pip-version-check pytest",
        "echo 'def test_sum(): assert 1 + 1 == 2' > test_sum.py; venv/bin/pytest -q test_sum.py | tee told; grep -q '1 passed' told",
    ])
    .await;
}

#[tokio::test]
async fn real_a_server_that_one_command_starts_answers_and_is_ended_by_later_ones() {
    // REQ-GATE-07: each command alone would be in a domain of its own, and could not end what another one started.
    works(&[
        r#"echo 'const server = require("http").createServer((_, answer) => answer.end("served"))
             server.listen(0, "127.0.0.1", () => require("fs").writeFileSync("port", String(server.address().port)))' > server.js
          node server.js > server.log 2>&1 < /dev/null & echo $! > pid
          for _ in $(seq 200); do [ ! -s port ] || break; sleep 0.05; done; cat server.log; test -s port"#,
        r#"test "$(curl -sS "http://127.0.0.1:$(cat port)/")" = served"#,
        r#"kill "$(cat pid)"; served() { curl -s "http://127.0.0.1:$(cat port)/" > /dev/null; }
          for _ in $(seq 200); do served || break; sleep 0.05; done; ! served"#,
    ])
    .await;
}

#[tokio::test]
async fn real_make_and_a_c_compiler_build_and_run() {
    // REQ-GATE-07
    works(&[
        r#"printf '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n' > hello.c
          printf 'run: hello\n\t./hello\nhello: hello.c\n\tcc -o $@ $<\n' > Makefile"#,
        "make -s run | tee told; grep -qx compiled told; touch hello.c; make run",
    ])
    .await;
}
