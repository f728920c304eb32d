//! Links that agents write: shown as what they are. A label that is another address, a target that is no web page, an
//! image that would be loaded from somewhere: of these the address is shown, and nothing can be clicked (REQ-THREAD-07).

use crate::slack::formatting::{cut, visible};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use reqwest::Url;
use std::ops::Range;

/// Longest address that is made a link, and the longest that is shown beside its label.
const ADDRESS: usize = 1_000;
const SHOWN: usize = 300;

/// Endings by which a word without a scheme is read as an address.
const ENDINGS: [&str; 14] =
    ["com", "org", "net", "io", "dev", "app", "ai", "co", "gov", "edu", "eu", "de", "uk", "info"];

/// Whether a link may be one.
pub(super) fn is_honest(label: &str, target: &str) -> bool {
    let mut named = label.split(|c: char| c.is_whitespace() || "()[]{}\"'“”,;".contains(c)).filter_map(host);
    let leads_to = host(target).unwrap_or_default();
    is_harmless(target) && named.all(|host| host == leads_to || leads_to.ends_with(&format!(".{host}")))
}

/// Where a link leads, unless its label says just that: however a label is spelled, it does not stand for another place.
pub(super) fn leads_to(label: &str, target: &str) -> Option<String> {
    // Read as a browser reads it: in small letters, and those of other alphabets written out.
    let url = Url::parse(target).ok()?;
    let place = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.path().to_owned(),
    };
    (!says(label, &place)).then_some(place)
}

/// The console asks the same (`safe-link.ts`).
fn says(label: &str, place: &str) -> bool {
    let label = label.trim().trim_matches('`').to_ascii_lowercase();
    let bare = ["https://", "http://"].iter().find_map(|scheme| label.strip_prefix(scheme)).unwrap_or(&label);
    let rest = bare.strip_prefix(&place.to_ascii_lowercase());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// A web page or a mail address, without a name and a password in it and without anything that hides.
fn is_harmless(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    let page = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let plain = match page {
        Some(rest) => !rest.split(['/', '?', '#']).next().unwrap_or_default().contains('@'),
        None => lower.starts_with("mailto:"),
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>|\"\\`".contains(c);
    plain && target.chars().count() <= ADDRESS && !target.contains(odd) && visible(target) == target
}

/// The host that a word names, if it is an address; of a mail address all of it.
fn host(word: &str) -> Option<String> {
    let word = word.trim_end_matches(['.', ':', '!', '?']).to_ascii_lowercase();
    if let Some(mail) = word.strip_prefix("mailto:") {
        return Some(mail.split('?').next().unwrap_or_default().to_owned());
    }
    let (scheme, rest) =
        word.split_once("://").map_or((None, word.as_str()), |(scheme, rest)| (Some(scheme), rest));
    let name = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if scheme.is_none() && name.contains('@') && name.contains('.') {
        return Some(name.to_owned());
    }
    let name = name.rsplit('@').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    let ending = name.rsplit('.').next().unwrap_or_default();
    let is_name = name.contains('.')
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || "-._".contains(c));
    let is_address = scheme.is_some()
        || is_name
            && (name.starts_with("www.")
                || ENDINGS.contains(&ending)
                || rest.len() > name.len() && !ending.is_empty());
    is_address.then(|| name.trim_start_matches("www.").to_owned())
}

/// The address beside its label, as code: to be read, not to be clicked.
fn told(label: &str, target: &str) -> String {
    let target = cut(&visible(target), SHOWN).replace('`', "ˋ").replace('\n', " ");
    let target = escaped(&target);
    match label.trim() {
        "" => format!("`{target}`"),
        label => format!("{label} (`{target}`)"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// Markdown whose angle brackets are escaped already, with every link honest. A text that grows keeps its beginning.
pub(super) fn honest(markdown: &str) -> String {
    let (mut out, mut at) = (String::with_capacity(markdown.len()), 0);
    for (range, piece) in pieces(markdown) {
        if range.start < at {
            continue;
        }
        out.push_str(&without_links(&markdown[at..range.start], &markdown[range.start..]));
        match piece {
            Piece::Code => out.push_str(&markdown[range.clone()]),
            Piece::Link(link) => out.push_str(&link.drawn(&markdown[range.clone()])),
        }
        at = range.end;
    }
    out.push_str(&without_links(&markdown[at..], ""));
    out
}

enum Piece {
    /// Literal: nothing in it is a link.
    Code,
    Link(Link),
}

struct Link {
    label: String,
    target: String,
    is_image: bool,
}

/// Code and links, as far as they do not lie in each other, in their order.
fn pieces(markdown: &str) -> Vec<(Range<usize>, Piece)> {
    let mut found = vec![];
    let mut open: Option<(Range<usize>, Link, usize)> = None;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match (event, &mut open) {
            (Event::Start(Tag::Link { .. } | Tag::Image { .. }), Some((.., depth))) => *depth += 1,
            (Event::Start(Tag::Link { dest_url, .. }), None) => {
                let link = Link { label: String::new(), target: dest_url.into_string(), is_image: false };
                open = Some((range, link, 0));
            }
            (Event::Start(Tag::Image { dest_url, .. }), None) => {
                let link = Link { label: String::new(), target: dest_url.into_string(), is_image: true };
                open = Some((range, link, 0));
            }
            (Event::End(TagEnd::Link | TagEnd::Image), Some((.., depth))) if *depth > 0 => *depth -= 1,
            (Event::End(TagEnd::Link | TagEnd::Image), Some(_)) => {
                found.extend(open.take().map(|(range, link, _)| (range, Piece::Link(link))));
            }
            (Event::Text(text), Some((_, link, _))) => link.label.push_str(&bare(&text)),
            (Event::Code(code), Some((_, link, _))) => link.label.push_str(&format!("`{code}`")),
            (Event::SoftBreak | Event::HardBreak, Some((_, link, _))) => link.label.push(' '),
            (Event::Code(_), None) | (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))), None) => {
                found.push((range, Piece::Code));
            }
            _ => {}
        }
    }
    found
}

