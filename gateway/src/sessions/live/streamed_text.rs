//! Text that streams in pieces, each with its byte offset: put together once, in order, without a repeat.

use std::collections::BTreeMap;

/// Pieces kept that came before the text in front of them. More than that is dropped: the repair that the
/// first of them caused brings the whole text.
const MAX_AHEAD: usize = 256;

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
    Gap,
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
        if offset > before {
            if self.ahead.len() < MAX_AHEAD {
                self.ahead.insert(offset, piece.to_owned());
            }
            return Grown::Gap;
        }
        self.append(offset, piece);
        self.join_ahead();
        self.grown_since(before)
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
        let before = self.text.len();
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
            self.text.push_str(new);
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
        assert_eq!(text.add(6, "world"), Grown::Gap);
        assert_eq!(text.repair("Hello "), by(0, "Hello world"));
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
