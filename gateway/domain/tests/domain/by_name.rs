//! Records are edited by hand, and answers come from outside: what kind something is of is a word, never a number.

use gateway_domain::thread::{ItemBody, Speaker};
use gateway_domain::{Answer, Ask, AskBody, AskState, Decision, Order, SessionRecord, Verdict};
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json};

fn is_refused<T: DeserializeOwned>(odd: Value) -> bool {
    from_value::<T>(odd).is_err()
}

fn ask() -> Value {
    json!({
        "id": "per_1", "opencode_id": "per_1", "session": "ses_12345678", "directory": "/work", "kind": "permission",
        "permission": "bash", "patterns": [], "always": [], "metadata": { "kind": 0 }, "digest": "d",
        "asked_at": "2026-11-20T10:00:00Z", "state": "decided",
        "decision": { "answer": "once", "by": { "id": "web:anna", "name": "anna" }, "at": "2026-11-20T10:00:05Z" },
    })
}

#[test]
fn no_kind_is_read_from_a_number() {
    // REQ-STATE-04: 0 was `once`, `open` and `permission`.
    assert!(is_refused::<Answer>(json!({ "answer": 0 })));
    assert!(is_refused::<AskBody>(json!({ "kind": 1, "questions": [] })));
    assert!(is_refused::<AskState>(json!({ "state": 2 })));
    assert!(is_refused::<Order>(json!({ "command": 6, "session": "ses_12345678" })));
    assert!(is_refused::<Verdict>(json!({ "verdict": 0 })));
    assert!(is_refused::<Speaker>(json!({ "who": 0 })));
    assert!(is_refused::<ItemBody>(json!({ "kind": 1, "lines": [] })));
}

#[test]
fn nor_inside_of_a_record() {
    // REQ-STATE-04
    let whole: Ask = from_value(ask()).unwrap();
    assert_eq!(whole.decision.unwrap().answer, Answer::Once);
    let edits: [(&str, Value); 3] = [("kind", json!(0)), ("state", json!(2)), ("/decision/answer", json!(0))];
    for (place, odd) in edits {
        let mut edited = ask();
        match place.starts_with('/') {
            true => *edited.pointer_mut(place).unwrap() = odd,
            false => edited[place] = odd,
        }
        assert!(is_refused::<Ask>(edited.clone()), "{place}");
        let mut record = serde_json::to_value(SessionRecord::new("ses_12345678", "pod-a")).unwrap();
        record["asks"] = json!([edited]);
        assert!(is_refused::<SessionRecord>(record), "{place}");
    }
    assert!(is_refused::<Decision>(
        json!({ "answer": 1, "by": { "id": "a", "name": "a" }, "at": "2026-11-20T10:00:05Z" })
    ));
}
