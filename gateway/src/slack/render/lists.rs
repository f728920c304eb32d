//! Answers to commands, and the home tab: what waits, what runs, what can be done.

use super::Ways;
use super::blocks::{Look, MESSAGE_BLOCKS, button, context, divider, header, rows, section};
use super::card::in_a_list;
use crate::slack::actions::Act;
use crate::slack::formatting;
use crate::slack::sentences;
use gateway_domain::{Ask, Doing, SessionCard};
use serde_json::{Value, json};
use std::sync::Arc;

/// Sessions of one list; a message takes 50 blocks.
const LISTED: usize = MESSAGE_BLOCKS - 4;

/// Asks and sessions on the home tab, which takes 100 blocks.
const AT_HOME: usize = 25;

/// For a word that is no command.
pub fn unknown(command: &str, word: &str, lines: &[(String, &str)]) -> Vec<Value> {
    let mut blocks =
        vec![section(&format!("I don't know {}.", formatting::code(&formatting::cut(word, 60))))];
    blocks.extend(help(command, lines));
    blocks
}

/// The help. `command` is the slash command's name; of each of its words the line says how it is written and what it does.
pub fn help(command: &str, lines: &[(String, &str)]) -> Vec<Value> {
    let lines: Vec<_> = lines.iter().map(|(usage, does)| format!("• `{command} {usage}` {does}")).collect();
    vec![
        section(&format!("*What you can do*\n{}", lines.join("\n"))),
        context(
            "In a session's thread, just reply: it goes to the agent. Slack doesn't allow slash commands in \
                threads, so mention me there with the command instead, e.g. `@me status`.",
        ),
    ]
}

/// All sessions: those that need somebody first, each kind with the newest first.
pub fn session_list(cards: &[Arc<SessionCard>], ways: Ways<'_>) -> Vec<Value> {
    if cards.is_empty() {
        return vec![section("No sessions yet."), rows_of_start()];
    }
    let cards = in_order(cards.iter().collect());
    let mut blocks: Vec<_> = cards.iter().take(LISTED).map(|card| in_a_list(card, ways)).collect();
    if cards.len() > LISTED {
        blocks.push(context(&format!("… and {} more", cards.len() - LISTED)));
    }
    blocks
}

/// As the console groups them.
fn in_order(mut cards: Vec<&Arc<SessionCard>>) -> Vec<&Arc<SessionCard>> {
    let place = |doing: Doing| match doing {
        Doing::Waiting => 0,
        Doing::Failed => 1,
        Doing::Working => 2,
        Doing::Paused => 3,
        Doing::Idle => 4,
        Doing::Ended => 5,
    };
    cards.sort_by_key(|card| place(card.doing));
    cards
}

fn rows_of_start() -> Value {
    let mut rows = rows(vec![button("Start a session…", &Act::Start, Look::Primary)]);
    rows.remove(0)
}

/// The home tab: what needs an answer, then the sessions that are not closed.
pub fn home(asks: &[Ask], cards: &[Arc<SessionCard>], ways: Ways<'_>) -> Value {
    let mut blocks = vec![rows_of_start(), header("Needs your input")];
    let open: Vec<_> = asks.iter().filter(|ask| ask.is_answerable()).collect();
    if open.is_empty() {
        blocks.push(context("You're all caught up."));
    }
    blocks.extend(open.iter().take(AT_HOME).map(|ask| waiting(ask, cards, ways)));
    blocks.push(divider());
    blocks.push(header("Sessions"));
    let live = in_order(cards.iter().filter(|card| card.ended.is_none()).collect());
    if live.is_empty() {
        blocks.push(context("No open sessions."));
    }
    blocks.extend(live.iter().take(AT_HOME).map(|card| in_a_list(card, ways)));
    json!({ "type": "home", "blocks": blocks })
}

/// For a Slack that refuses the whole one.
pub fn plain_home(command: &str) -> Value {
    let told = format!("Slack couldn't show the sessions here. Use `{command} list` or the console.");
    json!({ "type": "home", "blocks": [rows_of_start(), section(&told)] })
}

fn waiting(ask: &Ask, cards: &[Arc<SessionCard>], ways: Ways<'_>) -> Value {
    let of = cards.iter().find(|card| card.open_asks.contains(&ask.id));
    let of = of.map(|card| {
        format!("{} · {}\n", formatting::bold(&formatting::cut(&card.about.title, 100)), ways.link(card))
    });
    let shown = ask.display();
    let (summary, silence) = (formatting::said(&shown.summary), formatting::said(&shown.terms.silence));
    let mut block = section(&format!("{summary}\n{}{silence}", of.unwrap_or_default()));
    block["block_id"] = json!(ask.id);
    block["accessory"] = button(sentences::DETAILS, &Act::Details { ask: ask.id.clone() }, Look::Plain);
    block
}
