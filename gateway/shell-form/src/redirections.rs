//! Where input comes from and output goes.

use crate::form::{Direction, Redirection, Word};
use crate::reader::{Around, Walk};
use crate::why::{Why, WhyKind};
use crate::words;
use brush_parser::ast::{
    self, IoFileRedirectKind as Kind, IoFileRedirectTarget as Target, IoHereDocument, IoRedirect,
};

impl Walk<'_, '_> {
    /// What stands within a group or loop with these.
    pub(crate) fn redirected(&mut self, list: Option<&ast::RedirectList>, around: &Around) -> Around {
        let mut inner = around.clone();
        for redirect in list.iter().flat_map(|list| &list.0) {
            inner.redirections.extend(self.redirection(redirect, around));
        }
        inner
    }

    pub(crate) fn redirection(&mut self, redirect: &IoRedirect, around: &Around) -> Option<Redirection> {
        let (descriptor, direction, target) = match redirect {
            IoRedirect::File(descriptor, kind, target) => {
                let (direction, target) = self.file(kind, target, around);
                (*descriptor, direction, target)
            }
            IoRedirect::HereDocument(descriptor, document) => {
                (*descriptor, Direction::Text, self.document(document, around)?)
            }
            IoRedirect::HereString(descriptor, word) => {
                (*descriptor, Direction::Text, self.word(word, around))
            }
            IoRedirect::OutputAndError(word, true) => (None, Direction::Append, self.word(word, around)),
            IoRedirect::OutputAndError(word, false) => (None, Direction::Write, self.word(word, around)),
        };
        Some(Redirection { descriptor, direction, target })
    }

    fn file(&mut self, kind: &Kind, target: &Target, around: &Around) -> (Direction, Word) {
        let direction = match kind {
            Kind::Read => Direction::Read,
            Kind::Write | Kind::Clobber => Direction::Write,
            Kind::Append => Direction::Append,
            Kind::ReadAndWrite => Direction::ReadWrite,
            Kind::DuplicateInput | Kind::DuplicateOutput => Direction::Duplicate,
        };
        match target {
            Target::Filename(word) => (direction, self.word(word, around)),
            Target::Fd(number) => (direction, Word::fixed(&number.to_string())),
            Target::ProcessSubstitution(_, shell) => (direction, self.substituted(shell, around)),
            Target::Duplicate(word) => {
                let target = self.word(word, around);
                match kind {
                    // `>&file` is a file.
                    Kind::DuplicateOutput if !names_descriptor(&target) => (Direction::Write, target),
                    _ => (direction, target),
                }
            }
        }
    }

    fn document(&mut self, document: &IoHereDocument, around: &Around) -> Option<Word> {
        if !is_plain_end(&document.here_end.value) {
            self.reader.opaque(Why::new(WhyKind::HereDocument, &document.here_end.value));
            return None;
        }
        if !document.requires_expansion {
            return Some(Word::fixed(&document.doc.value));
        }
        match words::here_document(&document.doc.value) {
            Ok(piece) => Some(self.piece(piece, around)),
            Err(why) => {
                self.reader.opaque(why);
                None
            }
        }
    }
}

/// `1`, `-`, `2-`.
fn names_descriptor(word: &Word) -> bool {
    word.text().is_some_and(|text| {
        let number = text.strip_suffix('-').unwrap_or(text);
        !text.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `E`, `'E'`, `"E"` or `\E`: about these all shells agree.
fn is_plain_end(end: &str) -> bool {
    let quoted = ['\'', '"'].iter().find_map(|quote| end.strip_prefix(*quote)?.strip_suffix(*quote));
    let name = quoted.or(end.strip_prefix('\\')).unwrap_or(end);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
