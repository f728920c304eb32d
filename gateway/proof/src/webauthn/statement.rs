//! What a passkey signs: not the bytes themselves, but the digest of one statement, which is kept. Whoever has it needs
//! nothing of us to check it.

use crate::tree::{Hash, sha256};
use serde_json::Value;

/// Separates these digests from all others. Each kind of statement says in itself what it is.
const DOMAIN: &[u8] = b"opencode-gateway approval v1\0";

/// One way to write it: keys in their order, no blanks. (`serde_json` sorts maps by itself unless told otherwise; this does not rely
/// on that.)
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entry = |(key, value): (&String, &Value)| format!("{}:{}", text(key), canonical(value));
            format!("{{{}}}", entries.into_iter().map(entry).collect::<Vec<_>>().join(","))
        }
        Value::Array(all) => format!("[{}]", all.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

fn text(key: &str) -> String {
    Value::from(key).to_string()
}

/// What the browser is given to have signed.
pub fn challenge(statement: &str) -> Hash {
    sha256(&[DOMAIN, statement.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_statement_has_one_form() {
        // REQ-WHO-03
        let value = json!({ "v": 1, "answer": { "b": [1, "zwei\n"], "a": null }, "person": "Ünï" });
        assert_eq!(canonical(&value), r#"{"answer":{"a":null,"b":[1,"zwei\n"]},"person":"Ünï","v":1}"#);
    }

    #[test]
    fn a_challenge_is_that_of_one_statement() {
        // REQ-WHO-03: as `printf 'opencode-gateway approval v1\0{}' | openssl dgst -sha256` says it
        let wanted = "26c2fcc1de2df2cf889952a9f9d11632dec61dbb44f100b12ecfebc71a35c8e7";
        assert_eq!(hex::encode(challenge("{}")), wanted);
        assert_ne!(challenge("{}"), challenge("{} "));
    }
}
