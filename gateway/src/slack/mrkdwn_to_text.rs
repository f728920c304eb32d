//! Slack's mrkdwn as people typed it -> the text that an agent reads: names in place of ids, links as addresses.

/// `name` says what a user is called, if that is known.
pub(super) fn plain(text: &str, name: impl Fn(&str) -> Option<String>) -> String {
    let (mut read, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else { break };
        read.push_str(&rest[..start]);
        read.push_str(&token(&rest[start + 1..start + length], &name));
        rest = &rest[start + length + 1..];
    }
    read.push_str(rest);
    read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").trim().to_owned()
}

fn token(inside: &str, name: impl Fn(&str) -> Option<String>) -> String {
    let (what, label) = inside.split_once('|').map_or((inside, None), |(what, label)| (what, Some(label)));
    match what.chars().next() {
        Some('@') => {
            let user = &what[1..];
            let known = name(user).or_else(|| label.map(str::to_owned));
            format!("@{}", known.unwrap_or_else(|| user.to_owned()))
        }
        Some('#') => format!("#{}", label.filter(|label| !label.is_empty()).unwrap_or(&what[1..])),
        Some('!') => format!("@{}", label.unwrap_or(&what[1..]).trim_start_matches('@')),
        _ => match label {
            Some(label) if label != what && !what.ends_with(label) => format!("{label} ({what})"),
            _ => what.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_it_was_typed() {
        // REQ-START-07: the links are part of the context.
        let read = |text: &str| plain(text, |user| (user == "U1").then(|| "anna".to_owned()));
        assert_eq!(read("<@U1> and <@U2>: a &lt;b&gt; &amp;amp;"), "@anna and @U2: a <b> &amp;");
        assert_eq!(
            read("see <https://a.test/x?a=1&amp;b=2|the page>"),
            "see the page (https://a.test/x?a=1&b=2)"
        );
        assert_eq!(read("<https://a.test|a.test> <mailto:a@b.c|a@b.c>"), "https://a.test mailto:a@b.c");
        assert_eq!(read("<#C1|dev> <#C2> <!here> <!subteam^S1|@team>"), "#dev #C2 @here @team");
        assert_eq!(read("a < b, 1 <"), "a < b, 1 <");
    }
}
