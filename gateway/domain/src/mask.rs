//! Hides what looks like a secret, before anything is shown or kept (invariant I8).
//!
//! Better one word too many than one key in a thread. The shape stays readable: the name of a setting stays, its
//! value goes.

use regex::{Captures, Regex};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// What stands where a secret was.
pub const MASK: &str = "•••";

/// Its head and the lines of a key, in a text or in JSON; not whatever else follows, which may be what runs.
const PRIVATE_KEY: &str = concat!(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"(?:(?:\s|\\n|\\r)*(?:Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]+,[A-F0-9]+|[A-Za-z0-9+/=]{16,}))*",
    r"(?:(?:\s|\\n|\\r)*[A-Za-z0-9+/=]*(?:\s|\\n|\\r)*-----END [A-Z ]*PRIVATE KEY-----)?",
);

/// Whole matches that are secrets by their own shape.
const SHAPES: &[&str] = &[
    PRIVATE_KEY,
    r"\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}",
    r"\bgithub_pat_[A-Za-z0-9_]{20,}",
    r"\bglpat-[A-Za-z0-9_-]{16,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\bxapp-[A-Za-z0-9-]{10,}",
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{30,}",
    r"\bnpm_[A-Za-z0-9]{30,}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}",
];

/// Names that promise a secret.
const SECRET_NAMES: &str =
    "password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?";

/// A value: nothing of a shell's grammar, since a mask hides a value and never what runs.
const VALUE: &str = r#"((?:bearer |basic )?[^\s"'`;&|<>$(){}\\]{4,})"#;

/// A setting with its value, which goes.
fn setting() -> String {
    format!(r#"(?i)([a-z0-9_.-]*(?:{SECRET_NAMES})["']?\s*[=:]\s*["']?){VALUE}"#)
}

/// An option with its value in the next word. Without the hyphen any two words would be one: `cat secret report.txt`.
fn option() -> String {
    format!(r#"(?i)(--?[a-z0-9_.-]*(?:{SECRET_NAMES})\s+["']?){VALUE}"#)
}

/// `Authorization: Bearer …` and the password in `scheme://user:password@host`.
const HEADER: &str = r"(?i)(authorization\s*[:=]\s*(?:bearer|basic|token)?\s*)([^\s\x22'`;&|<>$(){}\\]{4,})";
const ADDRESS: &str = r"([a-z][a-z0-9+.-]*://[^\s:/@]*:)([^\s@/\x22'`;&|<>$(){}\\]+)(@)";

static ALL_SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&SHAPES.join("|")).ok());
static ALL_NAMED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let all = [HEADER.to_owned(), setting(), option(), ADDRESS.to_owned()];
    all.iter().filter_map(|one| Regex::new(one).ok()).collect()
});

/// The text without its secrets.
pub fn mask(text: &str) -> String {
    let mut masked = match &*ALL_SHAPES {
        Some(shapes) => shapes.replace_all(text, MASK).into_owned(),
        None => text.to_owned(),
    };
    for named in &*ALL_NAMED {
        masked = named.replace_all(&masked, value_masked).into_owned();
    }
    masked
}

/// Keeps what is around the value.
fn value_masked(found: &Captures<'_>) -> String {
    let part = |n: usize| found.get(n).map_or("", |part| part.as_str());
    if part(2).contains(MASK) {
        return part(0).to_owned();
    }
    format!("{}{MASK}{}", part(1), part(3))
}

/// Every text in a value, at whatever depth.
pub(crate) fn mask_map(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().map(|(name, value)| (name.clone(), mask_value(value))).collect()
}

fn mask_value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask(text)),
        Value::Array(values) => Value::Array(values.iter().map(mask_value).collect()),
        Value::Object(map) => Value::Object(mask_map(map)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shapes_are_right() {
        assert!(ALL_SHAPES.is_some());
        assert_eq!(ALL_NAMED.len(), 4);
    }

    #[test]
    fn secrets_go_and_what_is_around_them_stays() {
        // REQ-THREAD-06, I8
        let cases = [
            ("curl -H 'Authorization: Bearer abcdef123456' https://x.test", "abcdef123456"),
            ("export GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123", "ghp_"),
            ("psql postgres://app:hunter22@db.test/shop", "hunter22"),
            ("DB_PASSWORD=hunter22 npm test", "hunter22"),
            ("password: \"hunter22\"", "hunter22"),
            ("aws_secret_access_key = wJalrXUtnFEMI", "wJalrXUtnFEMI"),
            ("--token hunter22 --verbose", "hunter22"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
            ("xoxb-1234567890-abcdefghij", "xoxb-1"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdEFGH", "eyJhbGci"),
        ];
        for (text, secret) in cases {
            let masked = mask(text);
            assert!(!masked.contains(secret) && masked.contains(MASK), "{text} -> {masked}");
        }
        assert_eq!(mask("psql postgres://app:hunter22@db.test/shop"), "psql postgres://app:•••@db.test/shop");
    }

    #[test]
    fn a_mask_hides_a_value_and_never_what_runs() {
        // REQ-GATE-06: each of them ran unseen
        for (text, runs) in [
            ("echo '-----BEGIN PRIVATE KEY-----'; rm -rf build", "rm -rf build"),
            ("echo -----BEGIN PRIVATE KEY-----\nrm -rf build", "rm -rf build"),
            ("TOKEN=abcd$(rm -rf build) make", "$(rm -rf build)"),
            ("TOKEN=abcd\\\nrm build", "rm build"),
            ("curl http://a:$(id)@example.org", "$(id)"),
            ("curl http://a:b;rm@example.org", ";rm"),
            ("curl -H Authorization:abcd;rm", ";rm"),
            ("cat secret report.txt", "report.txt"),
            ("API_KEY=$API_KEY node server.js", "node server.js"),
            ("rm -rf secrets important", "important"),
        ] {
            assert!(mask(text).contains(runs), "{text} -> {}", mask(text));
        }
        let key = format!(
            "-----BEGIN RSA PRIVATE KEY-----\\n{}\\nabc=\\n-----END RSA PRIVATE KEY-----; make",
            "Ab1+".repeat(16)
        );
        assert_eq!(mask(&key), format!("{MASK}; make"), "in JSON too");
        let cut = format!("-----BEGIN PRIVATE KEY-----\n{}\n{}", "Ab1+".repeat(16), "Cd2/".repeat(10));
        assert_eq!(mask(&cut), MASK, "also without its end");
    }

    #[test]
    fn ordinary_words_stay() {
        // REQ-THREAD-06
        for text in [
            "npm test -- --watch",
            "echo $TOKEN",
            "API_KEY=$API_KEY npm start",
            "git commit -m 'Rename the tokenizer'",
            "rg 'fn parse' src",
            "see https://docs.test/guide#chapter",
            "kubectl get secrets",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    proptest! {
        #[test]
        fn a_planted_key_never_gets_through(before in "[ -~]{0,40}", key in "[A-Za-z0-9]{24}", after in "[ -~]{0,40}") {
            let secret = format!("ghp_{key}");
            let masked = mask(&format!("{before} {secret} {after}"));
            prop_assert!(!masked.contains(&secret), "{}", masked);
        }

        #[test]
        fn masking_twice_changes_nothing_more(text in "\\PC{0,80}") {
            let once = mask(&text);
            prop_assert_eq!(mask(&once), once);
        }
    }
}
