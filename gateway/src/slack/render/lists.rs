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
const COMMANDS: [(&str, &str); 15] = [
    ("start", "opens the form for a new session"),
    ("list", "shows all sessions"),
    ("status [id]", "shows a session's status"),
    ("pause [id]", "pauses the agent"),
    ("resume [id]", "lets a paused agent continue"),
    ("stop [id]", "stops the current turn; queued messages are kept"),
    ("retry [id]", "tries a failed turn again"),
    ("close [id]", "ends a session"),
    ("reopen [id]", "reopens a session that was closed"),
    ("model [id] provider/model", "switches the model, starting with the next message"),
    ("agent [id] name", "switches the agent, starting with the next message"),
    ("diff [id]", "shows what has changed"),
    ("link [id]", "links to a session"),
    ("channel project NAME", "links this channel to a project (gateway administrators only)"),
    ("help", "shows this help"),
];

/// For a word that is no command.
pub fn unknown(command: &str, word: &str) -> Vec<Value> {
    let mut blocks = vec![section(&format!("I don't know {}.", text::code(&text::cut(word, 60))))];
    blocks.extend(help(command));
    blocks
}

/// The help. `command` is the slash command's name.
pub fn help(command: &str) -> Vec<Value> {
    let lines: Vec<_> = COMMANDS.iter().map(|(name, does)| format!("• `{command} {name}` {does}")).collect();
    vec![
        section(&format!("*What you can do*\n{}", lines.join("\n"))),
        context(
            "In a session's thread, just reply: it goes to the agent. Slack doesn't allow slash commands in threads, so mention me there with one of these words instead.",
        ),
    ]
}

/// All sessions, the newest first.
pub fn session_list(cards: &[Arc<SessionCard>]) -> Vec<Value> {
    if cards.is_empty() {
        return vec![section("No sessions yet."), rows_of_start()];
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

/// For a Slack that refuses the whole one.
pub fn plain_home(command: &str) -> Value {
    let told = format!(
        "Slack refused to show the sessions here. `{command} list` shows them, and so does the console."
    );
    json!({ "type": "home", "blocks": [rows_of_start(), section(&told)] })
}

fn waiting(ask: &Ask) -> Value {
    let mut block = section(&format!("{}\n{}", text::summary(ask), text::silence(ask)));
    block["block_id"] = json!(ask.id);
    block["accessory"] = button(text::DETAILS, &Act::Details { ask: ask.id.clone() }, Look::Plain);
    block
}
