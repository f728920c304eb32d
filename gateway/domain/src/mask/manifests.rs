//! Kubernetes secrets: all values below `data` and `stringData` of a document of that kind.

use super::Grammar;
use super::bytes::{at, is_blank, line_end, part, skip, upto};
use super::values::{block_at, value_at};
use std::ops::Range;

/// Longest document that is looked at, on each side of its kind.
const LONGEST: usize = 64 * 1024;

/// The values, and where the document ends.
pub(super) fn values_of(bytes: &[u8], kind: &Range<usize>, grammar: Grammar) -> (Vec<Range<usize>>, usize) {
    // `kind: SecretList` and `kind: SecretStore` are others.
    if at(bytes, kind.end).is_ascii_alphanumeric() {
        return (vec![], kind.end);
    }
    let document = document(bytes, kind);
    let mut found = vec![];
    let mut outer = None;
    let mut line = document.start;
    while line < document.end {
        let end = line_end(bytes, line).min(document.end);
        let name = skip(bytes, line, |byte| is_blank(byte) || byte == b'"');
        let depth = skip(bytes, line, is_blank) - line;
        match outer {
            Some(outer) if depth > outer => found.extend(value_of(bytes, line..end, grammar)),
            _ => outer = opens(part(bytes, name..end)).then_some(depth),
        }
        line = end + 1;
    }
    (found, document.end)
}

/// Between two lines `---`.
fn document(bytes: &[u8], kind: &Range<usize>) -> Range<usize> {
    let first = kind.start.saturating_sub(LONGEST);
    let last = bytes.len().min(kind.end + LONGEST);
    let start = part(bytes, first..kind.start)
        .windows(4)
        .rposition(|four| four == b"\n---")
        .map_or(first, |n| first + n + 4);
    let end = part(bytes, kind.end..last)
        .windows(4)
        .position(|four| four == b"\n---")
        .map_or(last, |n| kind.end + n);
    start..end
}

fn opens(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let name = name.strip_suffix(b"\"").unwrap_or(name);
    let rest = line.iter().position(|&byte| byte == b':').map_or(&[][..], |colon| &line[colon + 1..]);
    let is_open = rest.iter().all(|&byte| is_blank(byte) || matches!(byte, b'{' | b'\r'));
    matches!(name, b"data" | b"stringData") && is_open
}

fn value_of(bytes: &[u8], line: Range<usize>, grammar: Grammar) -> Option<Range<usize>> {
    let colon = skip(upto(bytes, line.end), line.start, |byte| byte != b':');
    if colon >= line.end {
        return None;
    }
    if let Some(block) = block_at(bytes, colon + 1).filter(|_| grammar == Grammar::Text) {
        return Some(block);
    }
    let value = value_at(bytes, colon + 1, grammar).filter(|value| value.span.end <= line.end)?.span;
    let found = part(bytes, value.clone());
    let is_reference = found.first().is_some_and(|first| b"${<|>".contains(first))
        || found.windows(2).any(|two| two == b"{{");
    (found.len() >= 3 && !is_reference).then_some(value)
}
