//! `make run` guards the agent's shell where the kernel can, and says in plain words whether it does.

use super::tools;
use crate::gateway::Gateway;
use crate::opencode::{Guarded, guard_report};
use anyhow::{bail, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where a developer's own keys lie, below their home.
const KEYS: [&str; 27] = [
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
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".claude",
    ".claude.json",
    ".codex",
    ".gemini",
    ".mozilla",
    ".password-store",
    ".config/chromium",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/github-copilot",
    ".config/google-chrome",
    ".config/opencode-gateway",
    ".local/share/keyrings",
    ".local/share/opencode",
];

/// The oldest version of Landlock that the guard takes.
const LEAST_ABI: i64 = 3;

/// What a person says about the guard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GuardWish {
    #[default]
    WhereItCan,
    Demanded,
    Off,
}

/// How the agents of this run are kept from what is not theirs.
pub enum GuardOfRun {
    /// Besides workspaces they write these folders, and the one that the run begins with.
    Guarded { folders: Vec<PathBuf> },
    /// Why, and whether a file of the person's decides if sessions start.
    Unguarded { why: String, own_file: bool },
}

impl GuardOfRun {
    /// For a person, once everything runs.
    pub(super) fn told(&self, directory: &Path) -> String {
        match self {
            Self::Guarded { folders } => {
                let others = folders.iter().map(PathBuf::as_path).filter(|folder| *folder != directory);
                let all: Vec<_> =
                    [directory].into_iter().chain(others).map(|path| path.display().to_string()).collect();
                format!(
                    "Agents work in a guarded shell: they can change only {} and their workspaces, and can't read your keys or \
                     the gateway's state. `GUARD=off make run` turns it off.",
                    all.join(", ")
                )
            }
            Self::Unguarded { why, own_file } => {
                let sessions = match own_file {
                    false => "For this run the gateway accepts that (`gate.unguarded: allow`).",
                    true => {
                        "With the gate on, no session starts unless your GATEWAY_CONFIG says `gate.unguarded: allow`."
                    }
                };
                format!(
                    "UNGUARDED: {why}, so an agent's commands can reach everything that you can. {sessions}"
                )
            }
        }
    }
}

/// Why agents are not guarded; nothing when they can be. Whoever demands the guard gets it or no run at all.
pub(super) fn lacking(wish: GuardWish) -> anyhow::Result<Option<String>> {
    if wish == GuardWish::Off {
        return Ok(Some("`GUARD=off` was set".to_owned()));
    }
    let lacking = lacking_in_kernel();
    match lacking {
        Some(why) if wish == GuardWish::Demanded => {
            bail!("Cannot start with `GUARD=on`: {why}. Leave `GUARD` out to run without the guard.")
        }
        lacking => Ok(lacking),
    }
}

fn lacking_in_kernel() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("the guard needs Linux".to_owned());
    }
    match guard_report() {
        Err(error) => Some(format!("the guard doesn't answer ({error})")),
        Ok(report) if report["abi"].as_i64() < Some(LEAST_ABI) => {
            Some("this kernel has no Landlock of version 3 (Linux 6.2 or newer)".to_owned())
        }
        Ok(report) if report["seccomp"] != true => Some("this kernel has no seccomp".to_owned()),
        Ok(_) => None,
    }
}

/// The gate refuses agents that nobody guards, and a newcomer without Landlock is to see the product: so the gateway of this
/// run, which only this machine reaches, accepts them. A file of the person's own is theirs to decide.
pub(super) fn accept_unguarded(gateway: &mut Gateway, own_file: bool) -> anyhow::Result<()> {
    match own_file {
        true => Ok(()),
        false => {
            gateway.configure(&json!({ "gate": { "unguarded": "allow" }, "lab": { "unguarded": "allow" } }))
        }
    }
}

