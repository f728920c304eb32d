//! Where a session is read and written to: its thread, or the console.

use crate::slack::SURFACE;
use crate::slack::formatting::esc;
use gateway_domain::SessionCard;

/// What addresses are made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways<'a> {
    /// Of the workspace, as Slack tells it: `https://acme.slack.com/`.
    pub slack: Option<&'a str>,
    /// Of the console, if people can reach it.
    pub console: Option<&'a str>,
}

impl Ways<'_> {
    /// A link, or the session's id where nothing leads to it.
    pub fn link(self, card: &SessionCard) -> String {
        match self.thread(card).map(|url| (url, "Open thread")).or(self.page(card)) {
            Some((url, label)) => format!("<{}|{label}>", esc(&url)),
            None => crate::slack::formatting::code(&card.session),
        }
    }

    /// The first message of its thread.
    pub fn thread(self, card: &SessionCard) -> Option<String> {
        let place = card.about.thread.as_ref().filter(|place| place.surface == SURFACE)?;
        let workspace = self.slack?.trim_end_matches('/');
        Some(format!("{workspace}/archives/{}/p{}", place.channel, place.thread.replace('.', "")))
    }

    fn page(self, card: &SessionCard) -> Option<(String, &'static str)> {
        Some((format!("{}/sessions/{}", self.console?, card.session), "Open in console"))
    }

    /// For somebody who wrote where the session does not read.
    pub fn told(self, card: &SessionCard) -> String {
        let where_to = match (self.thread(card), self.page(card)) {
            (Some(url), _) => format!("Reply in <{}|its thread>.", esc(&url)),
            (None, Some((url, _))) => format!("Write to it in <{}|the console>.", esc(&url)),
            (None, None) => "Write to it in the console or in OpenCode.".to_owned(),
        };
        let title = if card.about.title.is_empty() { "This session" } else { &card.about.title };
        format!(
            "{} doesn't read replies here, so your message was not sent. {where_to}",
            crate::slack::formatting::bold(title)
        )
    }
}
