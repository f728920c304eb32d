//! Words of others in a pull request: they are read as they are, and do nothing. No ping, no closing of issues, no HTML, no
//! heading, image or link, and no marker of ours.

use gateway_domain::{mask_text, visible};

/// What looks like nothing and keeps two signs from being read as one.
const APART: &str = "&#8203;";
/// Longest single line of others: a title, a name of a check, a login.
const LINE: usize = 300;

/// A text of several lines. Lists stay lists; everything else is plain words.
pub(crate) fn plain_text(text: &str, most: usize) -> String {
    let text = visible(&mask_text(text).replace("\r\n", "\n"));
    let (kept, is_cut) = cut(&text, most);
    let lines: Vec<_> = kept.lines().map(plain_line).collect();
    let more = if is_cut { " …" } else { "" };
    format!("{}{more}", lines.join("\n").trim())
}

/// A text on one line, for tables and sentences.
pub(crate) fn plain_words(text: &str) -> String {
    let text = visible(&mask_text(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
    let (kept, is_cut) = cut(&text, LINE);
    format!("{}{}", escaped(kept), if is_cut { "…" } else { "" })
}

/// A path, a name or a digest as code.
pub(crate) fn code(text: &str) -> String {
    let text = visible(&mask_text(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
    let (kept, is_cut) = cut(&text, LINE);
    // Nothing but the sign that ends it has to be kept out, and what a marker or a table would be read from.
    let kept = kept.replace('`', "'").replace('|', "¦").replace("<!--", "<! --").replace("-->", "-- >");
    match kept.is_empty() {
        true => "–".to_owned(),
        false => format!("`{kept}{}`", if is_cut { "…" } else { "" }),
    }
}

fn plain_line(line: &str) -> String {
    let words = line.trim_start();
    // Four blanks would make code of it.
    let indent = " ".repeat((line.len() - words.len()).min(3));
    let (sign, rest) = match words.as_bytes() {
        [b'-' | b'+' | b'*', b' ', ..] => ("- ", &words[2..]),
        _ => ("", words),
    };
    format!("{indent}{sign}{}", apart_at_start(rest))
}

/// Lines of signs would make a heading of the line before, or a rule.
fn apart_at_start(words: &str) -> String {
    match words.starts_with(['-', '=', '+', ':']) {
        true => format!("{APART}{}", escaped(words)),
        false => escaped(words),
    }
}

fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 32);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            '@' | '#' => plain.extend([c.to_string().as_str(), APART]),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => plain.extend(['\\', c]),
            // `GH-12`, and addresses of issues, are references too.
            '-' if is_reference(text, at) => plain.extend(["-", APART]),
            ':' if text[at..].starts_with("://") => plain.extend([":", APART]),
            'w' | 'W' if !before.is_alphanumeric() && is_bare_address(&text[at..]) => {
                plain.push(c);
                plain.push_str(APART);
            }
            c => plain.push(c),
        }
        before = c;
    }
    plain
}

fn is_reference(text: &str, at: usize) -> bool {
    let head = &text.as_bytes()[..at];
    head.len() >= 2 && head[head.len() - 2..].eq_ignore_ascii_case(b"gh")
}

fn is_bare_address(text: &str) -> bool {
    text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www."))
}

fn cut(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((at, _)) => (&text[..at], true),
        None => (text, false),
    }
}
