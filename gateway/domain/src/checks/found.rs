//! Which checks a project's own files offer. Several may fit: all are offered, and a person or the configuration decides.

use super::{CheckKind, CheckSpec, CheckWork, STANDARD_LIMIT_SECONDS};
use crate::excerpt::cut;
use crate::mask::mask;
use crate::visible::one_line;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Files that are looked for, and of which the contents count. The others count by being there.
pub const LOOKED_FOR: [&str; 17] = [
    "package.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "deno.json",
    "pyproject.toml",
    "pytest.ini",
    "setup.cfg",
    "tox.ini",
    "conftest.py",
    "Cargo.toml",
    "go.mod",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "node_modules",
];

/// Checks that are offered. A project has a few; a hostile one may have any number.
const MOST: usize = 20;

/// Longest script of a `package.json` that people are shown.
const SCRIPT: usize = 200;

/// What `npm init` writes where there are no tests.
const NO_TEST: &str = "no test specified";

/// What is known of a folder, by the paths that were looked for. Of files that are there without contents the text is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFiles(pub BTreeMap<String, String>);

/// The checks of a session's directory, and of the folders in it where it is a workspace of several repositories.
pub fn found(files: &ProjectFiles) -> Vec<CheckSpec> {
    let folders: BTreeSet<&str> =
        files.0.keys().map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
    let all = folders
        .into_iter()
        .filter(|folder| is_plain(folder))
        .flat_map(|folder| Folder { files, folder }.checks());
    let mut names = BTreeSet::new();
    all.filter(|check| names.insert(check.name.clone())).take(MOST).collect()
}

/// It can stand in a command as it is.
fn is_plain(folder: &str) -> bool {
    folder.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !folder.starts_with(['-', '.'])
}

struct Folder<'a> {
    files: &'a ProjectFiles,
    folder: &'a str,
}

