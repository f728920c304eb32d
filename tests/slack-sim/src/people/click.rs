//! Clicks on buttons, menus and shortcuts of messages, app homes and modals.

use super::{Receipt, SlackPerson, Spot, active, common, interactive, shown_name, state};
use crate::deliver::Delivery;
use crate::message::Message;
use crate::world::{Channel, Kind, World};
use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};

impl SlackPerson {
    /// Clicks the button that shows this text, on the message as it is now.
    pub async fn click(&self, spot: &Spot, label: &str) -> anyhow::Result<Receipt> {
        self.act(spot, |element| element["type"] == "button" && element["text"]["text"] == label, label, None)
            .await
    }

    /// Clicks whatever has this action id.
    pub async fn click_action(&self, spot: &Spot, action: &str) -> anyhow::Result<Receipt> {
        self.act(spot, |element| element["action_id"] == action, action, None).await
    }

    /// Chooses in a menu of a message: by action id, and the option's text or value (or the person, date …).
    pub async fn choose(&self, spot: &Spot, action: &str, choice: &str) -> anyhow::Result<Receipt> {
        self.act(spot, |element| element["action_id"] == action, action, Some(choice)).await
    }

    /// Clicks or chooses by action id in a certain block, since the same id may stand in several.
    pub async fn click_in(
        &self,
        spot: &Spot,
        block: Option<&str>,
        action: &str,
        choice: Option<&str>,
    ) -> anyhow::Result<Receipt> {
        let Some(block) = block else {
            return self.act(spot, |element| element["action_id"] == action, action, choice).await;
        };
        let places = |element: &Value| element["action_id"] == action && element["block_id"] == block;
        self.act(spot, places, action, choice).await
    }

    async fn act(
        &self,
        spot: &Spot,
        meant: impl Fn(&Value) -> bool,
        name: &str,
        choice: Option<&str>,
    ) -> anyhow::Result<Receipt> {
        let delivery = self.sim.note(|world| {
            active(world, &self.id).map_err(|why| anyhow!(why))?;
            let (message, ephemeral) = shown(world, &self.id, spot)?;
            let (block, element) = find(&message.blocks, &meant).with_context(|| {
                format!("{name:?} is not there; there is {:?}", super::seen::labels(&message.blocks))
            })?;
            if self_disabled(&element) {
                bail!("{name:?} cannot be clicked");
            }
            let action = action(world, &block, &element, choice)?;
            Ok(on_message(world, &self.id, &message, ephemeral, action))
        })?;
        Ok(self.sim.deliver(delivery).await)
    }

    /// Clicks a button that is not there any more: the screen was older than the message, or the app is newer.
    pub async fn click_stale(
        &self,
        spot: &Spot,
        block: &str,
        action: &str,
        value: &str,
    ) -> anyhow::Result<Receipt> {
        let delivery = self.sim.note(|world| {
            let (message, ephemeral) = shown(world, &self.id, spot)?;
            let action = json!({ "type": "button", "action_id": action, "block_id": block, "value": value,
                "text": { "type": "plain_text", "text": "Old button" }, "action_ts": world.ts() });
            anyhow::Ok(on_message(world, &self.id, &message, ephemeral, action))
        })?;
        Ok(self.sim.deliver(delivery).await)
    }

    /// A shortcut from a message's menu.
    pub async fn message_shortcut(&self, spot: &Spot, callback: &str) -> anyhow::Result<Receipt> {
        let delivery = self.sim.note(|world| {
            let (message, _) = shown(world, &self.id, spot)?;
            let mut payload = common(world, &self.id, "message_action");
            let channel = &world.channels[&spot.channel];
            payload["message"] = message.view(channel, true);
            payload["channel"] = json!({ "id": channel.id, "name": shown_name(channel) });
            payload["callback_id"] = json!(callback);
            payload["message_ts"] = json!(spot.ts);
            payload["trigger_id"] = json!(world.trigger(&self.id, None));
            payload["action_ts"] = json!(world.ts());
            payload["response_url"] =
                json!(world.response_url(&spot.channel, &self.id, Some(&spot.ts), None));
            anyhow::Ok(interactive(world, payload, false))
        })?;
        Ok(self.sim.deliver(delivery).await)
    }

    /// Clicks in the app's home, by text or action id.
    pub async fn click_home(&self, name: &str) -> anyhow::Result<Receipt> {
        self.click_home_in(None, name).await
    }

    /// The same in a certain block, since the same id may stand in several.
    pub async fn click_home_in(&self, block: Option<&str>, name: &str) -> anyhow::Result<Receipt> {
        let delivery = self.sim.note(|world| {
            let view = world.views.homes.get(&self.id).cloned().context("there is no home yet")?;
            let meant =
                |element: &Value| named(element, name) && block.is_none_or(|id| element["block_id"] == id);
            let (block, element) =
                find(&view.blocks(), meant).with_context(|| format!("{name:?} is not in the home"))?;
            let action = action(world, &block, &element, None)?;
            anyhow::Ok(in_view(world, &self.id, &view, action))
        })?;
        Ok(self.sim.deliver(delivery).await)
    }

    /// Clicks in the modal on top, by text or action id, or by the block id of the field.
    pub async fn click_modal(&self, name: &str, choice: Option<&str>) -> anyhow::Result<Receipt> {
        self.click_modal_in(None, name, choice).await
    }

