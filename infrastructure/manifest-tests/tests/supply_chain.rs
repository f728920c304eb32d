//! What is built is built from what was looked at: actions, bases, tools and packages are held by digest or checksum, and
//! no installer's script runs as root. REQ-HARD-06 (finding M12).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use manifest_tests::build::repository;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Their own installers check what they fetch, and mise has no checksum for them.
const HELD_BY_VERSION: [&str; 3] = ["rust", "dotnet", "uv"];

/// A fault, or none, for each line of a text.
type Rule = fn(&str) -> Option<String>;

fn text(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

/// The files that git tracks, by the end of their names.
fn tracked(pattern: &str) -> Vec<String> {
    let list = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "--", pattern])
        .current_dir(repository())
        .output()
        .unwrap();
    let files: Vec<_> = String::from_utf8(list.stdout).unwrap().lines().map(str::to_owned).collect();
    assert!(!files.is_empty(), "nothing is named {pattern}");
    files
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A tag can be moved to other code, a commit can't. The version behind it is for people, and for Dependabot.
fn action(line: &str) -> Option<String> {
    let used = line.trim().trim_start_matches("- ").strip_prefix("uses:")?.trim();
    let (action, version) = used.split_once(" # ").unwrap_or((used, ""));
    let commit = action.split_once('@').map_or("", |(_, commit)| commit);
    let pinned = is_hex(commit, 40) && version.starts_with('v');
    (!pinned).then(|| format!("`{used}` must name a commit, and its version behind ` # `"))
}

/// Each base by its digest; a stage of the same file has none.
fn base(line: &str) -> Option<String> {
    let image = line.strip_prefix("FROM ")?.split_whitespace().next()?;
    let (name, digest) = image.split_once("@sha256:").unwrap_or((image, ""));
    let pinned = name.contains(':') && !name.ends_with(":latest") && is_hex(digest, 64);
    (!pinned).then(|| format!("`{image}` must have version and digest"))
}

/// Code that a line would fetch and run unseen.
fn installer(line: &str) -> Option<String> {
    let told = |why: &str| Some(format!("`{}` {why}", line.trim()));
    if line.contains("docker/dockerfile:") {
        return told("lets a program read this file that nobody pinned");
    }
    if line.trim_start().starts_with('#') {
        return None;
    }
    let npm = ["npm install", "npm ci", "npm i "].iter().any(|command| line.contains(command));
    if npm && !line.contains("--ignore-scripts") {
        return told("would run the packages' scripts");
    }
    if npm && (line.contains("--global") || line.contains(" -g ")) {
        return told("has no lock file");
    }
    let piped = ["| sh", "| bash", "|sh", "|bash"].iter().any(|end| line.contains(end));
    if line.contains("curl") && piped { told("runs what nobody looked at") } else { None }
}

fn faults(text: &str, rules: &[Rule]) -> Vec<String> {
    text.lines().flat_map(|line| rules.iter().filter_map(move |rule| rule(line))).collect()
}

#[test]
fn actions_bases_and_installers_are_pinned() {
    let mut read = 0;
    for pattern in [".github/workflows/*", "*Dockerfile", "Makefile"] {
        for file in tracked(pattern) {
            let found = faults(&text(&file), &[action, base, installer]);
            assert!(found.is_empty(), "{file}:\n{}", found.join("\n"));
            read += 1;
        }
    }
    assert!(read >= 5, "{read} files");
}

#[test]
fn what_is_not_pinned_is_found() {
    let commit = "d23441a48e516b6c34aea4fa41551a30e30af803";
    let digest = "4b7ce07002c69e8f3d704a9c5d6fd3053be500b7f1c69fc0d80990c2ad8dd412";
    for wrong in [
        "      - uses: actions/checkout@v4".to_owned(),
        "      - uses: taiki-e/install-action@nextest".to_owned(),
        format!("      - uses: actions/checkout@{}", &commit[..12]),
        format!("      - uses: actions/checkout@{commit}"),
        "FROM alpine:3.22.2".to_owned(),
        "FROM alpine:3.22.2 AS build".to_owned(),
        format!("FROM alpine@sha256:{digest}"),
        format!("FROM alpine:latest@sha256:{digest}"),
        "FROM ${BASE}".to_owned(),
        "# syntax=docker/dockerfile:1".to_owned(),
        "RUN npm install --global opencode-ai@1".to_owned(),
        "RUN npm install --global --ignore-scripts opencode-ai@1".to_owned(),
        "RUN npm ci".to_owned(),
        "RUN curl -fsSL https://mise.run | sh".to_owned(),
    ] {
        assert_eq!(faults(&wrong, &[action, base, installer]).len(), 1, "{wrong}");
    }
    for right in [
        format!("      - uses: actions/checkout@{commit} # v6.1.0"),
        format!("FROM alpine:3.22.2@sha256:{digest} AS build"),
        "RUN npm ci --ignore-scripts --no-audit --no-fund".to_owned(),
    ] {
        assert!(faults(&right, &[action, base, installer]).is_empty(), "{right}");
    }
}

