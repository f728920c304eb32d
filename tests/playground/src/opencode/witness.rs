//! A witness of what OpenCode's shell really ran: a script in the shell's place that writes each command down and becomes the
//! shell. Under the guard it writes outside of the agent's domain, into a folder that no command of the agent's can change.

use super::guarded;
use anyhow::Context;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A command that ran.
#[derive(Clone, Debug, PartialEq)]
pub struct Witnessed {
    /// When it began, in seconds since 1970. Older shells have no such clock.
    pub at: Option<f64>,
    /// The session that the plugin named; only the guard is told of it.
    pub session: Option<String>,
    pub command: String,
}

/// Below OpenCode's home; the guard's policy lets OpenCode write it, and nobody else.
pub(super) fn folder(home: &Path) -> PathBuf {
    home.join("witness")
}

fn log(home: &Path) -> PathBuf {
    folder(home).join("ran")
}

/// Stands where the shell would. What cannot be written down is not run.
const SCRIPT: &str = r#"#!@BASH@ -p
command=$*
[[ ${1-} != -c ]] || command=$2
printf '%s\0' "${EPOCHREALTIME-}" "${GUARD_SESSION-}" "$command" >> '@LOG@' || exit 126
exec -a bash '@SHELL@' "$@"
"#;

/// Puts it into the home; returns what OpenCode's `shell` is to be. The guard is only believed where its own folder is.
pub(super) fn install(home: &Path, is_guarded: bool) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(folder(home))?;
    let bash = guarded::real("bash")?;
    let (place, becomes) = match is_guarded {
        true => (guarded::folder(home), guarded::folder(home).join("guard")),
        false => (folder(home), bash.clone()),
    };
    let shell = place.join("bash");
    let named = |path: &Path| path.to_str().map(str::to_owned).context("a path with bytes that are not text");
    let script = SCRIPT.replace("@BASH@", &named(&bash)?).replace("@LOG@", &named(&log(home))?);
    let script = script.replace("@SHELL@", &named(&becomes)?);
    // The name of the guard may stand there already.
    let _ = std::fs::remove_file(&shell);
    std::fs::write(&shell, script)?;
    std::fs::set_permissions(&shell, PermissionsExt::from_mode(0o755))?;
    Ok(shell)
}

/// All that ran so far.
pub(super) fn read(home: &Path) -> anyhow::Result<Vec<Witnessed>> {
    let text = match std::fs::read(log(home)) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    anyhow::ensure!(fields.len().is_multiple_of(3), "a record of the shell is torn");
    Ok(fields.chunks_exact(3).map(witnessed).collect())
}

fn witnessed(record: &[&str]) -> Witnessed {
    Witnessed {
        // The mark before the fraction is that of the language.
        at: record[0].replace(',', ".").parse().ok(),
        session: Some(record[1].to_owned()).filter(|session| !session.is_empty()),
        command: record[2].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{install, read};
    use std::process::Command;

    #[test]
    fn what_runs_is_written_down_word_for_word_and_runs() {
        // REQ-GATE-01
        let home = tempfile::tempdir().unwrap();
        let shell = install(home.path(), false).unwrap();
        assert!(read(home.path()).unwrap().is_empty());
        for command in ["echo 'a  b'\necho $0", "exit 7"] {
            let output = Command::new(&shell).args(["-c", command]).env("GUARD_SESSION", "ses_1").output();
            let output = output.unwrap();
            let told = (String::from_utf8(output.stdout).unwrap(), output.status.code());
            let expected = if command.starts_with("echo") { ("a  b\nbash\n", 0) } else { ("", 7) };
            assert_eq!((told.0.as_str(), told.1), (expected.0, Some(expected.1)));
        }
        let ran = read(home.path()).unwrap();
        let commands: Vec<_> = ran.iter().map(|one| one.command.as_str()).collect();
        assert_eq!(commands, ["echo 'a  b'\necho $0", "exit 7"]);
        assert!(ran.iter().all(|one| one.session.as_deref() == Some("ses_1")), "{ran:?}");
    }
}
