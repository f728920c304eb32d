//! Payloads as they also occur in the world: null teams, metadata that is not only text, fields of tomorrow.

use crate::faults::Oddities;
use serde_json::{Value, json};

pub(super) fn bend(payload: &mut Value, oddities: Oddities) {
    if oddities.null_team {
        for key in ["team", "team_id"] {
            if payload.get(key).is_some() {
                payload[key] = Value::Null;
            }
        }
    }
    if oddities.wild_metadata {
        for path in ["/message", "/event", "/event/message"] {
            if let Some(message) = payload.pointer_mut(path).filter(|value| value.is_object()) {
                message["metadata"] = json!({ "event_type": "wild", "event_payload": {
                    "number": 7, "nested": { "list": [1, "two", null] }, "flag": true } });
            }
        }
    }
    if oddities.extra_fields {
        for path in ["", "/event", "/actions/0", "/view"] {
            if let Some(Value::Object(map)) = payload.pointer_mut(path) {
                map.insert("x_of_tomorrow".to_owned(), json!({ "deep": [{ "er": 1.5 }] }));
            }
        }
    }
}
