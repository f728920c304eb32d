//! Asks a keeper to run a command, waits for it, and ends as it did.

use super::broker::VARIABLE;
use super::wire::{self, Answer};
use crate::exec::Order;
use crate::place::Place;
use crate::refusal::Refusal;
use rustix::fd::AsFd;
use rustix::net::sockopt::socket_peercred;
use rustix::process::{Pid, Signal, getpid, getuid, kill_process};
use std::io::{self, IsTerminal};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::ExitCode;
use std::time::Duration;

/// For a keeper to say that it is ready; the first one of a session closes ports before it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// How shells tell that a signal ended a program.
const KILLED: u8 = 128;

const NOBODY_ANSWERED: &str = "guard: the process that runs this session's commands ended, and nobody knows how far this \
     one came. The next command gets a new one.";

/// Nothing when there is no keeper for it: then the command runs in a domain of its own. A terminal stays with the
/// process that OpenCode gave it to.
pub(crate) fn keeper(place: &Place, order: &Order) -> Result<Option<ExitCode>, Refusal> {
    if io::stdin().is_terminal() || io::stdout().is_terminal() {
        return Ok(None);
    }
    let Some(broker) = reach() else { return Ok(None) };
    match given(&broker, place, order) {
        Ok(Answer::Ready) => {
            ended(heard(&broker).unwrap_or(Answer::Refused(NOBODY_ANSWERED.to_owned()))).map(Some)
        }
        Ok(answer) => ended(answer).map(Some),
        // Half an order is not run.
        Err(_) => Ok(None),
    }
}

fn reach() -> Option<UnixStream> {
    let told = std::env::var(VARIABLE).ok()?;
    let (pid, name) = told.split_once(':')?;
    let maker = Pid::from_raw(pid.parse().ok()?)?;
    let broker = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name).ok()?).ok()?;
    let peer = socket_peercred(&broker).ok()?;
    (peer.pid == maker && peer.uid == getuid()).then_some(broker)
}

/// The order goes out once a keeper waits for it. A session's own commands may have stopped theirs.
fn given(broker: &UnixStream, place: &Place, order: &Order) -> io::Result<Answer> {
    broker.set_read_timeout(Some(PATIENCE))?;
    wire::send(broker, &serde_json::to_vec(place)?, &[])?;
    let answer = heard(broker).ok_or(io::ErrorKind::UnexpectedEof)?;
    broker.set_read_timeout(None)?;
    if answer == Answer::Ready {
        let (input, output, error) = (io::stdin(), io::stdout(), io::stderr());
        wire::send(broker, &wire::encode(order), &[input.as_fd(), output.as_fd(), error.as_fd()])?;
    }
    Ok(answer)
}

fn heard(broker: &UnixStream) -> Option<Answer> {
    wire::receive(broker).ok().flatten().and_then(|(body, _)| Answer::decode(&body))
}

fn ended(answer: Answer) -> Result<ExitCode, Refusal> {
    match answer {
        Answer::Ended(code) => Ok(ExitCode::from(code)),
        Answer::Killed(signal) => Ok(killed(signal)),
        Answer::Ready => Err(Refusal::told(NOBODY_ANSWERED)),
        Answer::Refused(why) => Err(Refusal::told(why)),
    }
}

/// By the same signal, so that whoever waits for this process reads the same.
fn killed(signal: i32) -> ExitCode {
    if let Some(signal) = Signal::from_named_raw(signal) {
        // Where the signal is ignored, the code below says it.
        let _ = kill_process(getpid(), signal);
    }
    ExitCode::from(u8::try_from(signal).map_or(u8::MAX, |signal| KILLED.saturating_add(signal)))
}
