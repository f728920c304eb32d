//! A name that promises a secret, and its value: `NAME=value`, `"name": "value"`, `--name value`, cells, elements, blocks.

use super::Grammar;
use super::bytes::{
    at, before, begins_word, is_blank, is_quote, is_shell_syntax, is_word, line_start, part, run_before,
    skip, starts_at, upto,
};
use super::judge::{Candidate, Joiner, Promise};
use super::names::promise;
use super::values::{LONGEST_BARE, Value, block_at, value_at, word_end};
use std::ops::Range;

/// Longest name, on both sides of what was found of it.
const LONGEST_NAME: usize = 80;

pub(super) struct Named {
    pub name: Range<usize>,
    pub value: Option<Range<usize>>,
}

/// What comes between a name and its value.
struct Joined {
    joiner: Joiner,
    value: usize,
    needs_quotes: bool,
}

impl Joined {
    fn at(joiner: Joiner, value: usize) -> Option<Self> {
        Some(Self { joiner, value, needs_quotes: false })
    }

    fn quoted(joiner: Joiner, value: usize) -> Option<Self> {
        Some(Self { joiner, value, needs_quotes: true })
    }
}

/// The name around a hit, with its value if that is a secret.
pub(super) fn named_at(bytes: &[u8], hit: &Range<usize>, grammar: Grammar) -> Named {
    let start = run_before(bytes, hit.start, LONGEST_NAME, is_of_name);
    // What was found of it may end in a joiner, as `sig=` does.
    let end = skip(upto(bytes, hit.end + LONGEST_NAME), start, |byte| {
        is_of_name(byte) || byte == b' ' && hit.len() > 10
    });
    let end = if hit.len() > 10 { hit.end } else { end };
    let found = Named { name: start..end.max(hit.start + 1), value: None };
    let dashes = skip(bytes, start, |byte| byte == b'-' || byte == b'.');
    let name = part(bytes, first_word(bytes, dashes)..end);
    if name.len() >= LONGEST_NAME || name.is_empty() {
        return found;
    }
    let is_option = at(bytes, start) == b'-' && !is_word(before(bytes, start));
    let Some(joined) = joiner(bytes, start..end, is_option, grammar) else { return found };
    let Some(promise) = promise(name) else { return found };
    let value = secret_of(bytes, name, promise, &joined, grammar);
    Named { value, ..found }
}

fn secret_of(
    bytes: &[u8],
    name: &[u8],
    promise: Promise,
    joined: &Joined,
    grammar: Grammar,
) -> Option<Range<usize>> {
    if joined.joiner == Joiner::Colon
        && grammar == Grammar::Text
        && promise > Promise::Weak
        && let Some(block) = block_at(bytes, joined.value)
    {
        return Some(block);
    }
    let value = value_at(bytes, joined.value, grammar)?;
    let Value { span, is_quoted, next, ends_line } = value;
    if joined.needs_quotes && !is_quoted {
        return None;
    }
    // Where a name and a value only stand side by side, the value must look like a secret by itself.
    let promise = match joined.joiner {
        Joiner::Beside => Promise::Weak,
        _ => promise,
    };
    let candidate = Candidate {
        value: part(bytes, span.clone()),
        is_quoted,
        next,
        ends_line,
        joiner: joined.joiner,
        promise,
        name,
    };
    let span = if span.len() >= LONGEST_BARE { span.start..word_end(bytes, span.end) } else { span };
    candidate.is_secret().then_some(span)
}

/// `api key`, `secret key`: the word before is a part of the name.
fn first_word(bytes: &[u8], name: usize) -> usize {
    const WORDS: [&str; 8] =
        ["api ", "access ", "secret ", "private ", "signing ", "encryption ", "account ", "master "];
    let word = WORDS.iter().find(|word| name >= word.len() && starts_at(bytes, name - word.len(), word));
    let start = word.map_or(name, |word| name - word.len());
    if begins_word(bytes, start) { start } else { name }
}

/// A value whose name is known, as in the arguments of a call. A mask is to be all of it or nothing.
pub(super) fn is_secret_under(name: &str, value: &str) -> bool {
    let Some(promise) = promise(name.as_bytes()) else { return false };
    let (value, name) = (value.as_bytes(), name.as_bytes());
    let is_plain = !value.iter().any(|&byte| is_shell_syntax(byte));
    let candidate = Candidate {
        value,
        is_quoted: true,
        next: b',',
        ends_line: true,
        joiner: Joiner::Colon,
        promise,
        name,
    };
    is_plain && candidate.is_secret()
}

/// Whether what stands under that name is a password, whatever it looks like.
pub(super) fn promises_password(name: &[u8]) -> bool {
    promise(name) == Some(Promise::Strong)
}

/// Letters of other languages too.
fn is_of_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'.') || !byte.is_ascii()
}

