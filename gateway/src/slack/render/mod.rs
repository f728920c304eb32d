//! Everything that is drawn in Slack: messages of a thread, modals, the home tab, answers to commands.
//!
//! Pure functions. What agents and people wrote goes in as literal text or escaped, so that nothing of it notifies
//! anybody, forges a link or becomes a button (REQ-THREAD-07).

mod answer_forms;
mod ask;
mod ask_buttons;
mod blocks;
mod card;
mod choose_thread_card;
mod delivery_rows;
mod details;
pub mod form_ids;
mod full_output;
mod grant_rows;
mod lab_rows;
mod links;
mod lists;
mod markdown;
mod model_form;
mod pick;
mod said;
mod session_links;
mod split;
mod start_form_view;
mod start_this;
mod start_who;
mod thread_items;

pub use answer_forms::{allow_form, own_words_form, reason_form};
pub use ask::{CardFor, ask_card};
pub use card::{Shown, opening, session_card};
pub use choose_thread_card::{choose_thread_card, thread_chosen};
pub use delivery_rows::delivery_list;
pub use details::{details, details_file, tool_details};
pub use full_output::{changes, patch_file, tool_file};
pub use grant_rows::grant_list;
pub use lab_rows::lab_list;
pub use lists::{help, home, plain_home, session_list, unknown};
pub use markdown::mrkdwn;
pub use model_form::model_form;
pub use pick::Pick;
pub use said::stream_head;
pub use session_links::Ways;
pub use start_form_view::{Draft, Offer, repository_names, start_form, works_apart};
pub use start_this::start_this;
pub use thread_items::{Piece, item, line, note};

use serde_json::{Value, json};

/// A message as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// For notifications and screen readers: mrkdwn, escaped.
    pub text: String,
    pub blocks: Vec<Value>,
    /// More of it follows soon: it is drawn again, and less urgent than anything else.
    pub live: bool,
    /// What of it grows at its end, where it is an agent's prose: this can be streamed.
    pub prose: Option<String>,
}

impl Drawing {
    pub fn new(text: impl Into<String>, blocks: Vec<Value>) -> Self {
        Self { text: text.into(), blocks, live: false, prose: None }
    }
}

/// Longest top-level text: an update takes 4,000 characters, a notification shows far less.
const TOP_TEXT: usize = 600;

fn top_text(text: &str) -> String {
    crate::slack::formatting::cut(text, TOP_TEXT)
}

/// A modal. Without `submit` it is only to be read.
fn modal(callback: &str, title: &str, submit: Option<&str>, private: &str, blocks: &[Value]) -> Value {
    let blocks = &blocks[..blocks.len().min(blocks::VIEW_BLOCKS)];
    let mut view = json!({
        "type": "modal", "callback_id": callback, "title": blocks::plain(title, blocks::VIEW_LABEL),
        "close": blocks::plain(if submit.is_some() { "Cancel" } else { "Close" }, blocks::VIEW_LABEL),
        "private_metadata": private, "blocks": blocks,
    });
    if let Some(submit) = submit {
        view["submit"] = blocks::plain(submit, blocks::VIEW_LABEL);
    }
    view
}

#[cfg(test)]
mod tests;
