//! Text as Slack's mrkdwn: escaped, cut, in bold or as code; times and people.
//!
//! What comes from an agent or a person goes through `esc`, so it notifies nobody and links nowhere.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use gateway_domain::{Part, Phrase};
pub(crate) use gateway_domain::{cut, first_line as line, visible};

/// What people wrote, as mrkdwn that means nothing and hides nothing.
pub(crate) fn esc(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Slack writes it in the reader's own time zone.
pub(crate) fn time(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC).strftime("%H:%M UTC").to_string();
    format!("<!date^{}^{{time}}|{utc}>", at.as_second())
}

/// With the day, for what may be tomorrow.
pub(crate) fn day_and_time(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string();
    format!("<!date^{}^{{date_short_pretty}} {{time}}|{utc}>", at.as_second())
}

/// A person by id: as Slack shows people, if it knows them.
pub(crate) fn person_id(id: &str) -> String {
    let slack = id.strip_prefix("slack:").and_then(|rest| rest.split_once(':')).map(|(_, user)| user);
    match slack.filter(|user| !user.is_empty() && user.chars().all(|c| c.is_ascii_alphanumeric())) {
        Some(user) => format!("<@{user}>"),
        None => esc(id.trim_start_matches("web:").trim_start_matches("api:")),
    }
}

/// A sentence of the domain as mrkdwn.
pub(crate) fn said(phrase: &Phrase) -> String {
    phrase.written(|part| match part {
        Part::Text { text } => esc(text),
        Part::Code { text } => code(text),
        Part::Quote { text } => format!("“{}”", esc(text)),
        Part::Person { id, name: Some(name) } => format!("{}{}", esc(name), from_where(id)),
        Part::Person { id, name: None } => person_id(id),
        Part::Everyone => "Anyone in this channel".to_owned(),
        Part::Time { at } => time(*at),
        Part::Deadline { at } => format!("at {}", day_and_time(*at)),
    })
}

/// A name of another surface is said to be one: nobody can pass for a colleague by a name.
fn from_where(id: &str) -> &'static str {
    match id.split_once(':') {
        Some(("slack", _)) => "",
        Some(("web" | "api", _)) => " (console)",
        _ => " (elsewhere)",
    }
}

/// In bold; an asterisk in it would end it.
pub(crate) fn bold(text: &str) -> String {
    format!("*{}*", esc(text).replace('*', "∗"))
}

/// Inline code; a backtick in it would end it.
pub(crate) fn code(text: &str) -> String {
    format!("`{}`", esc(&visible(text)).replace('`', "ˋ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_written_notifies_or_links() {
        // REQ-THREAD-07
        assert_eq!(
            esc("<!channel> <@U1> <http://x|y> &"),
            "&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt; &amp;"
        );
        assert_eq!(person_id("slack:T1:U1|<!here>"), "slack:T1:U1|&lt;!here&gt;");
        assert_eq!(person_id("slack:T1:U042"), "<@U042>");
        assert_eq!(code("a`b"), "`aˋb`");
    }
}
