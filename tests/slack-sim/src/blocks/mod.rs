//! Block Kit as Slack checks it: counts, lengths, ids, and which block may stand where.

mod elements;
mod limits;
mod objects;
mod rich;

use serde_json::Value;
use std::collections::BTreeSet;

/// Where blocks stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Message,
    Modal,
    Home,
}

/// What is wrong, as Slack's `response_metadata.messages` would tell it.
pub type Complaint = String;

/// Ids that were used so far, and lengths that are counted over the whole payload.
#[derive(Default)]
struct Tally {
    /// Of the block that is looked at.
    index: usize,
    blocks: BTreeSet<String>,
    actions: BTreeSet<(String, String)>,
    markdown: usize,
    table: usize,
    tables: usize,
}

/// Checks a whole payload.
pub fn check(blocks: &[Value], place: Place) -> Result<(), Complaint> {
    let most = if place == Place::Message { limits::MESSAGE_BLOCKS } else { limits::VIEW_BLOCKS };
    if blocks.len() > most {
        return Err(format!("[ERROR] no more than {most} items allowed [json-pointer:/blocks]"));
    }
    let mut tally = Tally::default();
    for (index, block) in blocks.iter().enumerate() {
        let at = format!("/blocks/{index}");
        tally.index = index;
        one(block, place, &mut tally).map_err(|what| format!("[ERROR] {what} [json-pointer:{at}]"))?;
    }
    if tally.markdown > limits::MARKDOWN {
        return Err(format!(
            "[ERROR] markdown blocks hold more than {} characters together",
            limits::MARKDOWN
        ));
    }
    if tally.table > limits::TABLE_CHARS || tally.tables > 1 {
        return Err("[ERROR] invalid_tables: one table of at most 10000 characters".to_owned());
    }
    Ok(())
}

fn one(block: &Value, place: Place, tally: &mut Tally) -> Result<(), Complaint> {
    let kind = block["type"].as_str().ok_or("missing required field: type")?;
    let id = objects::optional_text(block, "block_id", limits::ID)?.unwrap_or_default();
    if !id.is_empty() && !tally.blocks.insert(id.to_owned()) {
        return Err(format!("block_id {id:?} already exists"));
    }
    match kind {
        "section" => section(block, tally, id),
        "header" => objects::plain(&block["text"], 1, limits::HEADER),
        "divider" => Ok(()),
        "context" => context(block),
        "actions" => actions(block, place, tally, id),
        "image" => image(block),
        "markdown" if place == Place::Message => markdown(block, tally),
        "table" if place == Place::Message => table(block, tally),
        "rich_text" => rich::check(block),
        "input" => input(block, tally, id),
        "file" if place == Place::Message => required(block, "external_id"),
        "video" => required(block, "video_url"),
        "context_actions" if place == Place::Message => context_actions(block, tally, id),
        "task_card" if place == Place::Message => required(block, "task_id").and(required(block, "title")),
        "plan" if place == Place::Message => required(block, "title"),
        "alert" => objects::text(&block["text"], 1, limits::SECTION),
        "card" if place == Place::Message => Ok(()),
        other => Err(format!("unsupported type: {other}")),
    }
}

fn required(block: &Value, field: &str) -> Result<(), Complaint> {
    let given = match &block[field] {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    if given { Ok(()) } else { Err(format!("missing required field: {field}")) }
}

fn section(block: &Value, tally: &mut Tally, id: &str) -> Result<(), Complaint> {
    if block.get("text").is_none() && block.get("fields").is_none() {
        return Err("missing required field: text".to_owned());
    }
    if let Some(text) = block.get("text") {
        objects::text(text, 1, limits::SECTION)?;
    }
    if let Some(fields) = block.get("fields") {
        for field in objects::list(fields, "fields", 1, limits::FIELDS)? {
            objects::text(field, 1, limits::FIELD)?;
        }
    }
    match block.get("accessory") {
        Some(element) => elements::check(element, elements::Where::Section, id, tally),
        None => Ok(()),
    }
}

fn context(block: &Value) -> Result<(), Complaint> {
    for element in objects::list(&block["elements"], "elements", 1, limits::CONTEXT)? {
        match element["type"].as_str() {
            Some("image") => image(element)?,
            Some("mrkdwn" | "plain_text") => objects::text(element, 1, limits::SECTION)?,
            other => return Err(format!("unsupported type in context: {other:?}")),
        }
    }
    Ok(())
}

fn actions(block: &Value, place: Place, tally: &mut Tally, id: &str) -> Result<(), Complaint> {
    let _ = place;
    for element in objects::list(&block["elements"], "elements", 1, limits::ACTIONS)? {
        elements::check(element, elements::Where::Actions, id, tally)?;
    }
    Ok(())
}

fn context_actions(block: &Value, tally: &mut Tally, id: &str) -> Result<(), Complaint> {
    for element in objects::list(&block["elements"], "elements", 1, limits::CONTEXT_ACTIONS)? {
        elements::check(element, elements::Where::ContextActions, id, tally)?;
    }
    Ok(())
}

fn image(block: &Value) -> Result<(), Complaint> {
    if block.get("image_url").is_none() && block.get("slack_file").is_none() {
        return Err("missing required field: image_url".to_owned());
    }
    objects::optional_text(block, "image_url", limits::URL)?;
    required(block, "alt_text")?;
    objects::optional_text(block, "alt_text", limits::ALT).map(drop)
}

fn markdown(block: &Value, tally: &mut Tally) -> Result<(), Complaint> {
    let text =
        block["text"].as_str().filter(|text| !text.is_empty()).ok_or("missing required field: text")?;
    tally.markdown += text.chars().count();
    Ok(())
}

fn table(block: &Value, tally: &mut Tally) -> Result<(), Complaint> {
    tally.tables += 1;
    for row in objects::list(&block["rows"], "rows", 1, limits::TABLE_ROWS)? {
        for cell in objects::list(row, "rows", 1, limits::TABLE_COLUMNS)? {
            match cell["type"].as_str() {
                Some("raw_text") => tally.table += cell["text"].as_str().unwrap_or_default().chars().count(),
                Some("rich_text") => {
                    rich::check(cell)?;
                    tally.table += rich::length(cell);
                }
                Some("raw_number") => {}
                other => return Err(format!("unsupported type in a table: {other:?}")),
            }
        }
    }
    Ok(())
}

fn input(block: &Value, tally: &mut Tally, id: &str) -> Result<(), Complaint> {
    objects::plain(&block["label"], 1, limits::LABEL)?;
    if let Some(hint) = block.get("hint") {
        objects::plain(hint, 1, limits::LABEL)?;
    }
    let element = block.get("element").ok_or("missing required field: element")?;
    elements::check(element, elements::Where::Input, id, tally)
}

#[cfg(test)]
mod tests;
