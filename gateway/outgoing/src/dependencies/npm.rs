//! `package.json` and its lock file.

use super::{Listed, add};
use serde_json::{Map, Value};

const REGISTRY: &str = "https://registry.npmjs.org/";

/// Maps from a name to a version.
const LISTS: &[&str] = &["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/// What stands in for what others depend on.
const OVERRIDES: &[&str] = &["overrides", "resolutions", "pnpm"];

pub(super) fn manifest(text: &str) -> Result<Listed, String> {
    let all = object(text)?;
    let mut listed = Listed::new();
    for list in LISTS {
        match all.get(*list) {
            None | Some(Value::Null) => {}
            Some(Value::Object(list)) => {
                list.iter().for_each(|(name, version)| add(&mut listed, name, &shown(version)));
            }
            Some(_) => return Err(format!("`{list}` is not a list of names and versions")),
        }
    }
    for name in OVERRIDES {
        if let Some(value) = all.get(*name) {
            add(&mut listed, name, &value.to_string());
        }
    }
    Ok(listed)
}

/// Of all versions of the form: 1 has dependencies in each other, 2 and 3 a map of places.
pub(super) fn lock(text: &str) -> Result<Listed, String> {
    let all = object(text)?;
    let mut listed = Listed::new();
    match (all.get("packages"), all.get("dependencies")) {
        (Some(Value::Object(packages)), _) => {
            for (place, package) in packages {
                if let Some((_, name)) = place.rsplit_once("node_modules/") {
                    add(&mut listed, name, &pinned(package));
                }
            }
        }
        (None, Some(Value::Object(nested))) => inner(nested, &mut listed),
        (None, None) => {}
        _ => return Err("it has no list of packages".to_owned()),
    }
    Ok(listed)
}

fn inner(nested: &Map<String, Value>, listed: &mut Listed) {
    for (name, package) in nested {
        add(listed, name, &pinned(package));
        if let Some(Value::Object(deeper)) = package.get("dependencies") {
            inner(deeper, listed);
        }
    }
}

/// The version, and where it is from if that isn't where everybody's is.
fn pinned(package: &Value) -> String {
    let text = |name: &str| package.get(name).and_then(Value::as_str);
    let version = text("version").unwrap_or("?");
    match text("resolved") {
        Some(from) if !from.starts_with(REGISTRY) => format!("{version} from {from}"),
        _ => version.to_owned(),
    }
}

fn shown(version: &Value) -> String {
    version.as_str().map_or_else(|| version.to_string(), str::to_owned)
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(all)) => Ok(all),
        Ok(_) => Err("it is not an object".to_owned()),
        // The words of the error could be those of the file.
        Err(error) => Err(format!("no JSON at line {}", error.line())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_and_locks_of_all_versions_are_read() {
        // REQ-DELIVER-06
        let text = r#"{"dependencies":{"a":"^1.0.0"},"devDependencies":{"b":"git+https://x.test/b#1"},"overrides":{"c":"2"}}"#;
        let listed = manifest(text).unwrap();
        assert_eq!(listed["a"], "^1.0.0");
        assert_eq!(listed["b"], "git+https://x.test/b#1");
        assert!(listed.contains_key("overrides"));
        let three = r#"{"lockfileVersion":3,"packages":{"":{"name":"x"},"node_modules/@s/a":{"version":"1.0.0","resolved":"https://registry.npmjs.org/a"},
            "node_modules/b/node_modules/@s/a":{"version":"2.0.0","resolved":"https://evil.test/a.tgz"}}}"#;
        assert_eq!(lock(three).unwrap()["@s/a"], "1.0.0, 2.0.0 from https://evil.test/a.tgz");
        let one = r#"{"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"3.0.0"}}}}}"#;
        assert_eq!(lock(one).unwrap()["b"], "3.0.0");
    }

    #[test]
    fn what_cannot_be_read_is_said_without_its_words() {
        // REQ-DELIVER-06
        for text in ["", "[]", "{", "{\"dependencies\":[]}", &"[".repeat(100_000)] {
            assert!(manifest(text).is_err());
        }
        assert!(!manifest("{ hunter2 }").unwrap_err().contains("hunter2"));
    }
}
