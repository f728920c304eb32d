//! Markdown for Slack: as it is for `markdown` blocks, and as mrkdwn for modals, where those blocks cannot stand.

use super::links;
use crate::slack::formatting::{cut, esc, visible};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Longest address beside the words of a link that is not made one.
const SHOWN: usize = 300;

/// An agent's prose for a `markdown` block. Slack reads `<…>` in it as mentions and links of its own.
pub(super) fn prose(text: &str) -> String {
    links::honest(&visible(&text.replace("\r\n", "\n")).replace('<', "&lt;").replace('>', "&gt;"))
}

/// Markdown as mrkdwn. Raw HTML is text, and links lead to web pages or mail only.
pub fn mrkdwn(text: &str) -> String {
    let mut writer = Writer::default();
    Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).for_each(|event| writer.event(event));
    writer.out.trim().to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// For each open list the next number, if it has any.
    lists: Vec<Option<u64>>,
    /// Of open links the address and where its words begin.
    links: Vec<(String, usize)>,
    in_code: bool,
    quoted: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.out.push_str(&crate::slack::formatting::code(&code)),
            Event::Html(html) | Event::InlineHtml(html) => self.text(&html),
            Event::SoftBreak | Event::HardBreak => self.newline(),
            Event::Rule => self.out.push_str("\n———\n"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.gap(),
            Tag::Heading { .. } => {
                self.gap();
                self.out.push('*');
            }
            Tag::BlockQuote(_) => {
                self.gap();
                self.quoted = true;
                self.out.push_str("> ");
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.gap();
                self.out.push_str("```\n");
                self.in_code = true;
            }
            Tag::List(first) => self.lists.push(first),
            Tag::Item => self.item(),
            Tag::Emphasis => self.out.push('_'),
            Tag::Strong => self.out.push('*'),
            Tag::Strikethrough => self.out.push('~'),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), self.out.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Strong => self.out.push('*'),
            TagEnd::BlockQuote(_) => self.quoted = false,
            TagEnd::CodeBlock => {
                self.in_code = false;
                if !self.out.ends_with('\n') {
                    self.out.push('\n');
                }
                self.out.push_str("```");
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Emphasis => self.out.push('_'),
            TagEnd::Strikethrough => self.out.push('~'),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let told = if self.in_code { text.replace("```", "ˋˋˋ") } else { text.to_owned() };
        // In a link's words a bar would end its address.
        let told = if self.links.is_empty() { told } else { told.replace('|', "¦") };
        self.out.push_str(&esc(&told));
    }

    /// A link within another one's words is only its words.
    fn end_link(&mut self) {
        let Some((target, begins)) = self.links.pop() else { return };
        if !self.links.is_empty() {
            return;
        }
        let words = self.out.split_off(begins);
        let spelled = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let linked = match links::is_honest(&spelled, &target) {
            true if words.trim().is_empty() => format!("<{}>", target.replace('&', "&amp;")),
            true => {
                let place = links::leads_to(&spelled, &target)
                    .map(|place| format!(" ({})", crate::slack::formatting::code(&place)));
                format!("<{}|{words}>{}", target.replace('&', "&amp;"), place.unwrap_or_default())
            }
            false if words.trim().is_empty() => crate::slack::formatting::code(&cut(&target, SHOWN)),
            false => format!("{words} ({})", crate::slack::formatting::code(&cut(&target, SHOWN))),
        };
        self.out.push_str(&linked);
    }

    fn item(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        let depth = self.lists.len().saturating_sub(1).min(6);
        self.out.push_str(&"    ".repeat(depth));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                self.out.push_str(&format!("{number}. "));
                *number += 1;
            }
            _ => self.out.push_str("• "),
        }
    }

    fn newline(&mut self) {
        self.out.push('\n');
        if self.quoted {
            self.out.push_str("> ");
        }
    }

    /// An empty line between blocks, but none behind a list's sign.
    fn gap(&mut self) {
        let fresh = ["• ", ". ", "> ", "☑ ", "☐ "].iter().any(|sign| self.out.ends_with(sign));
        if self.out.is_empty() || fresh {
            return;
        }
        let wanted = if self.lists.is_empty() { "\n\n" } else { "\n" };
        self.out.truncate(self.out.trim_end_matches('\n').len());
        self.out.push_str(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markdown_becomes_what_slack_reads() {
        let text = "# Plan\n\nDo **this** and *that*, ~~not~~ `x<y`:\n\n- one\n- [two](https://a.test/?b=1&c=2)\n\n1. first\n2. second\n\n> quoted\n\n```rust\nlet a = 1;\n```";
        assert_eq!(
            mrkdwn(text),
            "*Plan*\n\nDo *this* and _that_, ~not~ `x&lt;y`:\n• one\n• <https://a.test/?b=1&amp;c=2|two> (`a.test`)\n1. first\n2. second\n\n> quoted\n\n```\nlet a = 1;\n```"
        );
    }

    #[test]
    fn html_and_odd_links_are_only_text() {
        // REQ-THREAD-07
        assert_eq!(
            mrkdwn("a <!channel> [x](javascript:alert(1)) <b>y</b>"),
            "a &lt;!channel&gt; x (`javascript:alert(1)`) &lt;b&gt;y&lt;/b&gt;"
        );
        // CHAOS F8
        assert_eq!(
            mrkdwn("[https://good.example](https://evil.example)"),
            "https://good.example (`https://evil.example`)"
        );
        assert_eq!(mrkdwn("[a|b](https://x.test)"), "<https://x.test|a¦b> (`x.test`)");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_mention(text in "[a-z<>!@#|&` \n*\\[\\]()-]{0,80}(<!channel>|<@U1>|<!here>)?") {
            for shown in [mrkdwn(&text), prose(&text)] {
                for token in ["<!", "<@", "<#"] {
                    prop_assert!(!shown.contains(token), "{shown}");
                }
            }
        }
    }
}
