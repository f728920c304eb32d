//! The upload in three steps: ask for an address, send the bytes there, complete it into a channel.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::{channel_for_bot, name_blocks};
use crate::blocks::{self, Place};
use crate::files::File;
use crate::message::Message;
use crate::world::{BOT_USER, World};
use serde_json::{Value, json};

pub(super) fn upload_url(world: &mut World, args: &Args) -> Answer {
    let name = args.need("filename")?;
    let length =
        args.number("length").filter(|length| *length > 0).ok_or_else(|| fail("invalid_arguments"))?;
    let id = world.id("F");
    let file = File {
        id: id.clone(),
        title: name.clone(),
        name,
        user: BOT_USER.to_owned(),
        announced: usize::try_from(length).unwrap_or(usize::MAX),
        bytes: None,
        shares: Vec::new(),
        complete: false,
    };
    world.files.all.insert(id.clone(), file);
    Ok(json!({ "upload_url": format!("{}/upload/{id}", world.base), "file_id": id }))
}

pub(super) fn complete(world: &mut World, args: &Args) -> Answer {
    let given = args.list("files", "invalid_arguments")?.filter(|files| !files.is_empty());
    let given = given.ok_or_else(|| fail("invalid_arguments"))?;
    let mut views = Vec::new();
    for one in &given {
        let id = one["id"].as_str().ok_or_else(|| fail("invalid_arguments"))?;
        let file =
            world.files.all.get(id).filter(|file| !file.complete).ok_or_else(|| fail("file_not_found"))?;
        if file.bytes.is_none() {
            return Err(fail("file_not_found").message("[ERROR] nothing was uploaded"));
        }
    }
    let channel = share_target(world, args)?;
    for one in &given {
        let base = world.base.clone();
        let file = one["id"].as_str().and_then(|id| world.files.all.get_mut(id));
        let Some(file) = file else { continue };
        file.complete = true;
        if let Some(title) = one["title"].as_str() {
            title.clone_into(&mut file.title);
        }
        views.push(file.view(&base));
    }
    if let Some((channel, thread)) = channel {
        share(world, args, &channel, thread, &views)?;
    }
    Ok(json!({ "files": views }))
}

fn share_target(world: &World, args: &Args) -> Result<Option<(String, Option<String>)>, Failure> {
    let Some(channel) = args.text("channel_id") else { return Ok(None) };
    let channel = channel_for_bot(world, &channel)?;
    let thread = super::chat::thread(world, &channel, args)?;
    Ok(Some((channel, thread)))
}

/// The message that shows the files.
fn share(
    world: &mut World,
    args: &Args,
    channel: &str,
    thread: Option<String>,
    files: &[Value],
) -> Result<(), Failure> {
    let mut blocks = args.list("blocks", "invalid_blocks_format")?.unwrap_or_default();
    blocks::check(&blocks, Place::Message).map_err(|complaint| fail("invalid_blocks").message(complaint))?;
    name_blocks(world, &mut blocks);
    let ts = world.ts();
    for file in files.iter().filter_map(|file| file["id"].as_str()) {
        if let Some(file) = world.files.all.get_mut(file) {
            file.shares.push((channel.to_owned(), ts.clone()));
        }
    }
    let message = Message {
        ts,
        channel: channel.to_owned(),
        user: BOT_USER.to_owned(),
        text: args.text("initial_comment").unwrap_or_default(),
        blocks,
        files: files.to_vec(),
        thread_ts: thread,
        subtype: Some("file_share".to_owned()),
        ..Message::default()
    };
    super::chat::insert(world, message);
    Ok(())
}

pub(super) fn info(world: &mut World, args: &Args) -> Answer {
    let file = args.text("file").and_then(|id| world.files.all.get(&id)).filter(|file| file.complete);
    let file = file.ok_or_else(|| fail("file_not_found"))?;
    Ok(json!({ "file": file.view(&world.base) }))
}
