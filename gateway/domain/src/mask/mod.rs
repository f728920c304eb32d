//! Hides what looks like a secret, before anything is shown or kept (invariant I8; docs/secrets.md).
//!
//! Better one word too many than one key in a thread. The shape stays readable: the name of a setting stays, its
//! value goes. One pass finds every place that a secret could be near (`anchors`); what is there is read at that place only, so
//! the time grows with the text, and a text without any such place costs that pass alone.

mod addresses;
mod anchors;
mod bytes;
mod cleaned;
mod decoded;
mod flags;
mod found;
mod harmless;
mod headers;
mod judge;
mod manifests;
mod names;
mod private_keys;
mod settings;
mod shapes;
mod values;

pub use self::found::{SecretPlace, find_secrets};

use self::anchors::Anchor;
use self::cleaned::Cleaned;
use self::shapes::Misses;
use serde_json::{Map, Value};
use std::ops::Range;

/// What stands where a secret was.
pub const MASK: &str = "•••";

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grammar {
    /// It may run: a mask never has anything of a shell's grammar in it (REQ-GATE-06).
    Shell,
    /// Nobody runs it: a value goes to its end, whatever signs are in it.
    Text,
}

/// How often a text was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    AsWritten,
    Decoded,
}

/// The text without its secrets. It may be one that runs: what is hidden is never anything of a shell's grammar.
pub fn mask(text: &str) -> String {
    masked(text, Grammar::Shell)
}

/// The same of a text that nobody runs: what people and agents write, what programs print.
pub fn mask_text(text: &str) -> String {
    masked(text, Grammar::Text)
}

fn masked(text: &str, grammar: Grammar) -> String {
    let mut spans = secrets(text.as_bytes(), grammar);
    if spans.is_empty() {
        return text.to_owned();
    }
    spans.sort_by_key(|span| (span.start, span.end));
    let mut shown = String::with_capacity(text.len());
    let mut last = 0;
    for span in joined(&spans) {
        // A typographic sign in a value has more bytes than the one that stood for it.
        let (start, end) = (text.floor_char_boundary(span.start), text.ceil_char_boundary(span.end));
        if start < last || text[start..end].contains(MASK) && text[start..end].len() <= MASK.len() {
            continue;
        }
        shown.push_str(&text[last..start]);
        shown.push_str(MASK);
        last = end;
    }
    shown.push_str(&text[last..]);
    shown
}

/// Those that meet are one.
fn joined(spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = vec![];
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span.clone()),
        }
    }
    joined
}

/// Where the secrets are, in no order.
fn secrets(text: &[u8], grammar: Grammar) -> Vec<Range<usize>> {
    let mut spans = vec![];
    match Cleaned::of(text, grammar) {
        None => find(text, grammar, Depth::AsWritten, &mut spans),
        Some(cleaned) => {
            let mut found = vec![];
            find(&cleaned.bytes, grammar, Depth::AsWritten, &mut found);
            spans.extend(found.iter().flat_map(|span| match grammar {
                Grammar::Shell => cleaned.pieces(span),
                Grammar::Text => vec![cleaned.whole(span)],
            }));
        }
    }
    if let Some(joined) = Cleaned::joined(text) {
        let mut found = vec![];
        find_shapes(&joined.bytes, &mut found);
        // What continues a line stays: it is grammar, and no part of the secret.
        spans.extend(found.iter().flat_map(|span| joined.pieces(span)));
    }
    spans
}

fn find_shapes(bytes: &[u8], spans: &mut Vec<Range<usize>>) {
    let mut misses = Misses::default();
    for (anchor, place) in anchors::hits(bytes).into_iter().flatten() {
        if let Anchor::Shape(number) = anchor {
            spans
                .extend(shapes::SHAPES.get(number).and_then(|shape| shape.found(bytes, &place, &mut misses)));
        }
    }
}

