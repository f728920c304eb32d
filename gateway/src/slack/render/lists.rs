//! Answers to commands, and the home tab: what waits, what runs, what can be done.

use super::blocks::{Look, MESSAGE_BLOCKS, button, context, divider, header, rows, section};
use super::card::in_a_list;
use crate::slack::actions::Act;
use crate::slack::text;
use gateway_domain::{Ask, SessionCard};
use serde_json::{Value, json};
use std::sync::Arc;

/// Sessions of one list; a message takes 50 blocks.
const LISTED: usize = MESSAGE_BLOCKS - 4;

/// Asks and sessions on the home tab, which takes 100 blocks.
const AT_HOME: usize = 25;

/// The commands with a word on each.
const COMMANDS: [(&str, &str); 10] = [
    ("start", "opens the form for a new session"),
    ("list", "shows the sessions"),
    ("status [id]", "says how a session does"),
    ("pause [id]", "stops the agent where it is; `resume` goes on"),
    ("stop [id]", "ends the agent's turn and drops what waits"),
    ("model [id] name", "takes another model from the next message on"),
    ("agent [id] name", "takes another agent from the next message on"),
    ("diff [id]", "shows what was changed"),
    ("link [id]", "gives the addresses of a session"),
    ("help", "shows this"),
];

/// The help. `command` is the slash command's name.
pub fn help(command: &str) -> Vec<Value> {
    let lines: Vec<_> = COMMANDS.iter().map(|(name, does)| format!("• `{command} {name}` {does}")).collect();
    vec![
        section(&format!("*What you can do*\n{}", lines.join("\n"))),
        context(
            "In a session's thread just write: it goes to the agent. Mention me there with one of these words instead of the slash command, which Slack does not offer in threads.",
        ),
    ]
}

/// All sessions, the newest first.
pub fn session_list(cards: &[Arc<SessionCard>]) -> Vec<Value> {
    if cards.is_empty() {
        return vec![section("No session so far."), rows_of_start()];
    }
    let mut blocks: Vec<_> = cards.iter().take(LISTED).map(|card| in_a_list(card)).collect();
    if cards.len() > LISTED {
        blocks.push(context(&format!("… and {} older ones", cards.len() - LISTED)));
    }
    blocks
}

fn rows_of_start() -> Value {
    let mut rows = rows(vec![button("Start a session…", &Act::Start, Look::Primary)]);
    rows.remove(0)
}

/// The home tab: what waits for an answer, then the sessions that are not over.
pub fn home(asks: &[Ask], cards: &[Arc<SessionCard>]) -> Value {
    let mut blocks = vec![rows_of_start(), header("Waits for an answer")];
    let open: Vec<_> = asks.iter().filter(|ask| ask.is_answerable()).collect();
    if open.is_empty() {
        blocks.push(context("Nothing."));
    }
    blocks.extend(open.iter().take(AT_HOME).map(|ask| waiting(ask)));
    blocks.push(divider());
    blocks.push(header("Sessions"));
    let live: Vec<_> = cards.iter().filter(|card| card.ended.is_none()).collect();
    if live.is_empty() {
        blocks.push(context("None."));
    }
    blocks.extend(live.iter().take(AT_HOME).map(|card| in_a_list(card)));
    json!({ "type": "home", "blocks": blocks })
}

fn waiting(ask: &Ask) -> Value {
    let mut block = section(&format!("{}\n{}", text::summary(ask), text::silence(ask)));
    block["accessory"] = button(text::DETAILS, &Act::Details { ask: ask.id.clone() }, Look::Plain);
    block
}
