//! The numbers and lists that rules work with: ours, and what a project puts in their place.

use crate::globs::glob_set;
use crate::{PackFault, built_in};
use gateway_delivery::Tier;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Larger numbers don't limit anything.
const MAX_NUMBER: u64 = 1_000_000;
/// More reviewers than this aren't asked by any forge.
const MAX_REVIEWERS: u64 = 15;
/// Of kinds, areas and groups of paths.
const MAX_NAMES: usize = 100;

/// What may stand in a file of data. Each field may be missing there; put together with ours none is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Numbers {
    kinds: BTreeMap<String, Kind>,
    low_code_lines: Option<u64>,
    most_reviewers: Option<u64>,
    forbidden: BTreeMap<String, Group>,
    areas: BTreeMap<String, Area>,
    secret_files: SecretFiles,
    ci: Paths,
    checks: Paths,
    docs: Paths,
    tests: Paths,
    /// For a project's own rules, in whatever form they like.
    #[serde(rename = "own")]
    _own: Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Kind {
    files: Option<u64>,
    lines: Option<u64>,
    at_least: Option<Tier>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Group {
    says: Option<String>,
    paths: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Area {
    tier: Option<Tier>,
    says: Option<String>,
    paths: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SecretFiles {
    paths: Vec<String>,
    except: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Paths {
    paths: Vec<String>,
}

/// Ours.
pub(crate) fn built_in() -> Result<Value, PackFault> {
    read(built_in::NUMBERS.0, built_in::NUMBERS.1).and_then(|data| finished(data, built_in::NUMBERS.0))
}

/// Ours, with what a project's file names in their place.
pub(crate) fn with(file: &str, text: &str) -> Result<Value, PackFault> {
    let mut data = read(built_in::NUMBERS.0, built_in::NUMBERS.1)?;
    replace(&mut data, read(file, text)?, true);
    finished(data, file)
}

/// Slips of the pen are found in the file itself, with their line.
fn read(file: &str, text: &str) -> Result<Value, PackFault> {
    let data = match file.ends_with(".json") {
        true => json(text),
        false => yaml(text),
    };
    let data = data.map_err(|(line, says)| PackFault::at(file, line, says))?;
    match data {
        Value::Null => Ok(Value::Object(Map::new())),
        map @ Value::Object(_) => Ok(map),
        _ => Err(PackFault::of(file, "The file must be a map of names to numbers and lists.")),
    }
}

type Slip = (Option<u32>, String);

fn json(text: &str) -> Result<Value, Slip> {
    let slip = |error: serde_json::Error| (u32::try_from(error.line()).ok(), says(&error));
    serde_json::from_str::<Numbers>(text).map_err(slip)?;
    serde_json::from_str(text).map_err(slip)
}

fn yaml(text: &str) -> Result<Value, Slip> {
    let slip = |error: serde_yaml::Error| {
        (error.location().and_then(|at| u32::try_from(at.line()).ok()), says(&error))
    };
    serde_yaml::from_str::<Option<Numbers>>(text).map_err(slip)?;
    serde_yaml::from_str(text).map_err(slip)
}

fn says(error: &impl std::fmt::Display) -> String {
    format!("This can't be read: {error}.")
}

/// Maps are put together; everything else takes the place of ours. In `own` there is nothing of ours.
fn replace(ours: &mut Value, theirs: Value, is_root: bool) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in theirs {
                match ours.get_mut(&key) {
                    Some(own) if is_root && key == "own" => *own = value,
                    Some(our) => replace(our, value, false),
                    None => {
                        ours.insert(key, value);
                    }
                }
            }
        }
        // Nothing was said.
        (_, Value::Null) => {}
        (ours, theirs) => *ours = theirs,
    }
}

fn finished(data: Value, file: &str) -> Result<Value, PackFault> {
    let numbers: Numbers =
        serde_json::from_value(data.clone()).map_err(|error| PackFault::of(file, says(&error)))?;
    checked(&numbers).map_err(|says| PackFault::of(file, says))?;
    Ok(data)
}

fn checked(numbers: &Numbers) -> Result<(), String> {
    let names = numbers.kinds.len() + numbers.forbidden.len() + numbers.areas.len();
    if names > MAX_NAMES {
        return Err(format!("There are {names} kinds, groups and areas, and {MAX_NAMES} are the most."));
    }
    for (name, kind) in &numbers.kinds {
        number(&format!("kinds.{name}.files"), kind.files, MAX_NUMBER)?;
        number(&format!("kinds.{name}.lines"), kind.lines, MAX_NUMBER)?;
        kind.at_least.ok_or(format!("kinds.{name} needs `at_least`: low, medium or high."))?;
    }
    number("low_code_lines", numbers.low_code_lines, MAX_NUMBER)?;
    number("most_reviewers", numbers.most_reviewers, MAX_REVIEWERS)?;
    for (name, group) in &numbers.forbidden {
        sentence(&format!("forbidden.{name}"), group.says.as_deref())?;
        patterns(&format!("forbidden.{name}.paths"), &group.paths)?;
    }
    for (name, area) in &numbers.areas {
        area.tier.ok_or(format!("areas.{name} needs `tier`: medium or high."))?;
        sentence(&format!("areas.{name}"), area.says.as_deref())?;
        patterns(&format!("areas.{name}.paths"), &area.paths)?;
    }
    let lists = [
        ("secret_files.paths", &numbers.secret_files.paths),
        ("secret_files.except", &numbers.secret_files.except),
        ("ci.paths", &numbers.ci.paths),
        ("checks.paths", &numbers.checks.paths),
        ("docs.paths", &numbers.docs.paths),
        ("tests.paths", &numbers.tests.paths),
    ];
    lists.into_iter().try_for_each(|(key, list)| patterns(key, list))
}

fn number(key: &str, number: Option<u64>, largest: u64) -> Result<(), String> {
    match number {
        Some(number) if number <= largest => Ok(()),
        Some(number) => Err(format!("{key} is {number}, and {largest} is the most.")),
        None => Err(format!("{key} is missing.")),
    }
}

fn sentence(key: &str, says: Option<&str>) -> Result<(), String> {
    match says {
        Some(says) if !says.is_empty() && says.len() <= 200 && !says.contains(char::is_control) => Ok(()),
        _ => Err(format!("{key} needs `says`: one line of at most 200 bytes.")),
    }
}

fn patterns(key: &str, list: &[String]) -> Result<(), String> {
    glob_set(list).map(|_| ()).map_err(|says| format!("{key}: {says}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        with("data.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_project_replaces_what_it_names_and_nothing_else() {
        // REQ-DELIVER-05
        let data = with(
            "data.yaml",
            "kinds: {feature: {lines: 50}, chore: {files: 1, lines: 2, at_least: low}}\nci: {paths: [CI/**]}\nown: {x: [1]}",
        );
        let data = data.unwrap();
        assert_eq!(data["kinds"]["feature"]["lines"], 50);
        assert_eq!(data["kinds"]["feature"]["files"], built_in().unwrap()["kinds"]["feature"]["files"]);
        assert_eq!(data["kinds"]["chore"]["lines"], 2);
        assert_eq!(data["ci"]["paths"], serde_json::json!(["CI/**"]));
        assert_eq!(data["own"]["x"][0], 1);
        assert_eq!(with("data.yaml", "").unwrap(), built_in().unwrap());
        assert_eq!(with("data.yaml", "ci:\nkinds:\n  feature:\n").unwrap(), built_in().unwrap());
    }

    #[test]
    fn a_slip_of_the_pen_has_its_line() {
        // REQ-DELIVER-05
        for (text, line) in [
            ("kinds:\n  feature:\n    files: ten\n", 3),
            ("low_code_lines: 5\nlimts: 3\n", 2),
            ("areas:\n  a:\n    tier: huge\n", 3),
            ("kinds:\n  feature: {files: -1}\n", 2),
            ("ci: [a\n", 1),
            ("delivery: {deny: []}\n", 1),
        ] {
            let fault = with("data.yaml", text).unwrap_err();
            assert_eq!(fault.line, Some(line), "{text}: {fault}");
        }
        let fault = with("data.json", "{\n\"low_code_lines\": \"5\"}").unwrap_err();
        assert_eq!(fault.line, Some(2), "{fault}");
    }

    #[test]
    fn what_rules_could_stumble_over_is_refused() {
        // REQ-DELIVER-05
        assert!(fault("kinds: {chore: {files: 1}}").contains("kinds.chore.lines is missing"));
        assert!(fault("areas: {x: {tier: high}}").contains("areas.x needs `says`"));
        assert!(fault("most_reviewers: 99").contains("15 is the most"));
        assert!(fault("kinds: {feature: {files: 1000001}}").contains("is the most"));
        for pattern in ["a{b", "", "[a-", &"x".repeat(300)] {
            assert!(fault(&format!("ci: {{paths: ['{pattern}']}}")).contains("is not a glob"), "{pattern}");
        }
        assert!(with("data.yaml", "ci: {paths: ['**/*.{yml,yaml}']}").is_ok());
        assert!(with("data.yaml", "- a").is_err());
    }
}
