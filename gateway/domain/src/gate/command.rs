//! Commands that a rule may let run.

use super::Call;
use super::place::stays;
use crate::pattern::matches;

/// Of a shell's call nothing else decides what runs, or where.
const KNOWN: [&str; 3] = ["command", "description", "timeout"];

/// Every program of it is known to only read, with exactly these options, and below the session's directory.
pub(super) fn only_looks(call: &Call<'_>) -> bool {
    let (Some(command), Some(all)) = (&call.call.command, &call.call.arguments) else { return false };
    call.call.tool == "bash"
        && all.keys().all(|name| KNOWN.contains(&name.as_str()))
        && shell_form::harmless(&shell_form::read(command)).is_ok()
}

/// A pattern for the text covers a command of plain words, one word by word any that the shell-form knows.
pub(super) fn covers(pattern: &str, command: &str) -> bool {
    let is_plain_fit = || is_plain(command) && matches(pattern, command) && !leaves(pattern, command);
    is_plain_fit() || shell_form::fits(pattern, &shell_form::read(command))
}

/// It runs where the session works, or below.
pub(super) fn is_here(call: &Call<'_>) -> bool {
    call.argument("workdir").is_none_or(|at| at.as_str().is_some_and(stays))
}

/// Words that lead back out of the folder that the pattern names, as `sh tools/../x` does out of `sh tools/*`.
fn leaves(pattern: &str, command: &str) -> bool {
    let names_a_folder = pattern.split(' ').any(|word| word.contains('/') && word.contains('*'));
    names_a_folder && !leads_back(pattern) && leads_back(command)
}

/// Also behind an option of one letter, as in `-f../y`.
fn leads_back(text: &str) -> bool {
    let mut parts = text.split([' ', '/', '=', ':', ',', '@', '+']);
    parts.any(|part| part == ".." || (part.starts_with('-') && part.ends_with("..")))
}

/// Longest command that a rule lets run.
const LONGEST: usize = 1_000;

/// One program with its arguments, each word as it is written: no quotes, no expansions, no redirections, no second
/// command, no setting in front.
fn is_plain(command: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=, ".contains(c);
    let first = command.split(' ').next().unwrap_or_default();
    command.len() <= LONGEST
        && command.chars().all(plain)
        && !first.is_empty()
        && !first.contains('=')
        && !command.contains("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_a_pattern_is_not_left_by_dots() {
        // REQ-GATE-06, REQ-GATE-09
        for command in ["sh tools/../x", "sh tools/a/../../x", "sh tools/x --to=../y"] {
            assert!(leaves("sh tools/*", command), "{command}");
        }
        for command in ["sh tools/x", "sh tools/a..b", "sh tools/..b/x"] {
            assert!(!leaves("sh tools/*", command), "{command}");
        }
        for (pattern, command) in [
            ("sh scripts/test-*", "sh scripts/test-x/../../evil.sh"),
            ("sh */x.sh", "sh ../x.sh"),
            ("make -C tools/*", "make -C tools/x -f../y"),
        ] {
            assert!(leaves(pattern, command), "{pattern}: {command}");
        }
        assert!(!leaves("npm test*", "npm test -- ../x") && !leaves("sh ../tools/*", "sh ../tools/x"));
    }

    #[test]
    fn only_one_program_of_plain_words_is_plain() {
        // REQ-GATE-06
        for plain in
            ["npm test", "cargo build --release", "npm run build:all -- --watch=false", "./run.sh a,b"]
        {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "",
            " npm test",
            "npm test; rm x",
            "npm test && rm x",
            "npm test | sh",
            "npm test > x",
            "npm test $(rm x)",
            "npm test `rm x`",
            "npm test 'a'",
            "npm test \"a\"",
            "npm test \\a",
            "npm test *",
            "npm test ~",
            "npm test {a,b}",
            "npm test\nrm x",
            "npm test\trm",
            "npm test # x",
            "npm test !x",
            "npm  test",
            "X=1 npm test",
            "npm tеst",
        ] {
            assert!(!is_plain(other), "{other:?}");
        }
    }
}
