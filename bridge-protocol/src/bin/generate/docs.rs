//! The reference page: every frame with its fields and an example, every limit and code with its reason.

use bridge_protocol::{CloseCode, Command, Event, limits};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

const INTRO: &str = "\
# The bridge protocol

<!-- Generated from the crate bridge-protocol; edit that and run `make protocol`. -->

One WebSocket at `/ws/bridge` joins an OpenCode pod's plugin with the gateway. The plugin opens it with
`Authorization: Bearer <token>` and says `hello`; the gateway answers `welcome`, or `refused` and a close
code. Every frame is one JSON object in a text frame, with `v` (the version) and `type`. Unknown fields are
ignored, unknown values of an enumeration are read as `unknown`; an unknown `type` or a wrong field is
answered with `protocol.error`, and the link stays open. Times are milliseconds since 1970, offsets in text
are UTF-8 bytes.
";

/// Definitions that have a section of their own.
const FRAMES: [&str; 12] = [
    "Hello",
    "EventFrame",
    "Reply",
    "CommandError",
    "Spans",
    "Heartbeat",
    "ProtocolError",
    "Welcome",
    "Refused",
    "Ack",
    "Request",
    "Command",
];

pub(crate) fn page(plugin: &Value, gateway: &Value, golden: &Path) -> io::Result<String> {
    let mut page = INTRO.to_owned();
    let plugin = Direction { schema: plugin, golden, prefix: "plugin" };
    let gateway = Direction { schema: gateway, golden, prefix: "gateway" };
    page.push_str("\n## The plugin speaks\n");
    for (kind, definition) in
        [("hello", "Hello"), ("reply", "Reply"), ("session.error", "CommandError"), ("trace.spans", "Spans")]
    {
        plugin.frame(&mut page, kind, &plugin.schema["$defs"][definition])?;
    }
    page.push_str(
        "\n## Events\n\nEvery event carries `seq` (its position, from 1 on and without gaps within one \
        `boot_id`), `session_id`, `at`, and `traceparent` if it came of a command that had one.\n",
    );
    for kind in Event::NAMES {
        plugin.frame(&mut page, kind, plugin.variant("EventFrame", kind))?;
    }
    page.push_str("\n## The gateway speaks\n");
    for (kind, definition) in [("welcome", "Welcome"), ("refused", "Refused"), ("ack", "Ack")] {
        gateway.frame(&mut page, kind, &gateway.schema["$defs"][definition])?;
    }
    page.push_str(
        "\n## Commands\n\nEvery command carries `request_id` and `deadline_ms`, and `traceparent` while traces are recorded. Sent again under the \
        same id it is answered, not run again.\n",
    );
    for kind in Command::NAMES {
        gateway.frame(&mut page, kind, gateway.variant("Request", kind))?;
    }
    page.push_str("\n## Either side\n");
    for (kind, definition) in
        [("ping", "Heartbeat"), ("pong", "Heartbeat"), ("protocol.error", "ProtocolError")]
    {
        plugin.frame(&mut page, kind, &plugin.schema["$defs"][definition])?;
    }
    types(&mut page, &plugin, &gateway);
    codes(&mut page);
    Ok(page)
}

struct Direction<'a> {
    schema: &'a Value,
    golden: &'a Path,
    prefix: &'a str,
}

impl Direction<'_> {
    /// The alternative of an enumeration whose `type` is `kind`.
    fn variant(&self, definition: &str, kind: &str) -> &Value {
        let alternatives = self.schema["$defs"][definition]["oneOf"].as_array();
        alternatives
            .and_then(|all| all.iter().find(|one| one["properties"]["type"]["const"] == kind))
            .unwrap_or(&Value::Null)
    }

    fn frame(&self, page: &mut String, kind: &str, schema: &Value) -> io::Result<()> {
        let _ = write!(page, "\n### `{kind}`\n\n{}\n\n", description(schema));
        self.fields(page, schema);
        let path = self.golden.join(format!("{}.{kind}.json", self.prefix));
        let example = fs::read_to_string(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("no example for {kind}: {}: {error}", path.display()))
        })?;
        let _ = write!(page, "\n```json\n{}\n```\n", example.trim_end());
        Ok(())
    }

    fn fields(&self, page: &mut String, schema: &Value) {
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let told: Vec<_> = properties.iter().filter(|(name, _)| *name != "type").collect();
        if told.is_empty() {
            return;
        }
        page.push_str("| field | type | | |\n|---|---|---|---|\n");
        for (name, field) in told {
            let need = if required.iter().any(|one| one == name) { "" } else { "optional" };
            let _ = writeln!(page, "| `{name}` | {} | {need} | {} |", type_of(field), description(field));
        }
    }
}

/// The types that frames are made of.
fn types(page: &mut String, plugin: &Direction<'_>, gateway: &Direction<'_>) {
    page.push_str("\n## Types\n");
    let mut all = BTreeMap::new();
    for direction in [plugin, gateway] {
        all.extend(direction.schema["$defs"].as_object().into_iter().flatten());
    }
    for (name, schema) in all.into_iter().filter(|(name, _)| !FRAMES.contains(&name.as_str())) {
        let _ = write!(page, "\n### {name}\n\n{}\n", description(schema));
        alternatives(page, schema);
        page.push('\n');
        plugin.fields(page, schema);
    }
}

/// The values of an enumeration, or the kinds of a union.
fn alternatives(page: &mut String, schema: &Value) {
    let one_of = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let constants =
        one_of.iter().filter_map(|one| one["const"].as_str().map(|value| (value, description(one))));
    let listed = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for (value, about) in constants.chain(listed.map(|value| (value, String::new()))) {
        let _ = writeln!(page, "- `{value}` {about}");
    }
    for one in one_of.iter().filter(|one| one["properties"].is_object()) {
        let names: Vec<_> = one["properties"].as_object().into_iter().flatten().map(named).collect();
        let _ = writeln!(page, "- {} {}", names.join(", "), description(one));
    }
}

fn named((name, schema): (&String, &Value)) -> String {
    schema["const"].as_str().map_or_else(|| format!("`{name}`"), |value| format!("`{name}: {value}`"))
}

fn description(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// A type in a few words.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return name.to_owned();
    }
    if let Some(options) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return options.iter().map(type_of).filter(|name| name != "null").collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", type_of(&schema["items"])),
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).find(|n| *n != "null").unwrap_or("any").to_owned()
        }
        _ => "any".to_owned(),
    }
}

fn codes(page: &mut String) {
    page.push_str("\n## Close codes\n\n| code | | |\n|---|---|---|\n");
    for code in CloseCode::ALL {
        let _ = writeln!(page, "| {} | {code:?} | {} |", code.code(), code.sentence());
    }
    page.push_str("\n## Limits\n\nThe reasons stand beside them in `bridge-protocol/src/limits.rs`.\n\n| | |\n|---|---|\n");
    for (name, value) in limits::ALL {
        let _ = writeln!(page, "| `{name}` | {value} |");
    }
}
