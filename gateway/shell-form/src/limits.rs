//! What is looked at before the parser reads a text, so that neither its time nor its stack is without a bound, and nothing
//! in it is hidden from people.

use crate::why::{Why, WhyKind};
use brush_parser::Token;
use std::sync::LazyLock;

/// Bytes of a command. Nobody reads more than that on a card either.
pub const LONGEST: usize = 16 * 1024;

/// Commands in commands in commands are read so far.
pub const DEEPEST: usize = 8;

/// Programs of one command.
pub const MOST_STEPS: usize = 512;

/// The tokenizer calls itself for each `$(` and `${`.
const MOST_EXPANSIONS: usize = 256;

/// The parser calls itself for each `(`, `{`, `if`, …; it also reads the body of a `case` without `;;` twice.
const MOST_OPENED: usize = 24;
const MOST_CASES: usize = 6;

const MOST_BRACKETS: usize = 4;

/// Descriptors have fewer digits; the parser panics beyond 32 bits.
const DESCRIPTOR_DIGITS: usize = 9;

const OPENS: [&str; 11] =
    ["(", "{", "if", "while", "until", "for", "case", "select", "function", "coproc", "[["];

/// Before anything reads it.
pub(crate) fn text(text: &str) -> Result<(), Why> {
    if text.len() > LONGEST {
        return Err(Why::whole(WhyKind::TooLong));
    }
    if hides(text) {
        return Err(Why::whole(WhyKind::Unseen));
    }
    let expands = |pair: &&[u8]| pair[0] == b'$' && matches!(pair[1], b'(' | b'{' | b'[');
    if text.as_bytes().windows(2).filter(expands).count() > MOST_EXPANSIONS {
        return Err(Why::whole(WhyKind::TooDeep));
    }
    match has_long_descriptor(text) {
        true => Err(Why::whole(WhyKind::Unreadable)),
        false => Ok(()),
    }
}

/// Before the grammar is looked for in them.
pub(crate) fn tokens(tokens: &[Token]) -> Result<(), Why> {
    let count = |wanted: &[&str]| tokens.iter().filter(|token| wanted.contains(&token.to_str())).count();
    // Fewer tokens than may be opened need not be looked at.
    if tokens.len() > MOST_CASES && (count(&["case"]) > MOST_CASES || count(&OPENS) > MOST_OPENED) {
        return Err(Why::whole(WhyKind::TooDeep));
    }
    if let Some(word) = tokens.iter().map(Token::to_str).find(|word| is_deep_element(word)) {
        return Err(Why::new(WhyKind::Array, word));
    }
    here_documents(tokens)?;
    tokens.windows(2).try_for_each(|pair| joined(&pair[0], &pair[1]))?;
    tokens.windows(3).try_for_each(|three| glued(&three[0], &three[1], &three[2]))
}

/// `a[…` may set an element of an array: the parser calls itself for what stands in the brackets, and tries it in several
/// ways.
fn is_deep_element(word: &str) -> bool {
    if !word.contains('[') {
        return false;
    }
    let name = word.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let index = &word[name..];
    name > 0
        && index.starts_with('[')
        && (index.contains(['$', '`', '(', '"', '\'', '\\']) || index.matches('[').count() > MOST_BRACKETS)
}

/// A here-document begins at the end of its line; where that is, shells see differently if a substitution goes over
/// several lines.
fn here_documents(tokens: &[Token]) -> Result<(), Why> {
    let (mut has_document, mut has_lines, mut at) = (false, false, 0);
    while let Some(token) = tokens.get(at) {
        let begins = matches!(token, Token::Operator(name, _) if name == "<<" || name == "<<-");
        let word = token.to_str();
        has_document |= begins;
        has_lines |= !begins && word.contains('\n') && word.contains(['$', '`']);
        // Its operator, its end as it was announced, its text, and its end.
        at += if begins { 4 } else { 1 };
    }
    match has_document && has_lines {
        true => Err(Why::whole(WhyKind::HereDocument)),
        false => Ok(()),
    }
}

/// `((` is arithmetic or two subshells, depending on what follows; `)x` is no word of its own in bash.
fn joined(one: &Token, other: &Token) -> Result<(), Why> {
    match (one, other) {
        (Token::Operator(one, _), Token::Operator(other, _)) if one == "(" && other == "(" => {
            Err(Why::whole(WhyKind::Arithmetic))
        }
        (Token::Operator(close, _), Token::Word(word, _)) if close == ")" && touches(one, other) => {
            Err(Why::new(WhyKind::Unreadable, &format!("){word}")))
        }
        _ => Ok(()),
    }
}

/// `a<(b)` is one word in bash, and two for the parser.
fn glued(word: &Token, arrow: &Token, open: &Token) -> Result<(), Why> {
    let is = |token: &Token, names: &[&str]| matches!(token, Token::Operator(name, _) if names.contains(&name.as_str()));
    let starts = is(arrow, &["<", ">"]) && is(open, &["("]) && touches(arrow, open);
    match word {
        Token::Word(word_text, _) if starts && touches(word, arrow) => {
            Err(Why::new(WhyKind::Unreadable, &format!("{word_text}{}(", arrow.to_str())))
        }
        _ => Ok(()),
    }
}

fn touches(one: &Token, other: &Token) -> bool {
    one.location().end.index >= other.location().start.index
}

fn has_long_descriptor(text: &str) -> bool {
    let mut digits = 0;
    text.bytes().any(|byte| {
        let ends = matches!(byte, b'<' | b'>') && digits > DESCRIPTOR_DIGITS;
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        ends
    })
}

fn hides(text: &str) -> bool {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return false;
    }
    let mut before = ' ';
    text.chars().any(|c| {
        let hides = is_unseen(c) && !(c == PICTURE_CHOICE && is_picture(before));
        before = c;
        hides
    })
}

/// Chooses the coloured picture of the sign before it: `⚠️`.
const PICTURE_CHOICE: char = '\u{fe0f}';

fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

/// Control characters, those that turn others, and blanks that are no blanks to a shell.
fn is_unseen(c: char) -> bool {
    let at = HIDDEN.partition_point(|(_, last)| *last < c);
    let hidden = HIDDEN.get(at).is_some_and(|(first, _)| *first <= c);
    let allowed = matches!(c, ' ' | '\n' | '\t');
    hidden || !allowed && (c.is_control() || c.is_whitespace())
}

/// The list that the surfaces have for what they show.
static HIDDEN: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let sign = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    let range = |line: &str| {
        let (first, last) = line.split_once("..").unwrap_or((line, line));
        Some((sign(first)?, sign(last)?))
    };
    include_str!("../../domain/hidden.txt").lines().filter_map(range).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_found_and_what_shows_is_not() {
        // REQ-GATE-06
        for hidden in [
            "rm \u{202e}x",
            "a\u{200b}b",
            "rm\u{a0}-rf",
            "x\0",
            "x\r\n",
            "x\u{1b}[1m",
            "x\u{7f}",
            "x\u{85}",
            "a\u{fe0f}",
        ] {
            assert_eq!(text(hidden).unwrap_err().kind, WhyKind::Unseen, "{hidden:?}");
        }
        for shown in ["echo é ✨ ⚠\u{fe0f}", "two\nlines\tand a tab", "日本語"] {
            assert_eq!(text(shown), Ok(()), "{shown:?}");
        }
    }

    #[test]
    fn the_list_of_hidden_characters_is_read_whole() {
        assert_eq!(HIDDEN.len(), include_str!("../../domain/hidden.txt").lines().count());
    }
}
