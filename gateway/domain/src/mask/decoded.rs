//! Secrets that are written in base64, hex or percent codes: decoded once, and then looked for by their own shape.

use super::bytes::{at, is_word, part};
use super::{Depth, Grammar, find};
use std::ops::Range;

/// Shorter ones hold no secret.
const SHORTEST: usize = 20;

/// Longest run that is decoded: secrets are short, and a file that is sent along is not.
const LONGEST: usize = 16 * 1024;

/// Decoded bytes that must be signs of a text before the rest is decoded too.
const PROBE: usize = 12;

pub(super) fn find_decoded(bytes: &[u8], grammar: Grammar, spans: &mut Vec<Range<usize>>) {
    let mut start = 0;
    while start < bytes.len() {
        if !is_encoded(at(bytes, start)) {
            start += 1;
            continue;
        }
        let run = part(bytes, start..bytes.len()).iter().position(|&byte| !is_encoded(byte));
        let end = start + run.unwrap_or(bytes.len() - start);
        if end - start >= SHORTEST && end - start <= LONGEST && hides_secret(part(bytes, start..end), grammar)
        {
            let padded = part(bytes, end..end + 2.min(bytes.len() - end))
                .iter()
                .take_while(|&&byte| byte == b'=')
                .count();
            spans.push(start..end + padded);
        }
        start = end;
    }
}

/// Of base64 in both alphabets, of hex, of percent codes.
fn is_encoded(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'+' | b'/' | b'-' | b'%')
}

fn hides_secret(run: &[u8], grammar: Grammar) -> bool {
    let is_secret = |decoded: Vec<u8>| {
        let mut spans = vec![];
        find(&decoded, grammar, Depth::Decoded, &mut spans);
        !spans.is_empty()
    };
    if run.contains(&b'%') {
        return percent(run).is_some_and(is_secret);
    }
    hex(run).or_else(|| base64(run)).is_some_and(is_secret)
}

fn percent(run: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = vec![];
    let mut rest = run;
    let mut any = false;
    while let Some((&first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                decoded.push(digit(*high)? << 4 | digit(*low)?);
                (rest, any) = (tail, true);
            }
            _ => {
                decoded.push(first);
                rest = tail;
            }
        }
    }
    any.then_some(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

fn hex(run: &[u8]) -> Option<Vec<u8>> {
    if !run.len().is_multiple_of(2) || !run.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut decoded = Vec::with_capacity(run.len() / 2);
    for pair in run.chunks_exact(2) {
        let byte = digit(pair[0])? << 4 | digit(pair[1])?;
        decoded.push(byte);
        if decoded.len() == PROBE && !is_text(&decoded) {
            return None;
        }
    }
    is_text(&decoded).then_some(decoded)
}

fn base64(run: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(run.len() / 4 * 3 + 3);
    for four in run.chunks(4) {
        let mut bits = 0_u32;
        for &byte in four {
            bits = bits << 6 | u32::from(sextet(byte)?);
        }
        bits <<= 6 * (4 - u32::try_from(four.len()).ok()?);
        let [_, bytes @ ..] = bits.to_be_bytes();
        decoded.extend(bytes.into_iter().take(four.len().saturating_sub(1)));
        if decoded.len() == PROBE && !is_text(&decoded) {
            return None;
        }
    }
    is_text(&decoded).then_some(decoded)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// `user:password` in base64, as the basic scheme and Docker write it.
pub(super) fn is_of_a_login(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value);
    let decoded = if value.len() >= 8 { base64(value) } else { None };
    decoded.is_some_and(|decoded| is_text(&decoded) && decoded.iter().skip(1).any(|&byte| byte == b':'))
}
