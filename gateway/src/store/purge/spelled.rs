//! A text as it stands inside other texts, letter by letter: in a string of JSON however deep, in an address, in HTML or in what
//! Slack sends. Every letter may be written another way than the one before.

use std::ops::Range;

/// A letter, or as many backslashes as stand side by side: each string around them doubles them.
enum Part {
    Letter(char),
    Backslashes(usize),
}

/// Longer ones are looked for as they are: comparing each letter with all its spellings takes time for each of them.
const LONGEST: usize = 4096;

/// What HTML and Slack write for letters that mean something to them.
const NAMED: [(char, &[&str]); 5] = [
    ('&', &["&amp;", "&#38;", "&#x26;"]),
    ('<', &["&lt;", "&#60;", "&#x3c;"]),
    ('>', &["&gt;", "&#62;", "&#x3e;"]),
    ('"', &["&quot;", "&#34;", "&#x22;"]),
    ('\'', &["&apos;", "&#39;", "&#x27;"]),
];

/// What a backslash and one letter stand for.
const SHORT: [(char, u8); 9] = [
    ('\n', b'n'),
    ('\r', b'r'),
    ('\t', b't'),
    ('\u{8}', b'b'),
    ('\u{c}', b'f'),
    ('"', b'"'),
    ('\'', b'\''),
    ('/', b'/'),
    ('\0', b'0'),
];

pub(super) struct Spelled {
    parts: Vec<Part>,
    /// With what byte it can begin.
    begins: [bool; 256],
}

impl Spelled {
    /// None for one that is too long.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut parts: Vec<Part> = vec![];
        for letter in text.chars() {
            match (parts.last_mut(), letter) {
                (Some(Part::Backslashes(count)), '\\') => *count += 1,
                (_, '\\') => parts.push(Part::Backslashes(1)),
                (_, letter) => parts.push(Part::Letter(letter)),
            }
        }
        let mut begins = [false; 256];
        let own = text.bytes().next().unwrap_or_default();
        for byte in [own, b'%', b'\\', b'&', b'+'] {
            begins[usize::from(byte)] = true;
        }
        Some(Self { parts, begins })
    }

    /// Where it is, from left to right.
    pub(super) fn spans(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let (mut found, mut at) = (vec![], 0);
        while let Some(offset) = bytes[at..].iter().position(|byte| self.begins[usize::from(*byte)]) {
            let start = at + offset;
            match self.end_from(bytes, start) {
                Some(end) => {
                    found.push(start..end);
                    at = end;
                }
                None => at = start + 1,
            }
        }
        found
    }

    fn end_from(&self, bytes: &[u8], start: usize) -> Option<usize> {
        let (mut at, mut after_backslash) = (start, false);
        for part in &self.parts {
            at += match part {
                Part::Backslashes(count) => backslashes(&bytes[at..], *count)?,
                Part::Letter(letter) => letter_at(*letter, &bytes[at..], after_backslash)?,
            };
            after_backslash = matches!(part, Part::Backslashes(_));
        }
        Some(at)
    }
}

/// How many bytes the backslashes take: all that are there.
fn backslashes(bytes: &[u8], wanted: usize) -> Option<usize> {
    let found = bytes.iter().take_while(|byte| **byte == b'\\').count();
    if found >= wanted {
        return Some(found);
    }
    let percent = b"%5c".len() * wanted;
    let is_percent = |three: &[u8]| three.eq_ignore_ascii_case(b"%5c");
    bytes.get(..percent).filter(|all| all.chunks(3).all(is_percent)).map(<[u8]>::len)
}

/// How many bytes the letter takes, whichever way it is written there.
fn letter_at(letter: char, bytes: &[u8], after_backslash: bool) -> Option<usize> {
    let mut buffer = [0; 4];
    let own = letter.encode_utf8(&mut buffer).as_bytes();
    match bytes.first()? {
        b'%' => percent(own, bytes),
        b'+' if letter == ' ' => Some(1),
        b'&' => named(letter, bytes),
        b'\\' => escaped(letter, bytes),
        // Its own backslash went with those of the text.
        byte if after_backslash && short(letter) == Some(*byte) => Some(1),
        _ => None,
    }
    .or_else(|| bytes.starts_with(own).then_some(own.len()))
}

