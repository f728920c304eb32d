//! Brings each command to the keeper of its place, and starts that keeper when there is none.

use super::{FROM_ABI, standard_input, wire};
use crate::kernel;
use crate::refusal::Refusal;
use rustix::fd::{AsFd, OwnedFd};
use rustix::net::sockopt::socket_peercred;
use rustix::process::{Signal, getppid, getuid, set_parent_process_death_signal};
use rustix::rand::{GetRandomFlags, getrandom};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

/// Who made the broker's socket, and what it is called: `PID:NAME`.
pub(crate) const VARIABLE: &str = "GUARD_KEEPERS";

/// Sessions at work in one pod; the one that was longest without a command gives way.
const MOST_KEEPERS: usize = 64;

/// Who asks says at once for which place.
const PATIENCE: Duration = Duration::from_secs(1);

/// Starts the broker beside the process that becomes OpenCode, and says where it is. The socket is made by that process
/// itself: it outlives everybody who asks, and the kernel tells everybody who made it.
pub(crate) fn start() -> Result<Option<(OsString, OsString)>, Refusal> {
    if kernel::landlock_abi() < FROM_ABI {
        return Ok(None);
    }
    let started = listen().and_then(|(name, listener)| {
        guard(&["keepers".as_ref(), std::process::id().to_string().as_ref()], OwnedFd::from(listener))?;
        Ok(name)
    });
    let name =
        started.map_err(|error| Refusal::new(error, "the keepers", "Check that processes can be started"))?;
    Ok(Some((VARIABLE.into(), format!("{}:{name}", std::process::id()).into())))
}

fn listen() -> io::Result<(String, UnixListener)> {
    let mut random = [0_u8; 16];
    getrandom(&mut random, GetRandomFlags::empty())?;
    let name = format!("guard-{:032x}", u128::from_le_bytes(random));
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    Ok((name, listener))
}

/// This program again, with a socket as its standard input.
fn guard(arguments: &[&OsStr], socket: OwnedFd) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg0("guard").args(arguments).stdin(socket).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Until OpenCode ends.
pub(crate) fn serve(opencode: &OsStr) -> Result<ExitCode, Refusal> {
    let bound = set_parent_process_death_signal(Some(Signal::KILL));
    bound.map_err(|error| Refusal::new(error, "the keepers", "Start OpenCode again"))?;
    // It may have ended before that.
    if getppid().is_none_or(|parent| opencode.to_str() != Some(&parent.to_string())) {
        return Ok(ExitCode::SUCCESS);
    }
    let listener = UnixListener::from(standard_input()?);
    let mut keepers = Keepers::default();
    for caller in listener.incoming().flatten() {
        // Who cannot be served is let go, and runs its command in a domain of its own.
        let _ = keepers.hand_over(&caller);
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Default)]
struct Keepers {
    by_place: HashMap<Vec<u8>, Keeper>,
    /// They end once their commands have.
    let_go: Vec<Child>,
    served: u64,
}

struct Keeper {
    socket: UnixStream,
    process: Child,
    /// The number of the command that was last brought.
    last: u64,
}

impl Keepers {
    fn hand_over(&mut self, caller: &UnixStream) -> io::Result<()> {
        if socket_peercred(caller)?.uid != getuid() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        caller.set_read_timeout(Some(PATIENCE))?;
        let Some((place, _)) = wire::receive(caller)? else { return Ok(()) };
        self.served += 1;
        self.let_go.retain_mut(|process| matches!(process.try_wait(), Ok(None)));
        self.forget_dead(&place);
        let keeper = self.of(place)?;
        wire::send(&keeper.socket, &[], &[caller.as_fd()])
    }

    fn forget_dead(&mut self, place: &[u8]) {
        let ended = |keeper: &mut Keeper| !matches!(keeper.process.try_wait(), Ok(None));
        if self.by_place.get_mut(place).is_some_and(ended) {
            self.by_place.remove(place);
        }
    }

    fn of(&mut self, place: Vec<u8>) -> io::Result<&Keeper> {
        if !self.by_place.contains_key(&place) && self.by_place.len() >= MOST_KEEPERS {
            self.let_one_go();
        }
        let keeper = match self.by_place.entry(place) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let made = Keeper::start(new.key())?;
                new.insert(made)
            }
        };
        keeper.last = self.served;
        Ok(keeper)
    }

    fn let_one_go(&mut self) {
        let oldest =
            self.by_place.iter().min_by_key(|(_, keeper)| keeper.last).map(|(place, _)| place.clone());
        if let Some(keeper) = oldest.and_then(|place| self.by_place.remove(&place)) {
            self.let_go.push(keeper.process);
        }
    }
}

impl Keeper {
    fn start(place: &[u8]) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let process = guard(&["keeper".as_ref(), OsStr::from_bytes(place)], theirs.into())?;
        Ok(Self { socket, process, last: 0 })
    }
}
