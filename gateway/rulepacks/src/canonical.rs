//! One text for one value, whatever order its maps had, so that a digest of it can be made again.

use gateway_delivery::Facts;
use serde_json::Value;

/// The very bytes whose digest is `Decision.input`.
pub fn facts_as_judged(facts: &Facts) -> Option<Vec<u8>> {
    serde_json::to_value(facts).ok().map(|value| canonical(&value).into_bytes())
}

pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (n, (key, value)) in entries.into_iter().enumerate() {
                comma(n, text);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(list) => {
            text.push('[');
            for (n, value) in list.iter().enumerate() {
                comma(n, text);
                write(value, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

fn comma(n: usize, text: &mut String) {
    if n > 0 {
        text.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use serde_json::json;

    #[test]
    fn the_order_of_a_map_does_not_count() {
        // REQ-DELIVER-05
        let value = json!({"b": [1, {"z": null, "a": "\"\n"}], "a": true});
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"a":"\"\n","z":null}]}"#);
    }
}
