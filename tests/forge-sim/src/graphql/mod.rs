//! GraphQL: a small resolver for what gateways and `gh` ask. It is strict about names: an unknown field is an error.

mod document;
mod mutations;
mod objects;
mod pull_object;
mod resolve;

use crate::core::Sim;
use crate::rest::answer::{Answer, Refusal};
use crate::rest::request::Call;
use crate::rest::{exchange, taken_apart};
use crate::rights::Who;
use crate::world::World;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use document::{Document, Selection};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a resolver says when it can't.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn forbidden() -> Self {
        Self::new("FORBIDDEN", "Resource not accessible by integration")
    }
}

pub(crate) async fn serve(sim: &Arc<Sim>, request: Request) -> Response<Body> {
    let (mut call, bytes) = match taken_apart(request).await {
        Ok(taken) => taken,
        Err(answer) => return answer.into_response(),
    };
    call.body = serde_json::from_slice(&bytes).unwrap_or_default();
    let read = document::read(
        call.text("query").unwrap_or_default(),
        call.text("operationName").filter(|name| !name.is_empty()),
        &call.body["variables"],
    );
    let operation = format!("graphql {}", read.as_ref().map(roots).unwrap_or_default());
    exchange(sim, operation, "graphql", call, |_| Ok(()), |world, call| answer(world, call, read)).await
}

/// The names of an operation's first fields: what it is about.
fn roots(document: &Document) -> String {
    let names = document.selections.iter().filter_map(|selection| match selection {
        Selection::Field(field) => Some(field.name.as_str()),
        _ => None,
    });
    names.collect::<Vec<_>>().join(" ")
}

fn answer(world: &mut World, call: &Call, read: Result<Document, String>) -> Answer {
    if matches!(call.who, Who::Nobody) {
        return Refusal::new(401, "This endpoint requires you to be authenticated.").into_answer();
    }
    let document = match read {
        Ok(document) => document,
        Err(why) => return Answer::ok(json!({ "errors": [{ "message": format!("Parse error: {why}") }] })),
    };
    let mut data = Map::new();
    let mut errors = Vec::new();
    for selection in &document.selections {
        let Selection::Field(field) = selection else { continue };
        let made = match document.mutation {
            true => mutations::run(world, &call.who, field),
            false => objects::root(world, &call.who, field),
        };
        let shown = made.and_then(|value| {
            let mut resolver =
                resolve::Resolver { world: &mut *world, who: &call.who, fragments: &document.fragments };
            resolver.shown(value, &field.selections)
        });
        let value = shown.unwrap_or_else(|fault| {
            errors.push(json!({
                "type": fault.kind, "path": [field.key()], "locations": [{ "line": 1, "column": 1 }],
                "message": fault.message,
            }));
            Value::Null
        });
        data.insert(field.key().to_owned(), value);
    }
    let mut body = json!({ "data": data });
    if !errors.is_empty() {
        body["errors"] = Value::Array(errors);
    }
    Answer::ok(body)
}

/// Errors come with status 200.
pub(crate) fn refused(kind: &str, message: &str) -> Answer {
    Answer::ok(json!({ "data": Value::Null, "errors": [{ "type": kind, "message": message }] }))
}
