//! A text of shell and where its words stand in it.

use crate::why::{Why, WhyKind};
use brush_parser::ast;

pub(crate) struct Source<'a> {
    text: &'a str,
    /// Where each character begins; in plain ASCII that is its number.
    begins: Option<Vec<usize>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let begins = || text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { text, begins: (!text.is_ascii()).then(begins) }
    }

    /// The text itself where the parser saw this word. The parser's own copy of it went through changes (line ends in the
    /// midst of a word, blanks and comments in substitutions), so it is only believed where the source bears it out.
    pub(crate) fn of(&self, word: &ast::Word) -> Result<&'a str, Why> {
        let unreadable = || Why::new(WhyKind::Unreadable, &word.value);
        let end = self.byte(word.loc.as_ref().ok_or_else(unreadable)?.end.index).ok_or_else(unreadable)?;
        let head = self.text.get(..end).ok_or_else(unreadable)?;
        let begin = match head.ends_with(&word.value) {
            true => end - word.value.len(),
            false => before_joined_lines(head.as_bytes(), word.value.as_bytes()).ok_or_else(unreadable)?,
        };
        self.text.get(begin..end).ok_or_else(unreadable)
    }

    /// Between two characters, as the parser counts them.
    pub(crate) fn between(&self, first: usize, end: usize) -> &'a str {
        let range = self.byte(first).zip(self.byte(end));
        range.and_then(|(first, end)| self.text.get(first..end)).unwrap_or_default()
    }

    fn byte(&self, character: usize) -> Option<usize> {
        match &self.begins {
            None => Some(character),
            Some(begins) => begins.get(character).copied(),
        }
    }
}

/// Where the word begins if it ends here, and nothing but `\` with the end of a line was left out of it.
fn before_joined_lines(head: &[u8], word: &[u8]) -> Option<usize> {
    let (mut at, mut left) = (head.len(), word.len());
    while left > 0 {
        let same = at > 0 && head[at - 1] == word[left - 1];
        match same {
            true => (at, left) = (at - 1, left - 1),
            false if head[..at].ends_with(b"\\\n") => at -= 2,
            false => return None,
        }
    }
    Some(at)
}
