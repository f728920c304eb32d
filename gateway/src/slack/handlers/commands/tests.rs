//! The table of commands, and what is written elsewhere from it.

use super::*;
use std::path::{Path, PathBuf};

#[test]
fn a_task_is_no_command() {
    // REQ-START-06, REQ-START-07
    for command in
        ["status", "stop", "help", "status ses_12345678", "model a/b", "Agent plan", "channel project x"]
    {
        assert!(is_terse(command), "{command}");
    }
    for task in ["", "test the login page", "stop the timeout from firing", "list all users on the page"] {
        assert!(!is_terse(task), "{task}");
    }
}

fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

/// Compares a file with how it would be written from the table; `make docs` writes it so.
fn is_written(file: &str, anew: impl Fn(&str) -> String) {
    let there = std::fs::read_to_string(repository(file)).unwrap();
    let wanted = anew(&there);
    if std::env::var_os("WRITE_DOCS").is_some() {
        return std::fs::write(repository(file), wanted).unwrap();
    }
    assert!(there == wanted, "{file} is stale: `make docs` writes it");
}

#[test]
fn the_manifests_hint_is_of_this_table() {
    // REQ-START-06
    let line = format!("      usage_hint: \"{}\"", usage_hint());
    is_written("slack-app-manifest.yaml", |there| {
        let lines: Vec<_> = there
            .lines()
            .map(|old| if old.trim_start().starts_with("usage_hint:") { line.as_str() } else { old })
            .collect();
        lines.join("\n") + "\n"
    });
}

#[test]
fn the_page_on_slack_has_this_table() {
    // REQ-START-06, REQ-FRONT-03
    let (begin, end) = ("<!-- commands: written by `make docs` -->\n", "<!-- end of commands -->\n");
    let rows: String =
        help_lines().iter().map(|(usage, does)| format!("| `/opencode {usage}` | {does} |\n")).collect();
    is_written("docs/slack.md", |there| {
        let (before, rest) = there.split_once(begin).expect("the place of the table");
        let (_, after) = rest.split_once(end).expect("its end");
        format!("{before}{begin}\n| | |\n|---|---|\n{rows}\n{end}{after}")
    });
}
