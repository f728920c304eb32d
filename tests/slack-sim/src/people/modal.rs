//! Filling in, submitting and closing modals.

use super::click::find;
use super::{Receipt, SlackPerson, common, interactive, state};
use crate::api::views::{check, put, replace};
use crate::deliver::Delivery;
use crate::views::{STACK, View};
use crate::world::World;
use anyhow::{Context, bail};
use serde_json::{Value, json};

impl SlackPerson {
    /// The modal on top.
    pub fn modal(&self) -> Option<View> {
        self.sim.quietly(|world| world.views.top(&self.id).cloned())
    }

    /// The app's home, as published for this person.
    pub fn home(&self) -> Option<View> {
        self.sim.quietly(|world| world.views.homes.get(&self.id).cloned())
    }

    /// Fills in fields of the modal on top: by label, action id or block id, and the text or option.
    pub fn fill(&self, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        self.sim.note(|world| {
            for (field, choice) in fields {
                fill(world, &self.id, field, choice)?;
            }
            Ok(())
        })
    }

    /// Fills in and submits. `Err` if Slack's own client would not send the form; what the app found wrong is then on
    /// `modal().errors`.
    pub async fn submit(&self, fields: &[(&str, &str)]) -> anyhow::Result<Receipt> {
        self.fill(fields)?;
        let (delivery, view) = self.sim.note(|world| submission(world, &self.id))?;
        let receipt = self.sim.deliver(delivery).await;
        if receipt.acked() {
            self.sim.enter(|world| answered(world, &self.id, &view, &receipt.answer));
        }
        Ok(receipt)
    }

    /// Closes the modal on top. None if the app did not want to know.
    pub async fn close(&self) -> anyhow::Result<Option<Receipt>> {
        let delivery = self.sim.note(|world| closed(world, &self.id))?;
        match delivery {
            Some(delivery) => Ok(Some(self.sim.deliver(delivery).await)),
            None => Ok(None),
        }
    }

    /// Types into a menu whose options come from the app; returns the options' texts.
    pub async fn suggestions(&self, action: &str, typed: &str) -> anyhow::Result<Vec<String>> {
        let delivery = self.sim.note(|world| {
            let view = world.views.top(&self.id).cloned().context("no modal is open")?;
            let (block, _) =
                find(&view.blocks(), |element| element["action_id"] == action).context("no such menu")?;
            let mut payload = common(world, &self.id, "block_suggestion");
            payload["container"] = json!({ "type": "view", "view_id": view.id });
            payload["view"] = view.view();
            payload["action_id"] = json!(action);
            payload["block_id"] = json!(block);
            payload["value"] = json!(typed);
            anyhow::Ok(interactive(world, payload, true))
        })?;
        let answer = self.sim.deliver(delivery).await.answer;
        let options = answer["options"].as_array().into_iter().flatten();
        Ok(options.filter_map(|option| option["text"]["text"].as_str().map(str::to_owned)).collect())
    }
}

fn fill(world: &mut World, user: &str, field: &str, choice: &str) -> anyhow::Result<()> {
    let view =
        world.views.modals.get_mut(user).and_then(|stack| stack.last_mut()).context("no modal is open")?;
    let blocks = view.blocks();
    let by = |path: &str| {
        let meant = |block: &&Value| block["type"] == "input" && block.pointer(path) == Some(&json!(field));
        blocks.iter().find(meant)
    };
    // A block's id is the only name that is surely one field's.
    let block = ["/block_id", "/label/text", "/element/action_id"].into_iter().find_map(by);
    let labels = || blocks.iter().filter_map(|block| block["label"]["text"].as_str()).collect::<Vec<_>>();
    let block = block.with_context(|| format!("there is no field {field:?}; there is {:?}", labels()))?;
    let element = &block["element"];
    let value = if choice.is_empty() { state::nothing(element) } else { state::value(element, choice)? };
    let [id, action] =
        [&block["block_id"], &block["element"]["action_id"]].map(|id| id.as_str().unwrap_or_default());
    view.values[id][action] = value;
    Ok(())
}

fn submission(world: &mut World, user: &str) -> anyhow::Result<(Delivery, View)> {
    let view =
        world.views.modals.get_mut(user).and_then(|stack| stack.last_mut()).context("no modal is open")?;
    complete(view);
    for block in view.blocks().iter().filter(|block| block["type"] == "input") {
        let [id, action] =
            [&block["block_id"], &block["element"]["action_id"]].map(|id| id.as_str().unwrap_or_default());
        if let Some(complaint) = state::complaint(block, &view.values[id][action]) {
            bail!("{}: {complaint}", block["label"]["text"]);
        }
    }
    let view = view.clone();
    let mut payload = common(world, user, "view_submission");
    payload["view"] = view.view();
    payload["trigger_id"] = json!(world.trigger(user, Some(view.id.clone())));
    payload["response_urls"] = response_urls(world, user, &view);
    Ok((interactive(world, payload, true), view))
}

