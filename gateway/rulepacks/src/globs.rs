//! Globs over paths, as rules ask for them. Rego has them too, but makes them anew for each path; this makes them once.

use crate::paths::{folded, small};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regorus::{Engine, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Lists that stay made. A pack has a few dozen.
const MAX_MADE: usize = 256;
const MAX_PATTERN: usize = 200;
const MAX_PATTERNS: usize = 500;

/// Which of these paths fit one of these patterns: `gateway_fitting(patterns, paths, folders)`. A path that is among
/// `folders` may stand for all that is in it.
const NAME: &str = "gateway_fitting";

/// What has been made, by the patterns.
type Made = Arc<Mutex<BTreeMap<Vec<String>, Arc<GlobSet>>>>;

pub(crate) fn teach(engine: &mut Engine) -> Result<(), String> {
    let made = Made::default();
    let fitting = move |arguments: Vec<Value>| fitting(&made, &arguments).map_err(anyhow::Error::msg);
    engine.add_extension(NAME.to_owned(), 3, Box::new(fitting)).map_err(|error| error.to_string())
}

/// Compared as file systems compare that don't tell letters apart.
pub(crate) fn glob_set(patterns: &[String]) -> Result<GlobSet, String> {
    if patterns.len() > MAX_PATTERNS {
        return Err(format!("There are {} patterns, and {MAX_PATTERNS} are the most.", patterns.len()));
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let is_plain =
            !pattern.is_empty() && pattern.len() <= MAX_PATTERN && !pattern.contains(char::is_control);
        let glob =
            GlobBuilder::new(&small(pattern)).literal_separator(true).build().ok().filter(|_| is_plain);
        set.add(glob.ok_or_else(|| format!("“{pattern}” is not a glob."))?);
    }
    set.build().map_err(|_| "These patterns are too long to be used.".to_owned())
}

fn fitting(made: &Made, arguments: &[Value]) -> Result<Value, String> {
    let [patterns, paths, folders] = arguments else { return Err("Three arguments are needed.".to_owned()) };
    let globs = made_of(made, strings(patterns)?)?;
    let folders: BTreeSet<_> = strings(folders)?.into_iter().collect();
    let fits = |path: &String| {
        let path_folded = folded(path);
        let inside = || globs.is_match(format!("{path_folded}/-"));
        globs.is_match(&path_folded) || (folders.contains(path) && inside())
    };
    let fitting: BTreeSet<_> = strings(paths)?.into_iter().filter(fits).map(Value::from).collect();
    Ok(Value::from(fitting))
}

fn made_of(made: &Made, patterns: Vec<String>) -> Result<Arc<GlobSet>, String> {
    let known = made.lock().unwrap_or_else(PoisonError::into_inner).get(&patterns).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let globs = Arc::new(glob_set(&patterns)?);
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    if made.len() < MAX_MADE {
        made.insert(patterns, Arc::clone(&globs));
    }
    Ok(globs)
}

/// Of a list or a set.
fn strings(value: &Value) -> Result<Vec<String>, String> {
    let string = |one: &Value| {
        one.as_string().map(|text| text.to_string()).map_err(|_| "Only texts can be compared.".to_owned())
    };
    match value {
        Value::Array(list) => list.iter().map(string).collect(),
        Value::Set(set) => set.iter().map(string).collect(),
        _ => Err("A list or a set is needed.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(patterns: &[&str], path: &str, folders: &[&str]) -> bool {
        let list = |all: &[&str]| Value::from(all.iter().map(|one| Value::from(*one)).collect::<Vec<_>>());
        let found = fitting(&Made::default(), &[list(patterns), list(&[path]), list(folders)]).unwrap();
        found.as_set().unwrap().len() == 1
    }

    #[test]
    fn two_stars_are_any_number_of_folders_and_one_is_a_part_of_a_name() {
        // REQ-DELIVER-06
        for (pattern, path) in [
            ("**/.env", ".env"),
            ("**/.env", "a/b/.env"),
            ("infra/**", "infra/a/b"),
            ("**/*.{yml,yaml}", "a/b.YAML"),
            ("SRC/*.rs", "src/a.rs"),
        ] {
            assert!(fits(&[pattern], path, &[]), "{pattern} {path}");
        }
        for (pattern, path) in
            [("**/.env", "a.env"), ("src/*.rs", "src/a/b.rs"), ("infra/**", "infra"), ("a", "b/a")]
        {
            assert!(!fits(&[pattern], path, &[]), "{pattern} {path}");
        }
        assert!(!fits(&[], "a", &[]));
    }

    #[test]
    fn a_planned_folder_stands_for_what_is_in_it() {
        // REQ-DELIVER-06
        assert!(fits(&["infra/prod/**"], "infra/prod", &["infra/prod"]));
        assert!(!fits(&["infra/prod/**"], "infra/prod", &[]));
    }

    #[test]
    fn what_is_no_glob_is_an_error() {
        for pattern in ["a{b", "[", "", "a\n", &"x".repeat(300)] {
            assert!(glob_set(&[pattern.to_owned()]).is_err(), "{pattern}");
        }
        assert!(glob_set(&vec!["a".to_owned(); 501]).is_err());
        assert!(fitting(&Made::default(), &[Value::from("a"), Value::Null, Value::Null]).is_err());
    }
}
