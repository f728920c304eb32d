//! What the kernel gives here and what is missing, for the plugin's `hello` and for people.

use crate::refusal::Refusal;
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The kernel's version of Landlock; 0 where there is none.
    pub abi: i32,
    pub seccomp: bool,
    /// What holds.
    pub gives: Vec<&'static str>,
    /// What does not.
    pub missing: Vec<&'static str>,
    /// Why commands would be refused, if they would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What an agent is kept from, and from which version of Landlock on.
const KEEPS: [(i32, &str); 7] = [
    (1, "reading and writing files outside its folders"),
    (2, "moving and linking files out of their folder"),
    (3, "emptying files outside its folders"),
    (4, "connecting to closed TCP ports"),
    (5, "steering devices"),
    (6, "signals and abstract sockets of other sessions"),
    (9, "reaching sockets in the file system"),
];

const SECCOMP: &str = "system calls that get around this";

impl Report {
    pub fn of(abi: i32, seccomp: bool) -> Self {
        let rows = KEEPS.iter().map(|(from, what)| (abi >= *from, *what)).chain([(seccomp, SECCOMP)]);
        let (gives, missing): (Vec<_>, Vec<_>) = rows.partition(|(holds, _)| *holds);
        let words = |rows: Vec<(bool, &'static str)>| rows.into_iter().map(|(_, what)| what).collect();
        Self { abi, seccomp, gives: words(gives), missing: words(missing), refused: None }
    }

    pub fn nothing(why: &str) -> Self {
        Self { refused: Some(why.to_owned()), ..Self::of(0, false) }
    }
}

/// On standard output, as one line.
pub fn print(report: &Report) -> Result<ExitCode, Refusal> {
    let line = serde_json::to_string(report).unwrap_or_default();
    let written = writeln!(std::io::stdout(), "{line}");
    written.map(|()| ExitCode::SUCCESS).map_err(|error| Refusal::new(error, "standard output", "Give it one"))
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn each_kernel_says_what_it_keeps_and_what_not() {
        // REQ-GATE-07
        let today = Report::of(7, true);
        assert_eq!(today.missing, ["reaching sockets in the file system"]);
        assert_eq!(today.gives.len(), 7);
        let older = Report::of(3, true);
        assert!(
            older.missing.contains(&"connecting to closed TCP ports")
                && older.gives.contains(&"emptying files outside its folders")
        );
        assert!(Report::nothing("no Landlock").gives.is_empty());
    }
}
