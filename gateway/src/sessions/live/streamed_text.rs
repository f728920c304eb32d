//! Text that streams in pieces, each with its byte offset: put together once, in order, without a repeat.

use bridge_protocol::limits::MAX_FRAME_BYTES;
use std::collections::BTreeMap;

/// Pieces kept that came before the text in front of them. More than that is dropped: the repair that the
/// first of them caused brings the whole text.
const MAX_AHEAD: usize = 256;
const MAX_AHEAD_BYTES: usize = 512 * 1024;

/// Longest text that is kept, which is also the longest that comes as a whole. The rest of it is in OpenCode only.
const MAX_TEXT: usize = MAX_FRAME_BYTES;

/// The text of one part.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamedText {
    text: String,
    ahead: BTreeMap<usize, String>,
    complete: bool,
}

/// What a piece changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Grown {
    Nothing,
    /// This was added at this offset.
    By {
        offset: usize,
        text: String,
    },
    /// What was there before was wrong; the text as a whole is new.
    Replaced,
    /// Something in front of the piece is missing.
    Gap {
        /// The piece is not kept either.
        dropped: bool,
    },
}

impl StreamedText {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Takes a piece; what is known already is skipped.
    pub(super) fn add(&mut self, offset: usize, piece: &str) -> Grown {
        if self.complete {
            return Grown::Nothing;
        }
        let before = self.text.len();
        if before >= MAX_TEXT {
            return Grown::Nothing;
        }
        if offset > before {
            return Grown::Gap { dropped: !self.keep_ahead(offset, piece) };
        }
        self.append(offset, piece);
        self.join_ahead();
        self.grown_since(before)
    }

    /// What is held of it in memory.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.ahead_bytes()
    }

    fn ahead_bytes(&self) -> usize {
        self.ahead.values().map(String::len).sum()
    }

    fn keep_ahead(&mut self, offset: usize, piece: &str) -> bool {
        let room = self.ahead.len() < MAX_AHEAD && self.ahead_bytes() + piece.len() <= MAX_AHEAD_BYTES;
        if room {
            self.ahead.insert(offset, piece.to_owned());
        }
        room
    }

    /// Takes the text from its beginning, as far as OpenCode has it.
    pub(super) fn repair(&mut self, whole: &str) -> Grown {
        if self.complete || whole.len() <= self.text.len() {
            return Grown::Nothing;
        }
        self.set(whole)
    }

    /// Takes the full text: nothing follows.
    pub(super) fn complete(&mut self, whole: &str) -> Grown {
        let grown = if self.text == whole { Grown::Nothing } else { self.set(whole) };
        self.complete = true;
        self.ahead.clear();
        grown
    }

    fn set(&mut self, whole: &str) -> Grown {
        let (before, whole) = (self.text.len(), &whole[..whole.floor_char_boundary(MAX_TEXT)]);
        if whole.starts_with(&self.text) {
            self.text.push_str(&whole[before..]);
            self.join_ahead();
            return self.grown_since(before);
        }
        whole.clone_into(&mut self.text);
        Grown::Replaced
    }

    fn append(&mut self, offset: usize, piece: &str) {
        let known = self.text.len() - offset;
        // An offset inside a character can only come from a text that differs; the final text mends it.
        if let Some(new) = piece.get(known..) {
            let room = MAX_TEXT.saturating_sub(self.text.len());
            self.text.push_str(&new[..new.floor_char_boundary(room)]);
        }
    }

    fn join_ahead(&mut self) {
        while let Some((&offset, _)) = self.ahead.first_key_value() {
            if offset > self.text.len() {
                return;
            }
            if let Some((offset, piece)) = self.ahead.pop_first() {
                self.append(offset, &piece);
            }
        }
    }

    fn grown_since(&self, before: usize) -> Grown {
        match self.text.get(before..) {
            None | Some("") => Grown::Nothing,
            Some(new) => Grown::By { offset: before, text: new.to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(offset: usize, text: &str) -> Grown {
        Grown::By { offset, text: text.to_owned() }
    }

    #[test]
    fn overlapping_pieces_are_told_once() {
        // REQ-THREAD-02
        let mut text = StreamedText::default();
        assert_eq!(text.add(0, "Hello "), by(0, "Hello "));
        assert_eq!(text.add(0, "Hello "), Grown::Nothing);
        assert_eq!(text.add(3, "lo wörld"), by(6, "wörld"));
        assert_eq!(text.text(), "Hello wörld");
    }

    #[test]
    fn a_gap_is_noticed_and_closed_by_the_text_from_opencode() {
        let mut text = StreamedText::default();
        assert_eq!(text.add(6, "world"), Grown::Gap { dropped: false });
        assert_eq!(text.repair("Hello "), by(0, "Hello world"));
    }

    #[test]
    fn pieces_ahead_and_whole_texts_have_a_bound() {
        // REQ-HARD-04: 60 pieces of 7 MiB were all kept.
        let (mut text, large) = (StreamedText::default(), "x".repeat(7 << 20));
        for n in 0..60 {
            assert_eq!(text.add(1_000 + n, &large), Grown::Gap { dropped: true });
        }
        for n in 0..1_000 {
            text.add(1_000 + n * 4_096, &large[..4_096]);
        }
        assert!(text.bytes() <= MAX_AHEAD_BYTES, "{}", text.bytes());
        text.add(0, "Hello");
        for _ in 0..10 {
            text.add(text.text().len(), &large);
        }
        assert!(text.bytes() <= MAX_TEXT + MAX_AHEAD_BYTES, "{}", text.bytes());
        assert_eq!(text.add(MAX_TEXT * 2, "far behind"), Grown::Nothing, "nothing has to be read for it");
        text.complete(&"é".repeat(MAX_TEXT));
        assert_eq!(text.text().len(), MAX_TEXT);
    }

    #[test]
    fn the_full_text_is_right_in_the_end() {
        let mut text = StreamedText::default();
        text.add(0, "Helo");
        assert_eq!(text.complete("Hello"), Grown::Replaced);
        assert_eq!(text.add(5, " again"), Grown::Nothing);
        assert_eq!(text.text(), "Hello");
    }

    #[test]
    fn pieces_in_any_order_make_the_same_text() {
        let whole = "the quick brown fox jumps";
        let pieces: Vec<_> = (0..whole.len()).step_by(5).map(|at| (at, &whole[at..at + 5])).collect();
        for first in 0..pieces.len() {
            let mut text = StreamedText::default();
            for n in 0..pieces.len() {
                let (offset, piece) = pieces[(first + n) % pieces.len()];
                text.add(offset, piece);
            }
            assert_eq!(text.text(), whole, "starting with piece {first}");
        }
    }
}
