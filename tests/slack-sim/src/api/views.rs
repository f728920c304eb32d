//! Opening, stacking and changing modals; publishing app homes.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::name_blocks;
use crate::blocks::{self, Place};
use crate::views::{STACK, View};
use crate::world::World;
use serde_json::{Value, json};

const SIZE: usize = 250_000;
const PRIVATE_METADATA: usize = 3000;
const TITLE: usize = 24;
const ID: usize = 255;

/// A view that Slack would take, with ids for its blocks.
pub fn checked(world: &mut World, args: &Args) -> Result<Value, Failure> {
    let view =
        args.json("view", "invalid_arguments")?.ok_or_else(|| invalid("missing required field: view"))?;
    check(world, view)
}

pub fn check(world: &mut World, mut view: Value) -> Result<Value, Failure> {
    if view.to_string().len() > SIZE {
        return Err(fail("view_too_large"));
    }
    let place = match view["type"].as_str() {
        Some("modal") => Place::Modal,
        Some("home") => Place::Home,
        other => return Err(invalid(&format!("unsupported type: {other:?}"))),
    };
    let mut list =
        view["blocks"].as_array().cloned().ok_or_else(|| invalid("missing required field: blocks"))?;
    blocks::check(&list, place).map_err(|complaint| fail("invalid_arguments").message(complaint))?;
    lengths(&view, place)?;
    if place == Place::Modal
        && view.get("submit").is_none()
        && list.iter().any(|block| block["type"] == "input")
    {
        return Err(invalid("missing required field: submit, since there are inputs"));
    }
    let external = view["external_id"].as_str().filter(|id| !id.is_empty());
    let taken = external.is_some_and(|id| world.views.find_mut(None, Some(id)).is_some());
    if taken {
        return Err(fail("duplicate_external_id"));
    }
    name_blocks(world, &mut list);
    view["blocks"] = Value::Array(list);
    Ok(view)
}

fn lengths(view: &Value, place: Place) -> Result<(), Failure> {
    let labels: &[&str] = if place == Place::Modal { &["title", "submit", "close"] } else { &[] };
    for label in labels {
        let Some(text) = view.get(label) else { continue };
        let length = text["text"].as_str().unwrap_or_default().chars().count();
        if text["type"] != "plain_text" || length == 0 || length > TITLE {
            return Err(invalid(&format!("{label} must be plain_text of 1 to {TITLE} characters")));
        }
    }
    if place == Place::Modal && view.get("title").is_none() {
        return Err(invalid("missing required field: title"));
    }
    for (key, limit) in [("private_metadata", PRIVATE_METADATA), ("callback_id", ID), ("external_id", ID)] {
        if view[key].as_str().unwrap_or_default().chars().count() > limit {
            return Err(invalid(&format!("{key} must be less than {} characters", limit + 1)));
        }
    }
    Ok(())
}

fn invalid(complaint: &str) -> Failure {
    fail("invalid_arguments").message(format!("[ERROR] {complaint}"))
}

/// Uses a trigger up; whose it was, and the view in which it was made.
fn spend(world: &mut World, args: &Args) -> Result<(String, Option<String>), Failure> {
    let id = args.text("trigger_id").or_else(|| args.text("interactivity_pointer"));
    let id = id.ok_or_else(|| invalid("missing required field: trigger_id"))?;
    let (now, life) = (world.now, world.pace.trigger);
    let trigger = world.triggers.get_mut(&id).ok_or_else(|| fail("invalid_trigger_id"))?;
    if trigger.used {
        return Err(fail("exchanged_trigger_id"));
    }
    if now.saturating_sub(trigger.made) > life {
        return Err(fail("expired_trigger_id"));
    }
    trigger.used = true;
    Ok((trigger.user.clone(), trigger.view.clone()))
}

fn modal_only(view: &Value) -> Result<(), Failure> {
    if view["type"] == "modal" { Ok(()) } else { Err(invalid("must be a modal")) }
}

pub(super) fn open(world: &mut World, args: &Args) -> Answer {
    let content = checked(world, args)?;
    modal_only(&content)?;
    let (user, _) = spend(world, args)?;
    world.views.modals.remove(&user);
    Ok(json!({ "view": put(world, &user, content) }))
}

