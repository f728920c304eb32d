//! Labs in Slack: the buttons on a session's card, and the list with a button that removes each.

use super::blocks::{Look, MESSAGE_BLOCKS, button, confirmed, context, link, section};
use crate::sessions::desk::LabOverview;
use crate::slack::actions::Act;
use crate::slack::sentences;
use gateway_domain::{LabStanding, SessionCard};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A message takes 50 blocks.
const LISTED: usize = MESSAGE_BLOCKS - 4;

const QUESTION: &str =
    "The app ends and the copy of the files is deleted. The session and its workspace stay as they are.";

const OVERWRITES: &str =
    "The deploy continues, and overwrites what someone else changed of this lab in the cluster.";

pub fn lab_list(all: &[LabOverview], now: Timestamp) -> Vec<Value> {
    if all.is_empty() {
        return vec![section(sentences::NO_LABS)];
    }
    let mut blocks: Vec<Value> = all.iter().take(LISTED).map(|lab| in_a_line(lab, now)).collect();
    if all.len() > LISTED {
        blocks.push(context(&format!("… and {} more; the console has all of them", all.len() - LISTED)));
    }
    blocks
}

fn in_a_line(lab: &LabOverview, now: Timestamp) -> Value {
    let mut block = section(&sentences::lab_in_a_line(lab, now));
    block["block_id"] = json!(lab.session);
    block["accessory"] = remove(&lab.session, "Remove…");
    block
}

/// On the session's card.
pub(super) fn lab_buttons(card: &SessionCard) -> Vec<Value> {
    let mut buttons = vec![];
    if let Some(url) = card.lab.as_ref().and_then(|lab| lab.url.as_ref()) {
        buttons.push(link("Open lab", url));
    }
    if card.can_deploy() {
        let label = sentences::deploy_button(card.lab.as_ref());
        buttons.push(button(label, &Act::Deploy { session: card.session.clone() }, Look::Plain));
    }
    if card.lab.as_ref().is_some_and(|lab| lab.can_take_over) {
        let act = Act::TakeOverLab { session: card.session.clone() };
        let button = button("Take over…", &act, Look::Danger);
        buttons.push(confirmed(button, "Take over?", OVERWRITES, "Take over"));
    }
    if card.lab.as_ref().is_some_and(|lab| lab.standing != LabStanding::Removing) {
        buttons.push(remove(&card.session, "Clean up lab…"));
    }
    buttons
}

fn remove(session: &str, label: &str) -> Value {
    let button = button(label, &Act::CleanLab { session: session.to_owned() }, Look::Danger);
    confirmed(button, "Remove this lab?", QUESTION, "Remove it")
}
