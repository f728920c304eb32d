//! Passwords in addresses: `scheme://user:password@host`.

use super::Grammar;
use super::bytes::{at, is_shell_syntax, part, run_before, skip, upto};
use super::judge::looks_random;
use std::ops::Range;

/// Longest address that is looked at.
const LONGEST: usize = 1_024;

/// The password of the address whose `://` stands there, or a token in place of its user.
pub(super) fn login_at(bytes: &[u8], sign: &Range<usize>, grammar: Grammar) -> Option<Range<usize>> {
    let scheme =
        run_before(bytes, sign.start, 24, |byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    if scheme == sign.start {
        return None;
    }
    let start = sign.end;
    let is_of_address = |byte: u8| match grammar {
        Grammar::Shell => !is_shell_syntax(byte),
        Grammar::Text => !byte.is_ascii_whitespace() && !b"\"'`<>\\".contains(&byte),
    };
    let end = skip(upto(bytes, start + LONGEST), start, is_of_address);
    let address = part(bytes, start..end);
    let authority = address.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(address.len());
    let login = last_at(address, authority).or_else(|| login_with_slashes(address, authority))?;
    let colon = address.iter().take(login).position(|&byte| byte == b':');
    let (from, to) = (colon.map_or(0, |colon| colon + 1), login);
    let secret = address.get(from..to)?;
    let holds = if colon.is_some() { is_password(secret) } else { is_token(secret) };
    holds.then_some(start + from..start + to)
}

fn last_at(address: &[u8], authority: usize) -> Option<usize> {
    address.iter().take(authority).rposition(|&byte| byte == b'@')
}

/// A password with a slash in it ends the authority too early: then there is no port where one would be, and a host behind the
/// last `@`.
fn login_with_slashes(address: &[u8], authority: usize) -> Option<usize> {
    let colon = address.iter().take(authority).position(|&byte| byte == b':')?;
    let port = address.get(colon + 1..authority)?;
    if port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let login = address.iter().rposition(|&byte| byte == b'@')?;
    let host = skip(address, login + 1, |byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    (host > login + 1 && matches!(at(address, host), 0 | b':' | b'/' | b'?')).then_some(login)
}

fn is_password(secret: &[u8]) -> bool {
    let first = secret.first().copied().unwrap_or(0);
    let is_reference = matches!(first, b'$' | b'{' | b'<' | b'%' | b'[' | b'(')
        && !secret.get(1).is_some_and(u8::is_ascii_digit);
    let is_filled = secret.iter().any(|&byte| byte != first) || secret.len() == 1;
    !secret.is_empty() && !is_reference && is_filled && !secret.starts_with("•".as_bytes())
}

/// Users are words; a token in their place is not.
fn is_token(secret: &[u8]) -> bool {
    secret.len() >= 16 && looks_random(secret) && !b"${<".contains(&at(secret, 0))
}
