//! For whom a program runs: the session that the plugin names, and the one worktree that it may write.

use crate::policy::{Agent, Policy, real};
use crate::refusal::Refusal;
use rustix::fs::Mode;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Set by the plugin's `shell.env` hook for each command; nothing of it reaches the command itself.
pub(crate) const SESSION: &str = "GUARD_SESSION";
pub(crate) const WORKTREE: &str = "GUARD_WORKTREE";

/// Longer is no session's id.
const LONGEST_ID: usize = 128;

/// All that one domain depends on: equal places share one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The name that the guard was called by: `git` may write what `bash` may not.
    pub(crate) role: String,
    pub(crate) worktree: Option<PathBuf>,
    pub(crate) temporary: PathBuf,
}

impl Place {
    /// `variable` looks into the environment, which OpenCode made and the agent cannot change.
    pub(crate) fn find(
        policy: &Policy,
        role: &str,
        variable: impl Fn(&str) -> Option<OsString>,
        directory: &Path,
    ) -> Result<Self, Refusal> {
        let worktree = match variable(WORKTREE).filter(|named| !named.is_empty()) {
            Some(named) => named_worktree(&policy.agent, Path::new(&named))?,
            None => below(&policy.agent, &real(directory)),
        };
        let session = variable(SESSION).filter(|id| !id.is_empty());
        let folder = match &session {
            Some(id) => session_folder(id)?,
            None => worktree.as_deref().map_or("none".to_owned(), worktree_folder),
        };
        let temporary = policy.agent.temporary.join(folder);
        Ok(Self { role: role.to_owned(), worktree, temporary })
    }

    /// Once more, for a place that another process described.
    pub(crate) fn check(&self, policy: &Policy) -> Result<(), Refusal> {
        let Self { worktree, temporary, .. } = self;
        let known =
            worktree.as_ref().is_none_or(|path| below(&policy.agent, &real(path)).as_ref() == Some(path));
        if known && temporary.parent() == Some(policy.agent.temporary.as_path()) {
            return Ok(());
        }
        Err(Refusal::new(
            "it is not one of the policy's",
            format!("the place {self:?}"),
            "Start OpenCode again",
        ))
    }

    /// HOME and TMPDIR are there before anybody looks.
    pub(crate) fn prepare(&self, policy: &Policy) -> Result<(), Refusal> {
        for folder in [&policy.agent.home, &policy.agent.temporary, &self.temporary] {
            make_private(folder).map_err(|error| {
                Refusal::at(
                    folder,
                    format!("the folder cannot be made ({error})"),
                    "Let OpenCode's user write the folder above it",
                )
            })?;
        }
        Ok(())
    }
}

/// Others may not even look into it. What lies there already keeps its rights.
fn make_private(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        std::fs::create_dir_all(above)?;
    }
    match rustix::fs::mkdir(folder, Mode::RWXU) {
        Err(rustix::io::Errno::EXIST) if folder.is_dir() => Ok(()),
        made => Ok(made?),
    }
}

/// A work root itself is nobody's: whoever works there writes nothing but HOME and TMPDIR.
fn named_worktree(agent: &Agent, named: &Path) -> Result<Option<PathBuf>, Refusal> {
    let found = real(named);
    if agent.work_roots.contains(&found) {
        return Ok(None);
    }
    below(agent, &found).map(Some).ok_or_else(|| {
        let roots: Vec<_> = agent.work_roots.iter().map(|root| root.display().to_string()).collect();
        Refusal::at(
            named,
            format!("{WORKTREE} is not a folder below {}", roots.join(" or ")),
            "Start the session in a workspace",
        )
    })
}

/// The first folder below a work root, on the way to this one.
fn below(agent: &Agent, directory: &Path) -> Option<PathBuf> {
    if let Some(found) = agent.worktrees.iter().find(|worktree| directory.starts_with(worktree)) {
        return Some(found.clone());
    }
    // One root may lie within another. What is on the way to it is no session's.
    let holds_a_root = |found: &Path| agent.work_roots.iter().any(|root| root.starts_with(found));
    agent.work_roots.iter().find_map(|root| {
        let first = directory.strip_prefix(root).ok()?.components().next()?;
        Some(root.join(first)).filter(|found| found.is_dir() && !holds_a_root(found))
    })
}

