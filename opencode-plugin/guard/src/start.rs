//! From being called to the program that runs.

use crate::called::{Called, read};
use crate::domain::Domain;
use crate::environment::cleaned;
use crate::exec::Order;
use crate::keeper::{self, ask, broker};
use crate::place::Place;
use crate::policy::{OpenCode, Policy};
use crate::refusal::Refusal;
use crate::report::Report;
use crate::{domain, filter, kernel, privileges, report};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Tells the plugin where the guard is that OpenCode was started by.
const PROGRAM: &str = "GUARD_PROGRAM";

/// The role of `guard run`: it may write what `bash` may.
const ANY_PROGRAM: &str = "run";

pub fn start(arguments: Vec<OsString>) -> Result<ExitCode, Refusal> {
    kernel::close_descriptors_with_exec().map_err(|error| {
        Refusal::new(
            format!("descriptors cannot be closed ({error})"),
            "the kernel",
            "Run it on Linux 5.11 or newer",
        )
    })?;
    match read(arguments)? {
        Called::Report => report::print(&looked_at()),
        called => Guard::read()?.run(called),
    }
}

fn looked_at() -> Report {
    let report = Report::of(kernel::landlock_abi(), kernel::has_seccomp());
    let usable = Guard::read().and_then(|guard| guard.is_enough(report.abi));
    Report { refused: usable.err().map(|refusal| refusal.to_string()), ..report }
}

struct Guard {
    policy: Policy,
    /// Where this program and its policy lie.
    folder: PathBuf,
}

impl Guard {
    fn read() -> Result<Self, Refusal> {
        let own = std::env::current_exe().and_then(|path| path.canonicalize());
        let own = own.map_err(|error| Refusal::new(error, "/proc/self/exe", "Mount /proc"))?;
        let folder = own.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { policy: Policy::beside(&own)?, folder })
    }

    fn is_enough(&self, abi: i32) -> Result<(), Refusal> {
        let least = self.policy.minimum_abi;
        if abi >= least { Ok(()) } else { Err(domain::too_old(abi, least)) }
    }

    fn run(&self, called: Called) -> Result<ExitCode, Refusal> {
        match called {
            Called::Named { name, arguments } => {
                let program = self.policy.program(&name)?.to_owned();
                self.for_agent(&name, program, name.clone().into(), arguments)
            }
            Called::Program { program, arguments } => {
                let found = found(&program)?;
                self.for_agent(ANY_PROGRAM, found, program, arguments)
            }
            Called::OpenCode { arguments } => self.opencode(arguments),
            Called::Keepers { opencode } => broker::serve(&opencode),
            Called::Keeper { place } => keeper::serve(&self.policy, &place),
            Called::Report => report::print(&looked_at()),
        }
    }

    fn for_agent(
        &self,
        role: &str,
        program: PathBuf,
        name: OsString,
        arguments: Vec<OsString>,
    ) -> Result<ExitCode, Refusal> {
        let directory = here()?;
        let place = Place::find(&self.policy, role, |name| std::env::var_os(name), &directory)?;
        place.prepare(&self.policy)?;
        let variables = cleaned(&self.policy, &place, &self.folder, std::env::vars_os());
        let order = Order { program, name, arguments, variables, directory };
        if let Some(ended) = ask::keeper(&place, &order)? {
            return Ok(ended);
        }
        confine(domain::of_agent(&self.policy, &place)?)?;
        Err(order.become_it())
    }

    fn opencode(&self, arguments: Vec<OsString>) -> Result<ExitCode, Refusal> {
        let outer = self.policy.opencode.as_ref().ok_or_else(no_outer_domain)?;
        let program = self.policy.program("opencode")?.to_owned();
        self.make_folders(outer)?;
        confine(domain::of_opencode(&self.policy, outer)?)?;
        let mut variables: crate::environment::Variables = std::env::vars_os().collect();
        variables.extend(broker::start()?);
        variables.insert(PROGRAM.into(), self.folder.join("guard").into());
        let order = Order { program, name: "opencode".into(), arguments, variables, directory: here()? };
        Err(order.become_it())
    }

    /// What comes to be later is not writable: the kernel's rules are about what is there.
    fn make_folders(&self, outer: &OpenCode) -> Result<(), Refusal> {
        let agent = &self.policy.agent;
        for folder in outer
            .read_write
            .iter()
            .chain(agent.also.values().flatten())
            .chain([&agent.home, &agent.temporary])
        {
            std::fs::create_dir_all(folder)
                .or_else(|error| if folder.exists() { Ok(()) } else { Err(error) })
                .map_err(|error| {
                    Refusal::at(
                        folder,
                        format!("the folder cannot be made ({error})"),
                        "Let OpenCode's user write the folder above it",
                    )
                })?;
        }
        Ok(())
    }
}

/// Everything that keeps this process from now on, and all that it starts.
pub(crate) fn confine(domain: Domain) -> Result<(), Refusal> {
    domain.enter()?;
    filter::enter()?;
    privileges::drop_all_but_ordinary()
}

fn no_outer_domain() -> Refusal {
    Refusal::new("it says nothing of opencode", "the policy", "Add what OpenCode itself may write")
}

fn here() -> Result<PathBuf, Refusal> {
    std::env::current_dir()
        .map_err(|error| Refusal::new(error, "the current folder", "Change to one that is there"))
}

/// As a shell would find it, but never in this program's own folder.
fn found(program: &OsString) -> Result<PathBuf, Refusal> {
    let named = Path::new(program);
    if named.components().count() > 1 || named.is_absolute() {
        return Ok(here()?.join(named));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&path).map(|folder| folder.join(named));
    let mut real = all.filter(|candidate| candidate.is_file() && !is_ours(candidate));
    real.next().ok_or_else(|| {
        Refusal::new(
            "it is in no folder of PATH",
            format!("the program {program:?}"),
            "Install it, or name its path",
        )
    })
}

fn is_ours(candidate: &Path) -> bool {
    let own = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    own.is_some() && candidate.canonicalize().ok() == own
}
