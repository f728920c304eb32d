//! Which fields of an edit were not taken over, by the names that stand in the file.

use serde::Serialize;
use serde_json::{Map, Value};

/// Fields in which the edit differs from what was kept, and from what is gone on with.
pub(super) fn left_out<T: Serialize>(kept: &T, edited: &T, result: &T, but: &[&str]) -> Vec<String> {
    let (kept, edited, result) = (fields(kept), fields(edited), fields(result));
    let mut names: Vec<&String> = kept.keys().chain(edited.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let is_left_out = |name: &&&String| {
        let edit = edited.get(name.as_str());
        !but.contains(&name.as_str()) && edit != kept.get(name.as_str()) && edit != result.get(name.as_str())
    };
    names.iter().filter(is_left_out).map(|name| (*name).clone()).collect()
}

/// One sentence for all of them, or none.
pub(super) fn keeps(who: &str, names: &[String]) -> Option<String> {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("{who} its {}.", names.join(", ")))
}

fn fields<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
