//! The variables that a command of the agent's sees: those that the policy keeps, and a HOME and TMPDIR of its own.

use crate::place::Place;
use crate::policy::{Policy, real};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path};

pub(crate) type Variables = BTreeMap<OsString, OsString>;

/// Nothing with this beginning is for the agent, whatever the policy keeps.
const OURS: &str = "GUARD_";

/// How OpenCode tells git where a snapshot's repository is while it makes it; later it says so in arguments.
const REPOSITORY: &str = "GIT_DIR";
const WORK_TREE: &str = "GIT_WORK_TREE";

/// `own` is the folder of this program: within the domain the real programs are meant.
pub(crate) fn cleaned(
    policy: &Policy,
    place: &Place,
    own: &Path,
    all: impl Iterator<Item = (OsString, OsString)>,
) -> Variables {
    let (mut left, mut rest): (Variables, Variables) =
        all.partition(|(name, _)| is_kept(&policy.agent.keep, name));
    if rest.get(OsStr::new(REPOSITORY)).is_some_and(|repository| is_also(policy, &place.role, repository)) {
        left.extend([REPOSITORY, WORK_TREE].iter().filter_map(|name| rest.remove_entry(OsStr::new(name))));
    }
    if let Some(path) = left.get_mut(OsStr::new("PATH")) {
        *path = without(own, path);
    }
    let mut set = |name: &str, value: &OsStr| left.insert(name.into(), value.to_owned());
    set("HOME", policy.agent.home.as_os_str());
    set("TMPDIR", place.temporary.as_os_str());
    if let Ok(shell) = policy.program("bash") {
        set("SHELL", shell.as_os_str());
    }
    for (name, value) in &policy.agent.set {
        set(name, OsStr::new(value));
    }
    left
}

/// It lies where only a program of this name writes.
fn is_also(policy: &Policy, role: &str, path: &OsStr) -> bool {
    let climbs = Path::new(path).components().any(|part| part == Component::ParentDir);
    let path = real(Path::new(path));
    let folders = policy.agent.also.get(role).into_iter().flatten();
    !climbs && folders.into_iter().any(|folder| path.starts_with(folder) && path != *folder)
}

fn is_kept(keep: &[String], name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    !name.starts_with(OURS)
        && keep
            .iter()
            .any(|kept| kept.strip_suffix('*').map_or(kept == name, |start| name.starts_with(start)))
}

fn without(own: &Path, path: &OsStr) -> OsString {
    let rest = std::env::split_paths(path).filter(|folder| real(folder) != own);
    std::env::join_paths(rest).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::cleaned;
    use crate::place::Place;
    use crate::policy::Policy;
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn only_what_is_named_is_left() {
        // REQ-GATE-07
        let policy: Policy = serde_json::from_str(
            r#"{ "programs": { "bash": "/bin/bash" }, "agent": { "work_roots": [], "home": "/agent", "temporary": "/tmp/agents",
                "keep": ["PATH", "LC_*", "GUARD_*"], "set": { "CI": "1" } } }"#,
        )
        .unwrap();
        let place = Place { role: "bash".into(), worktree: None, temporary: "/tmp/agents/ses_1".into() };
        let all = [
            ("PATH", "/opt/guard:/usr/bin"),
            ("LC_ALL", "C"),
            ("OPENCODE_SERVER_PASSWORD", "hunter2"),
            ("LD_PRELOAD", "/evil.so"),
            ("GUARD_KEEPERS", "1:x"),
            ("HOME", "/home/codev"),
        ];
        let all = all.into_iter().map(|(name, value)| (name.into(), value.into()));
        let left = cleaned(&policy, &place, Path::new("/opt/guard"), all);
        let left: Vec<_> = left.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())).collect();
        let wanted = [
            ("CI", "1"),
            ("HOME", "/agent"),
            ("LC_ALL", "C"),
            ("PATH", "/usr/bin"),
            ("SHELL", "/bin/bash"),
            ("TMPDIR", "/tmp/agents/ses_1"),
        ];
        assert_eq!(left, wanted.map(|(name, value)| (OsStr::new(name), OsStr::new(value))));
    }

    #[test]
    fn git_hears_from_opencode_where_a_snapshot_is_and_nobody_sends_it_elsewhere() {
        // REQ-GATE-07, REQ-THREAD-04: without it no snapshot came to be, and no change of a session was ever shown.
        let policy: Policy = serde_json::from_str(
            r#"{ "programs": {}, "agent": { "work_roots": [], "home": "/agent", "temporary": "/tmp/agents",
                "also": { "git": ["/data/snapshot"] } } }"#,
        )
        .unwrap();
        let told = |role: &str, repository: &str| {
            let place = Place { role: role.into(), worktree: None, temporary: "/tmp/agents/ses_1".into() };
            let all = [("GIT_DIR", repository), ("GIT_WORK_TREE", "/work/shop"), ("GIT_SSH_COMMAND", "evil")];
            let all = all.into_iter().map(|(name, value)| (name.into(), value.into()));
            let left = cleaned(&policy, &place, Path::new("/opt/guard"), all);
            let git = left.into_keys().filter_map(|name| name.into_string().ok());
            git.filter(|name| name.starts_with("GIT_")).collect::<Vec<_>>()
        };
        assert_eq!(told("git", "/data/snapshot/1/2"), ["GIT_DIR", "GIT_WORK_TREE"]);
        for (role, elsewhere) in [
            ("bash", "/data/snapshot/1"),
            ("git", "/data/snapshot"),
            ("git", "/data/snapshot/../opencode"),
            ("git", "/data/snapshots"),
            ("git", "relative"),
        ] {
            assert!(told(role, elsewhere).is_empty(), "{role} {elsewhere}");
        }
    }
}