fn find(bytes: &[u8], grammar: Grammar, depth: Depth, spans: &mut Vec<Range<usize>>) {
    let Some(hits) = anchors::hits(bytes) else {
        // A test holds this to be impossible; if it comes to be all the same nothing is shown.
        return spans.push(0..bytes.len());
    };
    // What is inside of something that was read already is not read again.
    let (mut name_until, mut shape_until, mut manifest_until) = (0, 0, 0);
    let mut program_until = (None, 0);
    let mut misses = Misses::default();
    for (anchor, place) in hits {
        match anchor {
            Anchor::Shape(_) | Anchor::PrivateKey if place.start < shape_until => {}
            Anchor::Shape(number) => {
                let found =
                    shapes::SHAPES.get(number).and_then(|shape| shape.found(bytes, &place, &mut misses));
                shape_until = found.as_ref().map_or(shape_until, |found| found.end);
                spans.extend(found);
            }
            Anchor::PrivateKey => {
                let found = private_keys::armoured(bytes, place.start, grammar);
                shape_until = found.as_ref().map_or(shape_until, |found| found.end);
                spans.extend(found);
            }
            Anchor::Address => spans.extend(addresses::login_at(bytes, &place, grammar)),
            // A script in base64 is not hidden for one line of it.
            _ if depth == Depth::Decoded && grammar == Grammar::Shell => {}
            Anchor::Name if place.start < name_until => {}
            Anchor::Name => {
                let named = settings::named_at(bytes, &place, grammar);
                name_until = named.value.as_ref().map_or(named.name.end, |value| value.end);
                spans.extend(named.value);
            }
            Anchor::Authorization => spans.extend(headers::authorization_at(bytes, &place)),
            Anchor::Scheme => spans.extend(headers::scheme_at(bytes, &place)),
            Anchor::Cookie => spans.extend(headers::cookies_at(bytes, &place, grammar)),
            Anchor::Putty => {
                spans.extend(private_keys::of_putty(bytes, place.end).filter(|_| grammar == Grammar::Text))
            }
            Anchor::Manifest if place.start < manifest_until => {}
            Anchor::Manifest => {
                let (found, end) = manifests::values_of(bytes, &place, grammar);
                manifest_until = end;
                spans.extend(found);
            }
            Anchor::Program(number) if program_until.0 == Some(number) && place.start < program_until.1 => {}
            Anchor::Program(number) => {
                let Some(program) = flags::PROGRAMS.get(number) else { continue };
                let (found, end) = flags::secrets_of(bytes, &place, program);
                program_until = (Some(number), end);
                spans.extend(found);
            }
        }
    }
    if depth == Depth::AsWritten {
        decoded::find_decoded(bytes, grammar, spans);
    }
}

/// Every text in a value, at whatever depth. What stands under the name of a secret is one.
pub(crate) fn mask_map(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().map(|(name, value)| (name.clone(), mask_value(name, value))).collect()
}

fn mask_value(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if settings::is_secret_under(name, text) => Value::String(MASK.to_owned()),
        Value::String(text) => Value::String(mask(text)),
        Value::Array(values) => Value::Array(values.iter().map(|one| mask_value(name, one)).collect()),
        Value::Object(map) => Value::Object(mask_map(map)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_automaton_can_be_made() {
        // REQ-PROOF-04: without it nothing would be shown
        assert!(anchors::hits(b"").is_some());
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
            ("echo -----BEGIN PRIVATE KEY-----\n/usr/local/bin/wipe-everything", "/usr/local/bin/wipe"),
            ("echo -----BEGIN PRIVATE KEY-----\nwipeeverythinghere", "wipeeverythinghere"),
            ("X=\"token=\" rm -rf \"build\"", "rm -rf"),
            ("X=\"password=\"a1b2 rm -rf \"build\"", "rm -rf"),
            ("# it's\nX='password='abcd1 rm -rf 'build'", "rm -rf"),
            ("\"$(X=\"password=\"a1b2 rm -rf \"b\")\"", "rm -rf"),
            ("password: | rm", "rm"),
            ("make token=>victim1.txt", "victim1.txt"),
            ("TOKEN=ab12cd34\u{1b}[1;31mrm", ";31m"),
            ("curl -u a:b;rm", ";rm"),
            ("mysql -pa1b2c3;rm", ";rm"),
            ("ghp_abcdefghijkl\\\nmnopqrstuvwxyz0123456789", "\\\n"),
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
