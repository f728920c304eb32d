//! `gateway doctor`: the machine's volume, git identity and clock.

use super::doctor::{Finding, Level};
use crate::clock::system;
use crate::store::Author;
use jiff::{Timestamp, ToSpan};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

/// Below this the journal may fill what is left within a day.
const LITTLE_ROOM: u64 = 1 << 30;
/// Below this nothing more is promised soon.
const NO_ROOM: u64 = 64 << 20;
/// A signature of Slack's counts for five minutes; people notice a clock that is off much sooner.
const SKEW_SECONDS: u64 = 5;

pub(super) fn look(state: &Path, findings: &mut Vec<Finding>) {
    volume(state, findings);
    room(state, findings);
    git_identity(findings);
    clock(state, findings);
}

fn volume(folder: &Path, findings: &mut Vec<Finding>) {
    let mut add = |level, says: String| findings.push(Finding { check: "state directory", level, says });
    let at = folder.display();
    match try_out(folder) {
        Ok(()) => add(Level::Ok, format!("{at} is writable and supports rename and locks")),
        Err(Trouble { doing, error }) => add(
            Level::Fault,
            format!(
                "{at}: could not {doing} ({error}); check that the volume is mounted, writable and supports locks"
            ),
        ),
    }
}

fn room(folder: &Path, findings: &mut Vec<Finding>) {
    let mut add = |level, says: String| findings.push(Finding { check: "free space", level, says });
    let at = folder.display();
    let Ok(free) = rustix::fs::statvfs(folder).map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize)) else {
        return;
    };
    let mebibytes = free >> 20;
    match free {
        _ if free < NO_ROOM => add(
            Level::Fault,
            format!("{at} has {mebibytes} MiB free: free up space or changes will soon be refused"),
        ),
        _ if free < LITTLE_ROOM => {
            add(Level::Warning, format!("{at} has {mebibytes} MiB free: free up space"))
        }
        _ => add(Level::Ok, format!("{at} has {mebibytes} MiB free")),
    }
}

struct Trouble {
    doing: &'static str,
    error: io::Error,
}

fn doing(doing: &'static str) -> impl FnOnce(io::Error) -> Trouble {
    move |error| Trouble { doing, error }
}

/// Does in small what the store does: writes, syncs, renames, locks. On files of its own, beside a running gateway.
fn try_out(folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(doing("create the directory"))?;
    let name = format!(".doctor-{}", std::process::id());
    let (first, second) = (folder.join(&name), folder.join(format!("{name}-renamed")));
    let tried = try_files(&first, &second);
    // What is left over is small, and the next look names it again.
    let _ = (fs::remove_file(&first), fs::remove_file(&second));
    tried
}

fn try_files(first: &Path, second: &Path) -> Result<(), Trouble> {
    let mut file = File::create(first).map_err(doing("write a file"))?;
    file.write_all(b"doctor\n").and_then(|()| file.sync_all()).map_err(doing("sync a file"))?;
    fs::rename(first, second).map_err(doing("rename a file"))?;
    let (holder, other) = (open(second)?, open(second)?);
    holder.lock().map_err(doing("lock a file"))?;
    match other.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(()),
        Ok(()) => Err(Trouble {
            doing: "rely on locks",
            error: io::Error::other("two processes can hold the same lock"),
        }),
        Err(TryLockError::Error(error)) => Err(Trouble { doing: "lock a file", error }),
    }
}

fn open(path: &Path) -> Result<File, Trouble> {
    File::options().read(true).write(true).open(path).map_err(doing("open a file"))
}

fn git_identity(findings: &mut Vec<Finding>) {
    let Author { name, email } = Author::default();
    let mut says = format!("commits of the state are by {name} <{email}>");
    let own = git2::Config::open_default().and_then(|mut config| config.snapshot());
    let set = |key| {
        own.as_ref().ok().and_then(|config| config.get_string(key).ok()).filter(|text| !text.is_empty())
    };
    let level = match (set("user.name"), set("user.email")) {
        (Some(name), Some(email)) => {
            says = format!("{says}, others by {name} <{email}>");
            Level::Ok
        }
        _ => {
            says = format!(
                "{says}; no git identity is set, so commits in workspaces will fail until you run \
                 `git config --global user.name …` and `user.email …`"
            );
            Level::Warning
        }
    };
    findings.push(Finding { check: "git identity", level, says });
}

/// The volume's server writes times of its own, and a year that cannot be is seen at once.
fn clock(folder: &Path, findings: &mut Vec<Finding>) {
    let mut add = |level, says: String| findings.push(Finding { check: "clock", level, says });
    let clock = system().now();
    let now = clock.strftime("%Y-%m-%d %H:%M:%S UTC");
    if clock < built() {
        return add(Level::Fault, format!("{now} is in the past; set the clock (NTP)"));
    }
    let Some(skew) = skew(folder) else { return add(Level::Ok, now.to_string()) };
    if skew > SKEW_SECONDS {
        add(Level::Warning, format!("{skew} s apart from the volume's clock; set both clocks (NTP)"));
    } else {
        add(Level::Ok, format!("{now}, in sync with the volume"));
    }
}

/// No gateway of this version ran before.
fn built() -> Timestamp {
    Timestamp::UNIX_EPOCH + (i64::from(2026 - 1970) * 365 * 24).hours()
}

fn skew(folder: &Path) -> Option<u64> {
    let probe = folder.join(format!(".doctor-{}-clock", std::process::id()));
    let there = fs::write(&probe, b"").and_then(|()| fs::metadata(&probe)?.modified());
    let _ = fs::remove_file(&probe);
    let (there, here) = (there.ok()?, SystemTime::from(system().now()));
    Some(here.duration_since(there).unwrap_or_else(|error| error.duration()).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(findings: &[Finding], check: &str) -> Vec<Level> {
        findings.iter().filter(|finding| finding.check == check).map(|finding| finding.level).collect()
    }

    #[test]
    fn a_sound_volume_is_left_as_it_was() {
        // REQ-OPS-04
        let folder = tempfile::tempdir().unwrap();
        let mut findings = vec![];
        volume(folder.path(), &mut findings);
        clock(folder.path(), &mut findings);
        assert_eq!(levels(&findings, "state directory"), [Level::Ok], "{findings:?}");
        let told = &findings.iter().find(|finding| finding.check == "clock").unwrap().says;
        let time = told.split(" UTC").next().unwrap();
        assert_eq!((time.len(), told.contains('.')), (19, false), "B39, readable: {told}");
        assert_eq!(levels(&findings, "clock"), [Level::Ok], "{findings:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_is_a_fault_with_a_remedy() {
        // REQ-OPS-04
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut findings = vec![];
        volume(&file.path().join("state"), &mut findings);
        assert_eq!(findings[0].level, Level::Fault);
        assert!(findings[0].says.contains("check that the volume is mounted"), "{findings:?}");
    }
}
