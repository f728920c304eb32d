//! REQ-GATE-07: when anything is not as it must be, nothing is run, and the sentence says what mends it.

use crate::stage::{Stage, landlock_is_here, text};
use std::process::Output;

fn is_refused(output: &Output, word: &str) {
    let said = text(output);
    assert_eq!(output.status.code(), Some(126), "{said}");
    assert!(said.contains("nothing was run") && said.contains(word) && !said.contains("it ran"), "{said}");
}

#[test]
fn without_a_policy_or_with_a_broken_one() {
    for (policy, word) in [(None, "guard.json"), (Some("{"), "guard.json"), (Some("{}"), "programs")] {
        let stage = Stage::set(None);
        std::fs::remove_file(stage.at("guard/guard.json")).unwrap();
        if let Some(text) = policy {
            std::fs::write(stage.at("guard/guard.json"), text).unwrap();
        }
        is_refused(&stage.guarded("echo it ran"), word);
        let opencode =
            stage.command(&stage.at("guard/guard")).args(["opencode", "-c", "echo it ran"]).output();
        is_refused(&opencode.unwrap(), word);
    }
}

#[test]
fn on_a_kernel_that_gives_less_than_the_policy_wants() {
    let stage = Stage::set(None);
    let path = stage.at("guard/guard.json");
    let policy = std::fs::read_to_string(&path).unwrap().replacen('{', r#"{ "minimum_abi": 99,"#, 1);
    std::fs::write(path, policy).unwrap();
    is_refused(&stage.guarded("echo it ran"), "the policy wants 99");
    let report = stage.command(&stage.at("guard/guard")).arg("report").output().unwrap();
    assert!(report.status.success() && text(&report).contains("the policy wants 99"), "{}", text(&report));
}

#[test]
fn for_a_worktree_or_session_that_is_none() {
    let stage = Stage::set(None);
    let with = |name: &str, value: &str| {
        let mut command = stage.command(&stage.at("guard/bash"));
        command.env(name, value).args(["-c", "echo it ran"]).output().unwrap()
    };
    is_refused(&with("GUARD_WORKTREE", "/etc"), "not a folder below");
    is_refused(
        &with("GUARD_WORKTREE", &stage.at("work/one/../../secret").display().to_string()),
        "not a folder below",
    );
    is_refused(&with("GUARD_SESSION", "../two"), "GUARD_SESSION");
}

#[test]
fn for_a_program_that_the_policy_or_the_machine_does_not_have() {
    if !landlock_is_here() {
        return;
    }
    let stage = Stage::set(None);
    std::os::unix::fs::symlink("guard", stage.at("guard/fish")).unwrap();
    let fish = stage.command(&stage.at("guard/fish")).args(["-c", "echo it ran"]).output().unwrap();
    is_refused(&fish, "fish");
    let missing =
        stage.command(&stage.at("guard/guard")).args(["run", "--", "no-such-program"]).output().unwrap();
    is_refused(&missing, "no-such-program");
    let unknown = stage.command(&stage.at("guard/guard")).arg("frun").output().unwrap();
    is_refused(&unknown, "guard run --");
}

#[test]
fn the_report_says_what_this_kernel_gives() {
    if !landlock_is_here() {
        return;
    }
    let stage = Stage::set(None);
    let report = stage.command(&stage.at("guard/guard")).arg("report").output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    assert!(
        report["abi"].as_i64() >= Some(3) && report["seccomp"] == true && report.get("refused").is_none(),
        "{report}"
    );
    let alone = std::process::Command::new(env!("CARGO_BIN_EXE_guard")).arg("report").output().unwrap();
    assert!(
        text(&alone).contains("guard.json"),
        "without a policy it would refuse, and says so: {}",
        text(&alone)
    );
}
