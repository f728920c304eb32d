//! What an input holds: from the person's words to Slack's value for the element, and the checks of Slack's client.

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

/// The value of an element when somebody typed or chose this.
pub(super) fn value(element: &Value, choice: &str) -> anyhow::Result<Value> {
    let kind = element["type"].as_str().unwrap_or_default();
    let many = || choice.split(',').map(str::trim).filter(|part| !part.is_empty());
    let list = || many().map(str::to_owned).collect::<Vec<String>>();
    let (key, value) = match kind {
        "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" => {
            ("value", json!(choice))
        }
        "static_select" | "radio_buttons" | "overflow" => ("selected_option", option(element, choice)?),
        "external_select" => ("selected_option", free_option(choice)),
        "checkboxes" | "multi_static_select" => {
            ("selected_options", many().map(|part| option(element, part)).collect::<Result<Value, _>>()?)
        }
        "multi_external_select" => ("selected_options", many().map(free_option).collect()),
        "users_select" => ("selected_user", json!(choice)),
        "conversations_select" => ("selected_conversation", json!(choice)),
        "channels_select" => ("selected_channel", json!(choice)),
        "multi_users_select" => ("selected_users", json!(list())),
        "multi_conversations_select" => ("selected_conversations", json!(list())),
        "multi_channels_select" => ("selected_channels", json!(list())),
        "datepicker" => ("selected_date", json!(choice)),
        "timepicker" => ("selected_time", json!(choice)),
        "datetimepicker" => {
            ("selected_date_time", json!(choice.parse::<u64>().context("a time in seconds")?))
        }
        "rich_text_input" => ("rich_text_value", rich(choice)),
        other => bail!("nothing can be chosen in a {other}"),
    };
    Ok(json!({ "type": kind, key: value }))
}

fn free_option(choice: &str) -> Value {
    json!({ "text": { "type": "plain_text", "text": choice }, "value": choice })
}

fn rich(text: &str) -> Value {
    json!({ "type": "rich_text", "elements": [
        { "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] }] })
}

fn option(element: &Value, choice: &str) -> anyhow::Result<Value> {
    let groups = element["option_groups"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|group| group["options"].as_array());
    let mut all = element["options"].as_array().into_iter().chain(groups).flatten();
    let meant = |option: &&Value| option["value"] == choice || option["text"]["text"] == choice;
    all.find(meant).cloned().with_context(|| format!("{choice:?} is not among the options"))
}

/// What an element holds before anybody touches it.
pub(super) fn initial(element: &Value) -> Value {
    let mut state = Map::from_iter([("type".to_owned(), element["type"].clone())]);
    for (from, to) in [
        ("initial_value", "value"),
        ("initial_option", "selected_option"),
        ("initial_options", "selected_options"),
        ("initial_user", "selected_user"),
        ("initial_conversation", "selected_conversation"),
        ("initial_channel", "selected_channel"),
        ("initial_date", "selected_date"),
        ("initial_time", "selected_time"),
        ("initial_users", "selected_users"),
        ("initial_conversations", "selected_conversations"),
    ] {
        if let Some(value) = element.get(from) {
            state.insert(to.to_owned(), value.clone());
        }
    }
    if state.len() == 1 { nothing(element) } else { Value::Object(state) }
}

/// What an element holds that was emptied.
pub(super) fn nothing(element: &Value) -> Value {
    json!({ "type": element["type"], empty_key(element): empty(element) })
}

fn empty_key(element: &Value) -> &'static str {
    match element["type"].as_str().unwrap_or_default() {
        "static_select" | "external_select" | "radio_buttons" => "selected_option",
        "checkboxes" | "multi_static_select" | "multi_external_select" => "selected_options",
        "users_select" => "selected_user",
        "multi_users_select" => "selected_users",
        "conversations_select" => "selected_conversation",
        "multi_conversations_select" => "selected_conversations",
        "channels_select" => "selected_channel",
        "multi_channels_select" => "selected_channels",
        "datepicker" => "selected_date",
        "timepicker" => "selected_time",
        "datetimepicker" => "selected_date_time",
        "rich_text_input" => "rich_text_value",
        _ => "value",
    }
}

fn empty(element: &Value) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    if kind == "checkboxes" || kind.starts_with("multi_") { json!([]) } else { Value::Null }
}

/// What Slack's client says before it sends the form. None: the value may go.
pub(super) fn complaint(block: &Value, held: &Value) -> Option<String> {
    let element = &block["element"];
    let filled = held.as_object().into_iter().flatten().any(|(key, value)| {
        key != "type"
            && !value.is_null()
            && *value != json!("")
            && value.as_array().is_none_or(|list| !list.is_empty())
    });
    if !filled {
        return (block["optional"] != true).then(|| "Please complete this required field.".to_owned());
    }
    let length = held["value"].as_str().map_or(0, |text| text.chars().count() as u64);
    let least = element["min_length"]
        .as_u64()
        .filter(|least| element["type"] == "plain_text_input" && length < *least);
    let most = element["max_length"].as_u64().unwrap_or(3000);
    match element["type"].as_str() {
        _ if least.is_some() => {
            Some(format!("Please enter at least {} characters.", least.unwrap_or_default()))
        }
        Some("plain_text_input") if length > most => Some(format!("Please enter at most {most} characters.")),
        Some("number_input") if held["value"].as_str().is_some_and(|text| text.parse::<f64>().is_err()) => {
            Some("Please enter a number.".to_owned())
        }
        _ => None,
    }
}