/// A label in which nothing begins a link.
fn bare(text: &str) -> String {
    escaped(text).replace('[', "(").replace(']', ")")
}

impl Link {
    fn drawn(&self, source: &str) -> String {
        let Self { label, target, is_image } = self;
        let spelled = label.replace("&lt;", "<").replace("&gt;", ">");
        if !is_honest(&spelled, target) {
            return told(label, target);
        }
        let place = leads_to(&spelled, target).map(|place| format!(" (`{place}`)")).unwrap_or_default();
        // As it was written: what streams goes on from there.
        let inside = source.strip_prefix('[').and_then(|rest| rest.strip_suffix(&format!("]({target})")));
        if inside.is_some_and(|inside| !is_image && !inside.contains("](") && !inside.contains("![")) {
            return format!("{source}{place}");
        }
        let label = if label.trim().is_empty() { "image" } else { label.trim() };
        let target = target.replace('(', "%28").replace(')', "%29");
        format!("[{label}]({target}){place}")
    }
}

/// What is no link for one reader of Markdown might be one for another. `rest` is what follows; a link that is not written
/// to its end yet is none for anybody.
fn without_links(text: &str, rest: &str) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(found) = text[at..].find("](") {
        let end = at + found + 1;
        out.push_str(&text[at..end]);
        if text[end..].contains(')') || rest.contains(')') {
            out.push(' ');
        }
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_link_that_is_what_it_says_stays() {
        for fine in [
            "[https://docs.example](https://docs.example/page) and [`Docs.example/a`](https://docs.example/a?b=1&c=2)",
            "[docs.example:8443/x](http://docs.example:8443/x) and [a@b.example](mailto:a@b.example)",
            "code `[a](javascript:x)` and\n```\n[https://a.com](https://b.com)\n```\nend",
        ] {
            assert_eq!(honest(fine), fine);
        }
    }

    #[test]
    fn a_label_that_is_another_address_shows_both() {
        // CHAOS F8, REQ-THREAD-07
        for (forged, target) in [
            ("[https://good.example/login](https://evil.example/x)", "https://evil.example/x"),
            ("[good.com](https://evil.example/x)", "https://evil.example/x"),
            ("[sign in at **www.good.example**](https://evil.example/x)", "https://evil.example/x"),
            ("[boss@good.example](mailto:evil@bad.example)", "mailto:evil@bad.example"),
            ("[https://good.example][1]\n\n[1]: https://evil.example/x", "https://evil.example/x"),
            ("[docs](https://good.example@evil.example/)", "https://good.example@evil.example/"),
        ] {
            let shown = honest(forged);
            assert!(shown.contains(&format!("(`{target}`)")), "{shown}");
            assert!(!shown.contains("]("), "{shown}");
        }
    }

    #[test]
    fn a_label_that_says_something_else_has_the_host_beside_it() {
        // CHAOS F8, REQ-THREAD-07: hosts of any ending, with signs that look like a dot or a slash, or in other letters.
        for (label, target, shown) in [
            ("the docs", "https://docs.example/a?b=1", "docs.example"),
            ("accounts.bank.ch", "http://evil.test/1", "evil.test"),
            ("github\u{2024}com", "http://evil.test/1", "evil.test"),
            ("https:\u{2215}\u{2215}github.com", "http://evil.test/1", "evil.test"),
            ("docs.example.evil.test", "http://docs.example/", "docs.example"),
            ("g\u{456}thub.test", "https://g\u{456}thub.test/", "xn--gthub-n2e.test"),
            ("mail us", "mailto:a@b.example", "a@b.example"),
        ] {
            let drawn = honest(&format!("[{label}]({target}) more"));
            assert!(
                drawn.contains(&format!("(`{shown}`)")) || drawn.contains(&format!("(`{target}`)")),
                "{drawn}"
            );
            assert!(drawn.ends_with(" more"), "{drawn}");
        }
    }

    #[test]
    fn other_targets_and_images_are_text() {
        // CHAOS F8
        for target in [
            "javascript:alert(1)",
            "data:text/html,x",
            "slack://open",
            "tel:112",
            "src/main.rs",
            "JavaScript:x",
        ] {
            for forged in [format!("[x]({target})"), format!("![x]({target})"), format!("    [x]({target})")]
            {
                let shown = honest(&forged);
                assert!(!shown.contains("]("), "{forged}: {shown}");
            }
        }
        let image = honest(
            "![img](https://evil.example/pixel.png) and [![a](https://x.example/p.png)](https://y.example)",
        );
        assert_eq!(
            image,
            "[img](https://evil.example/pixel.png) (`evil.example`) and [a](https://y.example) (`y.example`)"
        );
    }

    proptest! {
        #[test]
        fn whoever_reads_it_otherwise_finds_no_other_target(text in "([a-z]{1,3}|\\[|\\]|\\(|\\)|!|`|\n|    | |\\\\|https://a.com|javascript:x|tel:1){0,24}") {
            let shown = honest(&text);
            for (event, _) in Parser::new(&shown).into_offset_iter() {
                if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
                    prop_assert!(is_harmless(&dest_url), "{text:?}: {shown}");
                }
            }
        }

        #[test]
        fn a_text_without_links_is_as_it_was(text in "[a-z .`*_#\n-]{0,80}") {
            prop_assert_eq!(honest(&text), text);
        }
    }
}
