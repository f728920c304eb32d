//! The JSON Schema of each direction: one alternative a frame, each with its `type`.

use bridge_protocol::{
    Ack, CommandError, EventFrame, Heartbeat, Hello, PROTOCOL_VERSION, ProtocolError, Refused, Reply,
    Request, Spans, Welcome,
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

pub(crate) fn plugin_frames() -> Value {
    let mut generator = generator();
    let frames = vec![
        frame::<Hello>(&mut generator, Some("hello")),
        frame::<EventFrame>(&mut generator, None),
        frame::<Reply>(&mut generator, Some("reply")),
        frame::<CommandError>(&mut generator, Some("session.error")),
        frame::<Spans>(&mut generator, Some("trace.spans")),
        frame::<Heartbeat>(&mut generator, Some("ping")),
        frame::<Heartbeat>(&mut generator, Some("pong")),
        frame::<ProtocolError>(&mut generator, Some("protocol.error")),
    ];
    whole("Frames that the plugin sends", frames, generator)
}

pub(crate) fn gateway_frames() -> Value {
    let mut generator = generator();
    let frames = vec![
        frame::<Welcome>(&mut generator, Some("welcome")),
        frame::<Refused>(&mut generator, Some("refused")),
        frame::<Request>(&mut generator, None),
        frame::<Ack>(&mut generator, Some("ack")),
        frame::<Heartbeat>(&mut generator, Some("ping")),
        frame::<Heartbeat>(&mut generator, Some("pong")),
        frame::<ProtocolError>(&mut generator, Some("protocol.error")),
    ];
    whole("Frames that the gateway sends", frames, generator)
}

pub(crate) fn print(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().into_generator()
}

fn frame<T: JsonSchema>(generator: &mut SchemaGenerator, kind: Option<&str>) -> Value {
    let body = generator.subschema_for::<T>();
    let envelope = match kind {
        Some(kind) => json!({
            "properties": { "v": { "const": PROTOCOL_VERSION }, "type": { "const": kind } },
            "required": ["v", "type"],
        }),
        None => json!({ "properties": { "v": { "const": PROTOCOL_VERSION } }, "required": ["v"] }),
    };
    json!({ "allOf": [envelope, body] })
}

fn whole(title: &str, frames: Vec<Value>, mut generator: SchemaGenerator) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": "Generated from the crate bridge-protocol; edit that and run `make protocol`.",
        "oneOf": frames,
        "$defs": generator.take_definitions(true),
    })
}
