//! Deliveries in Slack: the line and the button on a session's card, and the list.

use super::blocks::{Look, MESSAGE_BLOCKS, button, context, section};
use crate::sessions::ports::DeliveryView;
use crate::slack::actions::Act;
use crate::slack::formatting::{self, cut, esc};
use gateway_domain::{DeliveryCard, PullLink, SessionCard};
use serde_json::Value;

/// A message takes 50 blocks.
const LISTED: usize = MESSAGE_BLOCKS - 4;

const NO_DELIVERIES: &str =
    "Nothing was delivered yet. `deliver` in a session's thread turns its work into a pull request.";

/// How the newest one stands, with a link to its pull request.
pub(super) fn standing(delivery: &DeliveryCard) -> String {
    let DeliveryCard { run, word, risk, pull, .. } = delivery;
    let pull = pull.as_ref().map(|pull| format!(" · {}", pull_link(pull))).unwrap_or_default();
    format!("{} · {}{pull} · risk {}", formatting::code(run), esc(word), esc(risk))
}

/// A click while one is under way delivers what is there by now.
pub(super) fn deliver_button(card: &SessionCard) -> Option<Value> {
    let act = || Act::Deliver { session: card.session.clone() };
    card.can_deliver().then(|| button("Deliver", &act(), Look::Plain))
}

pub fn delivery_list(all: &[DeliveryView]) -> Vec<Value> {
    if all.is_empty() {
        return vec![section(NO_DELIVERIES)];
    }
    let mut blocks: Vec<Value> = all.iter().take(LISTED).map(|one| section(&in_a_line(one))).collect();
    if all.len() > LISTED {
        blocks.push(context(&format!("… and {} more; the console has all of them", all.len() - LISTED)));
    }
    blocks
}

fn in_a_line(delivery: &DeliveryView) -> String {
    let DeliveryView { run, title, repository, word, because, pull, .. } = delivery;
    let pull = pull.as_ref().map(|pull| format!(" · {}", pull_link(pull))).unwrap_or_default();
    format!(
        "{} · *{}*{pull}\n{} · {} – {}",
        formatting::code(run),
        esc(&cut(title, 120)),
        esc(repository),
        esc(word),
        esc(&cut(because, 200)),
    )
}

fn pull_link(pull: &PullLink) -> String {
    format!("<{}|#{}>", pull.url.replace(['<', '>', '|'], ""), pull.number)
}
