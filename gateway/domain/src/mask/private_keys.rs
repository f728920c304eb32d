//! Private keys: their head and the lines of the key, in a text, in JSON or in a diff; not whatever else follows, which may
//! be what runs.

use super::Grammar;
use super::bytes::{at, before, is_blank, is_quote, line_end, part, skip, starts_at, upto};
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;
use std::sync::LazyLock;

/// Between two lines of a key: a line end, written out or not.
const BREAK: &str = r"(?:\s|\\n|\\r)";

/// The same where nothing is run: also the line numbers, and the signs of quotes and diffs, that tools put before a line.
const BREAK_IN_TEXT: &str = r"(?:\s|\\n|\\r|\n\s*[0-9]{1,6}[|:]|\n[ \t]*[>|#*+-][ \t])";

const HEADS: &str =
    r"Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]+,[A-F0-9]+|Version: [^\n\\]{1,60}|Comment: [^\n\\]{1,60}";

fn key(between: &str, heads: &str) -> Option<Regex> {
    let whole = format!(
        "^-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----\
         (?:{between}*(?:{heads}|[A-Za-z0-9+/=]{{16,}}))*\
         (?:{between}*[A-Za-z0-9+/=]*{between}*-?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?"
    );
    RegexBuilder::new(&whole).unicode(false).build().ok()
}

/// Heads with free words could hide what runs.
static IN_SHELL: LazyLock<Option<Regex>> =
    LazyLock::new(|| key(BREAK, "Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]+,[A-F0-9]+"));
static IN_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| key(BREAK_IN_TEXT, HEADS));

/// A key that begins there.
pub(super) fn armoured(bytes: &[u8], start: usize, grammar: Grammar) -> Option<Range<usize>> {
    let regex = match grammar {
        Grammar::Shell => IN_SHELL.as_ref(),
        Grammar::Text => IN_TEXT.as_ref(),
    };
    let found = start..start + regex?.find(part(bytes, start..bytes.len()))?.end();
    let is_quoted = is_quote(before(bytes, start));
    Some(if grammar == Grammar::Shell && !is_quoted { until_a_command(bytes, found) } else { found })
}

/// Outside of quotes each line of a shell's text is a command: only what can't be one is taken for a line of the key.
fn until_a_command(bytes: &[u8], found: Range<usize>) -> Range<usize> {
    let bytes = upto(bytes, found.end);
    let mut end = line_end(bytes, found.start);
    while end < found.end {
        let next = line_end(bytes, end + 1);
        let line = part(bytes, end + 1..next);
        let has = |is: fn(&u8) -> bool| line.iter().any(is);
        let is_drawn = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
        // Its last line may be short, and has capital letters as hardly any program has.
        let is_end = line.len() < 16 && has(u8::is_ascii_uppercase) || line.ends_with(b"=");
        let is_frame = line.starts_with(b"-----END") || line.contains(&b':') || line.is_empty() || is_end;
        if line.starts_with(b"/") || !(is_drawn || is_frame) {
            break;
        }
        end = next;
    }
    found.start..end
}

/// A key without its head: its first line is known, and those that follow are like it.
pub(super) fn lines_of_key(bytes: &[u8], start: usize, from: usize) -> Range<usize> {
    let mut end = skip(bytes, from, is_of_key);
    loop {
        let next = match (at(bytes, end), at(bytes, end + 1)) {
            (b'\\', b'n') => end + 2,
            (b'\n', _) => skip(bytes, end + 1, is_blank),
            (b'\r', b'\n') => skip(bytes, end + 2, is_blank),
            _ => return start..end,
        };
        let line = skip(bytes, next, is_of_key);
        if line - next < 16 {
            return start..end;
        }
        end = line;
    }
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// `Private-Lines: 8`, and then so many.
pub(super) fn of_putty(bytes: &[u8], colon: usize) -> Option<Range<usize>> {
    let bytes = upto(bytes, colon + 16 * 1024);
    let first = line_end(bytes, colon);
    let count: usize = std::str::from_utf8(part(bytes, colon..first)).ok()?.trim().parse().ok()?;
    let mut end = first;
    for _ in 0..count.min(200) {
        let line = line_end(bytes, end + 1);
        let is_key = skip(bytes, end + 1, is_of_key) >= line.saturating_sub(1)
            && !starts_at(bytes, end + 1, "private-");
        if !is_key || line <= end {
            break;
        }
        end = line;
    }
    (end > first + 1).then_some(first + 1..end)
}
