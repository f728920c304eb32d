//! An operation of the document while it is put together.

use super::route_words::About;
use super::schemas::Schemas;
use crate::problem::{KIND, Problem};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What the signature of a handler tells goes in here.
pub(in crate::web) struct Sketch<'a> {
    schemas: &'a mut Schemas,
    about: &'a About,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
    refusals: BTreeSet<u16>,
}

impl<'a> Sketch<'a> {
    pub(super) fn new(schemas: &'a mut Schemas, about: &'a About) -> Self {
        let refusals = about.refusals.iter().copied().collect();
        Self { schemas, about, parameters: vec![], body: None, answers: Map::new(), refusals }
    }

    pub(in crate::web) fn path(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameter("path", name, description, true, schema);
    }

    pub(in crate::web) fn header(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameter("header", name, description, false, schema);
    }

    /// Each field of `T` is a parameter of the query.
    pub(in crate::web) fn query<T: JsonSchema>(&mut self) {
        let schema = self.schemas.request::<T>();
        let required: BTreeSet<_> = names(&schema["required"]).collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let (mut property, must) = (without_null(property.clone()), required.contains(name));
            let description = property.as_object_mut().and_then(|property| property.remove("description"));
            let description = description.as_ref().and_then(Value::as_str).unwrap_or_default();
            self.parameter("query", name, description, must, &property);
        }
        self.refuses(&[400]);
    }

    pub(in crate::web) fn json_body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.request::<T>();
        self.body =
            Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        self.refuses(&[400, 413, 415, 422]);
    }

    pub(in crate::web) fn answers_json<T: JsonSchema>(&mut self) {
        let schema = self.schemas.answer::<T>();
        self.answers("application/json", &schema);
    }

    /// A stream: each event has the name and the data of one variant of `T`.
    pub(in crate::web) fn answers_events<T: JsonSchema>(&mut self) {
        let event = self.schemas.answer::<T>();
        // OpenAPI 3.1 knows no schema for the parts of a stream; what reads `x-event` has it.
        let schema = json!({ "type": "string", "description": "Server-sent events.", "x-event": event });
        self.answers("text/event-stream", &schema);
    }

    pub(in crate::web) fn answers(&mut self, kind: &str, schema: &Value) {
        let statuses = if self.about.success.is_empty() { vec![200] } else { self.about.success.clone() };
        for status in statuses {
            let mut answer = json!({ "description": words(status) });
            if status != 204 {
                answer["content"][kind] = json!({ "schema": schema });
            }
            self.answers.insert(status.to_string(), answer);
        }
    }

    /// One of these kinds, which only the answer says.
    pub(in crate::web) fn answers_any_of(&mut self, kinds: &[&str], schema: &Value) {
        let content: Map<_, _> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema }))).collect();
        self.answers.insert("200".to_owned(), json!({ "description": words(200), "content": content }));
    }

    pub(in crate::web) fn answers_nothing(&mut self) {
        self.answers.insert("204".to_owned(), json!({ "description": words(204) }));
    }

    pub(in crate::web) fn answers_header(&mut self, name: &str, description: &str) {
        for answer in self.answers.values_mut() {
            answer["headers"][name] = json!({ "description": description, "schema": { "type": "string" } });
        }
    }

    pub(in crate::web) fn refuses(&mut self, statuses: &[u16]) {
        self.refusals.extend(statuses);
    }

    fn parameter(&mut self, place: &str, name: &str, description: &str, required: bool, schema: &Value) {
        self.parameters.push(json!({
            "in": place, "name": name, "description": description, "required": required, "schema": schema,
        }));
    }

    pub(super) fn finish(mut self, id: String, security: &Value) -> Value {
        let problem = self.schemas.answer::<Problem>();
        for status in &self.refusals {
            let content = json!({ KIND: { "schema": problem } });
            self.answers
                .insert(status.to_string(), json!({ "description": words(*status), "content": content }));
        }
        let mut operation = json!({
            "operationId": id, "tags": [self.about.tag.name()], "summary": self.about.summary,
            "responses": self.answers, "security": security,
        });
        if !self.about.details.is_empty() {
            operation["description"] = json!(self.about.details);
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = json!(self.parameters);
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}

fn names(list: &Value) -> impl Iterator<Item = &String> {
    list.as_array().into_iter().flatten().filter_map(|name| match name {
        Value::String(name) => Some(name),
        _ => None,
    })
}

/// A query has no null: what may be missing is left out.
fn without_null(mut schema: Value) -> Value {
    if let Some(kinds) = schema["type"].as_array() {
        let one = kinds.iter().find(|kind| **kind != "null").cloned();
        schema["type"] = json!(one);
    }
    let either = schema["anyOf"].as_array().cloned().unwrap_or_default();
    let mut kinds = either.into_iter().filter(|one| one["type"] != "null");
    if let (Some(mut one), None) = (kinds.next(), kinds.next()) {
        one["description"] = schema["description"].clone();
        schema = one;
    }
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("default");
    }
    schema
}

/// What a status means here.
fn words(status: u16) -> &'static str {
    match status {
        200 => "Success.",
        201 => "Made.",
        202 => "Accepted; the work continues in the background.",
        204 => "Done.",
        400 => "Invalid request; the detail says why.",
        401 => "Not signed in.",
        403 => "Not allowed for this person, or not from this origin.",
        404 => "Not found.",
        405 => "Method not allowed; `Allow` lists the supported ones.",
        409 => "Conflict with the current state.",
        413 => "Too large.",
        415 => "The body is not JSON or isn't declared as JSON, or a file's type isn't supported.",
        422 => "The JSON doesn't match the schema, or the key was used for a different request.",
        429 => "Too many requests; try again later.",
        500 => "Internal error of the gateway.",
        502 => "OpenCode couldn't do that.",
        503 => "OpenCode is unreachable, or the change couldn't be saved.",
        504 => "OpenCode didn't answer in time; it is not known yet whether it was done.",
        _ => "Otherwise.",
    }
}
