//! `git -C x push` is `git push`, elsewhere. Settings on its command line, aliases and the subcommands that run programs
//! are not read here.

use crate::form::{Step, Word, WrapperKind};
use crate::reader::{Around, Reader};
use crate::why::{Why, WhyKind};

/// Options in front of the subcommand that change nothing of what it does.
const PLAIN: [&str; 4] = ["--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"];

const TELLS: [&str; 5] = ["--version", "-v", "--help", "-h", "--html-path"];

/// Any other name may be an alias, which runs whatever the repository's configuration says, or a program `git-NAME`.
const SUBCOMMANDS: [&str; 80] = [
    "add",
    "am",
    "apply",
    "archive",
    "bisect",
    "blame",
    "branch",
    "bundle",
    "cat-file",
    "check-attr",
    "check-ignore",
    "check-ref-format",
    "checkout",
    "cherry",
    "cherry-pick",
    "clean",
    "clone",
    "commit",
    "commit-tree",
    "config",
    "count-objects",
    "describe",
    "diff",
    "diff-files",
    "diff-index",
    "diff-tree",
    "fetch",
    "for-each-ref",
    "format-patch",
    "fsck",
    "gc",
    "grep",
    "hash-object",
    "help",
    "init",
    "log",
    "ls-files",
    "ls-remote",
    "ls-tree",
    "maintenance",
    "merge",
    "merge-base",
    "merge-tree",
    "mv",
    "name-rev",
    "notes",
    "prune",
    "pull",
    "push",
    "range-diff",
    "read-tree",
    "rebase",
    "reflog",
    "remote",
    "repack",
    "replace",
    "reset",
    "restore",
    "rev-list",
    "rev-parse",
    "revert",
    "rm",
    "shortlog",
    "show",
    "show-branch",
    "show-ref",
    "sparse-checkout",
    "stash",
    "status",
    "stripspace",
    "submodule",
    "switch",
    "symbolic-ref",
    "tag",
    "update-index",
    "update-ref",
    "var",
    "verify-commit",
    "worktree",
    "write-tree",
];

impl Reader {
    pub(super) fn git(&mut self, step: Step, around: &Around) {
        match subcommand(&step.argv) {
            Ok(at) if at == 1 || at >= step.argv.len() => self.subcommand(step, around),
            Ok(at) => {
                let elsewhere = step.argv[..at].iter().any(|word| word.is("-C"));
                let kind = if elsewhere { WrapperKind::Elsewhere } else { WrapperKind::Plain };
                let around = around.within(kind, &step.argv[..at]);
                let argv = [&step.argv[..1], &step.argv[at..]].concat();
                self.subcommand(Step { argv, ..step }, &around);
            }
            Err(why) => {
                self.opaque(why);
                self.push(step, around);
            }
        }
    }

    fn subcommand(&mut self, step: Step, around: &Around) {
        if runs_others(&step.argv[1..]) {
            let words = step.argv.iter().take(3).map(Word::source).collect::<Vec<_>>();
            self.opaque(Why::new(WhyKind::Unread, &words.join(" ")));
        }
        self.push(step, around);
    }
}

/// Where it stands.
fn subcommand(argv: &[Word]) -> Result<usize, Why> {
    let mut at = 1;
    while let Some(word) = argv.get(at) {
        let refused = || Why::new(WhyKind::Unread, &format!("git {}", word.source()));
        match word.text().ok_or_else(refused)? {
            "-C" if argv.get(at + 1).is_some_and(|folder| !folder.splits()) => at += 2,
            text if PLAIN.contains(&text) => at += 1,
            text if TELLS.contains(&text) || !text.starts_with('-') => return Ok(at),
            _ => return Err(refused()),
        }
    }
    Ok(at)
}

fn runs_others(words: &[Word]) -> bool {
    let Some(name) = words.first() else { return false };
    let says = |wanted: &[&str]| words[1..].iter().filter_map(Word::text).any(|text| wanted.contains(&text));
    match name.text().unwrap_or_default() {
        "bisect" => says(&["run", "visualize", "view"]),
        "submodule" => says(&["foreach"]),
        // Git takes any beginning of `--exec`, and `-x` with its value right behind it.
        "rebase" => {
            words[1..].iter().any(|word| word.source().starts_with("-x") || word.source().starts_with("--e"))
        }
        name => SUBCOMMANDS.binary_search(&name).is_err() && !TELLS.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(SUBCOMMANDS.is_sorted());
    }
}
