//! The page `docs/configuration.md`: every variable and every key of the file, from the types that read them.

use super::File;
use super::policies::{RULES, Rules};
use super::variables::{SECRETS, VARIABLES};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

const HEAD: &str = "\
# Configuration

Generated from the types that read it (`gateway/src/config`): change those, then `make docs`. A test fails when this page
is stale.

Nothing has to be set for a gateway on one machine. The environment overrides the file, and secrets never
stand in it. All faults are reported at once, those of the file with key and line.
";

const RULES_HEAD: &str = "\
These are at the top of the file and apply to everything, or under `projects.<name>` and apply to that project. What a
project does not set stays as it is for all.
";

/// A key of the file.
struct Key {
    path: String,
    values: String,
    default: String,
    what: String,
}

/// The whole page.
fn page() -> String {
    let mut page =
        format!("{HEAD}\n## Environment variables\n\n| variable | what it does | default |\n|---|---|---|\n");
    for (name, what, default) in VARIABLES {
        let _ = writeln!(page, "| `{name}` | {} | {} |", cell(what), cell(default));
    }
    let _ = writeln!(
        page,
        "\n{SECRETS}\n\n## The file\n\n`GATEWAY_CONFIG` is its path. `<name>` stands for a name that you \
            choose, `[]` for each entry of a list."
    );
    let (rules, settings) = (keys::<Rules>(), keys::<File>());
    for (title, keys) in groups(settings) {
        table(&mut page, &title, "", &keys);
    }
    table(&mut page, "Rules", RULES_HEAD, &rules);
    page
}

/// Keys that stand alone first, then each group of the file under its own name. A project's keys are the rules.
fn groups(keys: Vec<Key>) -> Vec<(String, Vec<Key>)> {
    let mut groups: BTreeMap<String, Vec<Key>> = BTreeMap::new();
    for key in keys {
        let first = key.path.split(['.', '[']).next().unwrap_or_default().to_owned();
        if first != "projects" || key.path == "projects" {
            groups.entry(first).or_default().push(key);
        }
    }
    let (alone, grouped): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, keys)| keys.len() == 1);
    let alone = alone.into_iter().flat_map(|(_, keys)| keys).collect();
    let named = grouped.into_iter().map(|(name, keys)| (format!("`{name}`"), keys));
    [("Settings".to_owned(), alone)].into_iter().chain(named).collect()
}

fn table(page: &mut String, title: &str, head: &str, keys: &[Key]) {
    let _ = write!(page, "\n### {title}\n\n{head}");
    if !head.is_empty() {
        page.push('\n');
    }
    page.push_str("| key | values | default | what it does |\n|---|---|---|---|\n");
    for Key { path, values, default, what } in keys {
        let _ = writeln!(page, "| `{path}` | {} | {} | {} |", cell(values), cell(default), cell(what));
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The keys that a type reads, those of its groups below them.
fn keys<T: JsonSchema>() -> Vec<Key> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let mut keys = vec![];
    collect(&schema, "", &mut keys);
    keys
}

fn collect(group: &Value, path: &str, keys: &mut Vec<Key>) {
    let Some(properties) = group["properties"].as_object() else { return };
    let required: Vec<_> =
        group["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut properties: Vec<_> = properties.iter().collect();
    properties.sort_by_key(|(name, _)| *name);
    for (name, property) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let shape = without_null(property);
        let default =
            if required.contains(&name.as_str()) { "required".to_owned() } else { default(property) };
        let what = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        keys.push(Key { path: path.clone(), values: values(shape), default, what });
        collect(shape, &path, keys);
        collect(without_null(&shape["additionalProperties"]), &format!("{path}.<name>"), keys);
        collect(without_null(&shape["items"]), &format!("{path}[]"), keys);
    }
}

/// What a value may be besides nothing.
fn without_null(schema: &Value) -> &Value {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let mut real = choices.filter(|choice| choice["type"] != "null");
    match (real.next(), real.next()) {
        (Some(only), None) => only,
        _ => schema,
    }
}

fn default(property: &Value) -> String {
    match &property["default"] {
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Object(_) => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::Array(list) => {
            list.iter().map(|value| format!("`{}`", word(value))).collect::<Vec<_>>().join(", ")
        }
        value => format!("`{}`", word(value)),
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// In the words of people who write the file.
fn values(shape: &Value) -> String {
    let listed = shape["enum"].as_array().into_iter().flatten().filter(|value| !value.is_null());
    let described = shape["oneOf"].as_array().into_iter().flatten().flat_map(|one| {
        let several = one["enum"].as_array().into_iter().flatten();
        several.chain(one.get("const"))
    });
    let words: Vec<_> = listed.chain(described).map(|value| format!("`{}`", word(value))).collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    let kinds = shape["type"].as_array().cloned().unwrap_or_else(|| vec![shape["type"].clone()]);
    let kind = kinds.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null"));
    match kind {
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("boolean") => "`true`, `false`",
        Some("array") if shape["items"]["properties"].is_object() => "list of groups",
        Some("array") => "list",
        Some("object") if shape["additionalProperties"].is_object() => "groups by name",
        Some("object") => "group",
        Some(_) => "text",
        None => "text or list",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_page_of_the_configuration_is_the_one_of_these_types() {
        // REQ-FRONT-03
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
        if std::env::var_os("WRITE_DOCS").is_some() {
            std::fs::write(&file, page()).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(there == page(), "docs/configuration.md is stale: `make docs` writes it");
    }

    #[test]
    fn every_key_says_what_it_does_and_what_holds_without_it() {
        // REQ-FRONT-03
        let keys: Vec<_> = keys::<Rules>().into_iter().chain(keys::<File>()).collect();
        assert!(keys.len() > 60, "{}", keys.len());
        for Key { path, what, .. } in &keys {
            assert!(what.ends_with('.'), "{path} does not say what it does: {what:?}");
        }
        for rule in RULES {
            assert!(keys.iter().any(|key| key.path == rule), "{rule} is not on the page");
        }
    }
}
