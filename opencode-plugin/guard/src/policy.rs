//! The policy: what the agent's programs, and OpenCode itself, may read and write. It lies beside the program, so that
//! nothing which the environment says leads to another one.

use crate::refusal::Refusal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Its name, in the folder of the program.
pub const FILE: &str = "guard.json";

/// Larger is no policy.
const LARGEST: u64 = 1024 * 1024;

/// Below this a file could be emptied where it cannot be written.
const LEAST_ABI: i32 = 3;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What the kernel must give at least; 3 when nothing is said.
    #[serde(default = "least_abi")]
    pub minimum_abi: i32,
    /// The real programs behind the names.
    pub programs: BTreeMap<String, PathBuf>,
    /// Nobody may write these; a policy that lets somebody is refused.
    #[serde(default)]
    pub protected: Vec<PathBuf>,
    pub agent: Agent,
    /// The outer domain. Without it OpenCode is not started by the guard.
    pub opencode: Option<OpenCode>,
}

/// What the agent's own programs may do. They read everything that is not denied.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The first folder below one of these is a worktree; a session writes its own.
    pub work_roots: Vec<PathBuf>,
    /// Folders that are worktrees themselves, wherever they lie.
    #[serde(default)]
    pub worktrees: Vec<PathBuf>,
    pub home: PathBuf,
    /// Each session's TMPDIR lies in here.
    pub temporary: PathBuf,
    /// Caches and the like, of all sessions. What is not there is left out.
    #[serde(default)]
    pub read_write: Vec<PathBuf>,
    #[serde(default)]
    pub denied: Vec<PathBuf>,
    /// TCP ports that nobody connects to.
    #[serde(default)]
    pub denied_ports: Vec<u16>,
    /// Variables that are kept: names, or beginnings with a `*` behind them.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Variables that are set.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// What one program may write besides, by its name: `git` is called by OpenCode itself, for its snapshots.
    #[serde(default)]
    pub also: BTreeMap<String, Vec<PathBuf>>,
}

/// What OpenCode itself may do. It keeps its environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenCode {
    pub read_write: Vec<PathBuf>,
    #[serde(default)]
    pub denied: Vec<PathBuf>,
}

fn least_abi() -> i32 {
    LEAST_ABI
}

impl Policy {
    /// Reads the one beside this program.
    pub fn beside(program: &Path) -> Result<Self, Refusal> {
        let folder = program.parent().unwrap_or(Path::new("/"));
        let path = folder.join(FILE);
        let mut policy = Self::read(&path)?;
        policy.protected.push(folder.to_owned());
        policy.resolve();
        policy.check(&path)?;
        Ok(policy)
    }

    fn read(path: &Path) -> Result<Self, Refusal> {
        let wrong = |error: &dyn std::fmt::Display| {
            Refusal::at(
                path,
                format!("the policy cannot be read ({error})"),
                "See opencode-plugin/guard/README.md for what it holds",
            )
        };
        let size = std::fs::metadata(path).map_err(|error| wrong(&error))?.len();
        if size > LARGEST {
            return Err(wrong(&"it is too large"));
        }
        let text = std::fs::read(path).map_err(|error| wrong(&error))?;
        serde_json::from_slice(&text).map_err(|error| wrong(&error))
    }

    /// Links on the way are followed once, here: the kernel's rules are about the folders behind them.
    fn resolve(&mut self) {
        let Agent { work_roots, worktrees, home, temporary, read_write, denied, also, .. } = &mut self.agent;
        let lists = [work_roots, worktrees, read_write, denied, &mut self.protected].into_iter();
        let outer = self.opencode.iter_mut().flat_map(|outer| [&mut outer.read_write, &mut outer.denied]);
        for path in lists.chain(also.values_mut()).chain(outer).flatten().chain([home, temporary]) {
            *path = real(path);
        }
    }

    fn check(&self, file: &Path) -> Result<(), Refusal> {
        let wrong = |what: String| Err(Refusal::at(file, what, "Correct the policy"));
        let (agents, all) = (self.agents_paths(), self.written_paths());
        let named = all.iter().copied().chain(&self.protected).chain(&self.agent.denied);
        if let Some(path) = named.chain(self.programs.values()).find(|path| !path.is_absolute()) {
            return wrong(format!("{} is not a whole path", path.display()));
        }
        if let Some((path, root)) = within(&self.protected, &all) {
            return wrong(format!("{} is protected, and {} may be written", path.display(), root.display()));
        }
        // Landlock only adds: within what may be written nothing can be taken away again.
        let kept = self.opencode.iter().flat_map(|outer| &outer.denied);
        if let Some((path, root)) = within(&self.agent.denied, &agents).or_else(|| within(kept, &all)) {
            return wrong(format!("{} is denied, and {} may be written", path.display(), root.display()));
        }
        Ok(())
    }

