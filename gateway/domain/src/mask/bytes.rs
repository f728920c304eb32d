//! Small readers of bytes. Texts are read as ASCII: what a secret begins and ends at is ASCII in every language.

use std::ops::Range;

/// What of a line is looked at before a place in it.
const LONGEST_HEAD: usize = 1_024;

/// The byte there; behind the end it is 0, which is no part of anything.
pub(super) fn at(bytes: &[u8], index: usize) -> u8 {
    bytes.get(index).copied().unwrap_or(0)
}

/// The byte before; before the start it is 0.
pub(super) fn before(bytes: &[u8], index: usize) -> u8 {
    index.checked_sub(1).map_or(0, |index| at(bytes, index))
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// What a shell reads as something else than a part of a word.
pub(super) fn is_shell_syntax(byte: u8) -> bool {
    byte.is_ascii_whitespace() || is_quote(byte) || b";&|<>$(){}\\".contains(&byte)
}

/// The first place from there on that is another kind of byte.
pub(super) fn skip(bytes: &[u8], from: usize, is_skipped: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|&byte| !is_skipped(byte)).unwrap_or(rest.len())
}

/// The first place of the run of such bytes that ends there, at most so long.
pub(super) fn run_before(bytes: &[u8], end: usize, most: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let start = end.saturating_sub(most);
    let window = bytes.get(start..end).unwrap_or_default();
    start + window.iter().rposition(|&byte| !is_part(byte)).map_or(0, |last| last + 1)
}

/// All up to there: bounds how far anything is looked for, so that a hostile text costs no more than its length.
pub(super) fn upto(bytes: &[u8], end: usize) -> &[u8] {
    bytes.get(..end).unwrap_or(bytes)
}

pub(super) fn part(bytes: &[u8], range: Range<usize>) -> &[u8] {
    bytes.get(range).unwrap_or_default()
}

pub(super) fn starts_at(bytes: &[u8], index: usize, text: &str) -> bool {
    let found = bytes.get(index..index + text.len());
    found.is_some_and(|found| found.eq_ignore_ascii_case(text.as_bytes()))
}

/// A word begins there; also behind an escaped line end (`\n`) and behind a percent code.
pub(super) fn begins_word(bytes: &[u8], start: usize) -> bool {
    let [third, second, last] =
        [3, 2, 1].map(|back| start.checked_sub(back).map_or(0, |index| at(bytes, index)));
    let escaped = second == b'\\' && matches!(last, b'n' | b'r' | b't');
    let encoded = third == b'%' && second.is_ascii_hexdigit() && last.is_ascii_hexdigit();
    !is_word(last) || escaped || encoded
}

/// Where the line ends that holds this place.
pub(super) fn line_end(bytes: &[u8], from: usize) -> usize {
    skip(bytes, from, |byte| byte != b'\n')
}

/// Where it begins; a very long line counts from some way before this place.
pub(super) fn line_start(bytes: &[u8], from: usize) -> usize {
    run_before(bytes, from, LONGEST_HEAD, |byte| byte != b'\n')
}
