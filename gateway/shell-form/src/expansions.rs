//! Where expansions and quotes end, by bash's own rules; whatever is unusual in them is an error.

use crate::limits::DEEPEST;
use crate::why::{Why, WhyKind};

/// Behind the `)` of a `$(` whose text begins here.
pub(crate) fn after_substitution(text: &str, mut at: usize, level: usize) -> Result<usize, Why> {
    if level > DEEPEST {
        return Err(Why::whole(WhyKind::TooDeep));
    }
    let bytes = text.as_bytes();
    let (mut open, mut word_may_begin) = (0, true);
    while let Some(byte) = bytes.get(at) {
        let rest = &text.as_bytes()[at..];
        let begins = std::mem::replace(&mut word_may_begin, b" \t\n;&|()<>".contains(byte));
        match byte {
            b')' if open == 0 => return Ok(at + 1),
            b'(' => open += 1,
            b')' => open -= 1,
            // Comments and here-documents within: the ends of lines count then, and parsers differ.
            b'#' if begins => return Err(unsure(text)),
            b'<' if rest.starts_with(b"<<<") => at += 2,
            b'<' if rest.starts_with(b"<<") => return Err(Why::new(WhyKind::HereDocument, text)),
            // A line that goes on in the next one leaves no trace.
            b'\\' if rest.starts_with(b"\\\n") => (at, word_may_begin) = (at + 1, begins),
            b'\\' => at += 1,
            b'\'' => at = find(text, at + 1, b'\'')?,
            b'"' => at = after_double(text, at + 1, level)? - 1,
            b'`' => at = after_backquote(text, at + 1)? - 1,
            b'$' => at = after_dollar(text, at, level, false)? - 1,
            _ => {}
        }
        at += 1;
    }
    Err(unsure(text))
}

/// Behind a `"` whose text begins here.
fn after_double(text: &str, mut at: usize, level: usize) -> Result<usize, Why> {
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' => at += 1,
            b'`' => at = after_backquote(text, at + 1)? - 1,
            b'$' => at = after_dollar(text, at, level, true)? - 1,
            _ => {}
        }
        at += 1;
    }
    Err(unsure(text))
}

/// Behind whatever this `$` begins.
fn after_dollar(text: &str, at: usize, level: usize, quoted: bool) -> Result<usize, Why> {
    refuse_joined_line(text, at)?;
    match text.as_bytes().get(at + 1) {
        Some(b'(') => after_substitution(text, at + 2, level + 1),
        Some(b'{') => after_braces(text, at + 2),
        Some(b'[') => Err(Why::new(WhyKind::Arithmetic, &text[at..])),
        Some(b'"') if !quoted => Err(unsure(text)),
        Some(b'\'') if !quoted => Ok(ansi(text, at + 2)?.1),
        // `$$'` and `$#`: what follows a name is read by itself.
        Some(b'$' | b'#' | b'!' | b'?' | b'-' | b'@' | b'*') => Ok(at + 2),
        _ => Ok(at + 1),
    }
}

/// Bash joins lines before it sees what a `$` begins: `$\\` with the end of a line and `(` behind it is `$(`.
pub(crate) fn refuse_joined_line(text: &str, at: usize) -> Result<(), Why> {
    let rest = &text[at + 1..];
    match rest.strip_prefix('(').unwrap_or(rest).starts_with("\\\n") {
        true => Err(unsure(text)),
        false => Ok(()),
    }
}

/// Behind the next backquote. A backslash within means another thing in each shell and each kind of quotes.
pub(crate) fn after_backquote(text: &str, at: usize) -> Result<usize, Why> {
    let end = find(text, at, b'`')?;
    match text[at..end].contains('\\') {
        true => Err(Why::new(WhyKind::Expansion, &text[at - 1..=end])),
        false => Ok(end + 1),
    }
}

