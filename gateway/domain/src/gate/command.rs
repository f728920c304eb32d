//! Commands that a rule may let run: those of plain words, in which the shell finds nothing to do but to run one program.

/// Longest command that a rule lets run.
const LONGEST: usize = 1_000;

/// One program with its arguments, each word as it is written: no quotes, no expansions, no redirections, no second
/// command, no setting in front.
pub(super) fn is_plain(command: &str) -> bool {
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