impl Folder<'_> {
    fn checks(&self) -> Vec<CheckSpec> {
        let mut all = self.scripts();
        all.extend(self.has("Cargo.toml").then(|| self.check("cargo test", "Cargo.toml", None)));
        all.extend(self.has("go.mod").then(|| self.check("go test -json ./...", "go.mod", None)));
        all.extend(self.pytest());
        all.extend(self.make());
        all
    }

    fn path(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.files.0.get(&self.path(name)).map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Scripts of `package.json` that are called after tests.
    fn scripts(&self) -> Vec<CheckSpec> {
        let Some(package) =
            self.text("package.json").and_then(|text| serde_json::from_str::<Value>(text).ok())
        else {
            return vec![];
        };
        let script =
            |name: &str| package["scripts"][name].as_str().filter(|script| !script.contains(NO_TEST));
        let named = ["test", "test:unit", "test:integration", "test:e2e"];
        let there = named.into_iter().filter_map(|name| Some((name, script(name)?)));
        there
            .map(|(name, script)| {
                let run = if name == "test" { "test".to_owned() } else { format!("run {name}") };
                let kind = if name == "test" || name == "test:unit" {
                    CheckKind::Unit
                } else {
                    CheckKind::Integration
                };
                let command = format!("{} {run}", self.package_manager());
                CheckSpec { kind, ..self.check(&command, "package.json", Some(script)) }
            })
            .collect()
    }

    fn package_manager(&self) -> &'static str {
        let locks = [
            ("pnpm-lock.yaml", "pnpm"),
            ("yarn.lock", "yarn"),
            ("bun.lock", "bun run"),
            ("bun.lockb", "bun run"),
        ];
        locks.into_iter().find(|(lock, _)| self.has(lock)).map_or("npm", |(_, manager)| manager)
    }

    fn pytest(&self) -> Option<CheckSpec> {
        let says = |file: &str, section: &str| self.text(file).is_some_and(|text| text.contains(section));
        let file = ["pytest.ini", "conftest.py"].into_iter().find(|file| self.has(file));
        let settings =
            [("pyproject.toml", "[tool.pytest"), ("setup.cfg", "[tool:pytest]"), ("tox.ini", "[pytest]")];
        let file = file.or_else(|| {
            settings.into_iter().find(|(file, section)| says(file, section)).map(|(file, _)| file)
        })?;
        Some(CheckSpec { name: self.named("pytest"), ..self.check("python3 -m pytest", file, None) })
    }

    fn make(&self) -> Option<CheckSpec> {
        let file = ["GNUmakefile", "makefile", "Makefile"].into_iter().find(|file| self.has(file))?;
        let has_target = self
            .text(file)?
            .lines()
            .any(|line| line.strip_prefix("test").is_some_and(|rest| rest.trim_start().starts_with(':')));
        has_target.then(|| self.check("make test", file, None))
    }

    fn named(&self, command: &str) -> String {
        if self.folder.is_empty() { command.to_owned() } else { format!("{}: {command}", self.folder) }
    }

    fn check(&self, command: &str, file: &str, script: Option<&str>) -> CheckSpec {
        let there = if self.folder.is_empty() {
            command.to_owned()
        } else {
            format!("cd {} && {command}", self.folder)
        };
        CheckSpec {
            name: self.named(command.split(" -json").next().unwrap_or(command)),
            kind: CheckKind::Unit,
            work: CheckWork::Run { command: there, report: None },
            limit_seconds: STANDARD_LIMIT_SECONDS,
            found_in: Some(self.path(file)),
            script: script.map(|script| cut(&one_line(&mask(script)), SCRIPT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> ProjectFiles {
        ProjectFiles(all.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn commands(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let command = |check: &CheckSpec| match &check.work {
            CheckWork::Run { command, .. } => command.clone(),
            CheckWork::Fetch { .. } => String::new(),
        };
        found(&files(all)).iter().map(|check| (check.name.clone(), command(check))).collect()
    }

    #[test]
    fn each_ecosystem_is_found_by_its_own_files() {
        // REQ-CHECK-01
        let test = r#"{"scripts":{"test":"vitest run"}}"#;
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let table: [Row<'_>; 11] = [
            (&[("package.json", test)], &["npm test"]),
            (&[("package.json", test), ("pnpm-lock.yaml", "")], &["pnpm test"]),
            (&[("package.json", test), ("yarn.lock", "")], &["yarn test"]),
            (&[("package.json", test), ("bun.lockb", "")], &["bun run test"]),
            (
                &[("package.json", r#"{"scripts":{"test:unit":"a","test:e2e":"b"}}"#)],
                &["npm run test:unit", "npm run test:e2e"],
            ),
            (&[("Cargo.toml", "")], &["cargo test"]),
            (&[("go.mod", "")], &["go test"]),
            (&[("pyproject.toml", "[tool.pytest.ini_options]")], &["pytest"]),
            (&[("setup.cfg", "[tool:pytest]")], &["pytest"]),
            (&[("Makefile", "all:\n\techo\ntest : all\n")], &["make test"]),
            (
                &[("package.json", test), ("Makefile", "test:\n"), ("Cargo.toml", "")],
                &["npm test", "cargo test", "make test"],
            ),
        ];
        for (files, wanted) in table {
            let names: Vec<_> = commands(files).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, wanted, "{files:?}");
        }
    }

    #[test]
    fn where_there_are_no_tests_none_are_offered() {
        // REQ-CHECK-02
        let none = [
            ("package.json", r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#),
            ("pyproject.toml", "[project]"),
            ("Makefile", "testing:\n.PHONY: test\n"),
        ];
        assert_eq!(commands(&none), []);
        for broken in ["", "{", "[]", r#"{"scripts":[]}"#, r#"{"scripts":{"test":1}}"#, &"[".repeat(10_000)] {
            assert_eq!(commands(&[("package.json", broken)]), [], "{broken}");
        }
    }

    #[test]
    fn repositories_of_a_workspace_have_their_own_and_odd_folders_none() {
        // REQ-CHECK-01, REQ-CHECK-05: a folder's name comes from the agent and stands in a command
        let cargo = [
            ("web/Cargo.toml", ""),
            ("a b/Cargo.toml", ""),
            ("$(id)/Cargo.toml", ""),
            (".git/Cargo.toml", ""),
            ("-x/Cargo.toml", ""),
        ];
        assert_eq!(commands(&cargo), [("web: cargo test".to_owned(), "cd web && cargo test".to_owned())]);
        let many: Vec<_> = (0..100).map(|n| format!("r{n}/Cargo.toml")).collect();
        let many: Vec<_> = many.iter().map(|path| (path.as_str(), "")).collect();
        assert_eq!(commands(&many).len(), MOST);
    }

    #[test]
    fn people_are_shown_what_the_script_says() {
        // REQ-PROOF-04
        let told = found(&files(&[(
            "package.json",
            r#"{"scripts":{"test":"PASSWORD=hunter2-hunter2 node x\u202e"}}"#,
        )]));
        let script = told[0].script.clone().unwrap();
        assert!(!script.contains("hunter2") && !script.contains('\u{202e}'), "{script}");
    }
}