pub(crate) fn find(text: &str, at: usize, wanted: u8) -> Result<usize, Why> {
    let found = text.as_bytes().get(at..).and_then(|rest| rest.iter().position(|byte| *byte == wanted));
    found.map(|found| at + found).ok_or_else(|| unsure(text))
}

fn unsure(text: &str) -> Why {
    Why::new(WhyKind::Unreadable, text)
}

/// Behind the `}` of a `${` whose text begins here. Only forms whose operand is plain: nothing in it can run, be quoted,
/// or end the braces early.
pub(crate) fn after_braces(text: &str, at: usize) -> Result<usize, Why> {
    let end = find(text, at, b'}')?;
    match is_plain_parameter(&text[at..end]) {
        true => Ok(end + 1),
        false => Err(Why::new(WhyKind::Expansion, &format!("${{{}}}", &text[at..end]))),
    }
}

fn is_plain_parameter(inner: &str) -> bool {
    if matches!(inner, "#" | "?" | "$" | "-" | "@" | "*") {
        return true;
    }
    let (counted, named) = match inner.strip_prefix('#') {
        Some(rest) => (true, rest),
        None => (false, inner),
    };
    let Some(rest) = without_name(named) else { return false };
    let rest = ["[@]", "[*]"].iter().find_map(|index| rest.strip_prefix(index)).unwrap_or(rest);
    rest.is_empty() || !counted && is_plain_operation(rest)
}

/// What follows the name: `name`, `1`, `@`.
fn without_name(text: &str) -> Option<&str> {
    let first = text.bytes().next()?;
    let is_part = |byte: &u8| match first {
        b'0'..=b'9' => byte.is_ascii_digit(),
        _ => byte.is_ascii_alphanumeric() || *byte == b'_',
    };
    let length = match first {
        b'@' | b'*' => 1,
        b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.bytes().take_while(is_part).count(),
        _ => return None,
    };
    Some(&text[length..])
}

fn is_plain_operation(text: &str) -> bool {
    const OPERATORS: [&str; 16] =
        [":-", ":+", ":?", "-", "+", "?", "%%", "%", "##", "#", "//", "/", "^^", "^", ",,", ","];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _./*:%@,=+-".contains(&byte);
    let slice =
        text.strip_prefix(':').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == ' '));
    if let Some(slice) = slice {
        return slice.bytes().all(|byte| byte.is_ascii_digit() || b" :-".contains(&byte));
    }
    let operand = OPERATORS.iter().find_map(|operator| text.strip_prefix(operator));
    operand.is_some_and(|operand| operand.bytes().all(is_plain))
}

/// The text of a `$'…'` that begins here, and where it ends.
pub(crate) fn ansi(text: &str, mut at: usize) -> Result<(String, usize), Why> {
    let mut read = String::new();
    while let Some(c) = text[at..].chars().next() {
        at += c.len_utf8();
        match c {
            '\'' => return Ok((read, at)),
            '\\' => {
                let (c, length) = escape(&text[at..]).ok_or_else(|| unsure(text))?;
                read.push(c);
                at += length;
            }
            c => read.push(c),
        }
    }
    Err(unsure(text))
}

/// What can be seen, a line's end or a tab, and how long its name is behind the backslash.
fn escape(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let number = |digits: &str, radix| {
        let value = u8::from_str_radix(digits, radix).ok().map(char::from)?;
        matches!(value, ' '..='~' | '\n' | '\t').then_some(value)
    };
    let run = |from: usize, most: usize, radix: u32| {
        let length = text[from..].chars().take(most).take_while(|c| c.is_digit(radix)).count();
        (length > 0).then(|| &text[from..from + length])
    };
    match first {
        'n' => Some(('\n', 1)),
        't' => Some(('\t', 1)),
        '\\' | '\'' | '"' | '?' => Some((first, 1)),
        'x' => run(1, 2, 16).and_then(|digits| Some((number(digits, 16)?, 1 + digits.len()))),
        '0'..='7' => run(0, 3, 8).and_then(|digits| Some((number(digits, 8)?, digits.len()))),
        _ => None,
    }
}