#[test]
fn a_workflow_may_only_read_unless_a_job_says_otherwise() {
    for file in tracked(".github/workflows/*.yml") {
        let workflow: Value = serde_yaml::from_str(&text(&file)).unwrap();
        assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }), "{file}");
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            for step in job["steps"].as_array().unwrap() {
                let checkout =
                    step["uses"].as_str().is_some_and(|used| used.starts_with("actions/checkout@"));
                let kept = checkout && step["with"]["persist-credentials"] != false;
                assert!(!kept, "{file}: {name} leaves its token to the steps that follow");
            }
        }
    }
}

#[test]
fn what_comes_from_npm_is_in_a_lock_file_with_its_checksum() {
    for file in tracked("*package-lock.json") {
        let folder = file.strip_suffix("package-lock.json").unwrap();
        let (lock, package) = (json(&file), json(&format!("{folder}package.json")));
        for kind in ["dependencies", "devDependencies", "optionalDependencies"] {
            assert_eq!(lock["packages"][""][kind], package[kind], "{folder}: the lock file is another's");
            for (name, version) in package[kind].as_object().into_iter().flatten() {
                let exact =
                    version.as_str().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
                assert!(exact, "{folder}: {name} {version} is no exact version");
            }
        }
        for (path, entry) in lock["packages"].as_object().unwrap() {
            let held = path.is_empty() || entry["integrity"].is_string() || entry["inBundle"] == true;
            assert!(held, "{file}: {path} has no checksum");
        }
    }
}

#[test]
fn toolchains_are_held_by_checksum_where_one_is_known() {
    let folder = "infrastructure/images/codev";
    let wanted = versions(&text(&format!("{folder}/mise.toml")));
    let lock = text(&format!("{folder}/mise.lock"));
    let mut locked = BTreeMap::new();
    for entry in lock.split("[[tools.").skip(1) {
        let (name, rest) = entry.split_once("]]").unwrap();
        let value = |key: &str| {
            let line = rest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.unwrap_or_else(|| panic!("{name} has no {key}")).trim_matches('"').to_owned()
        };
        let sum = value("checksum");
        assert!(sum.strip_prefix("sha256:").is_some_and(|hex| is_hex(hex, 64)), "{name}: {sum}");
        assert!(value("url").starts_with("https://"), "{name}");
        locked.insert(name.trim_matches('"').to_owned(), value("version"));
    }
    let names: BTreeSet<_> = locked.keys().map(String::as_str).chain(HELD_BY_VERSION).collect();
    assert_eq!(
        names,
        wanted.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        "mise.lock and mise.toml name the same"
    );
    for (name, version) in &locked {
        assert_eq!(version, &wanted[name], "{name}");
    }
    let image = text(&format!("{folder}/Dockerfile"));
    let line = image.lines().find_map(|line| line.split_once("mise install --yes --locked ")).unwrap().1;
    let installed: BTreeSet<_> = line.trim_end_matches(" \\").split(' ').collect();
    assert_eq!(
        installed,
        locked.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        "each of them is installed locked"
    );
}

/// The tools of mise.toml with their versions.
fn versions(toml: &str) -> BTreeMap<String, String> {
    let lines =
        toml.lines().skip_while(|line| *line != "[tools]").skip(1).take_while(|line| !line.is_empty());
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    let version = |value: &str| value.split('"').nth(1).unwrap().to_owned();
    pairs.map(|(name, value)| (name.trim_matches('"').to_owned(), version(value))).collect()
}

#[test]
fn a_release_is_listed_attested_signed_and_checked_by_its_digest() {
    let release = text(".github/workflows/release.yml");
    let workflow: Value = serde_yaml::from_str(&release).unwrap();
    let steps = workflow["jobs"]["image"]["steps"].as_array().unwrap();
    let uses = |name: &str| {
        let named = |step: &&Value| step["uses"].as_str().is_some_and(|used| used.starts_with(name));
        steps.iter().filter(named).collect::<Vec<_>>()
    };
    let sbom = uses("anchore/sbom-action@");
    assert!(sbom[0]["with"]["image"].as_str().unwrap().contains("@${{ steps.build.outputs.digest }}"));
    let attested = uses("actions/attest@");
    assert_eq!(attested.len(), 2, "where it was built, and what is in it");
    assert!(
        attested.iter().all(|step| step["with"]["subject-digest"] == "${{ steps.build.outputs.digest }}")
    );
    assert!(attested.iter().any(|step| step["with"]["sbom-path"] == sbom[0]["with"]["output-file"]));
    for command in [
        "cosign sign --yes \"${IMAGE}@${DIGEST}\"",
        "cosign verify \"${IMAGE}@${DIGEST}\"",
        "gh attestation verify",
    ] {
        assert!(release.contains(command), "{command}");
    }
    let built: BTreeSet<_> = workflow["jobs"]["image"]["strategy"]["matrix"]["name"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| PathBuf::from("infrastructure/images").join(name.as_str().unwrap()).join("Dockerfile"))
        .collect();
    assert_eq!(
        built,
        tracked("infrastructure/images/*Dockerfile").into_iter().map(PathBuf::from).collect::<BTreeSet<_>>()
    );
}
