//! Emoji on messages.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::{channel_for_bot, message_mut};
use crate::message::Message;
use crate::world::{BOT_USER, World};
use serde_json::json;

fn meant<'a>(world: &'a mut World, args: &Args) -> Result<(&'a mut Message, String), Failure> {
    let name = args.text("name").ok_or_else(|| fail("invalid_name"))?;
    let channel = channel_for_bot(world, &args.text("channel").unwrap_or_default())?;
    let ts = args.text("timestamp").ok_or_else(|| fail("no_item_specified"))?;
    Ok((message_mut(world, &channel, &ts)?, name.trim_matches(':').to_owned()))
}

pub(super) fn add(world: &mut World, args: &Args) -> Answer {
    let (message, name) = meant(world, args)?;
    react(message, &name, BOT_USER).map_err(fail)?;
    Ok(json!({}))
}

pub(super) fn remove(world: &mut World, args: &Args) -> Answer {
    let (message, name) = meant(world, args)?;
    let users = message.reactions.iter_mut().find(|(known, _)| *known == name).map(|(_, users)| users);
    let users =
        users.filter(|users| users.iter().any(|user| user == BOT_USER)).ok_or_else(|| fail("no_reaction"))?;
    users.retain(|user| user != BOT_USER);
    message.reactions.retain(|(_, users)| !users.is_empty());
    Ok(json!({}))
}

/// Adds a reaction, once a person.
pub fn react(message: &mut Message, name: &str, user: &str) -> Result<(), &'static str> {
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "_+-':".contains(c)) {
        return Err("invalid_name");
    }
    match message.reactions.iter_mut().find(|(known, _)| known == name) {
        Some((_, users)) if users.iter().any(|known| known == user) => return Err("already_reacted"),
        Some((_, users)) => users.push(user.to_owned()),
        None => message.reactions.push((name.to_owned(), vec![user.to_owned()])),
    }
    Ok(())
}
