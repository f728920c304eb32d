//! A Landlock domain: what may be read and written, whom signals reach, which ports are closed. Whoever entered one
//! never leaves it, and everything that it starts is in it too.

use crate::around::{Entry, beside, hold};
use crate::kernel;
use crate::place::Place;
use crate::policy::{OpenCode, Policy};
use crate::refusal::Refusal;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, RestrictionStatus, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::io;
use std::path::{Path, PathBuf};

/// The newest one that these rules were written for; on an older kernel less of it holds, and the report says what.
const KNOWN: ABI = ABI::V9;

/// Disks and memory are no business of an agent's, even where its user is root.
const DEVICES: &str = "/dev";
const HARMLESS_DEVICES: [&str; 10] =
    ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue"];

/// The domain of one session's commands.
pub(crate) fn of_agent(policy: &Policy, place: &Place) -> Result<Domain, Refusal> {
    let agent = &policy.agent;
    let also = agent.also.get(&place.role).into_iter().flatten();
    let writable =
        place.worktree.iter().chain([&agent.home, &place.temporary]).chain(&agent.read_write).chain(also);
    Domain::made(&agent.denied, &writable.collect::<Vec<_>>(), &agent.denied_ports, policy.minimum_abi)
}

/// The outer one. All ports are open in it: the plugin talks to the gateway and to OpenCode itself.
pub(crate) fn of_opencode(policy: &Policy, outer: &OpenCode) -> Result<Domain, Refusal> {
    let agent = &policy.agent;
    let writable = outer
        .read_write
        .iter()
        .chain(&agent.work_roots)
        .chain(&agent.worktrees)
        .chain([&agent.home, &agent.temporary]);
    let writable: Vec<_> = writable.chain(&agent.read_write).collect();
    Domain::made(&outer.denied, &writable, &[], policy.minimum_abi)
}

pub(crate) fn too_old(abi: i32, least: i32) -> Refusal {
    Refusal::new(
        format!("Landlock is of version {abi}, and the policy wants {least}"),
        "the kernel",
        "Run agents on a newer kernel with landlock among its security modules (/sys/kernel/security/lsm)",
    )
}

pub(crate) struct Domain(RulesetCreated);

impl Domain {
    fn made(denied: &[PathBuf], writable: &[&PathBuf], ports: &[u16], least: i32) -> Result<Self, Refusal> {
        let abi = kernel::landlock_abi();
        if abi < least {
            return Err(too_old(abi, least));
        }
        let made = Self::ruled(denied, writable, ports);
        made.map(Self)
            .map_err(|error| Refusal::new(error, "Landlock", "Check that the policy's paths can be opened"))
    }

    fn ruled(
        denied: &[PathBuf],
        writable: &[&PathBuf],
        ports: &[u16],
    ) -> Result<RulesetCreated, Box<dyn std::error::Error>> {
        let mut ruleset = ruleset(!ports.is_empty())?.create()?;
        let mut denied = denied.to_vec();
        denied.push(DEVICES.into());
        allow(&mut ruleset, hold(Path::new("/"))?, AccessFs::ReadDir.into())?;
        beside(&denied, |entry| {
            allow(&mut ruleset, entry, AccessFs::from_read(KNOWN)).map_err(io::Error::other)
        })?;
        for device in HARMLESS_DEVICES.map(|name| Path::new(DEVICES).join(name)) {
            allow_if_there(&mut ruleset, &device, using_devices())?;
        }
        for path in writable {
            allow_if_there(&mut ruleset, path, writing())?;
        }
        if !ports.is_empty() {
            for port in (1..=u16::MAX).filter(|port| !ports.contains(port)) {
                (&mut ruleset).add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
            }
        }
        Ok(ruleset)
    }

    /// From here on; there is no way back.
    pub(crate) fn enter(self) -> Result<(), Refusal> {
        let wrong =
            |what: String| Refusal::new(what, "Landlock", "See `guard report` for what this kernel can do");
        match self.0.restrict_self() {
            Ok(RestrictionStatus { ruleset: RulesetStatus::NotEnforced, .. }) => {
                Err(wrong("the kernel enforces nothing".to_owned()))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(wrong(format!("the domain cannot be entered ({error})"))),
        }
    }
}

fn ruleset(ports: bool) -> Result<Ruleset, RulesetError> {
    let ruleset =
        Ruleset::default().handle_access(AccessFs::from_all(KNOWN))?.scope(Scope::from_all(KNOWN))?;
    if ports { ruleset.handle_access(AccessNet::ConnectTcp) } else { Ok(ruleset) }
}

/// All but making devices and steering them.
fn writing() -> BitFlags<AccessFs> {
    AccessFs::from_all(KNOWN) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev)
}

fn using_devices() -> BitFlags<AccessFs> {
    writing() | AccessFs::IoctlDev
}

fn allow_if_there(
    ruleset: &mut RulesetCreated,
    path: &Path,
    rights: BitFlags<AccessFs>,
) -> Result<(), Box<dyn std::error::Error>> {
    match hold(path) {
        Ok(entry) => Ok(allow(ruleset, entry, rights)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{} cannot be opened ({error})", path.display()).into()),
    }
}

/// A plain file takes only the rights that files have.
fn allow(ruleset: &mut RulesetCreated, entry: Entry, rights: BitFlags<AccessFs>) -> Result<(), RulesetError> {
    let rights = if entry.is_folder { rights } else { rights & AccessFs::from_file(KNOWN) };
    ruleset.add_rule(PathBeneath::new(entry.handle, rights)).map(drop)
}
