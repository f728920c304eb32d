//! Tells the channels that rules name of what overrode them, each override once: the ledger of posts knows what was told, also
//! after a restart.

use super::SlackContext;
use crate::slack::formatting::{code, cut, esc};
use crate::slack::message_keys;
use crate::slack::outbound::Note;
use gateway_domain::OverrideTold;
use gateway_domain::thread::Tone;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between looks.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Until a channel that took nothing is tried again.
const LATER: SignedDuration = SignedDuration::from_secs(60);

/// What is older than this was told long ago, or would only startle.
const NEWS: SignedDuration = SignedDuration::from_hours(24);

/// Longest name, call and reason that are shown.
const NAME: usize = 100;
const LONGEST: usize = 1_000;

/// When each is to be tried again; none once it was told.
type ToldOverrides = HashMap<(String, String), Option<Timestamp>>;

pub(in crate::slack) async fn tell_of_overrides(context: Arc<SlackContext>, stop: CancellationToken) {
    let mut told = ToldOverrides::default();
    while stop.run_until_cancelled(tokio::time::sleep(POLL_INTERVAL)).await.is_some() {
        let all = context.desk.overrides_told();
        told.retain(|(ask, _), _| all.iter().any(|one| one.ask == *ask));
        for one in &all {
            tokio::select! {
                () = stop.cancelled() => return,
                () = context.tell_of_override(one, &mut told) => {}
            }
        }
    }
}

impl SlackContext {
    async fn tell_of_override(&self, one: &OverrideTold, told: &mut ToldOverrides) {
        let now = self.clock.now();
        if now.duration_since(one.at) > NEWS {
            return;
        }
        for channel in &one.channels {
            let own = (one.ask.clone(), channel.clone());
            match told.get(&own) {
                Some(None) => continue,
                Some(Some(again)) if *again > now => continue,
                Some(Some(_)) | None => {}
            }
            let key = message_keys::short(&["override", &one.session, &one.ask]);
            let note = Note { tone: Tone::Error, text: self.override_words(one) };
            let is_told = self.outlet.alert(channel, &key, &note).await;
            if !is_told {
                tracing::error!(channel, ask = one.ask, "channel not told that the rules were overridden");
            }
            told.insert(own, (!is_told).then(|| now.saturating_add(LATER).unwrap_or(Timestamp::MAX)));
        }
    }

    /// What comes from people and agents is escaped: it notifies nobody and links nowhere.
    fn override_words(&self, one: &OverrideTold) -> String {
        let rules: Vec<&str> = one.rules.iter().filter_map(|rule| rule.split('@').next()).collect();
        let by = esc(&cut(&one.by.name, NAME)).replace('*', "∗");
        let (what, why) = (code(&cut(&one.what, LONGEST)), esc(&cut(&one.reason, LONGEST)));
        let title = self.desk.card_of(&one.session).map(|card| cut(card.title(), NAME)).unwrap_or_default();
        let place = match &self.config.console {
            Some(console) => {
                format!("<{console}/sessions/{}|{}>", one.session, esc(&title).replace('|', "¦"))
            }
            None => esc(&title),
        };
        let rules = esc(&rules.join(", "));
        format!("*{by} overrode the rules* ({rules}) to allow {what}\nReason: “{why}”\nSession: {place}")
    }
}
