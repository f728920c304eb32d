//! A text without what a secret could hide behind: colours, signs without width, typographic quotes. It knows where each byte
//! was.

use super::Grammar;
use super::bytes::{at, part, skip};
use std::ops::Range;

pub(super) struct Cleaned {
    pub bytes: Vec<u8>,
    /// For each byte, and for the end, where it stood.
    places: Vec<usize>,
}

impl Cleaned {
    /// None where there is nothing to be cleaned.
    pub(super) fn of(text: &[u8], grammar: Grammar) -> Option<Self> {
        let is_suspect = |byte: &u8| matches!(byte, 0x1b | 0xc2 | 0xe2 | 0xef);
        text.iter()
            .any(is_suspect)
            .then(|| Self::with(text, |rest| left_out(rest, grammar)))
            .filter(|cleaned| cleaned.is_other(text))
    }

    /// With its continued lines as one. None where it has none.
    pub(super) fn joined(text: &[u8]) -> Option<Self> {
        let has = text.windows(2).any(|two| two == b"\\\n");
        has.then(|| Self::with(text, |rest| if rest.starts_with(b"\\\n") { (2, None) } else { (0, None) }))
    }

    fn with(text: &[u8], left_out: impl Fn(&[u8]) -> (usize, Option<u8>)) -> Self {
        let (mut bytes, mut places) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        let mut place = 0;
        while place < text.len() {
            let (length, instead) = left_out(part(text, place..text.len()));
            if length == 0 || instead.is_some() {
                bytes.push(instead.unwrap_or_else(|| at(text, place)));
                places.push(place);
            }
            place += length.max(1);
        }
        places.push(text.len());
        Self { bytes, places }
    }

    fn is_other(&self, text: &[u8]) -> bool {
        self.bytes != text
    }

    /// What the found range covers of the text as it was, without what was left out of it.
    pub(super) fn pieces(&self, found: &Range<usize>) -> Vec<Range<usize>> {
        let mut pieces: Vec<Range<usize>> = vec![];
        for index in found.clone() {
            let Some(&place) = self.places.get(index) else { break };
            match pieces.last_mut() {
                Some(last) if last.end == place => last.end += 1,
                _ => pieces.push(place..place + 1),
            }
        }
        pieces
    }

    /// The same with what was left out in its middle.
    pub(super) fn whole(&self, found: &Range<usize>) -> Range<usize> {
        let pieces = self.pieces(found);
        let end = pieces.last().map_or(0, |last| last.end);
        pieces.first().map_or(0, |first| first.start)..end
    }
}

/// How much is left out there, and what stands in its place.
fn left_out(rest: &[u8], grammar: Grammar) -> (usize, Option<u8>) {
    match rest {
        [0x1b, b'[', ..] => {
            // To a shell a `;` in it ends the command.
            let is_sign = |byte| b":?".contains(&byte) || byte == b';' && grammar == Grammar::Text;
            let end = skip(rest, 2, |byte| byte.is_ascii_digit() || is_sign(byte));
            if at(rest, end).is_ascii_alphabetic() { (end + 1, None) } else { (0, None) }
        }
        // Soft hyphen; zero widths and word joiners; marks of direction; the byte order mark.
        [0xc2, 0xad, ..] => (2, None),
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0..=0xa4, ..] | [0xef, 0xbb, 0xbf, ..] => (3, None),
        [0xe2, 0x80, 0x9c..=0x9f, ..] if grammar == Grammar::Text => (3, Some(b'"')),
        _ => (0, None),
    }
}
