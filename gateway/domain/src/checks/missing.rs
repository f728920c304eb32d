//! What a check needed and did not find: a warning for people, no failure of the work (REQ-CHECK-02).

use crate::excerpt::cut;
use crate::mask::mask_text;
use crate::visible::one_line;

/// What shells end with when there is no such program.
const NO_SUCH_PROGRAM: i32 = 127;

/// Longest line of a program that is repeated.
const LINE: usize = 160;

/// Words of package managers and languages, and what a person can do about it. The first that fits counts.
const SIGNS: [(&str, &str); 14] = [
    ("modulenotfounderror: no module named", "Install the project's Python packages in the workspace."),
    ("no module named pytest", "Install pytest in the workspace."),
    ("error: cannot find module", "Run the package manager's install in the workspace."),
    ("err_module_not_found", "Run the package manager's install in the workspace."),
    ("err_pnpm_no_importer_manifest_found", "Run `pnpm install` in the workspace."),
    ("couldn't find the node_modules state file", "Run `yarn install` in the workspace."),
    ("the lockfile would have been created", "Run `yarn install` in the workspace."),
    ("cannot find package '", "Run the package manager's install in the workspace."),
    ("no required module provides package", "Run `go mod download` in the workspace."),
    ("missing go.sum entry", "Run `go mod tidy` in the workspace."),
    ("such command: `nextest`", "Install cargo-nextest where the agent works."),
    ("error: failed to get `", "The registry of crates isn't reachable from the pod."),
    ("could not find gemfile", "Install the project's gems in the workspace."),
    ("error: linker `", "Install a C compiler where the agent works."),
];

/// A sentence, if something is missing. Only asked about a check that did not pass.
pub(super) fn missing(exit_code: Option<i32>, printed: &str) -> Option<String> {
    for line in printed.lines() {
        let small = line.to_lowercase();
        if let Some((_, help)) = SIGNS.iter().find(|(sign, _)| small.contains(sign)) {
            return Some(format!("Something is missing: {}. {help}", shown(line)));
        }
        if is_unknown_program(&small) {
            return Some(format!("Something is missing: {}. Install it where the agent works.", shown(line)));
        }
    }
    (exit_code == Some(NO_SUCH_PROGRAM))
        .then(|| "The command was not found (exit code 127). Install it where the agent works.".to_owned())
}

/// `sh: 1: vitest: not found`, `make: pytest: No such file or directory`, `bash: line 1: go: command not found`.
fn is_unknown_program(line: &str) -> bool {
    let begins = ["sh: ", "bash: ", "/bin/sh: ", "make: ", "zsh: ", "env: "];
    let ends = [": not found", ": command not found", "such file or directory"];
    begins.iter().any(|begin| line.starts_with(begin))
        && ends.iter().any(|end| line.trim_end().ends_with(end))
}

fn shown(line: &str) -> String {
    cut(one_line(&mask_text(line.trim())).trim_end_matches('.'), LINE)
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn what_is_missing_is_recognised_in_each_ecosystem() {
        // REQ-CHECK-02
        let table = [
            (Some(1), "ModuleNotFoundError: No module named 'requests'", "Python packages"),
            (Some(1), "/usr/bin/python3: No module named pytest", "Install pytest"),
            (Some(1), "Error: Cannot find module 'express'\nRequire stack:", "install"),
            (Some(127), "sh: 1: vitest: not found", "vitest: not found"),
            (Some(2), "make: pytest: No such file or directory", "pytest"),
            (Some(127), "", "exit code 127"),
            (Some(1), "main.go:3:8: no required module provides package github.com/x/y", "go mod download"),
        ];
        for (code, printed, told) in table {
            let found = missing(code, printed).unwrap_or_else(|| panic!("{printed}"));
            assert!(found.contains(told), "{found}");
        }
        assert_eq!(missing(Some(1), "AssertionError: the page was not found"), None);
    }

    #[test]
    fn what_is_repeated_has_no_secrets() {
        // REQ-PROOF-04
        let told = missing(Some(1), "Error: Cannot find module 'x' PASSWORD=hunter2-hunter2").unwrap();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
