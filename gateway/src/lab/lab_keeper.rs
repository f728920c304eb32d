//! `gateway lab-keeper`: stands between the gateway and what runs in a lab, so that all of it ends with the gateway, however
//! that ends. It runs the command, becomes the parent of whatever the command leaves behind, and ends all of it when its
//! input is closed: the gateway holds the other end, and a kernel closes that even after a `kill -9`. It also ends all of it when that
//! uses more than it may: nothing else on this machine bounds a lab.

use super::lab_census::{Excess, LOOKS_EVERY, LabLimits, excess};
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, set_child_subreaper, wait,
};
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// Something is left that does not end.
pub(super) const NOT_ALL_ENDED: u8 = 125;

/// The program could not be started.
pub(super) const NOT_STARTED: u8 = 127;

/// Rounds of ending what is there; whatever forks meanwhile is found in the next.
const ROUNDS: usize = 200;
const BETWEEN_ROUNDS: Duration = Duration::from_millis(20);

/// How shells tell that a signal ended a program.
const KILLED: i32 = 128;

/// By which signal a keeper dies that ended its lab for using too much. No exit code says it: an app can end with any.
pub(super) const TOO_MANY_PROCESSES: Signal = Signal::USR1;
pub(super) const TOO_MUCH_MEMORY: Signal = Signal::USR2;

/// Where there is not enough memory for all, the kernel ends labs before the gateway. Anybody may raise this, up to 1,000.
const FIRST_TO_GO: &str = "500";

/// What was too much, if anything was: whichever thread comes to the end first tells it.
static EXCESS: AtomicU8 = AtomicU8::new(0);

/// Runs until the command has ended, nobody wants it any more, or it uses too much.
pub fn keep(words: &[OsString], limits: LabLimits) -> ExitCode {
    let Some((program, arguments)) = words.split_first() else { return ExitCode::from(NOT_STARTED) };
    // Without this what the command leaves behind would be nobody's.
    if set_child_subreaper(Some(getpid())).is_err() {
        return ExitCode::from(NOT_STARTED);
    }
    // It may be closed to this user, and then the kernel chooses by itself.
    let _ = std::fs::write("/proc/self/oom_score_adj", FIRST_TO_GO);
    let spawned = Command::new(program).args(arguments).stdin(Stdio::null()).process_group(0).spawn();
    let child = match spawned {
        Ok(child) => child,
        Err(error) => {
            use std::io::Write;
            // The gateway reads it as the lab's log.
            let _ = writeln!(std::io::stderr(), "{} can't be started: {error}", program.display());
            return ExitCode::from(NOT_STARTED);
        }
    };
    let main = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    std::thread::spawn(until_unwanted);
    std::thread::spawn(move || until_too_much(limits));
    let code = main.map_or(NOT_STARTED, ended);
    ExitCode::from(farewell(code))
}

/// Nothing is left below; or this says what is.
fn farewell(code: u8) -> u8 {
    if !end_all() {
        return NOT_ALL_ENDED;
    }
    for signal in [TOO_MANY_PROCESSES, TOO_MUCH_MEMORY] {
        if i32::from(EXCESS.load(Ordering::SeqCst)) == signal.as_raw() {
            let _ = kill_process(getpid(), signal);
        }
    }
    code
}

/// Looks as long as this process lives.
fn until_too_much(limits: LabLimits) {
    let me = getpid().as_raw_nonzero().get();
    let signal = loop {
        std::thread::sleep(LOOKS_EVERY);
        match excess(me, limits) {
            None => {}
            Some(Excess::Processes) => break TOO_MANY_PROCESSES,
            Some(Excess::Memory) => break TOO_MUCH_MEMORY,
        }
    };
    EXCESS.store(u8::try_from(signal.as_raw()).unwrap_or_default(), Ordering::SeqCst);
    std::process::exit(farewell(0).into());
}

/// Whoever asked for the lab closed its end, or died.
fn until_unwanted() {
    let mut nothing = [0; 64];
    while matches!(std::io::stdin().read(&mut nothing), Ok(1..)) {}
    let code = if end_all() { 0 } else { NOT_ALL_ENDED };
    std::process::exit(code.into());
}

/// Collects all that end, until the command itself did.
fn ended(main: Pid) -> u8 {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == main => return code(status),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return NOT_STARTED,
        }
    }
}

fn code(status: WaitStatus) -> u8 {
    let signal = status.terminating_signal().map(|signal| KILLED + signal);
    signal.or(status.exit_status()).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Ends what is below this process. First all of it is stopped, so that nothing forks faster than it is ended. Says whether
/// nothing is left.
fn end_all() -> bool {
    for _ in 0..ROUNDS {
        let all = below_me();
        if all.is_empty() {
            return true;
        }
        for signal in [Signal::STOP, Signal::KILL] {
            for pid in &all {
                let _ = kill_process(*pid, signal);
            }
        }
        while matches!(wait(WaitOptions::NOHANG), Ok(Some(_))) {}
        std::thread::sleep(BETWEEN_ROUNDS);
    }
    false
}

/// All descendants that are no corpses, by the parents that the kernel tells.
fn below_me() -> Vec<Pid> {
    let processes: Vec<(i32, i32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect();
    let (mut below, mut at) = (vec![getpid().as_raw_nonzero().get()], 0);
    while let Some(parent) = below.get(at).copied() {
        below.extend(processes.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    below.into_iter().skip(1).filter_map(Pid::from_raw).collect()
}

/// None of one that has ended already.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which may hold anything, in brackets.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z").then(|| fields.next()?.parse().ok()).flatten()
}
