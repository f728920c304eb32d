//! As much of XML as reports of tests need. It reads from front to back, keeps nothing but what is asked for, and refuses whatever
//! could grow (`<!DOCTYPE`, entities of one's own), nest without end, or break off.

/// Elements inside elements. Real reports have four.
const DEEPEST: usize = 64;

/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 64;

/// What stands in a document, one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Begin { name: &'a str, attributes: Vec<(&'a str, &'a str)> },
    End { name: &'a str },
}

/// It is no XML that this reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotXml;

/// Calls `each` for every begin and end; an element that closes itself has both.
pub(super) fn read<'a>(text: &'a str, mut each: impl FnMut(Piece<'a>)) -> Result<(), NotXml> {
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut open: Vec<&'a str> = vec![];
    let mut roots = 0_usize;
    while let Some(at) = rest.find('<') {
        if open.is_empty() && !rest[..at].trim().is_empty() {
            return Err(NotXml);
        }
        rest = &rest[at + 1..];
        if let Some(behind) = skipped(rest)? {
            rest = behind;
            continue;
        }
        let end = end_of_tag(rest).ok_or(NotXml)?;
        let (tag, behind) = (&rest[..end], &rest[end + 1..]);
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            let name = name.trim();
            if open.pop() != Some(name) {
                return Err(NotXml);
            }
            each(Piece::End { name });
            continue;
        }
        if open.is_empty() {
            roots += 1;
        }
        let (tag, closes_itself) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = begin(tag)?;
        each(Piece::Begin { name, attributes });
        match closes_itself {
            true => each(Piece::End { name }),
            false if open.len() >= DEEPEST => return Err(NotXml),
            false => open.push(name),
        }
    }
    (open.is_empty() && roots == 1 && rest.trim().is_empty()).then_some(()).ok_or(NotXml)
}

/// What stands behind a comment, a declaration or a CDATA section, if one begins here. Nothing that declares is read.
fn skipped(rest: &str) -> Result<Option<&str>, NotXml> {
    let behind = |begin: &str, end: &str| match rest.strip_prefix(begin) {
        None => Ok(None),
        Some(inside) => inside.find(end).map(|at| Some(&inside[at + end.len()..])).ok_or(NotXml),
    };
    for (begin, end) in [("?", "?>"), ("!--", "-->"), ("![CDATA[", "]]>")] {
        if let Some(found) = behind(begin, end)? {
            return Ok(Some(found));
        }
    }
    if rest.starts_with('!') { Err(NotXml) } else { Ok(None) }
}

/// Where the tag's `>` is; one within quotes is none.
fn end_of_tag(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') => return None,
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// A name, and attributes with what they say.
type Tag<'a> = (&'a str, Vec<(&'a str, &'a str)>);

fn begin(tag: &str) -> Result<Tag<'_>, NotXml> {
    let end = tag.find(char::is_whitespace).unwrap_or(tag.len());
    let (name, mut rest) = (&tag[..end], tag[end..].trim());
    if name.is_empty() {
        return Err(NotXml);
    }
    let mut attributes = vec![];
    while !rest.is_empty() {
        let (key, behind) = rest.split_once('=').ok_or(NotXml)?;
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(NotXml)?;
        let (value, behind) = behind[1..].split_once(quote).ok_or(NotXml)?;
        attributes.push((key.trim(), value));
        if attributes.len() > MOST_ATTRIBUTES {
            return Err(NotXml);
        }
        rest = behind.trim_start();
    }
    Ok((name, attributes))
}

/// An attribute's value, with the entities that XML itself has. Others stay as they are written: they stand for nothing.
pub(super) fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.find(';').filter(|end| *end <= 10).and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                plain.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, NotXml> {
        let mut all = vec![];
        read(text, |piece| {
            if let Piece::Begin { name, .. } = piece {
                all.push(name.to_owned());
            }
        })?;
        Ok(all)
    }

    #[test]
    fn documents_are_read_whole_or_not_at_all() {
        // REQ-CHECK-01
        assert_eq!(
            names("<?xml version='1.0'?><a><!-- <x> --><b c=\"1>2\"/><![CDATA[</a>]]></a>\n").unwrap(),
            ["a", "b"]
        );
        for broken in [
            "",
            "no xml",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a/>x",
            "<a b></a>",
            "<a b=1/>",
            "<a b='1/>",
            "<a><!--</a>",
            "<a <b/>",
            "</a>",
            "< a/>",
        ] {
            assert_eq!(names(broken), Err(NotXml), "{broken}");
        }
    }

    #[test]
    fn what_could_grow_is_refused() {
        // REQ-CHECK-01: an entity bomb, and elements that nest without end
        let bomb = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;'>]><a>&y;</a>";
        assert_eq!(names(bomb), Err(NotXml));
        assert_eq!(names(&"<a>".repeat(1_000_000)), Err(NotXml));
        let many: String = (0..1_000).map(|n| format!(" a{n}=\"1\"")).collect();
        assert_eq!(names(&format!("<a{many}/>")), Err(NotXml));
    }

    #[test]
    fn entities_stand_for_one_sign_each() {
        assert_eq!(
            unescaped("math &gt; &#x61;&#98; &unknown; & &#xD800; &amp;lt;"),
            "math > ab &unknown; & &#xD800; &lt;"
        );
    }
}
