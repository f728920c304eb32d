//! `make run` guards the agent's shell where the kernel can.

use crate::gateway::Gateway;
use crate::opencode::{Guarded, guard_report};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where a developer's own keys lie, below their home.
const KEYS: [&str; 13] = [
    ".ssh",
    ".aws",
    ".azure",
    ".gnupg",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".config/gh",
    ".config/gcloud",
    ".local/share/opencode",
];

/// The oldest version of Landlock that the guard takes.
const LEAST_ABI: i64 = 3;

/// Nothing where there is no Landlock. The gateway runs, and knows where sessions work.
pub(super) async fn wished(gateway: &Gateway, repository: Option<&Path>) -> anyhow::Result<Option<Guarded>> {
    if !cfg!(target_os = "linux") || guard_report()?["abi"].as_i64() < Some(LEAST_ABI) {
        return Ok(None);
    }
    let home = std::env::home_dir().unwrap_or_default();
    let mut denied: Vec<_> = KEYS.iter().map(|key| home.join(key)).collect();
    denied.push(gateway.state());
    let (setup, projects) = (gateway.get("/api/v1/setup").await?, gateway.get("/api/v1/projects").await?);
    let workspaces = PathBuf::from(setup["workspaces"].as_str().unwrap_or_default());
    // Landlock's rules are about what is there.
    std::fs::create_dir_all(&workspaces)?;
    let worktrees = repository.map(Path::to_owned).into_iter().chain(directories(&projects)).collect();
    let protected = setup["config_file"].as_str().map(std::path::absolute).transpose()?;
    let protected = protected.into_iter().collect();
    Ok(Some(Guarded { work_roots: vec![workspaces], worktrees, denied, protected }))
}

/// Where sessions of the gateway's projects work without a workspace.
fn directories(projects: &Value) -> impl Iterator<Item = PathBuf> {
    let all = projects["projects"].as_array().into_iter().flatten();
    let repositories = all.filter_map(|project| project["repositories"].as_array()).flatten();
    let named = repositories.filter_map(|one| one["directory"].as_str()).map(PathBuf::from);
    named.filter(|directory| directory.is_dir())
}

#[cfg(test)]
mod tests {
    use super::directories;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn sessions_of_projects_work_where_their_repositories_are() {
        // REQ-GATE-07
        let here = env!("CARGO_MANIFEST_DIR");
        let repositories = json!([{ "name": "web", "directory": here }, { "directory": "/not/there" }]);
        let projects = json!({ "projects": [{ "repositories": repositories }, { "name": "empty" }] });
        assert_eq!(directories(&projects).collect::<Vec<_>>(), [Path::new(here)]);
    }
}
