//! The table of bad blocks: each breaks one limit, and its neighbour at the limit passes.

use super::{Place, check};
use serde_json::{Value, json};

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": "x".repeat(length) })
}

fn button(id: &str) -> Value {
    json!({ "type": "button", "action_id": id, "text": plain(2) })
}

fn options(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({ "text": plain(1), "value": n.to_string() })).collect()
}

fn actions(elements: &[Value]) -> Value {
    json!([{ "type": "actions", "elements": elements }])
}

fn confirm(length: usize) -> Value {
    let confirm = json!({ "title": plain(1), "text": plain(length), "confirm": plain(1), "deny": plain(1) });
    actions(&[json!({ "type": "button", "text": plain(1), "confirm": confirm })])
}

/// Name, blocks within the limit, blocks beyond it.
fn pairs() -> Vec<(&'static str, Value, Value)> {
    let section =
        |length| json!([{ "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(length) } }]);
    let header = |length| json!([{ "type": "header", "text": plain(length) }]);
    let dividers = |count| Value::Array(vec![json!({ "type": "divider" }); count]);
    let buttons = |count: usize| actions(&(0..count).map(|n| button(&n.to_string())).collect::<Vec<_>>());
    let label = |length| actions(&[json!({ "type": "button", "text": plain(length) })]);
    let value = |length: usize| {
        actions(&[json!({ "type": "button", "text": plain(1), "value": "x".repeat(length) })])
    };
    let select = |count| actions(&[json!({ "type": "static_select", "options": options(count) })]);
    let radio = |count| actions(&[json!({ "type": "radio_buttons", "options": options(count) })]);
    let overflow = |count| actions(&[json!({ "type": "overflow", "options": options(count) })]);
    let markdown = |length: usize| {
        let block = json!({ "type": "markdown", "text": "x".repeat(length / 2) });
        json!([block, block])
    };
    let rows = |count: usize, columns: usize, length: usize| {
        let cell = json!({ "type": "raw_text", "text": "x".repeat(length) });
        json!([{ "type": "table", "rows": vec![vec![cell; columns]; count] }])
    };
    let fields = |count| json!([{ "type": "section", "fields": vec![plain(1); count] }]);
    let context = |count| json!([{ "type": "context", "elements": vec![plain(1); count] }]);
    let id = |length: usize| json!([{ "type": "divider", "block_id": "x".repeat(length) }]);
    vec![
        ("section", section(3000), section(3001)),
        ("empty section", section(1), section(0)),
        ("header", header(150), header(151)),
        ("blocks", dividers(50), dividers(51)),
        ("buttons", buttons(25), buttons(26)),
        ("button text", label(75), label(76)),
        ("button value", value(2000), value(2001)),
        ("select", select(100), select(101)),
        ("radio", radio(10), radio(11)),
        ("overflow", overflow(5), overflow(6)),
        ("markdown", markdown(12_000), markdown(12_002)),
        ("table rows", rows(100, 2, 1), rows(101, 2, 1)),
        ("table columns", rows(2, 20, 1), rows(2, 21, 1)),
        ("table text", rows(10, 10, 100), rows(10, 10, 101)),
        ("fields", fields(10), fields(11)),
        ("context", context(10), context(11)),
        ("block_id", id(255), id(256)),
        ("confirm", confirm(300), confirm(301)),
        (
            "same block_id",
            json!([{ "type": "divider", "block_id": "a" }, { "type": "divider", "block_id": "b" }]),
            json!([{ "type": "divider", "block_id": "a" }, { "type": "divider", "block_id": "a" }]),
        ),
        ("same action_id", actions(&[button("a"), button("b")]), actions(&[button("a"), button("a")])),
        // B5: the same id in two blocks is two buttons, whether the blocks have names or not.
        (
            "same action_id in one of two blocks",
            json!([actions(&[button("a")])[0], actions(&[button("a")])[0]]),
            json!([actions(&[button("a")])[0], actions(&[button("a"), button("a")])[0]]),
        ),
        ("unknown block", json!([{ "type": "divider" }]), json!([{ "type": "carousel_of_wonders" }])),
        (
            "style",
            actions(&[json!({ "type": "button", "text": plain(1), "style": "danger" })]),
            actions(&[json!({ "type": "button", "text": plain(1), "style": "blue" })]),
        ),
        ("input in actions", actions(&[button("a")]), actions(&[json!({ "type": "plain_text_input" })])),
        (
            "mrkdwn label",
            actions(&[button("a")]),
            actions(&[json!({ "type": "button", "text": { "type": "mrkdwn", "text": "x" } })]),
        ),
    ]
}

#[test]
fn each_limit_holds_where_slack_draws_it() {
    for (name, good, bad) in pairs() {
        let [good, bad] = [good, bad].map(|blocks| check(blocks.as_array().unwrap(), Place::Message));
        assert_eq!(good, Ok(()), "{name} within the limit");
        assert!(bad.is_err(), "{name} beyond the limit");
    }
}

#[test]
fn views_have_limits_and_blocks_of_their_own() {
    let dividers = |count| vec![json!({ "type": "divider" }); count];
    assert_eq!(check(&dividers(100), Place::Modal), Ok(()));
    assert!(check(&dividers(101), Place::Modal).is_err());
    assert!(check(&[json!({ "type": "markdown", "text": "x" })], Place::Modal).is_err());
    let input = json!({ "type": "input", "label": plain(1), "element": { "type": "plain_text_input", "max_length": 3001 } });
    assert!(check(&[input], Place::Modal).is_err());
}
