//! The text that has to go, and how it is found: in strings, and in bytes that nobody can read as anything.

use super::writings::Writings;
use gateway_domain::MASK;
use serde_json::Value;
use std::fmt;

/// Shorter ones would be met in ids, digests and the state's own words.
const SHORTEST: usize = 8;
/// The words of a record; and the long ones of journal, ledger and audit log.
const SCHEMA: &str = include_str!("../../../../.session-state/schema/session-state.schema.json");
const OWN_WORDS: [&str; 5] = ["action_done", "archived", "intended", "previous", "opencode-gateway"];
/// A line of a text that is at least so long is looked for by itself: other writings of the text have it too.
const TELLING: usize = 8;

/// Never printed.
pub struct Unwanted {
    writings: Box<Writings>,
    /// A piece that every writing has in which its letters stand for themselves, if there is one that says enough.
    piece: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum UnwantedError {
    #[error(
        "The text has {found} characters, and fewer than {SHORTEST} would be found in ids and digests too. Nothing was changed."
    )]
    TooShort { found: usize },
    #[error("The text isn't UTF-8. Nothing was changed.")]
    NotText,
    #[error(
        "The text is a word that the state itself is written with, so removing it would destroy the state. Nothing was changed."
    )]
    OwnWord,
}

impl Unwanted {
    /// One end of a line at its end is not part of it: editors and `echo` add it.
    pub fn new(bytes: &[u8]) -> Result<Self, UnwantedError> {
        let text = std::str::from_utf8(bytes).map_err(|_| UnwantedError::NotText)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let found = text.trim().chars().count();
        if found < SHORTEST {
            return Err(UnwantedError::TooShort { found });
        }
        if SCHEMA.contains(text) || OWN_WORDS.iter().any(|word| word.contains(text)) {
            return Err(UnwantedError::OwnWord);
        }
        Ok(Self { writings: Box::new(Writings::of(text)), piece: longest_piece(text) })
    }

    /// What is left of a string that has it.
    pub(super) fn without(&self, text: &str) -> Option<String> {
        self.without_bytes(text.as_bytes()).map(|rest| String::from_utf8_lossy(&rest).into_owned())
    }

    /// The same for bytes that need be no text.
    pub(super) fn without_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let spans = self.writings.spans(bytes);
        let (mut rest, mut from) = (Vec::with_capacity(bytes.len()), 0);
        for span in &spans {
            rest.extend_from_slice(&bytes[from..span.start]);
            rest.extend_from_slice(MASK.as_bytes());
            from = span.end;
        }
        rest.extend_from_slice(&bytes[from..]);
        (!spans.is_empty()).then_some(rest)
    }

    /// Every string of it, also names of fields. Returns whether there was one.
    pub(super) fn remove_from(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.without(text) {
                Some(rest) => {
                    *text = rest;
                    true
                }
                None => false,
            },
            Value::Array(all) => all.iter_mut().fold(false, |found, one| self.remove_from(one) | found),
            Value::Object(all) => {
                let mut found = false;
                for (name, mut inner) in std::mem::take(all) {
                    found |= self.remove_from(&mut inner);
                    let rest = self.without(&name);
                    found |= rest.is_some();
                    all.insert(rest.unwrap_or(name), inner);
                }
                found
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Whether it may be in there. Where this says no, it is in none of its writings.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        self.piece.as_ref().is_none_or(|piece| has(bytes, piece)) || !self.writings.spans(bytes).is_empty()
    }

    /// Whether it is surely or nearly surely in there.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        let piece = self.piece.as_ref().filter(|piece| piece.len() >= TELLING);
        piece.is_some_and(|piece| has(bytes, piece)) || !self.writings.spans(bytes).is_empty()
    }
}

impl fmt::Debug for Unwanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unwanted")
    }
}

/// YAML and JSON write such letters as they are.
fn longest_piece(text: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '"' | '\'' | '\\');
    let pieces = text.split(|letter| !is_plain(letter)).filter(|piece| piece.len() >= 4);
    pieces.max_by_key(|piece| piece.len()).map(str::to_owned)
}

fn has(bytes: &[u8], piece: &str) -> bool {
    memchr::memmem::find(bytes, piece.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unwanted(text: &str) -> Unwanted {
        Unwanted::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn it_is_found_in_every_writing_that_the_state_has() {
        // REQ-PROOF-04
        let odd = unwanted("my \"odd\"\npass\\word\n");
        assert_eq!(odd.without("a my \"odd\"\npass\\word b").as_deref(), Some("a ••• b"));
        let nested =
            json!({ "answer": json!({ "reason": "my \"odd\"\npass\\word" }).to_string() }).to_string();
        assert_eq!(odd.without(&nested).as_deref(), Some(r#"{"answer":"{\"reason\":\"•••\"}"}"#));
        assert!(odd.may_be_in(nested.as_bytes()) && !odd.may_be_in(b"nothing"));
        let plain = unwanted("hunter22");
        let rest = [b"\xff".as_slice(), "••••••".as_bytes(), b"\0"].concat();
        assert_eq!(plain.without_bytes(b"\xffhunter22hunter22\0").unwrap(), rest);
        assert_eq!((plain.without("hunter2"), plain.without_bytes(b"hunter2")), (None, None));
    }

    #[test]
    fn names_of_fields_lose_it_too() {
        // REQ-PROOF-04
        let mut value = json!({ "hunter22": ["hunter22", 1, { "x": "no" }] });
        assert!(unwanted("hunter22").remove_from(&mut value));
        assert_eq!(value, json!({ "•••": ["•••", 1, { "x": "no" }] }));
        assert!(!unwanted("hunter22").remove_from(&mut value));
    }

    #[test]
    fn what_is_short_or_no_text_is_refused_and_nothing_shows_it() {
        // REQ-PROOF-04
        assert!(Unwanted::new(b"hunter2\n").unwrap_err().to_string().contains("7 characters"));
        assert!(Unwanted::new(b"       x\n").unwrap_err().to_string().contains("1 characters"));
        assert!(matches!(Unwanted::new(b"\xff\xfe1234567890"), Err(UnwantedError::NotText)));
        for own in ["first_approval", "approval", "previous"] {
            assert!(matches!(Unwanted::new(own.as_bytes()), Err(UnwantedError::OwnWord)), "{own}");
        }
        assert_eq!(format!("{:?}", unwanted("hunter22")), "Unwanted");
    }
}
