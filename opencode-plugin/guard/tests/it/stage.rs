//! A pod in small: secrets, a plugin, OpenCode's data, two worktrees, and the guard with its policy beside it.

use serde_json::{Value, json};
use std::ffi::OsString;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What an attack prints when it came through.
pub(crate) const CAME_THROUGH: &str = "CAME-THROUGH";

/// In OpenCode's environment, and nowhere in a command's.
pub(crate) const PASSWORD: &str = "hunter2-in-the-environment";

pub(crate) const SECRET: &str = "secret-in-a-file";

/// Nobody in particular: the ordinary user of a pod, where the tests themselves run as root.
const ORDINARY: u32 = 61_234;

const SESSION: &str = "ses_one";

pub(crate) struct Stage {
    folder: TempDir,
    /// The user that everything runs as, if it is another one than that of the tests.
    pub(crate) user: Option<u32>,
}

/// Landlock, or a line that says why a test shows nothing. In CI that is a failure.
pub(crate) fn landlock_is_here() -> bool {
    let report = Command::new(env!("CARGO_BIN_EXE_guard")).arg("report").output().unwrap();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let here = report["abi"].as_i64() >= Some(3);
    if !here {
        println!("SKIPPED: this kernel has no Landlock of version 3 or newer: {report}");
        assert!(std::env::var("CI").is_err(), "the guarded shell must be tested in CI");
    }
    here
}

/// The user of the tests, and an ordinary one where the tests may become it.
pub(crate) fn users() -> Vec<Option<u32>> {
    if is_root() { vec![None, Some(ORDINARY)] } else { vec![None] }
}

pub(crate) fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

impl Stage {
    pub(crate) fn set(user: Option<u32>) -> Self {
        Self::with(user, &json!({}))
    }

    /// `agent` is merged into the policy's part for the agent.
    pub(crate) fn with(user: Option<u32>, agent: &Value) -> Self {
        let stage = Self { folder: tempfile::Builder::new().prefix("guard-test-").tempdir().unwrap(), user };
        std::fs::set_permissions(stage.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        for (file, text) in [
            ("secret/token", SECRET),
            ("plugin/plugin.js", "the plugin"),
            ("config/opencode.json", "{}"),
            ("data/opencode.db", "the database"),
            ("opencode-home/.bashrc", ""),
            ("work/one/README", "mine"),
            ("work/two/README", "another's"),
        ] {
            let path = stage.at(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        stage.install_guard(agent);
        stage.give_away();
        stage
    }

    fn install_guard(&self, agent: &Value) {
        let folder = self.at("guard");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(env!("CARGO_BIN_EXE_guard"), folder.join("guard")).unwrap();
        for name in ["bash", "sh", "git", "opencode"] {
            symlink("guard", folder.join(name)).unwrap();
        }
        std::fs::write(folder.join("guard.json"), self.policy(agent).to_string()).unwrap();
    }

    fn policy(&self, agent: &Value) -> Value {
        let denied = json!([self.at("secret"), self.at("data"), self.at("opencode-home")]);
        let mut policy = json!({
            "programs": { "bash": "/bin/bash", "sh": "/bin/sh", "git": "/usr/bin/git", "opencode": "/bin/bash" },
            "protected": [self.at("plugin"), self.at("config")],
            "agent": {
                "work_roots": [self.at("work")], "home": self.at("home"), "temporary": self.at("tmp"), "denied": denied,
                "keep": ["PATH", "LANG", "RUSTUP_*", "T_*"],
            },
            "opencode": { "read_write": [self.at("data")], "denied": [self.at("secret")] },
        });
        for (key, value) in agent.as_object().unwrap() {
            policy["agent"][key] = value.clone();
        }
        policy
    }

    /// Everything here belongs to the ordinary user, so that only the guard stands in its way.
    fn give_away(&self) {
        let Some(user) = self.user else { return };
        let owner = format!("{user}:{user}");
        let done = Command::new("chown").args(["-R", &owner]).arg(self.folder.path()).status().unwrap();
        assert!(done.success());
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    /// As OpenCode would start it, with everything that OpenCode has in its environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.at("work/one")).env_clear().stdin(Stdio::null());
        command.envs(self.variables()).envs(rust_and_path());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    fn variables(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("HOME", self.at("opencode-home").into()),
            ("OPENCODE_SERVER_PASSWORD", PASSWORD.into()),
            ("GUARD_SESSION", SESSION.into()),
            ("GUARD_WORKTREE", self.at("work/one").into()),
            ("T_ROOT", self.at("").into()),
            ("T_GUARD", self.at("guard").into()),
            ("T_TOKEN", self.at("secret/token").into()),
            ("T_PLUGIN", self.at("plugin/plugin.js").into()),
            ("T_CONFIG", self.at("config/opencode.json").into()),
            ("T_DATA", self.at("data/opencode.db").into()),
            ("T_OTHER", self.at("work/two").into()),
        ]
    }

    /// What must not change has not.
    pub(crate) fn is_whole(&self) -> bool {
        let same =
            |path: &str, text: &str| std::fs::read_to_string(self.at(path)).is_ok_and(|found| found == text);
        same("secret/token", SECRET)
            && same("plugin/plugin.js", "the plugin")
            && same("config/opencode.json", "{}")
            && same("data/opencode.db", "the database")
            && same("opencode-home/.bashrc", "")
            && same("work/two/README", "another's")
            && !self.at("work/two/new").exists()
    }

    /// The script in a shell as it is.
    pub(crate) fn plain(&self, script: &str) -> Output {
        self.command(Path::new("/bin/bash")).args(["-c", script]).output().unwrap()
    }

    /// The same in a guarded one.
    pub(crate) fn guarded(&self, script: &str) -> Output {
        self.command(&self.at("guard/bash")).args(["-c", script]).output().unwrap()
    }
}

/// Tools of this machine, wherever they are installed; of a toolchain the settings that find it.
fn rust_and_path() -> Vec<(String, OsString)> {
    let mut all: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name == "PATH" || name.starts_with("RUSTUP_"))
        .collect();
    if let (None, Some(home)) = (std::env::var_os("RUSTUP_HOME"), std::env::var_os("HOME")) {
        all.push(("RUSTUP_HOME".into(), Path::new(&home).join(".rustup").into()));
    }
    all
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
