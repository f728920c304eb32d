//! One process for each session holds its domain and runs its commands in it, so that a command sees, and can end, what
//! an earlier one left running. Commands in domains of their own could not.
//!
//! `guard opencode` starts a [`broker`] inside the outer domain. A guarded shell that starts there [`ask`]s it, and hands
//! its standard descriptors over. The broker's socket is an abstract one: the kernel keeps every domain below the
//! outer one away from it, so an agent cannot order anything for another session. Nor can it stand in for the broker:
//! whoever asks looks whether the socket was made by the process that is OpenCode now.

pub(crate) mod ask;
pub(crate) mod broker;
mod wire;

use crate::domain;
use crate::exec::Order;
use crate::place::Place;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::start::confine;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::retry_on_intr;
use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, set_dumpable_behavior, setsid,
};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitCode, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, Scope};
use std::time::Duration;
use wire::{Answer, STANDARD};

/// From this version of Landlock on abstract sockets are kept within a domain. Before it there are no keepers.
pub(crate) const FROM_ABI: i32 = 6;

/// Commands of one session at the same time. OpenCode runs some ten; more are a mistake or an attack.
const MOST_COMMANDS: usize = 64;

/// Who asks sends the order at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between asking a command to end and ending it.
const GRACE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Serves the broker at standard input until that has gone.
pub(crate) fn serve(policy: &Policy, described: &OsStr) -> Result<ExitCode, Refusal> {
    let broker = UnixStream::from(standard_input()?);
    let entered = enter(policy, described);
    let running = AtomicUsize::new(0);
    std::thread::scope(|commands| {
        while let Ok(Some((_, callers))) = wire::receive(&broker) {
            for caller in callers.into_iter().map(UnixStream::from) {
                match room(&entered, &running) {
                    Ok(()) => begin(commands, caller, &running),
                    Err(refusal) => tell(&caller, &Answer::Refused(refusal)),
                }
            }
        }
    });
    Ok(ExitCode::SUCCESS)
}

fn begin<'scope>(commands: &'scope Scope<'scope, '_>, caller: UnixStream, running: &'scope AtomicUsize) {
    running.fetch_add(1, Ordering::SeqCst);
    let started = Builder::new().spawn_scoped(commands, move || {
        attend(&caller);
        running.fetch_sub(1, Ordering::SeqCst);
    });
    // Without a thread the caller is let go, and runs its command in a domain of its own.
    if started.is_err() {
        running.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(super) fn standard_input() -> Result<OwnedFd, Refusal> {
    let copied = io::stdin().as_fd().try_clone_to_owned();
    copied.map_err(|error| Refusal::new(error, "standard input", "The guard itself starts its keepers"))
}

/// A session's own commands are in the same domain: without this they could look into the keeper, too.
fn enter(policy: &Policy, described: &OsStr) -> Result<(), Refusal> {
    let place: Place = serde_json::from_slice(described.as_bytes())
        .map_err(|error| Refusal::new(error, "the place", "The guard itself starts its keepers"))?;
    place.check(policy)?;
    let closed = setsid().and(set_dumpable_behavior(DumpableBehavior::NotDumpable));
    closed.map_err(|error| Refusal::new(error, "the keeper", "Start OpenCode again"))?;
    confine(domain::of_agent(policy, &place)?)
}

fn room(entered: &Result<(), Refusal>, running: &AtomicUsize) -> Result<(), String> {
    entered.as_ref().map_err(ToString::to_string)?;
    if running.load(Ordering::SeqCst) < MOST_COMMANDS {
        return Ok(());
    }
    let many = format!("{MOST_COMMANDS} commands run already");
    Err(Refusal::new(many, "this session", "Wait for one of them, or end it").to_string())
}

fn tell(caller: &UnixStream, answer: &Answer) {
    // Who has gone meanwhile needs no answer.
    let _ = wire::send(caller, &answer.encode(), &[]);
}

fn attend(caller: &UnixStream) {
    tell(caller, &Answer::Ready);
    let answer = match ordered(caller) {
        Ok(Some((order, descriptors))) => run(caller, &order, descriptors),
        // Half an order: who gave it runs the command itself, or has gone.
        Ok(None) | Err(_) => return,
    };
    tell(caller, &answer);
}

fn ordered(caller: &UnixStream) -> io::Result<Option<(Order, [OwnedFd; STANDARD])>> {
    caller.set_read_timeout(Some(PATIENCE))?;
    let Some((body, descriptors)) = wire::receive(caller)? else { return Ok(None) };
    Ok(wire::decode(&body).zip(descriptors.try_into().ok()))
}

fn run(caller: &UnixStream, order: &Order, descriptors: [OwnedFd; STANDARD]) -> Answer {
    let [input, output, error] = descriptors;
    let mut command = order.command();
    command.current_dir(&order.directory).process_group(0).stdin(input).stdout(output).stderr(error);
    let started = command.spawn();
    // The copies in here would keep its pipes open.
    drop(command);
    let ended = started.and_then(|mut child| until_ended(caller, &mut child));
    match ended {
        Ok(status) => answer(status),
        Err(error) => Answer::Refused(order.cannot_run(&error).to_string()),
    }
}

fn answer(status: ExitStatus) -> Answer {
    match (status.code().and_then(|code| u8::try_from(code).ok()), status.signal()) {
        (Some(code), _) => Answer::Ended(code),
        (None, signal) => Answer::Killed(signal.unwrap_or(Signal::KILL.as_raw())),
    }
}

/// A caller says nothing more once it ordered: what there is to read is its end, and then the command ends too.
fn until_ended(caller: &UnixStream, child: &mut Child) -> io::Result<ExitStatus> {
    let pid = Pid::from_child(child);
    let watched = pidfd_open(pid, PidfdFlags::empty())?;
    if first_of(caller, &watched)? == First::CallerLeft {
        end(pid, &watched)?;
    }
    child.wait()
}

#[derive(PartialEq, Eq)]
enum First {
    Ended,
    CallerLeft,
}

fn first_of(caller: &UnixStream, watched: &OwnedFd) -> io::Result<First> {
    let mut both = [PollFd::new(watched, PollFlags::IN), PollFd::new(caller, PollFlags::IN)];
    retry_on_intr(|| poll(&mut both, None))?;
    Ok(if both[0].revents().is_empty() { First::CallerLeft } else { First::Ended })
}

/// The whole group, as OpenCode would: first asked, then not.
fn end(pid: Pid, watched: &OwnedFd) -> io::Result<()> {
    kill_process_group(pid, Signal::TERM)?;
    let mut ending = [PollFd::new(watched, PollFlags::IN)];
    retry_on_intr(|| poll(&mut ending, Some(&GRACE)))?;
    // What has ended is still known by its id: nobody waited for it yet.
    Ok(kill_process_group(pid, Signal::KILL)?)
}
