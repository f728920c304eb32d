//! Headers of requests: `Authorization`, bearer tokens wherever they stand, cookies.

use super::Grammar;
use super::bytes::{at, before, is_blank, is_quote, is_shell_syntax, is_word, part, skip, starts_at, upto};
use super::decoded::is_of_a_login;
use super::judge::{Candidate, Joiner, Promise, looks_random};
use std::ops::Range;

/// Longest header that is looked at.
const LONGEST: usize = 8_192;

const SCHEMES: [&str; 7] = ["bearer ", "basic ", "token ", "apikey ", "api-key ", "bot ", "splunk "];

/// The value of `Authorization: …`, in whatever form it is written.
pub(super) fn authorization_at(bytes: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let name_end = skip(bytes, name.end, |byte| is_word(byte) || byte == b'-');
    let closed = skip(bytes, name_end, |byte| is_quote(byte) || matches!(byte, b'\\' | b']'));
    let sign = skip(bytes, closed, is_blank);
    let is_joined = matches!(at(bytes, sign), b':' | b'=') || at(bytes, sign) == b',' && closed > name_end;
    if !is_joined {
        return None;
    }
    let sign = if at(bytes, sign + 1) == b'>' { sign + 1 } else { sign };
    let start =
        skip(bytes, sign + 1, |byte| is_blank(byte) || is_quote(byte) || matches!(byte, b'\\' | b'*'));
    let scheme = SCHEMES.into_iter().find(|scheme| starts_at(bytes, start, scheme));
    let start = skip(bytes, start + scheme.map_or_else(|| other_scheme(bytes, start), str::len), is_blank);
    let value = start..word_end(bytes, start);
    let found = part(bytes, value.clone());
    if scheme == Some("basic ") {
        return (found.len() >= 8 && (is_of_a_login(found) || looks_random(found))).then_some(value);
    }
    is_token(found, at(bytes, value.end), if scheme.is_some() { Promise::Strong } else { Promise::Weak })
        .then_some(value)
}

/// One that is not in the list: letters, with a value behind them.
fn other_scheme(bytes: &[u8], start: usize) -> usize {
    let end = skip(upto(bytes, start + 16), start, |byte| byte.is_ascii_alphabetic());
    if at(bytes, end) == b' ' { end - start } else { 0 }
}

/// `Bearer …` or `Basic …` without its header.
pub(super) fn scheme_at(bytes: &[u8], scheme: &Range<usize>) -> Option<Range<usize>> {
    if is_word(before(bytes, scheme.start)) {
        return None;
    }
    let value = scheme.end..word_end(bytes, scheme.end);
    let found = part(bytes, value.clone());
    let holds = match at(bytes, scheme.start) {
        b'B' | b'b' if starts_at(bytes, scheme.start, "basic ") => is_of_a_login(found),
        _ => is_token(found, at(bytes, value.end), Promise::Weak),
    };
    holds.then_some(value)
}

fn is_token(value: &[u8], next: u8, promise: Promise) -> bool {
    let is_long_enough = value.len() >= 6;
    let written = value.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-' || *byte == b'_')
        && value.len() < 20;
    let candidate = Candidate {
        value,
        is_quoted: false,
        next,
        ends_line: true,
        joiner: Joiner::Tight,
        promise,
        name: b"AUTHORIZATION",
    };
    is_long_enough && !written && candidate.is_secret()
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let end = skip(upto(bytes, start + LONGEST), start, |byte| !is_shell_syntax(byte) && byte != b',');
    let kept = part(bytes, start..end).iter().rposition(|byte| !b".:!?]*".contains(byte));
    kept.map_or(start, |last| start + last + 1)
}

/// The values of `Cookie: a=b; c=d` that are drawn, to the end of the line or of the quote.
pub(super) fn cookies_at(bytes: &[u8], name: &Range<usize>, grammar: Grammar) -> Vec<Range<usize>> {
    let closed = skip(bytes, name.end, |byte| is_quote(byte) || byte == b'\\');
    let sign = skip(bytes, closed, is_blank);
    let is_joined = matches!(at(bytes, sign), b':' | b'=') || at(bytes, sign) == b',' && closed > name.end;
    let is_option = before(bytes, name.start) == b'-' && sign > closed;
    let is_short = at(bytes, name.start) == b' ';
    if !is_joined && !is_option && !is_short {
        return vec![];
    }
    let start = if is_joined { sign + 1 } else { sign };
    let start = skip(bytes, start, |byte| is_blank(byte) || is_quote(byte) || byte == b'\\');
    let end = skip(upto(bytes, start + LONGEST), start, |byte| byte != b'\n' && !is_quote(byte));
    let mut found = vec![];
    let mut pair = start;
    while pair < end {
        let until = skip(upto(bytes, end), pair, |byte| byte != b';');
        found.extend(cookie(bytes, pair..until, grammar));
        pair = until + 1;
    }
    found
}

fn cookie(bytes: &[u8], pair: Range<usize>, grammar: Grammar) -> Option<Range<usize>> {
    let equals = skip(upto(bytes, pair.end), pair.start, |byte| byte != b'=');
    let value = equals + 1..pair.end;
    let found = part(bytes, value.clone());
    let is_plain = grammar == Grammar::Text || !found.iter().any(|&byte| is_shell_syntax(byte));
    let holds = found.len() >= 8
        && is_plain
        && looks_random(found)
        && !found.contains(&b'$')
        && !found.contains(&b'{');
    holds.then_some(value)
}
