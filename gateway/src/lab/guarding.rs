//! The guard around a lab (opencode-plugin/guard): a copy of its program with a policy of this attempt's own. What runs
//! writes its files, its home and its scratch folder, and reads neither the gateway's state nor anybody's keys.

use super::attempt_folder::AttemptFolder;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// The oldest version of Landlock that the guard takes.
const LEAST_ABI: i64 = 3;

/// To say what the kernel gives.
const PATIENCE: Duration = Duration::from_secs(5);

const SHELL: &str = "/bin/sh";

/// Where keys of the machine's user lie, below their home.
const KEYS: [&str; 20] = [
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
    ".password-store",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/github-copilot",
    ".config/opencode-gateway",
    ".local/share/keyrings",
    ".local/share/opencode",
];

/// Why nothing is guarded here; nothing when it is.
pub(super) async fn lacking(guard: Option<&Path>) -> Option<String> {
    let Some(guard) = guard else { return Some("the guard isn't installed here (`labs.guard`)".to_owned()) };
    let mut command = tokio::process::Command::new(guard);
    command.arg("report").stdin(Stdio::null()).stderr(Stdio::null()).env_clear().kill_on_drop(true);
    let said = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(said)) => said.stdout,
        Ok(Err(error)) => return Some(format!("the guard can't be started ({error})")),
        Err(_) => return Some("the guard doesn't answer".to_owned()),
    };
    let report: Value = serde_json::from_slice(&said).unwrap_or_default();
    match () {
        () if report["abi"].as_i64() < Some(LEAST_ABI) => {
            Some("this kernel has no Landlock of version 3 (Linux 6.2 or newer)".to_owned())
        }
        () if report["seccomp"] != true => Some("this kernel has no seccomp".to_owned()),
        () => None,
    }
}

/// What of the gateway's is closed to a lab. Its ports are, since browsers give a page the cookies of its host name whatever the port:
/// who served such a page could speak to the gateway in somebody's name.
pub(super) struct Closed<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) ports: &'a [u16],
}

/// The words that run a command in the guard.
pub(super) fn guarded(
    guard: &Path,
    folder: &AttemptFolder,
    closed: &Closed<'_>,
    command: &str,
) -> io::Result<Vec<OsString>> {
    let own = folder.guard().join("guard");
    let _ = std::fs::remove_file(&own);
    // The same file under another name: the policy lies beside the name that it is called by.
    std::fs::hard_link(guard, &own).or_else(|_| std::fs::copy(guard, &own).map(drop))?;
    std::fs::write(folder.guard().join("guard.json"), serde_json::to_vec_pretty(&policy(folder, closed))?)?;
    let words: [OsString; 6] =
        [own.into(), "run".into(), "--".into(), SHELL.into(), "-c".into(), command.into()];
    Ok(words.into())
}

pub(super) fn unguarded(command: &str) -> Vec<OsString> {
    vec![SHELL.into(), "-c".into(), command.into()]
}

fn policy(folder: &AttemptFolder, closed: &Closed<'_>) -> Value {
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let keys = home.iter().flat_map(|home| KEYS.iter().map(|key| home.join(key)));
    let denied: Vec<PathBuf> = closed.paths.iter().cloned().chain(keys).collect();
    json!({
        "programs": { "bash": "/bin/bash", "sh": SHELL },
        "agent": {
            "work_roots": [], "worktrees": [folder.files()], "home": folder.home(),
            "temporary": folder.scratch(), "denied": denied, "denied_ports": closed.ports,
            // The gateway gives it an environment that was made for it.
            "keep": ["*"],
        },
    })
}
