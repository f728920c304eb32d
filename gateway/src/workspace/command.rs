//! Runs a program: without a shell, in a process group of its own, for a limited time, its output told line by line.

use crate::sessions::ports::WorkspaceFault;
use gateway_domain::mask;
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

/// Longest line that is told; a program that prints garbage may never end one.
const MAX_LINE: usize = 400;

/// Lines that are told of one run; the others are counted.
const MAX_LINES: usize = 200;

/// Output that may remain after the program ended, because a grandchild still holds the pipe.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// All that a program gets of the gateway's environment, in which its secrets are: where programs, its own files and
/// scratch space are, its language, and the way to the network.
const HANDED_ON: [&str; 22] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TERM",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "XDG_CONFIG_HOME",
];

pub(super) struct Run<'a> {
    /// For people: `task builder:init`.
    pub(super) what: &'a str,
    pub(super) program: &'a str,
    pub(super) args: Vec<String>,
    pub(super) directory: &'a Path,
    pub(super) environment: Vec<(&'static str, String)>,
    /// Names of further variables that the operator lets it have.
    pub(super) passed_on: &'a [String],
    pub(super) timeout: Duration,
}

/// How it ended, and the last lines that it printed.
pub(crate) struct CommandEnd {
    pub(crate) status: ExitStatus,
    pub(crate) tail: Vec<String>,
}

impl Run<'_> {
    /// The group is killed when time is over, and also when nobody waits for it any more.
    pub(super) async fn go(
        self,
        tell: &(dyn Fn(String) + Send + Sync),
    ) -> Result<CommandEnd, WorkspaceFault> {
        let mut command = Command::new(self.program);
        command.args(&self.args).current_dir(self.directory).process_group(0).stdin(Stdio::null());
        let known = HANDED_ON.into_iter().chain(self.passed_on.iter().map(String::as_str));
        let known = known.filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.env_clear().envs(known).envs(self.environment);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            WorkspaceFault::CommandFailed(format!("{} could not be started: {error}.", self.program))
        })?;
        let group = Group::of(&child);
        let mut told = OutputTail { tell, count: 0, tail: vec![] };
        let ended = tokio::time::timeout(self.timeout, watch(&mut child, &mut told)).await;
        drop(group);
        told.close();
        match ended {
            Ok(Ok(status)) => Ok(CommandEnd { status, tail: told.tail }),
            Ok(Err(error)) => {
                Err(WorkspaceFault::CommandFailed(format!("{} was interrupted: {error}.", self.what)))
            }
            Err(_) => {
                // It is dead; this only takes it off the list of processes.
                let _ = child.wait().await;
                Err(WorkspaceFault::TimedOut { what: self.what.to_owned(), after: self.timeout })
            }
        }
    }
}

/// Both streams until the program ends; what it printed last is read too.
async fn watch(child: &mut Child, told: &mut OutputTail<'_>) -> std::io::Result<ExitStatus> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (mut out, mut err) = (out.map(Lines::new), err.map(Lines::new));
    let status = loop {
        tokio::select! {
            line = next(&mut out) => told.line(line),
            line = next(&mut err) => told.line(line),
            status = child.wait() => break status?,
        }
    };
    let rest = async {
        while out.is_some() || err.is_some() {
            tokio::select! {
                line = next(&mut out) => told.line(line),
                line = next(&mut err) => told.line(line),
            }
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, rest).await;
    Ok(status)
}

/// A stream that ended is pending for ever.
async fn next<R: AsyncRead + Unpin>(lines: &mut Option<Lines<R>>) -> Option<String> {
    let line = match lines {
        Some(open) => open.next().await,
        None => std::future::pending().await,
    };
    if line.is_none() {
        *lines = None;
    }
    line
}

/// Lines of bytes that may be anything, cut at a length.
struct Lines<R> {
    from: BufReader<R>,
    line: Vec<u8>,
    any: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(from: R) -> Self {
        Self { from: BufReader::new(from), line: vec![], any: false }
    }

    /// Safe to drop in between: what was read stays in `line`.
    async fn next(&mut self) -> Option<String> {
        loop {
            let piece = self.from.fill_buf().await.unwrap_or_default();
            if piece.is_empty() {
                return std::mem::take(&mut self.any).then(|| self.take());
            }
            self.any = true;
            let end = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (text, used) = (&piece[..end.unwrap_or(piece.len())], end.map_or(piece.len(), |end| end + 1));
            let room = (MAX_LINE * 4).saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            self.from.consume(used);
            if end.is_some() {
                self.any = false;
                return Some(self.take());
            }
        }
    }

    /// Without colours and other signs for a terminal.
    fn take(&mut self) -> String {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let (mut plain, mut signs) = (String::new(), text.chars());
        while let Some(sign) = signs.next() {
            match sign {
                '\u{1b}' => drop(signs.by_ref().find(char::is_ascii_alphabetic)),
                '\t' => plain.push(' '),
                control if control.is_control() => {}
                other => plain.push(other),
            }
        }
        let masked = mask(plain.trim());
        masked.chars().take(MAX_LINE).collect()
    }
}

struct OutputTail<'a> {
    tell: &'a (dyn Fn(String) + Send + Sync),
    count: usize,
    tail: Vec<String>,
}

/// Lines that are kept to say why a program failed.
const TAIL: usize = 5;

impl OutputTail<'_> {
    fn line(&mut self, line: Option<String>) {
        let Some(line) = line.filter(|line| !line.is_empty()) else { return };
        self.count += 1;
        if self.count <= MAX_LINES {
            (self.tell)(line.clone());
        }
        self.tail.push(line);
        if self.tail.len() > TAIL {
            self.tail.remove(0);
        }
    }

    fn close(&self) {
        if let Some(more) = self.count.checked_sub(MAX_LINES).filter(|more| *more > 0) {
            (self.tell)(format!("… and {more} more lines."));
        }
    }
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
