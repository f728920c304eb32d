//! Where a value begins and ends. In a shell's text it has nothing of a shell's grammar in it, since a mask hides a value and
//! never what runs.

use super::Grammar;
use super::bytes::{at, is_blank, is_quote, is_shell_syntax, line_end, line_start, part, skip, upto};
use std::ops::Range;

/// Longest value that is looked at; what is longer goes on hidden to its end.
const LONGEST: usize = 16 * 1024;

/// The same without quotes; what is longer and a secret is hidden to the end of its word.
pub(super) const LONGEST_BARE: usize = 4_096;

pub(super) struct Value {
    pub span: Range<usize>,
    pub is_quoted: bool,
    /// The byte behind it, and behind its quote.
    pub next: u8,
    /// Nothing follows on its line.
    pub ends_line: bool,
}

pub(super) fn value_at(bytes: &[u8], from: usize, grammar: Grammar) -> Option<Value> {
    let mut start = skip(bytes, from, is_blank).min(from + 40);
    if grammar == Grammar::Text {
        start = skip(bytes, start, |byte| byte == b'*');
        start = skip(bytes, start, is_blank);
    }
    // Prefixes of strings in code: b"…", rb"…", f'…', @"…".
    let prefix = skip(bytes, start, |byte| b"bBrRfFuU@$".contains(&byte));
    if (1..=2).contains(&(prefix - start))
        && matches!(at(bytes, prefix), b'"' | b'\'')
        && at(bytes, start) != b'$'
    {
        start = prefix;
    }
    if at(bytes, start) == b'\\' && is_quote(at(bytes, start + 1)) {
        return escaped(bytes, start + 2);
    }
    // A string of three quotes.
    if is_quote(at(bytes, start)) && part(bytes, start..start + 3) == [at(bytes, start); 3] {
        start += 2;
    }
    match at(bytes, start) {
        quote if is_quote(quote) => quoted(bytes, start, quote, grammar),
        _ => bare(bytes, start, grammar),
    }
}

/// `\"…\"`: a string within a string.
fn escaped(bytes: &[u8], start: usize) -> Option<Value> {
    let end = skip(bytes, start, |byte| !is_shell_syntax(byte));
    let closes = at(bytes, end) == b'\\' && is_quote(at(bytes, end + 1));
    let next = if closes { at(bytes, end + 2) } else { at(bytes, end) };
    (end > start).then_some(Value { span: start..end, is_quoted: closes, next, ends_line: false })
}

fn quoted(bytes: &[u8], open: usize, quote: u8, grammar: Grammar) -> Option<Value> {
    let start = open + 1;
    let window = part(bytes, start..bytes.len().min(start + LONGEST));
    let end = match grammar {
        Grammar::Text => start + closing(window, quote)?,
        Grammar::Shell if opens_in_shell(bytes, open) => {
            skip(bytes, start, |byte| byte != quote && (is_blank(byte) || !is_shell_syntax(byte)))
        }
        Grammar::Shell => skip(bytes, start, |byte| !is_shell_syntax(byte)),
    };
    // A sentence's apostrophe, or a value that the shell changes: only its first word is certain.
    let is_closed = at(bytes, end) == quote;
    let end = if is_closed { end } else { skip(bytes, start, |byte| !is_shell_syntax(byte)) };
    let next = at(bytes, end + usize::from(is_closed));
    let ends_line = matches!(next, b'\n' | b'\r' | 0);
    (end > start).then_some(Value { span: start..end, is_quoted: is_closed, next, ends_line })
}

/// The end of a string on this line; a sign behind a backslash does not end it.
fn closing(window: &[u8], quote: u8) -> Option<usize> {
    let mut is_escaped = false;
    for (n, &byte) in window.iter().enumerate() {
        match byte {
            b'\n' => return None,
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            _ if byte == quote => return Some(n),
            _ => {}
        }
    }
    None
}

/// Whether a shell reads this quote as one that opens. Only where nothing else could change how it reads quotes: otherwise a quote
/// that closes could be taken for one that opens, and what runs would be hidden between two of them.
fn opens_in_shell(bytes: &[u8], open: usize) -> bool {
    if bytes.len() > LONGEST {
        return false;
    }
    let is_plain =
        !bytes.iter().any(|byte| b"#$`\\".contains(byte)) && !bytes.windows(2).any(|two| two == b"<<");
    let mut inside = None;
    for &byte in part(bytes, 0..open) {
        match inside {
            Some(quote) if byte == quote => inside = None,
            None if matches!(byte, b'"' | b'\'') => inside = Some(byte),
            _ => {}
        }
    }
    is_plain && inside.is_none() && matches!(at(bytes, open), b'"' | b'\'')
}

fn bare(bytes: &[u8], start: usize, grammar: Grammar) -> Option<Value> {
    let near = upto(bytes, start + LONGEST_BARE);
    let end = match grammar {
        Grammar::Shell => skip(near, start, |byte| !is_shell_syntax(byte)),
        Grammar::Text => bare_in_text(near, start),
    };
    let end = start + trimmed(part(bytes, start..end));
    let next = at(bytes, skip(bytes, end, is_blank));
    let is_comment = next == b'#';
    let ends_line = matches!(next, b'\n' | b'\r' | 0) || is_comment;
    let next = at(bytes, end);
    (end > start).then_some(Value { span: start..end, is_quoted: false, next, ends_line })
}

/// Where a long word ends.
pub(super) fn word_end(bytes: &[u8], from: usize) -> usize {
    skip(bytes, from, |byte| !is_shell_syntax(byte))
}

/// A setting on a line of its own may have any sign; elsewhere code and sentences go on behind some.
fn bare_in_text(bytes: &[u8], start: usize) -> usize {
    let line = part(bytes, line_start(bytes, start)..start);
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let is_setting = line.ends_with(b"=")
        && line.iter().filter(|&&byte| byte == b'=').count() == 1
        && line
            .iter()
            .all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_=".contains(&byte));
    if is_setting {
        return skip(bytes, start, |byte| !byte.is_ascii_whitespace() && !is_quote(byte));
    }
    skip(bytes, start, |byte| {
        !byte.is_ascii_whitespace() && !is_quote(byte) && !b";&|<>(){}\\".contains(&byte)
    })
}

/// Without what ends a sentence or a list behind it.
fn trimmed(value: &[u8]) -> usize {
    let end = value.iter().rposition(|byte| !b",.:;!?)]}*".contains(byte)).map_or(0, |last| last + 1);
    // One that is a part of the secret more likely than of the sentence: `hunter2!`.
    let is_kept = value.get(end) == Some(&b'!') && value.len() == end + 1;
    if is_kept { value.len() } else { end }
}

/// `name: |` with the lines below that stand deeper.
pub(super) fn block_at(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let sign = skip(bytes, from, is_blank);
    let is_block = matches!(at(bytes, sign), b'|' | b'>');
    let head = skip(bytes, sign + 1, |byte| b"+-0123456789 ".contains(&byte));
    let first = skip(bytes, head + 1, is_blank);
    let is_reference = matches!(at(bytes, first), b'$' | b'{' | b'<');
    if !is_block || is_reference || at(bytes, head) != b'\n' {
        return None;
    }
    let outer = indent(bytes, line_start(bytes, from));
    let mut end = head;
    while end < bytes.len() {
        let line = end + 1;
        let depth = indent(bytes, line);
        if depth <= outer || line >= bytes.len() {
            break;
        }
        end = line_end(bytes, line);
    }
    (end > first).then_some(first..end)
}

fn indent(bytes: &[u8], line: usize) -> usize {
    skip(bytes, line, is_blank) - line
}
