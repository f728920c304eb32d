//! Where a text lies in bytes, in each of the writings that are known: as it is, inside other texts ([`super::spelled`]), in base64
//! wherever it begins, and in hexadecimal digits.

use super::spelled::Spelled;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;
use std::collections::BTreeSet;
use std::ops::Range;

/// Longer texts are looked for as they are: encodings of them are not what somebody pastes.
const LONGEST_CODED: usize = 64 << 10;

/// Base64 that only this text gives, wherever it begins.
struct Base64 {
    core: Finder<'static>,
    /// Letters beside it that have a part of the text too.
    before: bool,
    after: bool,
}

pub(super) struct Writings {
    exact: Vec<Finder<'static>>,
    spelled: Option<Spelled>,
    base64: Vec<Base64>,
}

impl Writings {
    pub(super) fn of(text: &str) -> Self {
        let is_short = text.len() <= LONGEST_CODED;
        let hex = hex::encode(text);
        let hexes = [hex.to_uppercase(), hex].into_iter().filter(|_| is_short);
        let once = escaped(text);
        let exact = [text.to_owned(), escaped(&once), once].into_iter().chain(hexes);
        let exact: BTreeSet<String> = exact.collect();
        Self {
            exact: exact.iter().map(|writing| Finder::new(writing).into_owned()).collect(),
            spelled: Spelled::of(text),
            base64: if is_short { Base64::all(text.as_bytes()) } else { vec![] },
        }
    }

    /// From left to right; none overlaps another.
    pub(super) fn spans(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let exact = self.exact.iter().flat_map(|finder| found(finder, bytes));
        let spelled = self.spelled.iter().flat_map(|spelled| spelled.spans(bytes));
        let base64 = self.base64.iter().flat_map(|coded| coded.spans(bytes));
        let mut all: Vec<_> = exact.chain(spelled).chain(base64).collect();
        all.sort_unstable_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut apart: Vec<Range<usize>> = vec![];
        for span in all {
            match apart.last_mut().filter(|last| span.start < last.end) {
                Some(last) => last.end = last.end.max(span.end),
                None => apart.push(span),
            }
        }
        apart
    }
}

fn found<'a>(finder: &'a Finder<'_>, bytes: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
    let long = finder.needle().len();
    finder.find_iter(bytes).map(move |at| at..at + long)
}

impl Base64 {
    /// Three bytes are four letters: the text begins at the first, second or third of them.
    fn all(text: &[u8]) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let mut all = vec![];
        for skipped in 0..3 {
            let bytes = [&b"\0\0"[..skipped], text].concat();
            let (start, end) = ((skipped * 8).div_ceil(6), bytes.len() * 8 / 6);
            for coded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                let core = coded[start..end].to_owned();
                let (before, after) = (skipped > 0, (bytes.len() * 8) % 6 > 0);
                if seen.insert(core.clone()) {
                    all.push(Self { core: Finder::new(&core).into_owned(), before, after });
                }
            }
        }
        all
    }

    fn spans<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let is_letter = |at: usize| {
            bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte))
        };
        found(&self.core, bytes).map(move |Range { start, end }| {
            let before = self.before && start.checked_sub(1).is_some_and(is_letter);
            let after = self.after && is_letter(end);
            start - usize::from(before)..end + usize::from(after)
        })
    }
}

/// As it stands between quotes in JSON.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(text: &str, inside: &[u8]) -> Vec<u8> {
        let (mut rest, mut from) = (vec![], 0);
        for span in Writings::of(text).spans(inside) {
            rest.extend_from_slice(&inside[from..span.start]);
            from = span.end;
        }
        rest.extend_from_slice(&inside[from..]);
        rest
    }

    #[test]
    fn base64_is_found_wherever_the_text_begins_and_nothing_of_it_can_be_read_afterwards() {
        // REQ-PROOF-04
        let text = "Tr0ub4dor-and-\u{ff}\u{fe}?>";
        for before in ["", "u", "us", "use", "user:"] {
            for after in ["", "!", "!!", "!!!"] {
                let whole = format!("{before}{text}{after}");
                for coded in [STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    let left = rest(text, format!("x {coded} y").as_bytes());
                    let most = (before.len() + after.len()) * 8 / 6 + 6;
                    assert!(left.len() <= most, "{before:?} {after:?}: {}", String::from_utf8_lossy(&left));
                }
            }
        }
    }

    #[test]
    fn hexadecimal_digits_are_found_in_capitals_or_not() {
        // REQ-PROOF-04
        for coded in [hex::encode("hunter22"), hex::encode_upper("hunter22")] {
            assert_eq!(rest("hunter22", format!("0x{coded}00").as_bytes()), b"0x00");
        }
    }

    #[test]
    fn a_text_of_a_megabyte_takes_no_hour() {
        // REQ-PROOF-04: comparing it at every place took minutes for what repeats itself
        let (text, inside) = ("a".repeat(1 << 20), "a".repeat(4 << 20));
        let began = std::time::Instant::now();
        assert_eq!(rest(&text, inside.as_bytes()), b"");
        assert_eq!(rest(&format!("{text}b"), inside.as_bytes()).len(), 4 << 20);
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }
}
