//! The program itself.

use crate::environment::Variables;
use crate::refusal::Refusal;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// What is to be run, down to the last variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) program: PathBuf,
    /// As what the program sees itself called.
    pub(crate) name: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Variables,
    pub(crate) directory: PathBuf,
}

impl Order {
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0(&self.name).args(&self.arguments).env_clear().envs(&self.variables);
        command
    }

    /// In place of this process: whoever waits for it, or ends it, has the program. Comes back only with a cause.
    pub(crate) fn become_it(&self) -> Refusal {
        self.cannot_run(&self.command().exec())
    }

    pub(crate) fn cannot_run(&self, error: &std::io::Error) -> Refusal {
        Refusal::at(
            &self.program,
            format!("it cannot be run ({error})"),
            "Check the program's path and rights",
        )
    }
}
