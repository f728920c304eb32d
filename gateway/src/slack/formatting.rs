//! Text as Slack's mrkdwn: escaped, cut, in bold or as code; times and people.
//!
//! What comes from an agent or a person goes through `esc`, so it notifies nobody and links nowhere.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use gateway_domain::visible;

/// What people wrote, as mrkdwn that means nothing and hides nothing.
pub(crate) fn esc(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most that many characters, and a sign where something is missing.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The first line, cut.
pub(crate) fn line(text: &str, most: usize) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let more = text.trim_end().lines().count() > 1;
    let short = cut(first.trim(), most);
    if more && !short.ends_with('…') { format!("{short} …") } else { short }
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

    #[test]
    fn a_line_says_when_there_is_more() {
        assert_eq!(line("\nfirst\nsecond", 20), "first …");
        assert_eq!(line("one", 20), "one");
        assert_eq!(line("0123456789", 5), "0123…");
    }
}
