//! What is read of S3's XML: elements by their names, and the text in them. Their form is fixed and flat, so no tree is built; what
//! doesn't have it is not found.

/// The insides of all elements of these names, in their order. Elements of one name inside each other don't occur there.
pub(crate) fn elements<'a>(xml: &'a str, names: &[&'static str]) -> Vec<(&'static str, &'a str)> {
    let (mut found, mut rest) = (vec![], xml);
    while let Some((name, inside, after)) = next(rest, names) {
        found.push((name, inside));
        rest = after;
    }
    found
}

/// The text of the first element of that name.
pub(crate) fn text(xml: &str, name: &'static str) -> Option<String> {
    let (_, inside, _) = next(xml, &[name])?;
    plain(inside)
}

fn next<'a>(xml: &'a str, names: &[&'static str]) -> Option<(&'static str, &'a str, &'a str)> {
    let (begin, name) =
        names.iter().filter_map(|name| Some((opening(xml, name)?, *name))).min_by_key(|(at, _)| *at)?;
    let tag_ends = begin + xml[begin..].find('>')?;
    if xml[..tag_ends].ends_with('/') {
        return Some((name, "", &xml[tag_ends + 1..]));
    }
    let (inside, after) = xml[tag_ends + 1..].split_once(&format!("</{name}>"))?;
    Some((name, inside, after))
}

/// Where `<name>` or `<name …>` begins.
fn opening(xml: &str, name: &str) -> Option<usize> {
    let is_whole = |at: &usize| xml[at + name.len() + 1..].starts_with(['>', ' ', '/', '\t', '\r', '\n']);
    xml.match_indices(&format!("<{name}")).map(|(at, _)| at).find(is_whole)
}

/// Without escapes; None for what isn't text.
fn plain(inside: &str) -> Option<String> {
    if inside.contains('<') {
        return None;
    }
    let mut parts = inside.split('&');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';')?;
        text.push(character(name)?);
        text.push_str(rest);
    }
    Some(text)
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        number => {
            let code = number.strip_prefix('#')?;
            let code = match code.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => code.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_are_read_in_their_order_and_texts_without_escapes() {
        let xml = "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><Version><Key>a&amp;&#x62;&#99;</Key></Version>\
                   <DeleteMarker><Key>d</Key></DeleteMarker><Version ><Key/></Version><VersionId>no</VersionId></R>";
        let found = elements(xml, &["Version", "DeleteMarker"]);
        let keys: Vec<_> = found.iter().map(|(name, inside)| (*name, text(inside, "Key").unwrap())).collect();
        let expected = [("Version", "a&bc"), ("DeleteMarker", "d"), ("Version", "")];
        assert_eq!(keys, expected.map(|(name, key)| (name, key.to_owned())));
        for odd in
            ["<Key>", "<Key>a&nope;</Key>", "<Key>a&#xD800;</Key>", "<Key><b/></Key>", "<Keys>a</Keys>"]
        {
            assert_eq!(text(odd, "Key"), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_without_harm(xml in "(<Key|<Version>|</Key>|</Version>|&#x?[0-9]{0,9};|&|>|/|ä|[ -~]){0,40}") {
            text(&xml, "Key");
            elements(&xml, &["Version", "Key"]);
        }
    }
}
