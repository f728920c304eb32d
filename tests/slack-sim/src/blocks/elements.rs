//! Interactive elements: buttons, selects, inputs.

use super::objects::{confirm, list, optional_text, options, plain, style};
use super::{Complaint, Tally, limits};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Section,
    Actions,
    Input,
    ContextActions,
}

pub(super) fn check(element: &Value, place: Where, block: &str, tally: &mut Tally) -> Result<(), Complaint> {
    let kind = element["type"].as_str().ok_or("missing required field: type")?;
    if !stands(kind, place) {
        return Err(format!("unsupported type: {kind} cannot stand here"));
    }
    if let Some(action) = optional_text(element, "action_id", limits::ID)?.filter(|id| !id.is_empty()) {
        // A block without an id gets one of Slack's own: it is another block than its neighbours.
        let block = if block.is_empty() { format!("#{}", tally.index) } else { block.to_owned() };
        let key = (block, action.to_owned());
        if !tally.actions.insert(key) {
            return Err(format!("action_id {action:?} already exists in this block"));
        }
    }
    if let Some(question) = element.get("confirm") {
        confirm(question)?;
    }
    if let Some(placeholder) = element.get("placeholder") {
        plain(placeholder, 1, limits::PLACEHOLDER)?;
    }
    inside(kind, element)
}

fn inside(kind: &str, element: &Value) -> Result<(), Complaint> {
    match kind {
        "button" | "workflow_button" => button(element),
        "static_select" | "multi_static_select" => choices(element),
        "overflow" => options(&element["options"], limits::OVERFLOW_OPTIONS),
        "radio_buttons" | "checkboxes" => options(&element["options"], limits::FEW_OPTIONS),
        "plain_text_input" => text_input(element),
        "number_input" => match element["is_decimal_allowed"].is_boolean() {
            true => Ok(()),
            false => Err("missing required field: is_decimal_allowed".to_owned()),
        },
        "image" => optional_text(element, "alt_text", limits::ALT)?
            .map(drop)
            .ok_or("missing required field: alt_text".to_owned()),
        _ => Ok(()),
    }
}

const SELECTS: &[&str] =
    &["static_select", "external_select", "users_select", "conversations_select", "channels_select"];
const MULTI: &[&str] = &[
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
];
const PICKERS: &[&str] = &["datepicker", "timepicker", "radio_buttons", "checkboxes"];
const TYPED: &[&str] = &[
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
];

fn stands(kind: &str, place: Where) -> bool {
    let among = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&kind));
    match place {
        Where::Section => {
            among(&[SELECTS, MULTI, PICKERS, &["button", "workflow_button", "overflow", "image"]])
        }
        Where::Actions => {
            among(&[SELECTS, MULTI, PICKERS, &["button", "workflow_button", "overflow", "datetimepicker"]])
        }
        Where::Input => among(&[SELECTS, MULTI, PICKERS, TYPED, &["datetimepicker"]]),
        Where::ContextActions => among(&[&["feedback_buttons", "icon_button"]]),
    }
}

fn button(element: &Value) -> Result<(), Complaint> {
    plain(&element["text"], 1, limits::BUTTON_TEXT)?;
    optional_text(element, "value", limits::BUTTON_VALUE)?;
    optional_text(element, "url", limits::URL)?;
    style(element)
}

fn choices(element: &Value) -> Result<(), Complaint> {
    let Some(groups) = element.get("option_groups") else {
        return options(&element["options"], limits::OPTIONS);
    };
    if element.get("options").is_some() {
        return Err("options and option_groups exclude each other".to_owned());
    }
    for group in list(groups, "option_groups", 1, limits::GROUPS)? {
        plain(&group["label"], 1, limits::OPTION_TEXT)?;
        options(&group["options"], limits::OPTIONS)?;
    }
    Ok(())
}

fn text_input(element: &Value) -> Result<(), Complaint> {
    let least = element["min_length"].as_u64().unwrap_or(0);
    let most = element["max_length"].as_u64().unwrap_or(limits::INPUT_MAX);
    if least > limits::INPUT_MAX || most > limits::INPUT_MAX || most == 0 || least > most {
        return Err(format!("min_length and max_length must lie between 0 and {}", limits::INPUT_MAX));
    }
    Ok(())
}
