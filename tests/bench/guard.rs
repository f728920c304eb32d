//! What the guarded shell costs over a plain `sh -c true`: in a domain of its own, and by the keeper of a session.

use crate::process::beside;
use crate::report::{Report, median};
use anyhow::Context;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;

const ROUNDS: usize = 100;

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let (mut plain, mut alone, mut kept) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        plain.push(stage.time(Path::new("/bin/sh"), None)?);
        alone.push(stage.time(&stage.guard("sh"), None)?);
        kept.push(stage.time(&stage.guard("sh"), Some(&stage.keepers))?);
    }
    let plain = median(plain);
    report.add("guard_start_ms", median(alone) - plain, "ms", plain);
    report.add("guard_start_kept_ms", median(kept) - plain, "ms", plain);
    Ok(())
}

struct Stage {
    folder: TempDir,
    /// A shell in OpenCode's place: it started the keepers.
    opencode: Child,
    /// Where the keepers are.
    keepers: String,
}

impl Stage {
    fn set() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().canonicalize()?;
        for made in ["guard", "work/one", "secret", "data"] {
            std::fs::create_dir_all(root.join(made))?;
        }
        std::fs::copy(beside("guard")?, root.join("guard/guard"))?;
        symlink("guard", root.join("guard/sh"))?;
        let policy = json!({
            "programs": { "sh": "/bin/sh", "opencode": "/bin/sh" },
            "agent": {
                "work_roots": [root.join("work")], "home": root.join("home"), "temporary": root.join("tmp"),
                "denied": [root.join("secret"), root.join("data"), "/root", "/var/run/secrets"], "keep": ["PATH", "LANG"],
            },
            "opencode": { "read_write": [root.join("data")], "denied": [root.join("secret")] },
        });
        std::fs::write(root.join("guard/guard.json"), policy.to_string())?;
        let (opencode, keepers) = opencode(&root)?;
        Ok(Self { folder, opencode, keepers })
    }

    fn guard(&self, name: &str) -> PathBuf {
        self.folder.path().join("guard").join(name)
    }

    /// Milliseconds.
    fn time(&self, shell: &Path, keepers: Option<&str>) -> anyhow::Result<f64> {
        let mut command = Command::new(shell);
        command.args(["-c", "true"]).current_dir(self.folder.path().join("work/one"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).env("GUARD_SESSION", "ses_bench");
        command.envs(keepers.map(|keepers| ("GUARD_KEEPERS", keepers)));
        let began = Instant::now();
        let status = command.status()?;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        anyhow::ensure!(status.success(), "{} ended with {status}", shell.display());
        Ok(took)
    }
}

fn opencode(root: &Path) -> anyhow::Result<(Child, String)> {
    let mut command = Command::new(root.join("guard/guard"));
    command.args(["opencode", "-c", "echo $GUARD_KEEPERS; read -r end"]).current_dir(root);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut keepers = String::new();
    BufReader::new(process.stdout.take().context("no output")?).read_line(&mut keepers)?;
    Ok((process, keepers.trim().to_owned()))
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.opencode.kill();
        let _ = self.opencode.wait();
    }
}