    /// The same in a certain block, since the same id may stand in several.
    pub async fn click_modal_in(
        &self,
        block: Option<&str>,
        name: &str,
        choice: Option<&str>,
    ) -> anyhow::Result<Receipt> {
        let delivery = self.sim.note(|world| {
            let view = world.views.top(&self.id).cloned().context("no modal is open")?;
            let blocks = view.blocks();
            let meant =
                |element: &Value| named(element, name) && block.is_none_or(|id| element["block_id"] == id);
            let field = blocks.iter().find(|block| block["block_id"] == name && block["element"].is_object());
            let (block, element) = field
                .map(|block| (name.to_owned(), block["element"].clone()))
                .or_else(|| find(&blocks, meant))
                .with_context(|| format!("{name:?} is not in the modal"))?;
            tells(&blocks, &block)?;
            let action = action(world, &block, &element, choice)?;
            anyhow::Ok(in_view(world, &self.id, &view, action))
        })?;
        Ok(self.sim.deliver(delivery).await)
    }
}

/// A field tells of a change only if it is to, and one for text only of what is pressed in it.
fn tells(blocks: &[Value], id: &str) -> anyhow::Result<()> {
    let Some(field) = blocks.iter().find(|block| block["block_id"] == id && block["type"] == "input") else {
        return Ok(());
    };
    let typed = field["element"]["type"] == "plain_text_input";
    let pressed = &field["element"]["dispatch_action_config"]["trigger_actions_on"];
    let enter = pressed.as_array().is_none_or(|all| all.iter().any(|one| one == "on_enter_pressed"));
    if field["dispatch_action"] != true || (typed && !enter) {
        bail!("the field {id:?} tells nobody of a change");
    }
    Ok(())
}

fn named(element: &Value, name: &str) -> bool {
    element["action_id"] == name || element["text"]["text"] == name
}

fn self_disabled(element: &Value) -> bool {
    element["type"] == "workflow_button"
}

/// The message at a place as this person sees it, and whether only they do.
pub(super) fn shown(world: &World, user: &str, spot: &Spot) -> anyhow::Result<(Message, bool)> {
    let channel = world.channels.get(&spot.channel).context("there is no such channel")?;
    if !channel.members.contains(user) && channel.kind != Kind::Public {
        bail!("{user} does not see {}", channel.name);
    }
    let own = channel.ephemerals.iter().find(|one| one.user == user && one.message.ts == spot.ts);
    if let Some(own) = own {
        return Ok((own.message.clone(), true));
    }
    let message = channel.messages.get(&spot.ts).filter(|message| !message.tombstone);
    Ok((message.context("the message is gone")?.clone(), false))
}

/// The first interactive element that is meant, with the id of its block.
pub(super) fn find(blocks: &[Value], meant: impl Fn(&Value) -> bool) -> Option<(String, Value)> {
    for block in blocks {
        let elements = block["elements"].as_array().cloned().unwrap_or_default();
        let single = ["accessory", "element"].into_iter().filter_map(|key| block.get(key).cloned());
        let in_block = |mut element: Value| {
            // Only for finding it: payloads are made of named fields.
            element["block_id"] = block["block_id"].clone();
            element
        };
        let mut all = elements.into_iter().chain(single).filter(Value::is_object).map(in_block);
        if let Some(found) = all.find(|element| element.get("action_id").is_some() && meant(element)) {
            return Some((block["block_id"].as_str().unwrap_or_default().to_owned(), found));
        }
    }
    None
}

fn action(world: &mut World, block: &str, element: &Value, choice: Option<&str>) -> anyhow::Result<Value> {
    let mut action = json!({ "type": element["type"], "action_id": element["action_id"], "block_id": block,
        "action_ts": world.ts() });
    let Some(choice) = choice else {
        for key in ["text", "value", "style", "url", "confirm"] {
            if let Some(value) = element.get(key) {
                action[key] = value.clone();
            }
        }
        return Ok(action);
    };
    let chosen = state::value(element, choice)?;
    for (key, value) in chosen.as_object().into_iter().flatten() {
        action[key] = value.clone();
    }
    Ok(action)
}

fn on_message(world: &mut World, user: &str, message: &Message, ephemeral: bool, action: Value) -> Delivery {
    let mut payload = common(world, user, "block_actions");
    let channel: &Channel = &world.channels[&message.channel];
    payload["channel"] = json!({ "id": channel.id, "name": shown_name(channel) });
    payload["message"] = message.view(channel, true);
    let mut container = json!({ "type": "message", "message_ts": message.ts, "channel_id": message.channel,
        "is_ephemeral": ephemeral });
    if let Some(thread) = &message.thread_ts {
        container["thread_ts"] = json!(thread);
    }
    payload["container"] = container;
    let mut values = json!({});
    if action["type"] != "button" {
        let (block, id) = (&action["block_id"], &action["action_id"]);
        values[block.as_str().unwrap_or_default()][id.as_str().unwrap_or_default()] = action.clone();
    }
    payload["state"] = json!({ "values": values });
    payload["trigger_id"] = json!(world.trigger(user, None));
    let thread = message.thread_ts.as_deref();
    payload["response_url"] = json!(world.response_url(&message.channel, user, Some(&message.ts), thread));
    payload["actions"] = json!([action]);
    interactive(world, payload, false)
}

fn in_view(world: &mut World, user: &str, view: &crate::views::View, action: Value) -> Delivery {
    let mut payload = common(world, user, "block_actions");
    payload["container"] = json!({ "type": "view", "view_id": view.id });
    payload["view"] = view.view();
    payload["trigger_id"] = json!(world.trigger(user, Some(view.id.clone())));
    payload["actions"] = json!([action]);
    interactive(world, payload, false)
}
