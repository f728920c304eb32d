//! The images' files: linted, pinned, and true to what the tests run with. REQ-OPS-03, REQ-PLUGIN-01.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use manifest_tests::build::repository;
use std::path::PathBuf;
use std::process::Command;

fn images() -> PathBuf {
    repository().join("infrastructure/images")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(images().join(name)).unwrap()
}

/// Runs a linter on files of the images folder; it must be silent.
fn lint(tool: &str, files: &[&str]) {
    let brought = repository().join("target/tools").join(tool);
    let tool = if brought.is_file() { brought } else { tool.into() };
    let run = Command::new(&tool).args(files).current_dir(images()).output();
    let run =
        run.unwrap_or_else(|error| panic!("{}: {error}; `make manifest-tools` brings it", tool.display()));
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
}

#[test]
fn the_dockerfiles_are_clean() {
    lint("hadolint", &["gateway/Dockerfile", "codev/Dockerfile"]);
}

#[test]
fn the_scripts_are_clean() {
    lint("shellcheck", &["codev/entrypoint.sh", "codev/health.sh"]);
}

#[test]
fn every_base_and_tool_has_a_version_and_nobody_is_root() {
    for name in ["gateway/Dockerfile", "codev/Dockerfile"] {
        let dockerfile = text(name);
        for line in dockerfile.lines().filter(|line| line.starts_with("FROM ")) {
            let image = line.split_whitespace().nth(1).unwrap();
            assert!(image.contains(':') && !image.ends_with(":latest"), "{name}: {line}");
        }
        let user = dockerfile.lines().rev().find_map(|line| line.strip_prefix("USER ")).unwrap();
        assert!(user.starts_with("1000") || user.starts_with("65532"), "{name} runs as {user}");
        assert!(!dockerfile.contains("ADD "), "{name}: COPY says what it does");
    }
    let tools = text("codev/mise.toml");
    for tool in ["rust", "node", "bun", "go", "dotnet", "zig", "uv"] {
        let line = tools
            .lines()
            .find(|line| line.starts_with(&format!("{tool} =")))
            .unwrap_or_else(|| panic!("no {tool}"));
        assert!(line.contains(|c: char| c.is_ascii_digit()) && !line.contains("latest"), "{line}");
    }
    let installed = text("codev/Dockerfile");
    for tool in ["git", "gh", "jq", "ripgrep", "fd-find", "tmux", "tini"] {
        assert!(installed.split_whitespace().any(|word| word == tool), "{tool} is not installed");
    }
}

#[test]
fn the_images_have_the_versions_that_the_tests_run_with() {
    let package = std::fs::read_to_string(repository().join("opencode-plugin/package.json")).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let opencode = package["devDependencies"]["opencode-ai"].as_str().unwrap();
    let tools: serde_json::Value = serde_json::from_str(&text("codev/tools/package.json")).unwrap();
    assert_eq!(tools["dependencies"]["opencode-linux-x64"], opencode, "the image's OpenCode");
    let toolchain = std::fs::read_to_string(repository().join("rust-toolchain.toml")).unwrap();
    let rust = toolchain
        .lines()
        .find_map(|line| line.strip_prefix("channel = "))
        .unwrap()
        .trim_matches('"')
        .to_owned();
    for image in ["gateway/Dockerfile", "codev/Dockerfile"] {
        assert!(text(image).contains(&format!("FROM rust:{rust}-")), "{image}: Rust is {rust}");
    }
    assert!(text("codev/mise.toml").contains(&format!("rust = {{ version = \"{rust}\"")), "Rust is {rust}");
}

#[test]
fn the_guard_stands_where_the_entrypoint_looks_for_it_and_a_pod_asks_for_it() {
    // REQ-GATE-07
    let (image, entrypoint) = (text("codev/Dockerfile"), text("codev/entrypoint.sh"));
    let program = entrypoint.lines().find_map(|line| line.split_once("OPENCODE_GUARD_PROGRAM:=")).unwrap().1;
    let program = program.split('}').next().unwrap();
    assert!(image.contains(&format!("COPY --from=guard /src/target/release/guard {program}\n")), "{program}");
    let workload = repository().join("infrastructure/kustomize/components/codev/workload.yaml");
    let workload = std::fs::read_to_string(workload).unwrap();
    assert!(workload.contains("name: OPENCODE_GUARD, value: \"on\""), "the pod is guarded");
    let builders = "- { name: GATEWAY_BUILDERS, value: /workspaces/.builders }";
    let gateway = repository().join("infrastructure/kustomize/components/gateway/workload.yaml");
    assert!(std::fs::read_to_string(gateway).unwrap().contains(builders));
    assert!(entrypoint.contains("OPENCODE_BUILDERS:=$OPENCODE_WORKSPACES/.builders"), "both name one folder");
}
