//! A disk that is full for one process: no file of its grows any more. It needs no rights and no volume of its own, so it
//! works wherever the tests do. The process sees `EFBIG` where a full volume says `ENOSPC`; both are refused writes.

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::Command;

/// A program that a full disk does not kill: it is told by an error, as by a full volume. What it says goes to its
/// standard output, which must be a pipe, since a file would be full as well.
pub(crate) fn limitable(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\" 2>&1"]).arg(program);
    command
}

/// Writes what comes out of the pipe into the log, until its end.
pub(crate) fn copy(mut said: impl Read + Send + 'static, mut log: File) {
    // Ends with the process at the other end of the pipe.
    std::thread::spawn(move || io::copy(&mut said, &mut log));
}

/// From now on the process can write nothing to any file.
pub fn fill(pid: Pid) -> io::Result<()> {
    set(pid, Some(0))
}

/// There is room again.
pub fn free(pid: Pid) -> io::Result<()> {
    set(pid, None)
}

fn set(pid: Pid, most: Option<u64>) -> io::Result<()> {
    // The hard limit stays, so that the soft one can be raised again.
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: most, maximum: None })?;
    Ok(())
}
