//! The file of samples that surfaces lay out in their tests, and the shape in which a thread serves an ask.

use super::samples::{ask, samples};
use gateway_domain::AskView;
use gateway_domain::thread::{ItemBody, SortKey, ThreadItem};
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn the_served_sample_is_the_one_of_today() {
    // REQ-CONSOLE-01: `make docs` writes it again
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../console/test/served-asks.json");
    let now = serde_json::to_string_pretty(&samples()).unwrap() + "\n";
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap();
    assert!(there == now, "{} is stale: run `make docs`", file.display());
}

#[test]
fn an_ask_of_a_thread_is_served_with_what_people_read() {
    // REQ-ASK-01, REQ-CONSOLE-02
    let asked = ask(json!({}));
    let (key, at) = ("ask_per_1".to_owned(), asked.asked_at);
    let body = ItemBody::Ask { ask: Box::new(asked.clone()) };
    let item = ThreadItem { order: SortKey::new(0, 0, &key), key, at, body };
    let served = serde_json::to_value(&item).unwrap();
    assert_eq!(served["ask"], json!(AskView::of(asked)));
    assert_eq!(served["ask"]["display"]["summary"][1], json!({ "part": "code", "text": "npm test" }));
    let read: ThreadItem = serde_json::from_value(served).unwrap();
    assert_eq!(read, item, "what is served can be read");
}

#[test]
fn what_is_served_can_be_read_again() {
    for sample in samples() {
        let served = serde_json::to_value(&sample.ask).unwrap();
        let read: AskView = serde_json::from_value(served.clone()).unwrap();
        assert_eq!(read, sample.ask, "{}", sample.name);
        assert!(served["display"]["answers"].is_array() && served["display"]["questions"] != Value::Null);
    }
}