/// The guard around agents of this gateway, which runs and knows where sessions work.
pub async fn around(gateway: &Gateway, repository: Option<&Path>) -> anyhow::Result<Guarded> {
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let keys = home.iter().flat_map(|home| KEYS.iter().map(|key| home.join(key)));
    let denied = keys.chain([gateway.state()]).collect();
    let (setup, projects) = (gateway.get("/api/v1/setup").await?, gateway.get("/api/v1/projects").await?);
    let workspaces = PathBuf::from(setup["workspaces"].as_str().unwrap_or_default());
    // Landlock's rules are about what is there.
    std::fs::create_dir_all(&workspaces)?;
    let worktrees = repository.map(Path::to_owned).into_iter().chain(directories(&projects)).collect();
    let protected = setup["config_file"].as_str().map(std::path::absolute).transpose()?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let guarded = Guarded {
        work_roots: vec![workspaces],
        worktrees,
        denied,
        protected: protected.into_iter().collect(),
        // A page that an agent serves gets the cookie of a gateway under the same host name, whatever the port.
        denied_ports: vec![gateway.port],
        set: home.as_deref().map(|home| tools::variables(home, variable)).unwrap_or_default(),
        git: tools::person(),
    };
    contradicts(&guarded)?;
    Ok(guarded)
}

/// Within what agents write nothing can be taken away again: the guard would run nothing.
fn contradicts(guarded: &Guarded) -> anyhow::Result<()> {
    let roots: Vec<_> = guarded.work_roots.iter().chain(&guarded.worktrees).collect();
    for kept in guarded.denied.iter().chain(&guarded.protected) {
        let root = roots.iter().find(|root| kept.starts_with(root));
        ensure!(
            root.is_none(),
            "Cannot guard the agents: they are to change {}, and {} in it is not for them. Move one of the two, or start with \
             `GUARD=off make run`.",
            root.map(|root| root.display().to_string()).unwrap_or_default(),
            kept.display()
        );
    }
    Ok(())
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
    use super::{GuardOfRun, GuardWish, contradicts, directories, lacking};
    use crate::opencode::Guarded;
    use serde_json::json;
    use std::path::{Path, PathBuf};

    #[test]
    fn sessions_of_projects_work_where_their_repositories_are() {
        // REQ-GATE-07
        let here = env!("CARGO_MANIFEST_DIR");
        let repositories = json!([{ "name": "web", "directory": here }, { "directory": "/not/there" }]);
        let projects = json!({ "projects": [{ "repositories": repositories }, { "name": "empty" }] });
        assert_eq!(directories(&projects).collect::<Vec<_>>(), [Path::new(here)]);
    }

    #[test]
    fn whoever_turned_it_off_reads_that_and_what_becomes_of_sessions() {
        // REQ-GATE-05
        let why = lacking(GuardWish::Off).unwrap().unwrap();
        for (own_file, part) in [(false, "the gateway accepts that"), (true, "your GATEWAY_CONFIG says")] {
            let told = GuardOfRun::Unguarded { why: why.clone(), own_file }.told(Path::new("/work"));
            assert!(told.starts_with("UNGUARDED: `GUARD=off` was set, so") && told.contains(part), "{told}");
        }
        let told = GuardOfRun::Guarded { folders: vec!["/work/shop".into(), "/work/web".into()] };
        let told = told.told(Path::new("/work/shop"));
        assert!(told.contains("only /work/shop, /work/web and their workspaces, and"), "{told}");
    }

    #[test]
    fn a_folder_of_agents_that_holds_what_is_not_theirs_is_named_before_anything_starts() {
        // REQ-GATE-07: the guard would refuse its policy, and OpenCode would end with that.
        let (worktrees, kept) = (vec![PathBuf::from("/home/ann")], vec![PathBuf::from("/home/ann/.ssh")]);
        for guarded in [
            Guarded { worktrees: worktrees.clone(), denied: kept.clone(), ..Guarded::default() },
            Guarded { work_roots: worktrees.clone(), protected: kept.clone(), ..Guarded::default() },
        ] {
            let told = contradicts(&guarded).unwrap_err().to_string();
            assert!(told.contains("/home/ann/.ssh") && told.contains("GUARD=off"), "{told}");
        }
        let beside = Guarded { worktrees, denied: vec!["/home/ann2/.ssh".into()], ..Guarded::default() };
        assert!(contradicts(&beside).is_ok());
    }
}
