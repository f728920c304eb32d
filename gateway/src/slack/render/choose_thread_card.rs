//! The card that asks where the thread of a session is to be, and what becomes of it.

use super::Drawing;
use super::blocks::{plain, section};
use crate::slack::actions::Act;
use crate::slack::formatting::esc;
use serde_json::json;

/// `waiting`: open asks; without any the end of a turn is the news.
pub fn choose_thread_card(session: &str, title: &str, waiting: usize) -> Drawing {
    let news = match waiting {
        0 => "The agent has finished and nobody has looked at the result yet.",
        1 => "A request needs an answer.",
        _ => "Several requests need an answer.",
    };
    let text = format!(
        "*{}* was started in OpenCode and its owner has left. {news} Which channel should its thread go to?",
        esc(title)
    );
    let (action_id, _) = Act::ChooseThread { session: session.to_owned(), channel: String::new() }.encode();
    let choose = json!({
        "type": "conversations_select", "action_id": action_id, "placeholder": plain("Choose a channel", 150),
        "filter": { "include": ["public", "private", "im"], "exclude_bot_users": true },
    });
    Drawing::new(
        format!("Where should the thread for {title} go?"),
        vec![section(&text), json!({ "type": "actions", "elements": [choose] })],
    )
}

pub fn thread_chosen(title: &str, channel: &str, by: &str) -> Drawing {
    let text = format!("{} put the thread for *{}* in <#{channel}>.", esc(by), esc(title));
    Drawing::new(format!("The thread for {title} has a channel."), vec![section(&text)])
}
