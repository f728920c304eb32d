//! Serde's complaints about a value, in words for the people who write the file.

/// `more` are settings that stand beside those that serde knows of.
pub(super) fn in_words(message: &str, more: &[&str]) -> String {
    wrong_value(message)
        .or_else(|| unknown_key(message, more))
        .or_else(|| unknown_word(message))
        .or_else(|| missing(message))
        .unwrap_or_else(|| message.to_owned())
}

/// "invalid type: string "soon", expected u64"
fn wrong_value(message: &str) -> Option<String> {
    let rest = ["invalid type: ", "invalid value: "].iter().find_map(|start| message.strip_prefix(start))?;
    let (given, expected) = rest.rsplit_once(", expected ")?;
    Some(format!("{} isn't allowed here; expected {}", value(given), kind(expected)))
}

fn value(given: &str) -> String {
    let plain = ["string ", "integer ", "boolean ", "floating point "];
    match given {
        "map" => "a group of settings".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit value" => "nothing".to_owned(),
        given => {
            let text = plain.iter().find_map(|start| given.strip_prefix(start)).unwrap_or(given);
            text.trim_matches('`').to_owned()
        }
    }
}

fn kind(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "a boolean" => "true or false",
        "a string" => "text",
        "a sequence" => "a list",
        "a map" => "a group of settings",
        other if other.starts_with("struct ") => "a group of settings",
        other => other,
    }
}

/// "unknown field `x`, expected one of `a`, `b`"
fn unknown_key(message: &str, more: &[&str]) -> Option<String> {
    let rest = message.strip_prefix("unknown field `")?;
    let known = rest.split_once("expected ").map_or("", |(_, known)| known);
    let mut names: Vec<_> = quoted(known).chain(more.iter().copied()).collect();
    names.sort_unstable();
    Some(format!("unknown setting; known settings are {}", names.join(", ")))
}

/// "unknown variant `xml`, expected `text` or `json`"
fn unknown_word(message: &str) -> Option<String> {
    let (word, known) = message.strip_prefix("unknown variant `")?.split_once("`, expected ")?;
    let names: Vec<_> = quoted(known).collect();
    Some(format!("unknown value {word:?}; use {}", names.join(" or ")))
}

/// The names that serde lists: "`a`, `b` or `c`".
pub(in crate::config) fn quoted(list: &str) -> impl Iterator<Item = &str> {
    list.split('`').skip(1).step_by(2)
}

fn missing(message: &str) -> Option<String> {
    let name = quoted(message.strip_prefix("missing field ")?).next()?;
    Some(format!("`{name}` is missing"))
}
