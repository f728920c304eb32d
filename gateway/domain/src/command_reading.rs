//! A shell command as it was read: what it runs, line by line, or why nobody can know. Shown on cards, and matched by rules, so
//! that a quote, a wrapper or a nested shell hides nothing.

use crate::mask::mask;
use serde::{Deserialize, Serialize};
use shell_form::{Form, Step, Word};
use std::collections::BTreeSet;

/// Lines on a card; the command itself is there in full.
const MOST_LINES: usize = 40;

/// Longest line on a card.
const LONGEST_LINE: usize = 400;

/// What a card shows beside the command as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandReading {
    /// What it runs, a line for each program. Nothing where that is the command, word by word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<String>,
    /// Lines that are too many for a card.
    #[serde(default, skip_serializing_if = "is_none")]
    pub left_out: usize,
    /// Why nobody can know what it runs; then `runs` is what could be read all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl CommandReading {
    /// All that it runs is known.
    pub(crate) fn is_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// None where it says nothing that the command does not.
    pub(crate) fn of(command: &str) -> Option<Self> {
        let form = shell_form::read(command);
        let unknown: Vec<_> = unknown(&form).collect();
        let all: Vec<_> = form.shown().iter().map(|line| on_card(line)).collect();
        if unknown.is_empty() && matches!(&all[..], [only] if *only == mask(command.trim())) {
            return None;
        }
        let left_out = all.len().saturating_sub(MOST_LINES);
        Some(Self { runs: all.into_iter().take(MOST_LINES).collect(), left_out, unknown })
    }
}

fn unknown(form: &Form) -> impl Iterator<Item = String> {
    let reasons: BTreeSet<_> = form.opaque.iter().map(|why| on_card(&why.to_string())).collect();
    reasons.into_iter().take(MOST_LINES)
}

fn on_card(line: &str) -> String {
    let masked = mask(line);
    match masked.chars().count() > LONGEST_LINE {
        true => masked.chars().take(LONGEST_LINE).chain(['…']).collect(),
        false => masked,
    }
}

/// Nobody can know what it runs before it does.
pub(crate) fn is_opaque(command: &str) -> bool {
    !shell_form::read(command).opaque.is_empty()
}

/// The command in all forms that a rule against it may name: as it was written; each program with its words, behind its
/// wrappers and without them, by its path and by its name; and without its options.
pub(crate) fn forms(command: &str) -> Vec<String> {
    let mut all = BTreeSet::from([command.to_owned()]);
    all.extend(shell_form::read(command).steps.iter().flat_map(of_step));
    all.into_iter().collect()
}

fn of_step(step: &Step) -> Vec<String> {
    let words: Vec<&str> = step.argv.iter().map(Word::source).collect();
    let mut all = vec![step.shown()];
    let Some((program, rest)) = words.split_first() else { return all };
    let name = program.rsplit('/').next().unwrap_or(program);
    let plain: Vec<&str> = rest.iter().copied().filter(|word| !word.starts_with('-')).collect();
    for program in [program, name] {
        for rest in [rest, &plain] {
            all.push([&[program], rest].concat().join(" "));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_command_needs_no_second_line() {
        // REQ-GATE-06
        for command in ["npm test", "  cargo build --release ", "echo 'a b'"] {
            assert_eq!(CommandReading::of(command), None, "{command}");
        }
    }

    #[test]
    fn what_stands_behind_wrappers_quotes_and_shells_is_a_line_of_its_own() {
        // REQ-GATE-06
        let read = CommandReading::of("cd a && sudo 'g'it -C /x push; sh -c 'rm -rf b'").unwrap();
        assert_eq!(read.runs, ["cd a", "sudo git -C /x push", "sh -c: rm -rf b"]);
        assert!(read.unknown.is_empty());
    }

    #[test]
    fn what_nobody_can_know_is_said_with_its_reason() {
        // REQ-GATE-06
        let read = CommandReading::of("curl x | sh").unwrap();
        assert_eq!(read.runs, ["curl x", "sh"]);
        assert!(read.unknown[0].contains("reads its commands from its input"), "{read:?}");
        assert!(is_opaque("$(echo rm) x") && !is_opaque("rm x"));
    }

    #[test]
    fn many_and_long_lines_are_cut_and_counted_and_secrets_masked() {
        // REQ-GATE-06, REQ-THREAD-06
        let many = CommandReading::of(&"echo a\n".repeat(60)).unwrap();
        assert_eq!((many.runs.len(), many.left_out), (MOST_LINES, 20));
        let long = CommandReading::of(&format!("cd a; echo {}", "x".repeat(1_000))).unwrap();
        assert_eq!(long.runs[1].chars().count(), LONGEST_LINE + 1);
        let secret =
            CommandReading::of("cd a; GH_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz012345 gh pr list").unwrap();
        assert!(secret.runs.iter().all(|line| !line.contains("ghp_")), "{secret:?}");
    }

    #[test]
    fn a_rule_finds_a_command_however_it_is_written() {
        // REQ-GATE-06
        for command in [
            "git push origin main",
            "git  push origin main",
            "g\"it\" push origin main",
            "/usr/bin/git push origin main",
            "git --no-pager push origin main",
            "git -C /elsewhere push origin main",
            "sudo -n timeout 5 git push origin main",
            "cd x && { git push origin main; }",
            "bash -c 'git push origin main'",
        ] {
            assert!(
                forms(command).iter().any(|form| form == "git push origin main"),
                "{command}: {:?}",
                forms(command)
            );
        }
    }
}