fn joiner(bytes: &[u8], name: Range<usize>, is_option: bool, grammar: Grammar) -> Option<Joined> {
    let is_text = grammar == Grammar::Text;
    if is_text && starts_at(bytes, name.end, "'s ") {
        return Joined::at(Joiner::Told, name.end + 3);
    }
    let closed = closers(bytes, name.end, is_text);
    let is_closed = closed > name.end;
    let next = skip(bytes, closed, is_blank).min(closed + 40);
    let has_blank = next > closed;
    match at(bytes, next) {
        b'=' => after_equals(bytes, next, has_blank, is_text),
        b':' if at(bytes, next + 1) == b'=' => Joined::at(Joiner::Assigned, next + 2),
        b':' if !matches!(at(bytes, next + 1), b':' | b'/') => Joined::at(Joiner::Colon, next + 1),
        b'?' if at(bytes, next + 1) == b':' => Joined::at(Joiner::Colon, next + 2),
        b'?' | b'+' if at(bytes, next + 1) == b'=' => Joined::at(Joiner::Assigned, next + 2),
        // What is taken where a setting is missing.
        sign @ (b'|' | b'?') if is_text && at(bytes, next + 1) == sign => {
            Joined::quoted(Joiner::Pair, next + 2)
        }
        b'(' if is_quote(at(bytes, next + 1)) => Joined::quoted(Joiner::Pair, next + 1),
        b'!' if at(bytes, next + 1) == b'=' => after_equals(bytes, next + 1, has_blank, is_text),
        b'|' if is_text && opens_cell(bytes, name.start) => Joined::at(Joiner::Pair, next + 1),
        b'>' if is_text && matches!(before(bytes, name.start), b'<' | b':') => {
            Joined::at(Joiner::Colon, next + 1)
        }
        _ if is_option && has_blank => Joined::at(Joiner::Option, next),
        _ => beside(bytes, &name, closed, next, is_closed, is_text),
    }
}

/// Quotes, brackets and stars that close a name.
fn closers(bytes: &[u8], end: usize, is_text: bool) -> usize {
    let mut end = end;
    for _ in 0..6 {
        match at(bytes, end) {
            b'\\' if is_quote(at(bytes, end + 1)) => end += 2,
            byte if is_quote(byte) || byte == b']' => end += 1,
            b'*' if is_text => end += 1,
            _ => break,
        }
    }
    end
}

fn after_equals(bytes: &[u8], equals: usize, has_blank: bool, is_text: bool) -> Option<Joined> {
    match at(bytes, equals + 1) {
        b'>' if is_text => Joined::at(Joiner::Assigned, equals + 2),
        b'>' | b'~' => None,
        b'=' => Joined::quoted(Joiner::Pair, skip(bytes, equals, |byte| byte == b'=')),
        next if has_blank || is_blank(next) => Joined::at(Joiner::Assigned, equals + 1),
        _ => Joined::at(Joiner::Tight, equals + 1),
    }
}

/// Without a sign between them: a pair of arguments, a setting of another file's form, a sentence.
fn beside(
    bytes: &[u8],
    name: &Range<usize>,
    closed: usize,
    next: usize,
    is_closed: bool,
    is_text: bool,
) -> Option<Joined> {
    let gap = skip(bytes, closed, |byte| byte.is_ascii_whitespace() || byte == b',').min(closed + 60);
    let named_value = if is_quote(at(bytes, gap)) { gap + 1 } else { gap };
    if gap > closed && starts_at(bytes, named_value, "value") {
        let end = closers(bytes, named_value + 5, false);
        let sign = skip(bytes, end, is_blank);
        if matches!(at(bytes, sign), b'=' | b':') {
            return Joined::at(Joiner::Colon, sign + 1);
        }
    }
    if is_closed && at(bytes, next) == b',' {
        return Joined::quoted(Joiner::Pair, next + 1);
    }
    if !is_text || next == closed {
        return None;
    }
    let word = ["is: ", "is ", "was ", "to ", "ist ", "lautet ", "est ", "es "]
        .into_iter()
        .find(|word| starts_at(bytes, next, word));
    if let Some(word) = word {
        return Joined::at(Joiner::Told, next + word.len());
    }
    let line = line_start(bytes, name.start);
    let is_first = part(bytes, line..name.start).iter().all(|&byte| is_blank(byte));
    let word = part(bytes, name.clone());
    let is_of_netrc = word == b"password" && has_login(bytes, name.start);
    let is_of_servers = is_first
        && ["requirepass", "masterauth", "bindpw", "rootpw"]
            .iter()
            .any(|one| word.eq_ignore_ascii_case(one.as_bytes()));
    let is_of_sql = at(bytes, next) == b'\''
        && (word.eq_ignore_ascii_case(b"password") || starts_at(bytes, name.start, "identified by"));
    if is_of_netrc || is_of_servers || is_of_sql {
        return Joined::at(Joiner::Option, next);
    }
    match is_quote(at(bytes, next)) {
        true => Joined::quoted(Joiner::Pair, next),
        false => Joined::at(Joiner::Beside, next),
    }
}

/// `login anna password …`, on one line or on two.
fn has_login(bytes: &[u8], name: usize) -> bool {
    let near = part(bytes, name.saturating_sub(80)..name);
    near.windows(6).any(|six| six == b"login ")
}

/// `| name |`, the head of a table's row.
fn opens_cell(bytes: &[u8], name: usize) -> bool {
    let start = run_before(bytes, name, 8, |byte| is_blank(byte) || matches!(byte, b'*' | b'`'));
    before(bytes, start) == b'|'
}
