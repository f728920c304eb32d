//! `Cargo.toml`, and lock files of its form.

use super::{Listed, add};
use toml::{Table, Value};

const LISTS: &[&str] =
    &["dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies"];

/// What stands in for what others depend on.
const OVERRIDES: &[&str] = &["patch", "replace"];

pub(super) fn manifest(text: &str) -> Result<Listed, String> {
    let all = table(text)?;
    let mut listed = Listed::new();
    lists(&all, &mut listed)?;
    if let Some(Value::Table(workspace)) = all.get("workspace") {
        lists(workspace, &mut listed)?;
    }
    if let Some(Value::Table(targets)) = all.get("target") {
        for target in targets.values().filter_map(Value::as_table) {
            lists(target, &mut listed)?;
        }
    }
    for name in OVERRIDES {
        if let Some(value) = all.get(*name) {
            add(&mut listed, name, &value.to_string());
        }
    }
    Ok(listed)
}

fn lists(table: &Table, listed: &mut Listed) -> Result<(), String> {
    for list in LISTS {
        match table.get(*list) {
            None => {}
            Some(Value::Table(list)) => {
                list.iter().for_each(|(name, value)| add(listed, name, &source(value)))
            }
            Some(_) => return Err(format!("`{list}` is not a table")),
        }
    }
    Ok(())
}

/// The version, and whatever says that it comes from elsewhere. Which features are on brings in no other people's code
/// that the lock file doesn't name.
fn source(value: &Value) -> String {
    let Value::Table(table) = value else { return text(value) };
    let parts = ["version", "package", "git", "branch", "tag", "rev", "path", "registry", "workspace"];
    let named = parts.iter().filter_map(|part| Some((part, table.get(*part)?)));
    let shown = named.map(|(part, value)| match *part {
        "version" => text(value),
        part => format!("{part} {}", text(value)),
    });
    shown.collect::<Vec<_>>().join(" ")
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `[[package]]` with name, version and source: also those of Poetry and uv.
pub(super) fn lock(text: &str) -> Result<Listed, String> {
    let all = table(text)?;
    let mut listed = Listed::new();
    let packages = match all.get("package") {
        None => return Ok(listed),
        Some(packages) => packages.as_array().ok_or("`package` is not a list")?,
    };
    for package in packages {
        let name = package.get("name").and_then(Value::as_str).ok_or("a package has no name")?;
        add(&mut listed, name, &pinned(package));
    }
    Ok(listed)
}

/// Where everybody's packages are from needs no telling.
const REGISTRIES: &[&str] =
    &["registry+https://github.com/rust-lang/crates.io-index", "https://pypi.org/simple"];

fn pinned(package: &Value) -> String {
    let version = package.get("version").map_or_else(|| "?".to_owned(), text);
    let source = package.get("source").map(|source| match source {
        Value::Table(table) => table.get("registry").map_or_else(|| source.to_string(), text),
        source => text(source),
    });
    match source {
        Some(source) if !REGISTRIES.contains(&source.as_str()) => format!("{version} from {source}"),
        _ => version,
    }
}

pub(super) fn table(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| {
        // The words of the error could be those of the file.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("no TOML at line {}", before.matches('\n').count() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_and_locks_are_read() {
        // REQ-DELIVER-06
        let text = "[package]\nname = 'x'\n[dependencies]\na = '1'\nb = { git = 'https://x.test/b', rev = '1' }\n\
                    [target.'cfg(unix)'.dev-dependencies]\nc = { version = '2', features = ['z'] }\n\
                    [workspace.dependencies]\nd = '3'\n[patch.crates-io]\ne = { path = '../e' }\n";
        let listed = manifest(text).unwrap();
        assert_eq!(listed["a"], "1");
        assert_eq!(listed["b"], "git https://x.test/b rev 1");
        assert_eq!((&listed["c"][..], &listed["d"][..]), ("2", "3"));
        assert!(listed.contains_key("patch"));
        let text = "version = 4\n[[package]]\nname = 'a'\nversion = '1.0.0'\nsource = 'registry+https://github.com/rust-lang/crates.io-index'\n\
                    [[package]]\nname = 'a'\nversion = '2.0.0'\nsource = 'git+https://x.test/a#1'\n";
        assert_eq!(lock(text).unwrap()["a"], "1.0.0, 2.0.0 from git+https://x.test/a#1");
        let uv =
            "[[package]]\nname = 'b'\nversion = '1'\nsource = { registry = 'https://pypi.org/simple' }\n";
        assert_eq!(lock(uv).unwrap()["b"], "1");
    }

    #[test]
    fn what_cannot_be_read_is_said_without_its_words() {
        // REQ-DELIVER-06
        for text in [
            "= 1",
            "[dependencies",
            "dependencies = 1",
            "a = 1\na = 2",
            &format!("a = {}", "[".repeat(100_000)),
        ] {
            assert!(manifest(text).is_err(), "{}", &text[..8]);
        }
        let why = manifest("[package]\nname = 'x'\nhunter2 hunter2\n").unwrap_err();
        assert!(why.contains("line 3") && !why.contains("hunter2"), "{why}");
        assert!(lock("package = 1").is_err() && lock("[[package]]\nversion = '1'").is_err());
    }
}