fn percent(own: &[u8], bytes: &[u8]) -> Option<usize> {
    let long = own.len() * 3;
    let is_written =
        |(three, byte): (&[u8], &u8)| three[0] == b'%' && hex(&three[1..]) == Some(u32::from(*byte));
    let all = bytes.get(..long)?;
    all.chunks(3).zip(own).all(is_written).then_some(long)
}

fn named(letter: char, bytes: &[u8]) -> Option<usize> {
    let (_, names) = NAMED.iter().find(|(known, _)| *known == letter)?;
    let is_there =
        |name: &&&str| bytes.get(..name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name.as_bytes()));
    names.iter().find(is_there).map(|name| name.len())
}

/// Behind however many backslashes.
fn escaped(letter: char, bytes: &[u8]) -> Option<usize> {
    let run = backslashes(bytes, 1)?;
    let rest = &bytes[run..];
    let first = *rest.first()?;
    match first {
        b'u' => unicode(letter, bytes, run),
        b'x' => (rest.get(1..3).and_then(hex)? == u32::from(letter)).then_some(run + 3),
        _ => (short(letter) == Some(first)).then_some(run + 1),
    }
}

fn short(letter: char) -> Option<u8> {
    SHORT.iter().find(|(known, _)| *known == letter).map(|(_, byte)| *byte)
}

/// Two of them for a letter beyond the first 65,536.
fn unicode(letter: char, bytes: &[u8], run: usize) -> Option<usize> {
    let (mut units, mut at) = ([0; 2], 0);
    for unit in letter.encode_utf16(&mut units) {
        let here = bytes.get(at..)?;
        let is_next = here.get(..run)?.iter().all(|byte| *byte == b'\\') && here.get(run) == Some(&b'u');
        let digits = here.get(run + 1..run + 5)?;
        if !is_next || hex(digits) != Some(u32::from(*unit)) {
            return None;
        }
        at += run + 5;
    }
    Some(at)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn found(text: &str, inside: &str) -> Vec<String> {
        let spans = Spelled::of(text).unwrap().spans(inside.as_bytes());
        spans.into_iter().map(|span| inside[span].to_owned()).collect()
    }

    #[test]
    fn a_text_is_found_however_deep_in_strings_it_lies() {
        // REQ-PROOF-04
        let text = "my \"odd\"\npass\\word & ä🔑";
        let mut inside = format!("a {text} b");
        for depth in 0..5 {
            assert_eq!(found(text, &inside).len(), 1, "{depth}: {inside}");
            inside = Value::from(inside).to_string();
        }
        let ascii = r#"my \u0022odd\"\npass\\word \u0026 \u00e4\uD83D\udd11"#;
        assert_eq!(found(text, &format!("x{ascii}x")), [ascii], "as Python and Java write it");
        assert_eq!(found("two\\\nlines", r#""two\\\nlines""#), [r"two\\\nlines"]);
    }

    #[test]
    fn a_text_is_found_in_addresses_and_in_what_slack_and_html_make_of_it() {
        // REQ-PROOF-04
        for written in [
            "p%26ss+w%c3%a4rt%2F1",
            "p&amp;ss w\u{e4}rt/1",
            "p&#38;ss%20w%C3%A4rt/1",
            r"p\x26ss w\u00E4rt\/1",
        ] {
            assert_eq!(found("p&ss w\u{e4}rt/1", &format!("?x={written}&y")), [written]);
        }
        assert_eq!(found("C:\\secret dir", "C:%5Csecret+dir"), ["C:%5Csecret+dir"]);
        for other in ["p%27ss wärt/1", "p&ss  wärt/1", "p%2", "p\\u002", "p&am"] {
            assert_eq!(found("p&ss wärt/1", other), [""; 0], "{other}");
        }
    }

    #[test]
    fn ends_of_texts_are_no_fault() {
        let spelled = Spelled::of("%\\&+ ä").unwrap();
        let whole = "%\\\\&amp;+%20%c3%a4".as_bytes();
        for cut in 0..whole.len() {
            assert!(spelled.spans(&whole[..cut]).is_empty(), "{cut}");
        }
        assert!(Spelled::of(&"x".repeat(LONGEST + 1)).is_none());
    }
}
