//! The file of the configuration: read as a whole, with every value that does not fit named by its key and line.
//!
//! Serde stops at the first value that it cannot use. So that one is taken out and the rest is read again, until
//! nothing is left to complain about.

mod lines;
mod value_fault;

use super::bounded;
use super::policies::{self, Rules};
use super::{File, Variables};
use lines::line_of;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use serde_yaml::{Mapping, Value};
use std::path::PathBuf;
use value_fault::in_words;
#[cfg(test)]
pub(super) use value_fault::quoted;

/// So many mistakes in one file are enough to begin with.
const MOST_FAULTS: usize = 100;

/// A key of a map, or a place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// What `GATEWAY_CONFIG` names, or an empty file.
pub(super) fn read(variables: &Variables<'_>, faults: &mut Vec<String>) -> File {
    let Some(path) = variables("GATEWAY_CONFIG").map(PathBuf::from) else { return File::default() };
    match std::fs::read_to_string(&path) {
        Ok(text) => match bounded::fault(&text) {
            None => parse(text, faults),
            Some(fault) => {
                faults.push(format!("GATEWAY_CONFIG: {}: {fault}", path.display()));
                File::default()
            }
        },
        Err(error) => {
            faults.push(format!("GATEWAY_CONFIG: {} can't be read: {error}", path.display()));
            File::default()
        }
    }
}

fn parse(text: String, faults: &mut Vec<String>) -> File {
    let all = match serde_yaml::from_str::<Option<Mapping>>(&text) {
        Ok(all) => all.unwrap_or_default(),
        Err(error) => {
            faults.push(format!("GATEWAY_CONFIG: the file is not YAML of keys and values: {error}"));
            return File::default();
        }
    };
    let is_rule = |(key, _): &(Value, Value)| key.as_str().is_some_and(|key| policies::RULES.contains(&key));
    let (rules, others): (Mapping, Mapping) = all.into_iter().partition(is_rule);
    let mut reader = Reader { text: &text, faults };
    let file: File = reader.all_that_fits(others);
    let rules: Rules = reader.all_that_fits(rules);
    File { rules, text, ..file }
}

/// Adds the line to faults that begin with the key that they are about, such as `projects.shop.running_sessions: …`.
pub(super) fn add_lines(text: &str, faults: &mut [String]) {
    for fault in faults {
        let Some((key, rest)) = fault.split_once(": ") else { continue };
        if let Some(line) = steps(key).and_then(|steps| line_of(text, &steps)) {
            *fault = format!("{key} (line {line}): {rest}");
        }
    }
}

/// `models[0].health` in steps.
fn steps(key: &str) -> Option<Vec<Step>> {
    let mut steps = vec![];
    for part in key.split('.') {
        let (name, places) = part.split_once('[').map_or((part, None), |(name, index)| (name, Some(index)));
        steps.push(Step::Key(name.to_owned()));
        if let Some(index) = places {
            steps.push(Step::Index(index.strip_suffix(']')?.parse().ok()?));
        }
    }
    Some(steps)
}

struct Reader<'a> {
    text: &'a str,
    faults: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// Reads what can be used; the rest is told.
    fn all_that_fits<T: DeserializeOwned + Default>(&mut self, all: Mapping) -> T {
        let mut value = Value::Mapping(all);
        let mut removed: Vec<Vec<Step>> = vec![];
        for _ in 0..MOST_FAULTS {
            let error = match serde_path_to_error::deserialize::<_, T>(value.clone()) {
                Ok(read) => return read,
                Err(error) => error,
            };
            let steps = steps_of(error.path());
            let written = as_written(&steps, &removed);
            self.faults.push(self.told(&written, &error.inner().to_string()));
            if !remove(&mut value, &steps) {
                break;
            }
            removed.push(written);
        }
        T::default()
    }

    fn told(&self, steps: &[Step], message: &str) -> String {
        let line = line_of(self.text, steps).map_or_else(String::new, |line| format!(" (line {line})"));
        let more = if steps.len() == 1 { &policies::RULES[..] } else { &[] };
        format!("{}{line}: {}", shown(steps), in_words(message, more))
    }
}

