//! `make run` guards the agent's shell where the kernel can.

use crate::gateway::Gateway;
use crate::opencode::{Guarded, guard_report};
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

/// Nothing where there is no Landlock.
pub(super) fn wished(gateway: &Gateway, repository: Option<&Path>) -> anyhow::Result<Option<Guarded>> {
    if !cfg!(target_os = "linux") || guard_report()?["abi"].as_i64() < Some(LEAST_ABI) {
        return Ok(None);
    }
    let home = std::env::home_dir().unwrap_or_default();
    let mut denied: Vec<_> = KEYS.iter().map(|key| home.join(key)).collect();
    denied.push(gateway.state());
    let (work_roots, worktrees) = (vec![builders()?], repository.map(Path::to_owned).into_iter().collect());
    Ok(Some(Guarded { work_roots, worktrees, denied }))
}

/// Where the gateway makes workspaces.
fn builders() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("GATEWAY_BUILDERS").map_or_else(|| ".builders".into(), PathBuf::from);
    let folder = std::path::absolute(named)?;
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
