//! The guarded shell. Called as `bash`, `sh` or `git` it stands for that program; `lib.rs` tells the rest.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match guard::start(std::env::args_os().collect()) {
        Ok(code) => code,
        Err(refusal) => {
            // Nobody may be left who reads it; the exit code says the same.
            let _ = writeln!(std::io::stderr(), "{refusal}");
            ExitCode::from(guard::NOTHING_WAS_RUN)
        }
    }
}
