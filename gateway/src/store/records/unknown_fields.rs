//! Fields in a record file that the record does not know: a person's note, or a newer gateway's field.
//!
//! Those at the top level are carried along and written again. Those further inside cannot be put back in
//! their place once the record changes; they stay in git history, and a notice says where.

use super::record::Record;
use serde_yaml::{Mapping, Value};

#[derive(Debug, Default, PartialEq)]
pub(super) struct Unknown {
    pub(super) carried: Mapping,
    /// Paths such as `asks[0].colour`.
    pub(super) dropped: Vec<String>,
}

/// Compares the fields of a file with what the record read from them would write.
pub(super) fn find<R: Record>(fields: Mapping, record: &R) -> Unknown {
    let mut unknown = Unknown::default();
    // A record that cannot be serialized knows nothing; writing it fails later, with its own error.
    let known = serde_yaml::to_value(record).unwrap_or_default();
    for (key, value) in fields {
        match known.get(&key) {
            Some(known) => inside(&value, known, &name_of(&key), &mut unknown.dropped),
            None if carries_nothing(&value) => {}
            None => {
                unknown.carried.insert(key, value);
            }
        }
    }
    unknown
}

fn inside(found: &Value, known: &Value, path: &str, dropped: &mut Vec<String>) {
    match (found, known) {
        (Value::Mapping(found), Value::Mapping(known)) => {
            for (key, value) in found {
                let path = format!("{path}.{}", name_of(key));
                match known.get(key) {
                    Some(known) => inside(value, known, &path, dropped),
                    None if carries_nothing(value) => {}
                    None => dropped.push(path),
                }
            }
        }
        (Value::Sequence(found), Value::Sequence(known)) => {
            for (index, (found, known)) in found.iter().zip(known).enumerate() {
                inside(found, known, &format!("{path}[{index}]"), dropped);
            }
        }
        _ => {}
    }
}

/// The record leaves out what is empty, so an empty field may well be one that it knows.
fn carries_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Sequence(values) => values.is_empty(),
        Value::Mapping(fields) => fields.is_empty(),
        _ => false,
    }
}

fn name_of(key: &Value) -> String {
    key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned)
}