    /// What every session may write. Worktrees are not among them: each has its own.
    fn agents_paths(&self) -> Vec<&PathBuf> {
        let Agent { home, temporary, read_write, also, .. } = &self.agent;
        read_write.iter().chain([home, temporary]).chain(also.values().flatten()).collect()
    }

    /// What anybody may write.
    fn written_paths(&self) -> Vec<&PathBuf> {
        let outer = self.opencode.iter().flat_map(|outer| &outer.read_write);
        let worked_in = self.agent.work_roots.iter().chain(&self.agent.worktrees);
        self.agents_paths().into_iter().chain(outer).chain(worked_in).collect()
    }

    /// The real program of this name.
    pub fn program(&self, name: &str) -> Result<&Path, Refusal> {
        self.programs.get(name).map(PathBuf::as_path).ok_or_else(|| {
            let known: Vec<_> = self.programs.keys().map(String::as_str).collect();
            Refusal::new(
                "the policy does not know it",
                format!("the program {name:?}"),
                format!("Call one of: {}", known.join(", ")),
            )
        })
    }
}

/// The first of these paths that lies within one of the roots.
fn within<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
    roots: &[&'a PathBuf],
) -> Option<(&'a PathBuf, &'a PathBuf)> {
    let around = |path: &PathBuf| roots.iter().copied().find(|root| path.starts_with(root));
    paths.into_iter().find_map(|path| Some((path, around(path)?)))
}

/// With links resolved as far as the path exists.
pub(crate) fn real(path: &Path) -> PathBuf {
    let mut rest = vec![];
    for known in path.ancestors() {
        if let Ok(found) = known.canonicalize() {
            return rest.iter().rev().fold(found, |found, name| found.join(name));
        }
        rest.push(known.file_name().unwrap_or_default().to_owned());
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::Policy;

    fn written(text: &str) -> Result<Policy, String> {
        let folder = tempfile::tempdir().unwrap();
        let text = text.replace('@', &folder.path().display().to_string());
        std::fs::write(folder.path().join(super::FILE), text).unwrap();
        Policy::beside(&folder.path().join("guard")).map_err(|refusal| refusal.to_string())
    }

    fn with(agent: &str) -> Result<Policy, String> {
        written(&format!(
            r#"{{ "programs": {{ "bash": "/bin/bash" }}, "protected": ["/srv/plugin"],
                "agent": {{ "work_roots": ["/srv/work"], "home": "/srv/home", "temporary": "/srv/tmp", {agent} }} }}"#
        ))
    }

    #[test]
    fn a_whole_policy_is_read_and_says_which_programs_there_are() {
        // REQ-GATE-07
        let policy = with(r#""denied": ["/srv/secret"], "keep": ["LANG", "LC_*"]"#).unwrap();
        assert_eq!(policy.minimum_abi, 3);
        assert_eq!(policy.program("bash").unwrap().to_str(), Some("/bin/bash"));
        let refusal = policy.program("fish").unwrap_err().to_string();
        assert!(refusal.contains("nothing was run") && refusal.contains("bash"), "{refusal}");
    }

    #[test]
    fn a_policy_that_contradicts_itself_is_refused_with_both_paths() {
        // REQ-GATE-07
        for (agent, word) in [
            (r#""read_write": ["/srv"]"#, "/srv/plugin is protected"),
            (r#""read_write": ["/opt/cache"], "denied": ["/opt/cache/keys"]"#, "/opt/cache/keys is denied"),
            (r#""read_write": ["cache"]"#, "cache is not a whole path"),
            (r#""also": { "git": ["@"] }"#, "is protected"),
            (r#""reed_write": []"#, "reed_write"),
        ] {
            let refusal = with(agent).unwrap_err();
            assert!(refusal.contains(word) && refusal.contains("guard.json"), "{refusal}");
        }
    }

    #[test]
    fn without_a_policy_nothing_runs() {
        // REQ-GATE-07
        let empty = tempfile::tempdir().unwrap();
        let refusal = Policy::beside(&empty.path().join("guard")).unwrap_err().to_string();
        assert!(refusal.contains("nothing was run") && refusal.contains("guard.json"), "{refusal}");
        assert!(written("{ ").unwrap_err().contains("cannot be read"));
    }
}
