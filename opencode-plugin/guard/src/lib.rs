//! Runs a program where the kernel keeps it from secrets, from OpenCode and from other sessions, or runs nothing.
//!
//! 1. [`called`]: as what it was called: a shell of the agent's, OpenCode itself, the report, or a keeper.
//! 2. [`policy`]: the file beside the program says what may be read and written.
//! 3. [`place`]: for whom: the session and its worktree, as the plugin names them.
//! 4. [`environment`]: the variables that are left, with HOME and TMPDIR of the agent's own.
//! 5. [`domain`] and [`around`]: Landlock's rules; [`filter`]: system calls that nobody needs here; [`privileges`]:
//!    what is left of root; [`kernel`]: what the kernel can do.
//! 6. [`exec`]: the program itself, under the same process id; or [`keeper`]: a process that holds one domain for
//!    each session and runs its commands, so that they see each other.
//!
//! What cannot be done ends in a [`refusal`], and then nothing was run.

pub mod called;
pub mod policy;
pub mod refusal;
pub mod report;

#[cfg(target_os = "linux")]
mod around;
#[cfg(target_os = "linux")]
mod domain;
#[cfg(target_os = "linux")]
mod environment;
#[cfg(target_os = "linux")]
mod exec;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod keeper;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod privileges;
#[cfg(target_os = "linux")]
mod start;

#[cfg(target_os = "linux")]
pub use start::start;

/// What shells say of a program that is there and cannot be run.
pub const NOTHING_WAS_RUN: u8 = 126;

/// There is no Landlock here: the report says so, and nothing else is done.
#[cfg(not(target_os = "linux"))]
pub fn start(arguments: Vec<std::ffi::OsString>) -> Result<std::process::ExitCode, refusal::Refusal> {
    if let called::Called::Report = called::read(arguments)? {
        return report::print(&report::Report::nothing("this system has no Landlock"));
    }
    Err(refusal::Refusal::new(
        "this system has no Landlock",
        "kernel",
        "Run agents on Linux, or without the guard",
    ))
}
