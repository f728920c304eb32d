//! Composition objects: texts, options, confirmations.

use super::Complaint;
use super::limits as most;
use serde_json::Value;

pub(super) fn text(value: &Value, least: usize, limit: usize) -> Result<(), Complaint> {
    match value["type"].as_str() {
        Some("mrkdwn") => length(value, least, limit),
        Some("plain_text") => plain(value, least, limit),
        other => Err(format!("unsupported type of text: {other:?}")),
    }
}

pub(super) fn plain(value: &Value, least: usize, limit: usize) -> Result<(), Complaint> {
    if value["type"] != "plain_text" {
        return Err("must be plain_text".to_owned());
    }
    if value.get("verbatim").is_some() {
        return Err("verbatim is for mrkdwn only".to_owned());
    }
    length(value, least, limit)
}

fn length(value: &Value, least: usize, limit: usize) -> Result<(), Complaint> {
    let text = value["text"].as_str().ok_or("missing required field: text")?;
    let count = text.chars().count();
    match count {
        _ if count < least => Err(format!("must be more than {} characters", least - 1)),
        _ if count > limit => Err(format!("must be less than {} characters", limit + 1)),
        _ => Ok(()),
    }
}

pub(super) fn optional_text<'a>(
    value: &'a Value,
    key: &str,
    limit: usize,
) -> Result<Option<&'a str>, Complaint> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= limit => Ok(Some(text)),
        Some(Value::String(_)) => Err(format!("{key} must be less than {} characters", limit + 1)),
        Some(_) => Err(format!("{key} must be a string")),
    }
}

pub(super) fn list<'a>(
    value: &'a Value,
    name: &str,
    least: usize,
    limit: usize,
) -> Result<&'a Vec<Value>, Complaint> {
    let list = value.as_array().ok_or(format!("missing required field: {name}"))?;
    match list.len() {
        count if count < least => Err(format!("no fewer than {least} items allowed in {name}")),
        count if count > limit => Err(format!("no more than {limit} items allowed in {name}")),
        _ => Ok(list),
    }
}

pub(super) fn options(value: &Value, limit: usize) -> Result<(), Complaint> {
    for option in list(value, "options", 1, limit)? {
        text(&option["text"], 1, most::OPTION_TEXT)?;
        optional_text(option, "value", most::OPTION_VALUE)?.ok_or("missing required field: value")?;
    }
    Ok(())
}

pub(super) fn confirm(value: &Value) -> Result<(), Complaint> {
    plain(&value["title"], 1, most::CONFIRM_TITLE)?;
    text(&value["text"], 1, most::CONFIRM_TEXT)?;
    for button in ["confirm", "deny"] {
        if let Some(label) = value.get(button) {
            plain(label, 1, most::CONFIRM_BUTTON)?;
        }
    }
    Ok(())
}

pub(super) fn style(value: &Value) -> Result<(), Complaint> {
    match value.get("style").map(Value::as_str) {
        None | Some(Some("primary" | "danger")) => Ok(()),
        _ => Err("style must be primary or danger".to_owned()),
    }
}