/// Fields that nobody touched hold their initial value, or nothing.
fn complete(view: &mut View) {
    for block in view.blocks().iter().filter(|block| block["type"] == "input") {
        let [id, action] =
            [&block["block_id"], &block["element"]["action_id"]].map(|id| id.as_str().unwrap_or_default());
        if view.values[id][action].is_null() {
            view.values[id][action] = state::initial(&block["element"]);
        }
    }
}

fn response_urls(world: &mut World, user: &str, view: &View) -> Value {
    let mut urls = Vec::new();
    for block in view.blocks().iter().filter(|block| block["element"]["response_url_enabled"] == true) {
        let [id, action] =
            [&block["block_id"], &block["element"]["action_id"]].map(|id| id.as_str().unwrap_or_default());
        let held = &view.values[id][action];
        let channel = held["selected_conversation"].as_str().or(held["selected_channel"].as_str());
        if let Some(channel) = channel {
            let url = world.response_url(channel, user, None, None);
            urls.push(
                json!({ "block_id": id, "action_id": action, "channel_id": channel, "response_url": url }),
            );
        }
    }
    Value::Array(urls)
}

/// What the app's answer to a submission does to the person's screen.
fn answered(world: &mut World, user: &str, view: &View, answer: &Value) {
    let outcome = match answer["response_action"].as_str() {
        None => {
            pop(world, user, &view.id);
            Ok(())
        }
        Some("clear") => {
            world.views.modals.remove(user);
            Ok(())
        }
        Some("errors") => errors(world, view, &answer["errors"]),
        Some("update") => {
            check_again(world, view, &answer["view"]).map(|content| drop(replace(world, &view.id, content)))
        }
        Some("push") if world.views.modals.get(user).map_or(0, Vec::len) >= STACK => {
            Err("push_limit_reached".to_owned())
        }
        Some("push") => {
            check_again(world, view, &answer["view"]).map(|content| drop(put(world, user, content)))
        }
        Some(other) => Err(format!("unknown response_action {other}")),
    };
    if let Err(why) = outcome {
        let now = world.now;
        world.witness.told(user, &format!("We had some trouble connecting. ({why})"), now);
    }
}

fn check_again(world: &mut World, view: &View, content: &Value) -> Result<Value, String> {
    // The same external id may be kept by the view that is replaced.
    let kept = world.views.find_mut(Some(&view.id), None).map(|open| open.content["external_id"].take());
    let checked = check(world, content.clone());
    if let (Some(open), Some(kept)) = (world.views.find_mut(Some(&view.id), None), kept) {
        open.content["external_id"] = kept;
    }
    checked.map_err(|failure| failure.body().to_string())
}

fn errors(world: &mut World, view: &View, errors: &Value) -> Result<(), String> {
    let inputs: Vec<Value> = view.blocks().into_iter().filter(|block| block["type"] == "input").collect();
    let known = |id: &String| inputs.iter().any(|block| block["block_id"] == id.as_str());
    let given = errors.as_object().filter(|map| !map.is_empty()).ok_or("errors are missing")?;
    if let Some(stray) = given.keys().find(|id| !known(id)) {
        return Err(format!("there is no input with block_id {stray:?}"));
    }
    if let Some(open) = world.views.find_mut(Some(&view.id), None) {
        open.errors = errors.clone();
    }
    Ok(())
}

fn pop(world: &mut World, user: &str, id: &str) {
    if let Some(stack) = world.views.modals.get_mut(user) {
        stack.retain(|view| view.id != id);
        if stack.is_empty() {
            world.views.modals.remove(user);
        }
    }
}

fn closed(world: &mut World, user: &str) -> anyhow::Result<Option<Delivery>> {
    let view = world.views.top(user).cloned().context("no modal is open")?;
    let clears = view.content["clear_on_close"] == true;
    if clears {
        drop(world.views.modals.remove(user))
    } else {
        pop(world, user, &view.id)
    }
    if view.content["notify_on_close"] != true {
        return Ok(None);
    }
    let mut payload = common(world, user, "view_closed");
    payload["view"] = view.view();
    payload["is_cleared"] = json!(clears);
    Ok(Some(interactive(world, payload, false)))
}
