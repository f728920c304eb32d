//! The logs of several processes in one place, each line with the name of the one that wrote it.

use crate::wait;
use std::fs::File;
use std::future::ready;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a log is looked at: soon enough for a person who watches.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A pause in the logs that lets what is said stay the last thing for a while, and how long it is waited for.
const QUIET: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Follows log files. Ends with the last look when dropped through [`Logs::end`].
#[derive(Default)]
pub struct Logs {
    followed: Mutex<Vec<Followed>>,
}

struct Followed {
    name: &'static str,
    path: PathBuf,
    file: Option<File>,
    /// The beginning of a line that is not whole yet.
    rest: Vec<u8>,
}

impl Logs {
    pub fn follow(&self, name: &'static str, path: PathBuf) {
        let followed = Followed { name, path, file: None, rest: vec![] };
        self.all().push(followed);
    }

    /// Prints what is written, for as long as it is awaited.
    pub async fn print(&self) {
        loop {
            self.look();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Prints until nothing more is written for a moment, so that what is said next stays the last thing on the screen.
    pub async fn until_quiet(&self) {
        let mut since = Instant::now();
        let quiet = || {
            if self.look() {
                since = Instant::now();
            }
            ready(since.elapsed() >= QUIET)
        };
        // Who writes all the time is not waited for.
        let _ =
            wait::within(LONGEST_WAIT).looking_every(LOOK_EVERY).until("a pause in the logs", quiet).await;
    }

    /// Prints what was written since the last look. False when there was nothing.
    pub fn look(&self) -> bool {
        let (mut out, mut any) = (std::io::stdout().lock(), false);
        for followed in self.all().iter_mut() {
            for line in followed.new_lines() {
                any = true;
                // Nobody may be reading any more.
                let _ = writeln!(out, "{:<8} | {line}", followed.name);
            }
        }
        any
    }

    /// A line of the supervisor's own.
    pub fn say(&self, line: &str) {
        self.look();
        let _ = writeln!(std::io::stdout().lock(), "{:<8} | {line}", "run");
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    fn new_lines(&mut self) -> Vec<String> {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else { return vec![] };
        // A log that cannot be read now is read at the next look.
        let _ = file.read_to_end(&mut self.rest);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return vec![] };
        let rest = self.rest.split_off(end + 1);
        let whole = std::mem::replace(&mut self.rest, rest);
        String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_said_comes_after_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        std::fs::write(&path, "a line\n").unwrap();
        let logs = Logs::default();
        logs.follow("a", path);
        logs.until_quiet().await;
        assert!(!logs.look(), "all of it is printed");
    }

    #[test]
    fn only_whole_lines_are_told_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let mut followed = Followed { name: "a", path: path.clone(), file: None, rest: vec![] };
        assert!(followed.new_lines().is_empty(), "there is no file yet");
        let mut log = File::create(&path).unwrap();
        write!(log, "one\ntw").unwrap();
        assert_eq!(followed.new_lines(), ["one"]);
        write!(log, "o\nthree\n").unwrap();
        assert_eq!(followed.new_lines(), ["two", "three"]);
        assert!(followed.new_lines().is_empty());
    }
}
