//! The guarded shell around an OpenCode of ours (opencode-plugin/guard): its folder, its policy, and whether it can be had here.

use super::witness;
use crate::gateway;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables of the outside that ordinary work needs.
const KEPT: [&str; 9] = ["PATH", "LANG", "LANGUAGE", "LC_*", "TERM", "COLORTERM", "TZ", "USER", "LOGNAME"];

/// What agents work on besides the home's own repositories, what neither they nor OpenCode may read, and what nobody writes.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    pub work_roots: Vec<PathBuf>,
    pub worktrees: Vec<PathBuf>,
    pub denied: Vec<PathBuf>,
    pub protected: Vec<PathBuf>,
    /// TCP ports of this machine that agents don't reach.
    pub denied_ports: Vec<u16>,
    /// Variables of the agent's commands: where tools lie that look below the HOME of the person.
    pub set: Vec<(String, String)>,
    /// Settings of git in the agent's HOME.
    pub git: Vec<(String, String)>,
}

/// What the kernel gives, or why there is no guard here.
pub fn report() -> anyhow::Result<Value> {
    let said = Command::new(program()?).arg("report").output()?;
    Ok(serde_json::from_slice(&said.stdout)?)
}

/// Beside the gateway.
pub fn program() -> anyhow::Result<PathBuf> {
    let path = gateway::binary()?.with_file_name("guard");
    anyhow::ensure!(path.is_file(), "the guard is not built; run `make build`");
    Ok(path)
}

impl Guarded {
    /// Puts guard, names, policy and the plugin into the home.
    pub(super) fn install(&self, home: &Path) -> anyhow::Result<()> {
        let folder = folder(home);
        for made in
            [&folder, &home.join("work"), &home.join("tmp"), &agents_home(home), &own_plugin(home, "")]
        {
            std::fs::create_dir_all(made)?;
        }
        std::fs::copy(program()?, folder.join("guard"))?;
        for name in ["bash", "sh", "git"] {
            symlink("guard", folder.join(name))?;
        }
        // The built one may lie in the very repository that agents work on.
        std::fs::copy(super::plugin_bundle()?, own_plugin(home, PLUGIN))?;
        self.set_up_git(home)?;
        Ok(std::fs::write(folder.join("guard.json"), serde_json::to_vec_pretty(&self.policy(home)?)?)?)
    }

    fn set_up_git(&self, home: &Path) -> anyhow::Result<()> {
        let file = agents_home(home).join(".gitconfig");
        for (key, value) in &self.git {
            let done =
                Command::new("git").args(["config", "--file"]).arg(&file).args([key, value]).status()?;
            anyhow::ensure!(done.success(), "git can't set {key} in {}", file.display());
        }
        Ok(())
    }

    fn policy(&self, home: &Path) -> anyhow::Result<Value> {
        let data = home.join(".local/share/opencode");
        let work_roots: Vec<_> = self.work_roots.iter().cloned().chain([home.join("work")]).collect();
        let denied: Vec<_> = self.denied.iter().cloned().chain([home.to_owned()]).collect();
        let own = [home.join(".config"), own_plugin(home, "")];
        let protected: Vec<_> = self.protected.iter().cloned().chain(own).collect();
        Ok(json!({
            "programs": {
                "bash": real("bash")?, "sh": real("sh")?, "git": real("git")?, "opencode": super::binary()?,
            },
            "protected": protected,
            "agent": {
                "work_roots": work_roots, "worktrees": self.worktrees, "denied": denied, "denied_ports": self.denied_ports,
                "home": agents_home(home), "temporary": home.join("agents-tmp"),
                "keep": KEPT, "also": { "git": [data.join("snapshot")] },
                "set": self.set.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            },
            "opencode": {
                "read_write": [home.join(".local"), home.join(".cache"), home.join("tmp"), witness::folder(home)],
                "denied": self.denied,
            },
        }))
    }
}

const PLUGIN: &str = "opencode-gateway-plugin.js";

pub(super) fn folder(home: &Path) -> PathBuf {
    home.join("guard")
}

/// The copy that OpenCode loads.
pub(super) fn plugin(home: &Path) -> PathBuf {
    own_plugin(home, PLUGIN)
}

fn own_plugin(home: &Path, file: &str) -> PathBuf {
    home.join("plugin").join(file)
}

fn agents_home(home: &Path) -> PathBuf {
    home.join("agent")
}

/// Where the shell would find it.
pub(super) fn real(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file());
    found.ok_or_else(|| anyhow::anyhow!("{name} is missing"))
}
