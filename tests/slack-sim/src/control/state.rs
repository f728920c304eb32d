//! What people see and what happened, as JSON.

use super::act::somebody;
use super::verb::Verb;
use crate::handle::SlackSim;
use crate::message::Message;
use crate::views::View;
use crate::witness::{Call, Delivered};
use crate::world::{Channel, Kind, World};
use anyhow::bail;
use serde_json::{Value, json};
use std::time::Duration;

/// Messages of a channel that the page is given; older ones are left out.
const SHOWN: usize = 300;

/// All that somebody sees: their channels, whispers, the modal on top, the home, errors.
pub(super) fn seen_by(world: &mut World, name: &str) -> Value {
    let people: Vec<Value> = world
        .users
        .values()
        .map(|user| {
            json!({ "id": user.id, "name": user.name, "bot": user.bot,
        "guest": user.guest, "stranger": user.team != crate::world::TEAM, "deactivated": user.deactivated })
        })
        .collect();
    let Some(user) = world.user_named(name).map(|user| user.id.clone()) else {
        return json!({ "people": people, "channels": [] });
    };
    world.direct(&user);
    let member = |channel: &&Channel| channel.members.contains(&user);
    let channels: Vec<Value> =
        world.channels.values().filter(member).map(|channel| place(channel, &user)).collect();
    let errors = world.witness.errors.iter().rev().filter(|told| told.user == user).take(5);
    json!({
        "user": user, "people": people, "channels": channels,
        "modal": world.views.top(&user).map(open), "home": world.views.homes.get(&user).map(View::view),
        "errors": errors.map(|told| json!({ "text": told.text, "at": told.at.as_micros() })).collect::<Vec<_>>(),
        "sockets": world.sockets.count(),
        "assistant": world.assistant.iter().map(|((channel, thread), state)| json!({ "channel": channel,
            "thread": thread, "state": state })).collect::<Vec<_>>(),
    })
}

fn open(view: &View) -> Value {
    let mut shown = view.view();
    shown["errors"] = view.errors.clone();
    shown
}

fn place(channel: &Channel, user: &str) -> Value {
    let start = channel.messages.len().saturating_sub(SHOWN);
    let messages = channel.messages.values().skip(start).map(|message| shown(message, channel));
    let whispers = channel.ephemerals.iter().filter(|one| one.user == user).map(|one| {
        let mut view = shown(&one.message, channel);
        view["ephemeral"] = json!(true);
        view
    });
    let mut messages: Vec<Value> = messages.chain(whispers).collect();
    messages.sort_by(|a, b| a["ts"].as_str().cmp(&b["ts"].as_str()));
    json!({ "id": channel.id, "name": channel.name, "direct": channel.kind == Kind::Direct,
        "private": channel.kind == Kind::Private, "archived": channel.archived, "shared": channel.shared,
        "messages": messages })
}

fn shown(message: &Message, channel: &Channel) -> Value {
    let mut view = message.view(channel, true);
    view["revisions"] = json!(message.revisions.len());
    view["writing"] = json!(message.stream.as_ref().is_some_and(|stream| !stream.done));
    view["reply"] = json!(message.is_reply());
    view
}

/// Looks at what happened.
pub(super) fn asked(slack: &SlackSim, verb: Verb) -> anyhow::Result<Value> {
    match verb {
        Verb::Messages { channel } => Ok(all(slack, slack.messages(&channel))),
        Verb::Thread { spot } => Ok(all(slack, slack.thread(&spot))),
        Verb::Calls { method } => Ok(slack.calls(&method).iter().map(call).collect()),
        Verb::Deliveries { what } => Ok(slack.deliveries(&what).iter().map(delivery).collect()),
        Verb::Errors { user } => Ok(json!(somebody(slack, &user)?.errors())),
        Verb::Figures {} => Ok(figures(slack)),
        _ => bail!("not a question"),
    }
}

fn all(slack: &SlackSim, messages: Vec<Message>) -> Value {
    slack.world(|world| {
        let one = |message: &Message| {
            let channel = world.channels.get(&message.channel)?;
            let mut view = shown(message, channel);
            view["history"] = message
                .revisions
                .iter()
                .map(|old| json!({ "text": old.text, "blocks": old.blocks, "at": old.at.as_micros() }))
                .collect();
            Some(view)
        };
        messages.iter().filter_map(one).collect()
    })
}

fn call(call: &Call) -> Value {
    json!({ "method": call.method, "args": call.args, "answer": call.answer, "status": call.status,
        "at": call.at.as_micros() })
}

fn delivery(one: &Delivered) -> Value {
    json!({ "kind": one.kind, "what": one.what, "id": one.id, "attempt": one.attempt, "at": one.at.as_micros(),
        "acked_after_ms": one.acked_after.map(millis), "answer": one.answer, "failure": one.failure,
        "payload": one.payload })
}

fn figures(slack: &SlackSim) -> Value {
    let quantile = |share| slack.ack_quantile(share).map(millis);
    let (p50, p99, worst) = (quantile(0.5), quantile(0.99), quantile(1.0));
    slack.world(|world| {
        json!({ "seed": world.chance.seed, "acked": world.witness.ack_times().len(), "ack_p50_ms": p50,
            "ack_p99_ms": p99, "ack_max_ms": worst, "calls": world.witness.calls.len(),
            "deliveries": world.witness.deliveries.len(), "sockets": world.sockets.count(),
            "sockets_opened": world.sockets.opened })
    })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