pub(super) fn push(world: &mut World, args: &Args) -> Answer {
    let content = checked(world, args)?;
    modal_only(&content)?;
    let (user, from) = spend(world, args)?;
    let depth = world.views.modals.get(&user).map_or(0, Vec::len);
    match depth {
        _ if from.is_none() => Err(fail("invalid_trigger_id")),
        0 => Err(fail("not_found")),
        _ if depth >= STACK => Err(fail("push_limit_reached")),
        _ => Ok(json!({ "view": put(world, &user, content) })),
    }
}

/// Lays a modal on top of what the person has open.
pub fn put(world: &mut World, user: &str, content: Value) -> Value {
    let id = world.id("V");
    let stack = world.views.modals.get(user).map(Vec::as_slice).unwrap_or_default();
    let root = stack.first().map_or(id.clone(), |view| view.root.clone());
    let previous = stack.last().map(|view| view.id.clone());
    let view = View {
        id,
        user: user.to_owned(),
        content,
        hash: format!("{}.{:08x}", world.now.as_secs(), world.chance.number()),
        root,
        previous,
        values: json!({}),
        errors: json!({}),
    };
    world.views.shown.push((user.to_owned(), view.clone()));
    let answer = view.view();
    world.views.modals.entry(user.to_owned()).or_default().push(view);
    answer
}

pub(super) fn update(world: &mut World, args: &Args) -> Answer {
    let (id, external) = (args.text("view_id"), args.text("external_id"));
    if id.is_none() && external.is_none() {
        return Err(invalid("missing required field: view_id"));
    }
    let known = world.views.find_mut(id.as_deref(), external.as_deref()).ok_or_else(|| fail("not_found"))?;
    let (known, hash) = (known.id.clone(), known.hash.clone());
    if args.text("hash").is_some_and(|given| given != hash) {
        return Err(fail("hash_conflict"));
    }
    // The view's own external id may stay.
    let kept = world.views.find_mut(Some(&known), None).map(|view| view.content["external_id"].take());
    let content = checked(world, args);
    if content.is_err()
        && let (Some(view), Some(kept)) = (world.views.find_mut(Some(&known), None), kept)
    {
        view.content["external_id"] = kept;
    }
    let content = content?;
    replace(world, &known, content).map(|view| json!({ "view": view })).ok_or_else(|| fail("not_found"))
}

/// Shows something else in a view that is open. What was typed stays where block and action are the same.
pub fn replace(world: &mut World, id: &str, content: Value) -> Option<Value> {
    let hash = format!("{}.{:08x}", world.now.as_secs(), world.chance.number());
    let view = world.views.find_mut(Some(id), None)?;
    view.content = content;
    view.hash = hash;
    view.errors = json!({});
    let ids: Vec<String> =
        view.blocks().iter().filter_map(|block| block["block_id"].as_str().map(str::to_owned)).collect();
    if let Some(values) = view.values.as_object_mut() {
        values.retain(|block, _| ids.contains(block));
    }
    let view = view.clone();
    let answer = view.view();
    world.views.shown.push((view.user.clone(), view));
    Some(answer)
}

pub(super) fn publish(world: &mut World, args: &Args) -> Answer {
    let user = args
        .text("user_id")
        .filter(|user| world.users.contains_key(user))
        .ok_or_else(|| fail("user_not_found"))?;
    let before = world.views.homes.get(&user).cloned();
    if let (Some(hash), Some(before)) = (args.text("hash"), &before)
        && hash != before.hash
    {
        return Err(fail("hash_conflict"));
    }
    let content = checked(world, args)?;
    if content["type"] != "home" {
        return Err(invalid("must be a home"));
    }
    let id = before.map_or_else(|| world.id("V"), |view| view.id);
    let view = View {
        id: id.clone(),
        user: user.clone(),
        content,
        hash: format!("{}.{:08x}", world.now.as_secs(), world.chance.number()),
        root: id,
        previous: None,
        values: json!({}),
        errors: json!({}),
    };
    let answer = view.view();
    world.views.shown.push((user.clone(), view.clone()));
    world.views.homes.insert(user, view);
    Ok(json!({ "view": answer }))
}