fn shown(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

fn steps_of(path: &Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().map_while(step).collect()
}

/// Entries of a list that were taken out before count for the place that is told.
fn as_written(steps: &[Step], removed: &[Vec<Step>]) -> Vec<Step> {
    let mut written: Vec<Step> = vec![];
    for step in steps {
        let step = match step {
            Step::Index(index) => {
                let gone = removed.iter().filter(|gone| {
                    gone.len() == written.len() + 1
                        && gone.starts_with(&written)
                        && matches!(gone.last(), Some(Step::Index(_)))
                });
                Step::Index(index + gone.count())
            }
            key => key.clone(),
        };
        written.push(step);
    }
    written
}

/// Takes a value out; whether there was one.
fn remove(value: &mut Value, steps: &[Step]) -> bool {
    let Some((last, way)) = steps.split_last() else { return false };
    let mut at = value;
    for step in way {
        let next = match (step, at) {
            (Step::Key(key), Value::Mapping(map)) => map.get_mut(key.as_str()),
            (Step::Index(index), Value::Sequence(list)) => list.get_mut(*index),
            _ => None,
        };
        let Some(next) = next else { return false };
        at = next;
    }
    match (last, at) {
        (Step::Key(key), Value::Mapping(map)) => map.remove(key.as_str()).is_some(),
        (Step::Index(index), Value::Sequence(list)) if *index < list.len() => {
            list.remove(*index);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = vec![];
        parse(text.to_owned(), &mut faults);
        faults
    }

    const WRONG: &str = "\
listen: 127.0.0.1:8000
running_sessions: -5
log: xml
aprovers: [anna]
working_hours:
  zone: Europe/Berlin
  from: '09:00'
risky:
  - { pattern: 'git push*' }
  - { pattern: a, why: b }
  - { pattern: [x], why: b }
projects:
  shop:
    question_timeout_seconds: soon
    thread: { detial: quiet }
slack: { guests: 3 }
models: none
";

    #[test]
    fn each_value_that_does_not_fit_is_named_with_key_and_line_all_at_once() {
        // B40: it said "invalid value: integer `-5`, expected u64", and nothing else.
        let told = faults_of(WRONG).join("\n");
        for part in [
            "running_sessions (line 2): -5 isn't allowed here; expected a whole number from 0",
            "log (line 3): unknown value \"xml\"; use text or json",
            "aprovers (line 4): unknown setting; known settings are ",
            "working_hours (line 5): `to` is missing",
            "risky[0] (line 9): `why` is missing",
            "risky[2].pattern (line 11): a list isn't allowed here; expected text",
            "projects.shop.question_timeout_seconds (line 14): \"soon\" isn't allowed here",
            "projects.shop.thread.detial (line 15): unknown setting",
            "slack.guests (line 16): 3 isn't allowed here; expected true or false",
            "models (line 17): \"none\" isn't allowed here; expected a list",
        ] {
            assert!(told.contains(part), "{part}\nin\n{told}");
        }
        assert!(told.contains("approvers"), "what it could be is named: {told}");
    }

    #[test]
    fn a_sound_file_has_no_faults_and_an_empty_one_is_none() {
        for text in ["", "# nothing\n", "listen: 127.0.0.1:1\nrunning_sessions: 3\n"] {
            assert_eq!(faults_of(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_named_with_its_line() {
        let told = faults_of("listen: [\nlog: text\n").join("\n");
        assert!(told.contains("line"), "{told}");
        assert!(faults_of("- a list\n")[0].contains("keys and values"));
    }

    #[test]
    fn faults_found_later_get_their_line_too() {
        let mut faults = vec![
            "projects.shop.running_sessions: must be a number.".to_owned(),
            "GATEWAY_LISTEN (or `listen`): is no address.".to_owned(),
        ];
        add_lines("listen: x\nprojects:\n  shop:\n    running_sessions: 0\n", &mut faults);
        assert_eq!(faults[0], "projects.shop.running_sessions (line 4): must be a number.");
        assert_eq!(faults[1], "GATEWAY_LISTEN (or `listen`): is no address.");
    }
}
