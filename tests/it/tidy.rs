//! The house rules that no compiler holds: which room may use which, and how long a file may get.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which rooms of the gateway a room may use. Arrows point down; a new arrow is a decision, not an accident.
const ARROWS: &[(&str, &[&str])] = &[
    ("access", &["clock", "problem", "token"]),
    (
        "app",
        &[
            "access",
            "bridge",
            "clock",
            "cluster",
            "config",
            "front",
            "ids",
            "models",
            "opencode_ui",
            "projects",
            "sessions",
            "slack",
            "store",
            "token",
            "vitals",
            "web",
            "workspace",
        ],
    ),
    ("bridge", &["ids", "sessions", "token", "trace", "watchdog"]),
    (
        "cli",
        &[
            "bridge",
            "clock",
            "cluster",
            "config",
            "front",
            "hardening",
            "opencode_ui",
            "slack",
            "standby",
            "store",
            "telemetry",
            "token",
            "watchdog",
            "web",
        ],
    ),
    ("clock", &[]),
    ("cluster", &["bridge", "clock"]),
    (
        "config",
        &[
            "access",
            "bridge",
            "cluster",
            "models",
            "opencode_ui",
            "projects",
            "sessions",
            "slack",
            "web",
            "workspace",
        ],
    ),
    ("front", &["watchdog"]),
    ("hardening", &[]),
    ("ids", &[]),
    ("models", &["clock", "sessions"]),
    ("opencode_ui", &["access", "problem", "sessions"]),
    ("problem", &[]),
    ("projects", &["clock", "sessions"]),
    ("sessions", &["clock", "trace"]),
    ("slack", &["clock", "ids", "projects", "sessions", "token"]),
    ("standby", &["app", "clock", "cluster", "config", "front", "ids", "store", "vitals"]),
    ("store", &["clock", "sessions"]),
    ("telemetry", &["config", "trace"]),
    ("token", &[]),
    ("trace", &[]),
    ("vitals", &["clock"]),
    ("watchdog", &[]),
    // What an operator looks up goes to a pod as it is; what a person decides goes through sessions.
    (
        "web",
        &[
            "access", "bridge", "front", "ids", "problem", "projects", "sessions", "trace", "vitals",
            "watchdog",
        ],
    ),
    ("workspace", &["clock", "sessions"]),
];

/// A file longer than this is more than one room.
const LONGEST_FILE: usize = 500;

/// What the deciding crate may not depend on: it decides, it does not act.
const IMPURE: &[&str] = &["tokio", "axum", "kube", "git2", "reqwest", "slack", "rand", "tracing"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that are tracked by git (or would be), with their text.
fn sources(patterns: &[&str]) -> Vec<(String, String)> {
    let mut args = vec!["ls-files", "--cached", "--others", "--exclude-standard", "--"];
    args.extend(patterns);
    let output = Command::new("git").args(args).current_dir(root()).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .lines()
        .filter_map(|name| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?)))
        .collect()
}

/// The room of a file below gateway/src, and the rooms it names.
fn arrows() -> BTreeMap<String, Vec<(String, String)>> {
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (file, text) in sources(&["gateway/src"]) {
        let Some(room) = room(&file) else { continue };
        for used in text.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name != room && !name.is_empty() {
                all.entry(room.clone()).or_default().push((name, file.clone()));
            }
        }
    }
    all
}

fn room(file: &str) -> Option<String> {
    let inside = file.strip_prefix("gateway/src/")?;
    let first = inside.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    for (room, used) in arrows() {
        let below =
            allowed.get(room.as_str()).unwrap_or_else(|| panic!("the room {room} has no place in ARROWS"));
        for (name, file) in used {
            assert!(below.contains(&name.as_str()), "{file}: {room} may not use {name}");
        }
    }
}

#[test]
fn the_deciding_crate_stays_pure() {
    let manifest = std::fs::read_to_string(root().join("gateway/domain/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
    for name in IMPURE {
        assert!(!dependencies.contains(&format!("\n{name}")), "gateway-domain depends on {name}");
    }
}

#[test]
fn no_file_is_more_than_one_room() {
    for (file, text) in sources(&["*.rs", "*.ts", "*.tsx"]) {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE || file.contains(".gen."), "{file} has {lines} lines");
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (file, text) in sources(&["gateway/*.rs", "bridge-protocol/*.rs", "by-name/*.rs", "tests/*.rs"]) {
        assert!(text.starts_with("//!"), "{file} does not begin with a sentence on its purpose");
    }
}

#[test]
fn no_queue_is_without_a_limit() {
    let forbidden = ["unbounded_", "channel()"].map(|part| format!("mpsc::{part}"));
    for (file, text) in sources(&["gateway/*.rs", "bridge-protocol/*.rs"]) {
        for word in &forbidden {
            assert!(!text.contains(word.as_str()), "{file} uses {word}");
        }
    }
}

#[test]
fn tagged_enums_are_read_by_their_names_only() {
    // Serde may take a variant's place in the list for its name: whatever is read is derived with `remote` and named in `by_name!`.
    for (file, text) in sources(&["gateway/*.rs", "bridge-protocol/*.rs"]) {
        for (at, _) in text.match_indices("#[serde(tag = ") {
            let derived = text[..at].rsplit_once("#[derive(").map_or("", |(_, traits)| traits);
            let rest = text[at..].split_once("enum ").map_or("", |(attributes, _)| attributes);
            let is_read = derived.contains("Deserialize") && !rest.contains("content = ");
            assert!(!is_read || rest.contains(r#"remote = "Self""#), "{file}: {rest}");
        }
    }
}
