//! The pieces that cards are made of, each within Slack's limits whatever is put in.

use crate::slack::actions::Act;
use crate::slack::formatting::{cut, visible};
use serde_json::{Value, json};

/// Slack's documented limits.
pub(super) const SECTION: usize = 3_000;
pub(super) const MESSAGE_BLOCKS: usize = 50;
pub(super) const VIEW_BLOCKS: usize = 100;
pub(super) const BUTTON: usize = 75;
const VALUE: usize = 2_000;
pub(super) const OPTION: usize = 75;
pub(super) const OPTIONS: usize = 100;
pub(super) const PLACEHOLDER: usize = 150;
pub(super) const HEADER: usize = 150;
/// Title, submit and close of a view.
pub(super) const VIEW_LABEL: usize = 24;
const CONFIRM_TEXT: usize = 300;

/// Buttons side by side on a phone.
pub(super) const IN_A_ROW: usize = 3;

/// Text of ours, in which everything that came from elsewhere is escaped.
pub(super) fn section(mrkdwn: &str) -> Value {
    json!({ "type": "section", "text": text(mrkdwn, SECTION) })
}

pub(super) fn context(mrkdwn: &str) -> Value {
    json!({ "type": "context", "elements": [text(mrkdwn, SECTION)] })
}

/// `verbatim`: names and addresses in it stay what they are.
fn text(mrkdwn: &str, most: usize) -> Value {
    let told = if mrkdwn.trim().is_empty() { "–" } else { mrkdwn };
    json!({ "type": "mrkdwn", "text": cut_mrkdwn(told, most), "verbatim": true })
}

/// Cuts without leaving half a token such as `&lt;` or `<!date…` behind.
fn cut_mrkdwn(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    let open =
        |short: &str, begin: char, end: char| short.rfind(begin).filter(|at| !short[*at..].contains(end));
    for (begin, end) in [('&', ';'), ('<', '>')] {
        if let Some(at) = open(&short, begin, end) {
            short.truncate(at);
        }
    }
    short.push('…');
    short
}

pub(super) fn header(plain_text: &str) -> Value {
    json!({ "type": "header", "text": plain(plain_text, HEADER) })
}

pub(super) fn divider() -> Value {
    json!({ "type": "divider" })
}

pub(super) fn plain(text: &str, most: usize) -> Value {
    let told = if text.trim().is_empty() { "–" } else { text };
    json!({ "type": "plain_text", "text": cut(&visible(told), most), "emoji": true })
}

/// An agent's prose. Angle brackets are what makes mentions and links of Slack's own.
pub(super) fn markdown(prose: &str) -> Value {
    json!({ "type": "markdown", "text": prose })
}

/// A line of which some parts are code. The parts are literal: nothing in them is markup.
pub(super) fn rich_line(parts: &[(&str, bool)]) -> Value {
    let told = parts.iter().filter(|(text, _)| !text.is_empty());
    let elements: Vec<Value> = told
        .map(|(text, code)| {
            let style = if *code { json!({ "code": true }) } else { json!({ "bold": true }) };
            json!({ "type": "text", "text": visible(text), "style": style })
        })
        .collect();
    json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": elements }] })
}

/// A block of code, literally.
pub(super) fn code(text: &str) -> Value {
    let told = if text.is_empty() { " ".to_owned() } else { visible(text) };
    let inner = json!([{ "type": "text", "text": told }]);
    json!({ "type": "rich_text", "elements": [{ "type": "rich_text_preformatted", "elements": inner, "border": 0 }] })
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Primary,
    Danger,
}

pub(super) fn button(label: &str, act: &Act, look: Look) -> Value {
    let (action_id, value) = act.encode();
    let mut button = json!({ "type": "button", "text": plain(label, BUTTON), "action_id": action_id });
    // A pod with ids as long as that has buttons that do nothing, but its cards are seen.
    if (1..=VALUE).contains(&value.len()) {
        button["value"] = json!(value);
    }
    match look {
        Look::Plain => {}
        Look::Primary => button["style"] = json!("primary"),
        Look::Danger => button["style"] = json!("danger"),
    }
    button
}

/// A button that opens a page.
pub(super) fn link(label: &str, url: &str) -> Value {
    let mut button = button(label, &Act::Link, Look::Plain);
    button["url"] = json!(url);
    button
}

/// Asks once more before the button counts.
pub(super) fn confirmed(mut button: Value, title: &str, question: &str, yes: &str) -> Value {
    button["confirm"] = json!({
        "title": plain(title, 100), "text": text(question, CONFIRM_TEXT),
        "confirm": plain(yes, 30), "deny": plain("Back", 30),
    });
    button
}

/// Rows of buttons that a phone shows side by side.
pub(super) fn rows(buttons: Vec<Value>) -> Vec<Value> {
    buttons.chunks(IN_A_ROW).map(|row| json!({ "type": "actions", "elements": row })).collect()
}

pub(super) fn option(label: &str, value: &str) -> Value {
    json!({ "text": plain(label, OPTION), "value": cut(value, OPTION) })
}

/// A field of a form.
pub(super) fn input(block_id: &str, label: &str, element: Value, optional: bool) -> Value {
    json!({
        "type": "input", "block_id": block_id, "label": plain(label, 2_000), "element": element,
        "optional": optional,
    })
}

pub(super) fn text_field(action_id: &str, long: bool, initial: Option<&str>, hint: &str) -> Value {
    let mut field =
        json!({ "type": "plain_text_input", "action_id": action_id, "multiline": long, "max_length": 3_000 });
    if let Some(initial) = initial.filter(|text| !text.is_empty()) {
        field["initial_value"] = json!(cut(initial, 3_000));
    }
    if !hint.is_empty() {
        field["placeholder"] = plain(hint, PLACEHOLDER);
    }
    field
}

/// A choice among options; `initial` is the value of one of them.
pub(super) fn select(kind: &str, action_id: &str, options: Vec<Value>, initial: &[String]) -> Value {
    let chosen: Vec<Value> = options
        .iter()
        .filter(|option| initial.iter().any(|value| option["value"] == value.as_str()))
        .cloned()
        .collect();
    let mut select = json!({ "type": kind, "action_id": action_id, "options": options });
    if kind.contains("select") {
        select["placeholder"] = plain("Choose…", PLACEHOLDER);
    }
    let many = kind.starts_with("multi") || kind == "checkboxes";
    match (many, chosen.first()) {
        (_, None) => {}
        (true, Some(_)) => select["initial_options"] = json!(chosen),
        (false, Some(first)) => select["initial_option"] = first.clone(),
    }
    select
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_no_half_token() {
        // REQ-THREAD-07
        assert_eq!(cut_mrkdwn("aaaa&lt;b", 8), "aaaa…");
        assert_eq!(cut_mrkdwn("aaa <!date^1^{time}|x> bbb", 15), "aaa …");
        assert_eq!(cut_mrkdwn("short", 15), "short");
    }
}
