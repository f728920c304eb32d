//! As what the program was called.

use crate::refusal::Refusal;
use std::ffi::OsString;
use std::path::Path;

/// The program's own name; under any other it stands for the program of that name.
const OWN_NAME: &str = "guard";

const USAGE: &str = "Call it by the name of a program (bash, sh, git), or as: guard run -- PROGRAM …, guard opencode …, guard report";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// A program of the policy's, for the agent: `bash -c …`.
    Named { name: String, arguments: Vec<OsString> },
    /// Any program, for the agent: `guard run -- make test`.
    Program { program: OsString, arguments: Vec<OsString> },
    /// OpenCode itself, in the outer domain.
    OpenCode { arguments: Vec<OsString> },
    /// What the kernel gives, as JSON.
    Report,
    /// The process that hands commands to keepers; the process that becomes OpenCode starts it.
    Keepers { opencode: OsString },
    /// One of them, for the place that the argument describes.
    Keeper { place: OsString },
}

pub fn read(arguments: Vec<OsString>) -> Result<Called, Refusal> {
    let mut rest = arguments.into_iter();
    let name = rest.next().unwrap_or_default();
    let name = name_of(&name);
    if name == OWN_NAME {
        return own(rest);
    }
    let arguments = rest.collect();
    Ok(if name == "opencode" { Called::OpenCode { arguments } } else { Called::Named { name, arguments } })
}

/// A login shell's name begins with a hyphen.
fn name_of(called: &OsString) -> String {
    let name = Path::new(called).file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.strip_prefix('-').map_or(name.clone(), str::to_owned)
}

fn own(mut rest: impl Iterator<Item = OsString>) -> Result<Called, Refusal> {
    let command = rest.next().unwrap_or_default();
    match command.to_str() {
        Some("run") => program(rest),
        Some("opencode") => Ok(Called::OpenCode { arguments: rest.collect() }),
        Some("report") => Ok(Called::Report),
        Some("keepers") => Ok(Called::Keepers { opencode: rest.next().unwrap_or_default() }),
        Some("keeper") => Ok(Called::Keeper { place: rest.next().unwrap_or_default() }),
        _ => Err(Refusal::new("it is not known", format!("the command {command:?}"), USAGE)),
    }
}

fn program(mut rest: impl Iterator<Item = OsString>) -> Result<Called, Refusal> {
    match (rest.next(), rest.next()) {
        (Some(dashes), Some(program)) if dashes == "--" => {
            Ok(Called::Program { program, arguments: rest.collect() })
        }
        _ => Err(Refusal::new("it names no program", "guard run", USAGE)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Called, read};
    use std::ffi::OsString;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_name_decides_what_it_stands_for() {
        let bash = read(words(&["/opt/codev/guard/bash", "-c", "true"])).unwrap();
        assert_eq!(bash, Called::Named { name: "bash".into(), arguments: words(&["-c", "true"]) });
        let login = read(words(&["-bash"])).unwrap();
        assert_eq!(login, Called::Named { name: "bash".into(), arguments: vec![] });
        let opencode = Called::OpenCode { arguments: words(&["serve"]) };
        assert_eq!(read(words(&["/opt/guard", "opencode", "serve"])).unwrap(), opencode);
        assert_eq!(read(words(&["/opt/opencode", "serve"])).unwrap(), opencode);
        let run = read(words(&["guard", "run", "--", "make", "-j"])).unwrap();
        assert_eq!(run, Called::Program { program: "make".into(), arguments: words(&["-j"]) });
    }

    #[test]
    fn what_it_does_not_know_it_does_not_run() {
        for wrong in [&["guard"][..], &["guard", "frun"], &["guard", "run", "make"], &["guard", "run", "--"]]
        {
            let refusal = read(words(wrong)).unwrap_err().to_string();
            assert!(refusal.contains("nothing was run"), "{refusal}");
        }
    }
}
