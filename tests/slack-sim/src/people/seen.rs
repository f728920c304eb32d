//! What a person sees: buttons with their texts, whispers, errors.

use super::{SlackPerson, Spot};
use crate::message::Message;
use serde_json::Value;

impl SlackPerson {
    /// The texts of the buttons on a message as it is now.
    pub fn buttons(&self, spot: &Spot) -> Vec<String> {
        self.sim.quietly(|world| {
            super::click::shown(world, &self.id, spot)
                .map(|(message, _)| labels(&message.blocks))
                .unwrap_or_default()
        })
    }

    /// Messages that only this person sees in a channel (by id or name).
    pub fn whispers(&self, channel: &str) -> Vec<Message> {
        self.sim.quietly(|world| {
            let own = |one: &&crate::message::Ephemeral| one.user == self.id;
            let channel = world.channel_named(channel);
            channel
                .map(|channel| channel.ephemerals.iter().filter(own).map(|one| one.message.clone()).collect())
                .unwrap_or_default()
        })
    }

    /// Messages in the conversation with the app.
    pub fn direct_messages(&self) -> Vec<Message> {
        self.sim.quietly(|world| {
            let id = world.direct(&self.id);
            world.channels[&id].messages.values().cloned().collect()
        })
    }

    /// The conversation with the app.
    pub fn direct_channel(&self) -> String {
        self.sim.quietly(|world| world.direct(&self.id))
    }

    /// What Slack told this person went wrong, such as a click that nobody acknowledged.
    pub fn errors(&self) -> Vec<String> {
        self.sim.quietly(|world| {
            let own = world.witness.errors.iter().filter(|told| told.user == self.id);
            own.map(|told| told.text.clone()).collect()
        })
    }
}

/// The texts of all buttons.
pub(super) fn labels(blocks: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for block in blocks {
        let elements = block["elements"].as_array().into_iter().flatten().chain(block.get("accessory"));
        let buttons = elements.filter(|element| element["type"] == "button");
        found.extend(buttons.filter_map(|button| button["text"]["text"].as_str().map(str::to_owned)));
    }
    found
}
