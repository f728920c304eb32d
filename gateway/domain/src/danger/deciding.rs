//! Files that decide what runs later, without being asked: what a change to them does is seen too late.

/// Folders of OpenCode, of other agents, of git and of build machines.
const FOLDERS: [&str; 13] = [
    ".opencode",
    ".claude",
    ".agents",
    ".git",
    ".githooks",
    ".husky",
    ".github",
    ".gitlab",
    ".circleci",
    ".buildkite",
    ".woodpecker",
    ".cargo",
    ".vscode",
];

const NAMES: [&str; 20] = [
    "agents.md",
    "claude.md",
    ".gitattributes",
    ".gitmodules",
    ".gitconfig",
    ".envrc",
    ".mcp.json",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    "package.json",
    "jenkinsfile",
    ".gitlab-ci.yml",
    ".drone.yml",
    ".woodpecker.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".pre-commit-config.yaml",
    "lefthook.yml",
];

/// Some disks make no difference between capitals and others.
pub(crate) fn decides_what_runs(path: &str) -> bool {
    let path = path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    NAMES.contains(&name)
        || name.starts_with("opencode.json")
        || path.split('/').any(|part| FOLDERS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_decide_what_runs_are_known_wherever_they_lie() {
        // REQ-GATE-05
        for path in [
            ".opencode/plugin/x.ts",
            "/work/shop/opencode.json",
            "opencode.jsonc",
            "AGENTS.md",
            "web/AGENTS.md",
            ".git/hooks/pre-commit",
            ".GIT/config",
            ".gitattributes",
            ".github/workflows/ci.yml",
            "web/package.json",
        ] {
            assert!(decides_what_runs(path), "{path}");
        }
        for path in ["src/git/mod.rs", "README.md", "docs/agents.md.txt", "src/opencode.rs", "a.git/x"] {
            assert!(!decides_what_runs(path), "{path}");
        }
    }
}
