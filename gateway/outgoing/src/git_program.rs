//! Runs the `git` program in a repository of the gateway's own: without a shell, in a clean environment, in a process group
//! of its own, for a limited time.

use crate::OutgoingFault;
use crate::git_output::{Output, kept};
use crate::remote::{Remote, SignIn};
use gateway_domain::mask_text;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::ExposeSecret;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

/// All that it gets of the gateway's environment, in which secrets are: where programs are, and the way to the network.
const HANDED_ON: [&str; 10] = [
    "PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Settings that hold whatever a configuration says: nothing runs besides git, nothing is asked, nothing is followed.
const SETTINGS: [(&str, &str); 19] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.askPass", ""),
    ("core.gitProxy", ""),
    ("core.sshCommand", "false"),
    ("credential.helper", ""),
    ("credential.interactive", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.unpackLimit", "1"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("http.followRedirects", "false"),
    ("http.emptyAuth", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
];

#[derive(Clone, Debug)]
pub struct GitProgram {
    program: PathBuf,
    timeout: Duration,
    environment: Vec<(OsString, OsString)>,
}

pub(crate) struct GitEnd {
    pub(crate) status: ExitStatus,
    /// Without the token, for us to read.
    pub(crate) out: String,
    /// Without anything that looks like a secret, for people.
    pub(crate) err: String,
}

impl GitProgram {
    /// The one that is found, with the machine's certificates and proxies.
    pub fn new(timeout: Duration) -> Self {
        let handed_on = HANDED_ON.into_iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
        Self { program: "git".into(), timeout, environment: handed_on.collect() }
    }

    /// A variable besides, such as certificates that only this forge has.
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) async fn run(
        &self,
        repository: &Path,
        remote: &Remote,
        args: &[&str],
    ) -> Result<GitEnd, OutgoingFault> {
        let sign_in = remote.sign_in();
        let mut command = self.command(repository, args);
        command.envs(settings(remote, sign_in.as_ref()));
        let failed = |error: std::io::Error| OutgoingFault::Failed(format!("Git could not be run: {error}."));
        let mut child = command.spawn().map_err(failed)?;
        drop(command);
        let group = Group::of(&child);
        let ended = tokio::time::timeout(self.timeout, watch(&mut child)).await;
        drop(group);
        match ended {
            Ok(ended) => {
                let (status, out, err) = ended.map_err(failed)?;
                let (out, err) =
                    (without_token(&out, sign_in.as_ref()), without_token(&err, sign_in.as_ref()));
                Ok(GitEnd { status, out, err: mask_text(&err) })
            }
            Err(_) => {
                // It is dead; this only takes it off the list of processes.
                let _ = child.wait().await;
                Err(OutgoingFault::TimedOut(format!(
                    "The repository's server didn't finish within {} seconds.",
                    self.timeout.as_secs()
                )))
            }
        }
    }

    fn command(&self, repository: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(repository).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        // The folder is named, not looked for, and nobody else's settings count.
        command.env("GIT_DIR", repository).env("HOME", repository);
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C"),
        ] {
            command.env(name, value);
        }
        command
    }
}

/// All in the environment: arguments are for everybody on the machine to read.
fn settings(remote: &Remote, sign_in: Option<&SignIn>) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        SETTINGS.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    all.push(("protocol.allow".into(), "never".into()));
    all.push((format!("protocol.{}.allow", remote.protocol()), "always".into()));
    all.extend(sign_in.map(|sign_in| (sign_in.key.clone(), sign_in.header.expose_secret().to_owned())));
    let number = ("GIT_CONFIG_COUNT".to_owned(), all.len().to_string());
    let numbered = all.into_iter().enumerate().flat_map(|(n, (key, value))| {
        [(format!("GIT_CONFIG_KEY_{n}"), key), (format!("GIT_CONFIG_VALUE_{n}"), value)]
    });
    numbered.chain([number]).collect()
}

async fn watch(child: &mut Child) -> std::io::Result<(ExitStatus, Output, Output)> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err, status) = tokio::join!(kept(out), kept(err), child.wait());
    Ok((status?, out, err))
}

fn without_token(output: &Output, sign_in: Option<&SignIn>) -> String {
    let text = output.text();
    sign_in.map_or_else(|| text.clone(), |sign_in| sign_in.hidden_in(&text))
}

/// The program and whatever it started. Killed when this is dropped, however that comes.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // All of it may have ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
