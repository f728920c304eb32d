//! Rich text: sections, lists, code, quotes, and what may stand in them.

use super::Complaint;
use super::objects::list;
use serde_json::Value;

/// Slack names no limit for the parts of a rich text; this one keeps a mistake from running away.
const PARTS: usize = 2000;

pub(super) fn check(block: &Value) -> Result<(), Complaint> {
    for element in list(&block["elements"], "elements", 0, PARTS)? {
        match element["type"].as_str() {
            Some("rich_text_section" | "rich_text_preformatted" | "rich_text_quote") => inline(element)?,
            Some("rich_text_list") => {
                for item in list(&element["elements"], "elements", 0, PARTS)? {
                    inline(item)?;
                }
            }
            other => return Err(format!("unsupported type in rich_text: {other:?}")),
        }
    }
    Ok(())
}

fn inline(element: &Value) -> Result<(), Complaint> {
    for part in list(&element["elements"], "elements", 0, PARTS)? {
        let needed = match part["type"].as_str() {
            Some("text") => "text",
            Some("link") => "url",
            Some("user") => "user_id",
            Some("channel") => "channel_id",
            Some("usergroup") => "usergroup_id",
            Some("emoji") => "name",
            Some("broadcast") => "range",
            Some("color") => "value",
            Some("date") => "timestamp",
            Some("team") => "team_id",
            other => return Err(format!("unsupported type in rich_text: {other:?}")),
        };
        if part.get(needed).is_none() || part[needed] == "" {
            return Err(format!("missing required field: {needed}"));
        }
    }
    Ok(())
}

/// Characters of all texts below.
pub(super) fn length(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(length).sum(),
        Value::Object(map) => {
            let own = map.get("text").and_then(Value::as_str).map_or(0, |text| text.chars().count());
            own + map.values().map(length).sum::<usize>()
        }
        _ => 0,
    }
}
