//! The variables that a command of the agent's sees: those that the policy keeps, and a HOME and TMPDIR of its own.

use crate::place::Place;
use crate::policy::Policy;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

pub(crate) type Variables = BTreeMap<OsString, OsString>;

/// Nothing with this beginning is for the agent, whatever the policy keeps.
const OURS: &str = "GUARD_";

/// `own` is the folder of this program: within the domain the real programs are meant.
pub(crate) fn cleaned(
    policy: &Policy,
    place: &Place,
    own: &Path,
    all: impl Iterator<Item = (OsString, OsString)>,
) -> Variables {
    let mut left: Variables = all.filter(|(name, _)| is_kept(&policy.agent.keep, name)).collect();
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

fn is_kept(keep: &[String], name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    !name.starts_with(OURS)
        && keep
            .iter()
            .any(|kept| kept.strip_suffix('*').map_or(kept == name, |start| name.starts_with(start)))
}

fn without(own: &Path, path: &OsStr) -> OsString {
    let rest = std::env::split_paths(path).filter(|folder| crate::policy::real(folder) != own);
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
}
