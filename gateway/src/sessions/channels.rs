//! A channel of Slack, as people name it in a form.

/// What is said of anything else.
pub const WHICH_CHANNEL: &str = "Give the Slack channel's link (in Slack: the channel's menu, Copy link) or \
    its id, such as C0123ABCD.";

/// Where a channel's id stands in an address of Slack's.
const ADDRESSES: [&str; 2] = ["/archives/", "/client/"];

/// The channel's id: given as such, as Slack writes a channel in a text (`<#C…|name>`), or in a link to the channel or
/// to a message in it. A name alone cannot be looked up without more rights than the app has.
pub fn channel_of(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix("<#").and_then(|rest| rest.strip_suffix('>')) {
        return id(inside.split('|').next()?);
    }
    let link = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    match link.strip_prefix("https://") {
        Some(address) => in_address(address.split(['?', '#', '|']).next()?),
        None => id(text),
    }
}

fn in_address(address: &str) -> Option<String> {
    let (host, _) = address.split_once('/')?;
    if host != "slack.com" && !host.ends_with(".slack.com") {
        return None;
    }
    let (_, path) = ADDRESSES.iter().find_map(|start| address.split_once(start))?;
    path.split('/').find_map(id)
}

/// Public and private channels, and conversations.
fn id(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let fits = text.starts_with(['C', 'G', 'D']) && (3..=32).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_named_by_its_id_its_link_or_as_slack_writes_it() {
        // REQ-START-11
        for text in [
            "C0123ABCD",
            " C0123ABCD\n",
            "<#C0123ABCD>",
            "<#C0123ABCD|dev>",
            "https://team.slack.com/archives/C0123ABCD",
            "https://team.slack.com/archives/C0123ABCD/p1795000000000100?thread_ts=1.2&cid=C0123ABCD",
            "<https://team.slack.com/archives/C0123ABCD>",
            "<https://team.slack.com/archives/C0123ABCD|dev>",
            "https://app.slack.com/client/T0AAAA/C0123ABCD",
        ] {
            assert_eq!(channel_of(text).as_deref(), Some("C0123ABCD"), "{text}");
        }
        for text in [
            "",
            "#dev",
            "dev",
            "CX",
            "C0123abcd",
            "https://evil.test/archives/C0123ABCD",
            "https://evilslack.com/archives/C0123ABCD",
            "http://team.slack.com/archives/C0123ABCD",
            "https://team.slack.com/archives/",
            "<#|dev>",
        ] {
            assert_eq!(channel_of(text), None, "{text}");
        }
    }
}
