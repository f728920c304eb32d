//! Tests, fixtures and snapshots, by their names, in the ways of the languages that are met most.

const FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "__mocks__",
    "__snapshots__",
    "fixtures",
    "__fixtures__",
    "testdata",
    "e2e",
    "cypress",
];

const STARTS: &[&str] = &["test_"];

/// Before the kind of file.
const STEM_ENDS: &[&str] = &[".test", ".spec", "_test", "_tests", "_spec", "-test", "-spec", ".e2e", ".cy"];

/// As Java and C# name classes of tests.
const CLASS_ENDS: &[&str] = &["Test", "Tests", "Spec", "IT"];

const NAMES: &[&str] = &["conftest.py", "tests.rs", "tests.py", "test.rs"];

pub fn is_test(path: &str) -> bool {
    let mut parts = path.split('/');
    let name = parts.next_back().unwrap_or_default();
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_class = matches!(kind, "java" | "kt" | "cs" | "scala" | "groovy" | "php" | "swift")
        && CLASS_ENDS.iter().any(|end| stem.ends_with(end) && stem.len() > end.len());
    NAMES.contains(&name)
        || kind == "snap"
        || is_class
        || STARTS.iter().any(|start| stem.starts_with(start))
        || STEM_ENDS.iter().any(|end| stem.ends_with(end))
        || parts.any(|part| FOLDERS.contains(&part.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn tests_are_known_by_their_names() {
        // REQ-DELIVER-06
        for path in [
            "tests/it/main.rs",
            "src/cart.test.ts",
            "src/__tests__/cart.js",
            "pkg/cart_test.go",
            "app/test_cart.py",
            "conftest.py",
            "src/main/CartTest.java",
            "Shop.Tests/CartTests.cs",
            "a/__snapshots__/cart.ts.snap",
            "spec/cart_spec.rb",
            "src/session/tests.rs",
        ] {
            assert!(is_test(path), "{path}");
        }
        for path in [
            "src/cart.ts",
            "src/latest.ts",
            "docs/testing.md",
            "src/contest.rs",
            "Test.java",
            "src/attest/a.rs",
        ] {
            assert!(!is_test(path), "{path}");
        }
    }
}
