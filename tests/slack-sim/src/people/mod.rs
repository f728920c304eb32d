//! People: what they type, click and fill in, and what they see. A click happens on the message as it is shown then.

mod click;
mod modal;
mod say;
mod seen;
mod state;

use super::core::Sim;
use super::deliver::{Delivery, Outcome};
use super::world::{APP, Channel, Kind, TEAM, World};
use serde_json::{Value, json};
use std::sync::Arc;

/// What became of a click, a command or a form: acknowledged or not, how fast, with which answer.
pub type Receipt = Outcome;

/// Somebody of the workspace.
#[derive(Clone)]
pub struct SlackPerson {
    pub id: String,
    pub(super) sim: Arc<Sim>,
}

/// Where a message is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Spot {
    pub channel: String,
    pub ts: String,
    /// The first message of its thread; its own `ts` if it is no reply.
    pub thread: String,
}

impl Spot {
    /// The first message of its thread.
    pub fn root(&self) -> Self {
        Self { ts: self.thread.clone(), ..self.clone() }
    }
}

impl SlackPerson {
    pub(super) fn new(sim: Arc<Sim>, id: String) -> Self {
        Self { id, sim }
    }

    /// Types a slash command in a channel (by id or name), and waits until the app has acknowledged it, or has not.
    pub async fn command(&self, channel: &str, command: &str, text: &str) -> Receipt {
        let delivery = self.sim.note(|world| command_payload(world, &self.id, channel, command, text));
        let (delivery, channel) = match delivery {
            Ok(found) => found,
            Err(why) => return self.refused(&why),
        };
        let receipt = self.sim.deliver(delivery).await;
        if receipt.acked() && (receipt.answer.get("text").is_some() || receipt.answer.get("blocks").is_some())
        {
            self.sim.enter(|world| show_answer(world, &self.id, &channel, &receipt.answer));
        }
        receipt
    }

    /// A global shortcut, from the lightning menu.
    pub async fn shortcut(&self, callback: &str) -> Receipt {
        let delivery = self.sim.note(|world| {
            let mut payload = common(world, &self.id, "shortcut");
            payload["callback_id"] = json!(callback);
            payload["trigger_id"] = json!(world.trigger(&self.id, None));
            payload["action_ts"] = json!(world.ts());
            interactive(world, payload, false)
        });
        self.sim.deliver(delivery).await
    }

    /// Slack's client refuses, without asking the app.
    fn refused(&self, why: &str) -> Receipt {
        self.sim.note(|world| {
            let now = world.now;
            world.witness.told(&self.id, why, now);
        });
        Receipt { acked_after: None, answer: Value::Null, tries: 0, failure: Some(why.to_owned()) }
    }
}

fn command_payload(
    world: &mut World,
    user: &str,
    channel: &str,
    command: &str,
    text: &str,
) -> Result<(Delivery, String), String> {
    active(world, user)?;
    if !world.app.commands.is_empty() && !world.app.commands.contains(command) {
        return Err(format!("{command} is not a valid command"));
    }
    let place = world.channel_named(channel).ok_or(format!("there is no channel {channel}"))?;
    if !place.members.contains(user) {
        return Err(format!("{user} is not in {channel}"));
    }
    let (id, name, who) = (place.id.clone(), shown_name(place), world.users[user].clone());
    let payload = json!({
        "token": "verification", "team_id": TEAM, "team_domain": "simulated", "channel_id": id, "channel_name": name,
        "user_id": user, "user_name": who.name, "command": command, "text": text, "api_app_id": APP,
        "is_enterprise_install": "false", "response_url": world.response_url(&id, user, None, None),
        "trigger_id": world.trigger(user, None),
    });
    let envelope = world.id("Cmd");
    Ok((
        Delivery { kind: "slash_commands", what: command.to_owned(), id: envelope, payload, accepts: true },
        id,
    ))
}

/// A message that came with the acknowledgement of a command.
fn show_answer(world: &mut World, user: &str, channel: &str, answer: &Value) {
    let args = super::api::args::Args(answer.as_object().cloned().unwrap_or_default());
    match super::api::content::content(world, &args) {
        Ok(content) => super::respond::add(world, channel, user, &args, content, None),
        Err(failure) => {
            let now = world.now;
            world.witness.told(user, &format!("the command's answer is no message: {}", failure.code), now);
        }
    }
}

fn active(world: &World, user: &str) -> Result<(), String> {
    match world.users.get(user) {
        Some(user) if user.deactivated => Err(format!("{} is deactivated", user.name)),
        Some(_) => Ok(()),
        None => Err(format!("there is nobody called {user}")),
    }
}

/// Names that payloads give to conversations without one.
fn shown_name(channel: &Channel) -> String {
    match channel.kind {
        Kind::Public => channel.name.clone(),
        Kind::Private => "privategroup".to_owned(),
        Kind::Direct => "directmessage".to_owned(),
        Kind::Group => channel.name.clone(),
    }
}

/// The part that all interactions have.
fn common(world: &World, user: &str, kind: &str) -> Value {
    let who = world.users.get(user);
    let name = who.map(|user| user.name.clone()).unwrap_or_default();
    let team = who.map(|user| user.team.clone()).unwrap_or_default();
    json!({
        "type": kind, "token": "verification", "api_app_id": APP, "enterprise": null, "is_enterprise_install": false,
        "team": { "id": TEAM, "domain": "simulated" },
        "user": { "id": user, "username": name, "name": name, "team_id": team },
    })
}

fn interactive(world: &mut World, payload: Value, accepts: bool) -> Delivery {
    let what = payload["type"].as_str().unwrap_or_default().to_owned();
    Delivery { kind: "interactive", what, id: world.id("Int"), payload, accepts }
}
