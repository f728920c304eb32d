//! Modals and app homes: what is open for whom.

use super::world::{APP, BOT, TEAM};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Modals that may lie on each other.
pub(super) const STACK: usize = 3;

#[derive(Default)]
pub struct Views {
    /// Open modals by person, the top one last.
    pub modals: BTreeMap<String, Vec<View>>,
    pub homes: BTreeMap<String, View>,
    /// Everything that was ever shown to somebody, in order.
    pub shown: Vec<(String, View)>,
}

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub user: String,
    /// As the app gave it.
    pub content: Value,
    pub hash: String,
    pub root: String,
    pub previous: Option<String>,
    /// What the person has filled in: `state.values`.
    pub values: Value,
    /// What the app said is wrong, by block.
    pub errors: Value,
}

impl View {
    pub fn is_modal(&self) -> bool {
        self.content["type"] == "modal"
    }

    pub fn blocks(&self) -> Vec<Value> {
        self.content["blocks"].as_array().cloned().unwrap_or_default()
    }

    pub fn title(&self) -> &str {
        self.content["title"]["text"].as_str().unwrap_or_default()
    }

    /// What answers and payloads say of it.
    pub fn view(&self) -> Value {
        let text = |key: &str| self.content.get(key).cloned().unwrap_or(json!(""));
        let maybe = |key: &str| self.content.get(key).cloned().unwrap_or(Value::Null);
        json!({
            "id": self.id, "team_id": TEAM, "app_id": APP, "app_installed_team_id": TEAM, "bot_id": BOT,
            "type": self.content["type"], "hash": self.hash, "root_view_id": self.root,
            "previous_view_id": self.previous, "callback_id": text("callback_id"),
            "external_id": text("external_id"), "private_metadata": text("private_metadata"),
            "title": maybe("title"), "submit": maybe("submit"), "close": maybe("close"),
            "blocks": self.blocks(), "state": { "values": self.values },
            "clear_on_close": self.content["clear_on_close"] == true,
            "notify_on_close": self.content["notify_on_close"] == true,
        })
    }
}

impl Views {
    /// An open modal or a home, by its id or the app's own.
    pub fn find_mut(&mut self, id: Option<&str>, external: Option<&str>) -> Option<&mut View> {
        let all = self.modals.values_mut().flatten().chain(self.homes.values_mut());
        let meant = |view: &&mut View| match (id, external) {
            (Some(id), _) => view.id == id,
            (None, Some(external)) => view.content["external_id"] == external,
            (None, None) => false,
        };
        all.into_iter().find(meant)
    }

    /// The modal a person looks at.
    pub fn top(&self, user: &str) -> Option<&View> {
        self.modals.get(user)?.last()
    }
}