fn session_folder(id: &OsString) -> Result<String, Refusal> {
    let plain = |text: &&str| {
        text.len() <= LONGEST_ID
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    id.to_str().filter(plain).map(str::to_owned).ok_or_else(|| {
        Refusal::new("it is not the id of a session", format!("{SESSION}={id:?}"), "Let the plugin name it")
    })
}

/// No session's id has a dot in it.
fn worktree_folder(worktree: &Path) -> String {
    format!("in.{}", worktree.file_name().unwrap_or_default().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::{Place, SESSION, WORKTREE};
    use crate::policy::{FILE, Policy};
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use tempfile::TempDir;

    fn stage() -> (TempDir, Policy) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for made in ["guard", "work/one/repos/web", "work/two", "elsewhere"] {
            std::fs::create_dir_all(root.join(made)).unwrap();
        }
        let text = r#"{ "programs": {}, "agent": { "work_roots": ["@/work"], "home": "@/home", "temporary": "@/tmp" } }"#;
        let text = text.replace('@', &root.display().to_string());
        std::fs::write(root.join("guard").join(FILE), text).unwrap();
        let policy = Policy::beside(&root.join("guard/guard")).unwrap();
        (folder, policy)
    }

    fn find(policy: &Policy, session: &str, worktree: &Path, directory: &Path) -> Result<Place, String> {
        let variable = |name: &str| match name {
            SESSION => Some(session.into()),
            WORKTREE => Some(worktree.into()),
            _ => None,
        };
        Place::find(policy, "bash", variable, directory).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn the_worktree_is_what_the_plugin_names_and_else_where_the_command_runs() {
        // REQ-GATE-07
        let (folder, policy) = stage();
        let root = folder.path().canonicalize().unwrap();
        let named = find(&policy, "ses_1", &root.join("work/one/repos/web"), &root.join("work/two")).unwrap();
        assert_eq!(named.worktree, Some(root.join("work/one")));
        assert_eq!(named.temporary, root.join("tmp/ses_1"));
        let unnamed = find(&policy, "", Path::new(""), &root.join("work/two")).unwrap();
        assert_eq!(unnamed.worktree, Some(root.join("work/two")));
        assert_eq!(unnamed.temporary, root.join("tmp/in.two"));
        for nobodys in ["work", "elsewhere"] {
            assert_eq!(find(&policy, "", Path::new(""), &root.join(nobodys)).unwrap().worktree, None);
        }
        assert_eq!(find(&policy, "ses_1", &root.join("work"), &root).unwrap().worktree, None);
    }

    #[test]
    fn a_worktree_elsewhere_is_refused_also_behind_a_link_or_dots() {
        // REQ-GATE-07
        let (folder, policy) = stage();
        let root = folder.path().canonicalize().unwrap();
        symlink(root.join("elsewhere"), root.join("work/link")).unwrap();
        for wrong in
            ["elsewhere", "work/link", "work/one/../../elsewhere", "work/missing", "work/../elsewhere"]
        {
            let refusal = find(&policy, "ses_1", &root.join(wrong), &root).unwrap_err();
            assert!(
                refusal.contains("nothing was run") && refusal.contains("is not a folder below"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_root_within_another_is_nobodys_worktree() {
        // REQ-GATE-07: the pod has /workspaces and in it .builders, with a workspace for each session.
        let (folder, mut policy) = stage();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("work/.builders/mine")).unwrap();
        for inner_first in [true, false] {
            policy.agent.work_roots = vec![root.join("work/.builders"), root.join("work")];
            if !inner_first {
                policy.agent.work_roots.reverse();
            }
            let worktree =
                |named: &str| find(&policy, "ses_1", &root.join(named), &root).map(|at| at.worktree);
            assert_eq!(worktree("work/.builders/mine"), Ok(Some(root.join("work/.builders/mine"))));
            assert_eq!(worktree("work/two"), Ok(Some(root.join("work/two"))));
            assert_eq!(worktree("work/.builders"), Ok(None));
            assert!(worktree("work/.builders/missing").is_err());
            let unnamed = find(&policy, "", Path::new(""), &root.join("work/.builders")).unwrap();
            assert_eq!(unnamed.worktree, None);
        }
    }

    #[test]
    fn a_session_has_an_id_and_no_path() {
        // REQ-GATE-07
        let (folder, policy) = stage();
        for wrong in ["../ses_1", "ses/1", ".", "ses 1", &"s".repeat(129)] {
            assert!(find(&policy, wrong, Path::new(""), folder.path()).unwrap_err().contains(SESSION));
        }
    }

    #[test]
    fn a_place_that_somebody_made_up_is_refused() {
        // REQ-GATE-07
        let (folder, policy) = stage();
        let root = folder.path().canonicalize().unwrap();
        let sound = find(&policy, "ses_1", &root.join("work/one"), &root).unwrap();
        assert!(sound.check(&policy).is_ok());
        let elsewhere = Place { worktree: Some(root.join("elsewhere")), ..sound.clone() };
        let whole_root = Place { worktree: Some(root.join("work")), ..sound.clone() };
        let temporary = Place { temporary: root.join("work/two"), ..sound };
        for made_up in [elsewhere, whole_root, temporary] {
            assert!(made_up.check(&policy).is_err(), "{made_up:?}");
        }
    }
}
