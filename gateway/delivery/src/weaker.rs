//! Green by a weaker judge is not green (D6): what a fix may not change if its result is to count.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "weakness", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum Weakness {
    /// It ran for the earlier head.
    CheckGone { name: String },
    /// It says what is checked, and how.
    JudgeChanged { path: String },
    /// Lines of tests, against the earlier head.
    FewerTests { before: i64, now: i64 },
}

by_name::by_name!(Weakness);

/// Folders whose files tell CI what to do.
const FOLDERS: [&str; 8] = [
    ".github/workflows/",
    ".github/actions/",
    ".circleci/",
    ".gitlab/ci/",
    ".buildkite/",
    ".husky/",
    ".teamcity/",
    ".azure-pipelines/",
];

/// Files that do so, wherever they stand, or the beginnings of their names.
const NAMES: [&str; 38] = [
    ".gitlab-ci.yml",
    ".travis.yml",
    "azure-pipelines",
    "jenkinsfile",
    "bitbucket-pipelines.yml",
    ".drone.yml",
    "appveyor.yml",
    "codecov",
    ".codecov",
    "jest.config",
    "vitest.config",
    "playwright.config",
    "cypress.config",
    "karma.conf",
    ".mocharc",
    ".nycrc",
    "ava.config",
    "pytest.ini",
    "conftest.py",
    "tox.ini",
    "noxfile.py",
    ".coveragerc",
    "phpunit.xml",
    "eslint.config",
    ".eslintrc",
    ".eslintignore",
    "biome.json",
    ".stylelintrc",
    "tsconfig",
    "mypy.ini",
    "ruff.toml",
    ".ruff.toml",
    ".flake8",
    "pylintrc",
    ".golangci",
    "clippy.toml",
    "deny.toml",
    ".pre-commit-config",
];

/// Files with all sorts in them, what is checked among it.
const MIXED: [&str; 10] = [
    "package.json",
    "pyproject.toml",
    "setup.cfg",
    "makefile",
    "justfile",
    "taskfile.yml",
    "build.gradle",
    "build.gradle.kts",
    "pom.xml",
    ".config/nextest.toml",
];

/// Whether a path tells what is checked. `package.json` and the like do: their scripts are what CI runs.
pub fn is_judge(path: &str) -> bool {
    let path = path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or(&path);
    let folder = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    FOLDERS.iter().any(|one| folder(one))
        || NAMES.iter().any(|one| name.starts_with(one))
        || MIXED.iter().any(|one| name == *one || path.ends_with(one))
}

/// What a fix changed since the last push that makes its result count for less.
pub fn weaknesses(since_last_push: &[String], tests_before: i64, tests_now: i64) -> Vec<Weakness> {
    let judges = since_last_push.iter().filter(|path| is_judge(path));
    let mut found: Vec<_> = judges.map(|path| Weakness::JudgeChanged { path: path.clone() }).collect();
    if tests_now < tests_before {
        found.push(Weakness::FewerTests { before: tests_before, now: tests_now });
    }
    found
}

impl Weakness {
    /// As a part of a sentence.
    pub fn says(&self) -> String {
        match self {
            Self::CheckGone { name } => format!("“{name}” no longer runs"),
            Self::JudgeChanged { path } => format!("{path} changed"),
            Self::FewerTests { before, now } => {
                format!("there are fewer lines of tests than before ({now:+} instead of {before:+})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_what_is_checked_is_known_by_its_name() {
        // REQ-DELIVER-10
        let judges = [
            ".github/workflows/ci.yml",
            "jest.config.js",
            "web/Jest.Config.ts",
            "api/pytest.ini",
            "tests/conftest.py",
            "package.json",
            "a/b/.eslintrc.cjs",
            "tsconfig.build.json",
            "Makefile",
            "sub/.config/nextest.toml",
            ".gitlab-ci.yml",
            "Jenkinsfile",
        ];
        for path in judges {
            assert!(is_judge(path), "{path}");
        }
        for path in
            ["src/cart.ts", "README.md", "src/jest/config.ts", "workflows/ci.yml", "docs/makefile.md", ""]
        {
            assert!(!is_judge(path), "{path}");
        }
    }

    #[test]
    fn fewer_tests_and_changed_judges_are_told() {
        let changed = ["src/a.rs".to_owned(), "clippy.toml".to_owned()];
        let found = weaknesses(&changed, 22, 4);
        assert_eq!(found[0].says(), "clippy.toml changed");
        assert_eq!(found[1].says(), "there are fewer lines of tests than before (+4 instead of +22)");
        assert_eq!(weaknesses(&changed[..1], 22, 22), []);
    }
}
