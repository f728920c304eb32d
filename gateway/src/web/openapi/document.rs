//! The whole document, drawn the first time that somebody reads it.

use super::route_words::Tag;
use super::schemas::Schemas;
use super::table::Operation;
use axum::body::Bytes;
use serde_json::{Value, json};
use std::sync::OnceLock;

pub(in crate::web) struct Document {
    operations: Vec<Operation>,
    drawn: OnceLock<Bytes>,
}

const INTRODUCTION: &str = "\
Everything that the console and the command line can do. Errors are `application/problem+json` with a sentence on \
what to do.\n\n\
**Changes** accept an `Idempotency-Key`: repeating a request with the same key has no further effect and returns the \
same response.\n\n\
**Lists** are paged: pass `next` of one page as `after` of the following one (in the audit log as `before`); the last \
page has none.\n\n\
**Streams** are server-sent events. To reconnect, send the `id` of the last event as `Last-Event-ID` (or \
`last_event_id` in the query) to get what came after it; if that event is too old, the stream starts with a full \
snapshot.";

impl Document {
    pub(in crate::web) fn of(operations: Vec<Operation>) -> Self {
        Self { operations, drawn: OnceLock::new() }
    }

    pub(in crate::web) fn json(&self) -> Bytes {
        self.drawn.get_or_init(|| serde_json::to_vec(&self.draw()).unwrap_or_default().into()).clone()
    }

    fn draw(&self) -> Value {
        let mut schemas = Schemas::default();
        let mut paths = json!({});
        for operation in &self.operations {
            paths[&operation.path][operation.method] = operation.draw(&mut schemas);
        }
        let tags = Tag::ALL.map(|(_, name, description)| json!({ "name": name, "description": description }));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "opencode-gateway", "version": env!("CARGO_PKG_VERSION"),
                "description": INTRODUCTION, "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "tags": tags,
            "paths": paths,
            "components": { "schemas": schemas.named(), "securitySchemes": security_schemes() },
        })
    }
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer",
            "description": "The gateway's GATEWAY_API_TOKEN. A program that has it can name the person it \
                acts for in `X-Gateway-Person`. On loopback without a token none is needed.",
        },
        "cookie": {
            "type": "apiKey", "in": "cookie", "name": crate::access::COOKIE,
            "description": "The cookie set by `/api/v1/sign-in`.",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::routes;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn document() -> Value {
        let (_, mut operations) = routes::v1().into_parts();
        operations.extend(routes::links().into_parts().1);
        operations.extend(routes::door().into_parts().1);
        operations.extend(routes::devices().into_parts().1);
        operations.extend(routes::operation().into_parts().1);
        Document::of(operations).draw()
    }

    fn operations(document: &Value) -> Vec<(&String, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, all)| all.as_object().unwrap().values().map(move |one| (path, one)))
            .collect()
    }

    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(all) => all.iter().for_each(|one| references(one, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_that_types_are_generated_from_is_the_one_that_is_served() {
        // REQ-CONSOLE-02
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let drawn = format!("{:#}\n", document());
        if std::env::var_os("WRITE_DOCS").is_some() {
            std::fs::write(&file, &drawn).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            there == drawn,
            "docs/openapi.json is stale: `make docs` writes it, then the console's types"
        );
    }

    #[test]
    fn every_operation_says_what_it_is_for_and_what_may_come_of_it() {
        // REQ-CONSOLE-02
        let document = document();
        let operations = operations(&document);
        let ids: BTreeSet<_> =
            operations.iter().map(|(_, one)| one["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), operations.len(), "an operation's id is its own");
        for (path, one) in operations {
            assert!(!one["summary"].as_str().unwrap().is_empty(), "{path}");
            let answers = one["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{path} has no success");
            let guarded = path.starts_with("/api/v1") && !path.starts_with("/api/v1/sign-");
            let takes_token = one["operationId"] == "post_sign_in";
            assert_eq!(one["security"] != json!([]), guarded, "{path}");
            assert_eq!(answers.contains_key("401"), guarded || takes_token, "{path}");
        }
    }

    #[test]
    fn whatever_is_referred_to_is_there() {
        // REQ-CONSOLE-02
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 40, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }

    #[test]
    fn what_is_answered_has_a_name() {
        // REQ-CONSOLE-02: the console's types are generated from it
        let document = document();
        let named = |schema: &Value| schema["$ref"].is_string();
        for (path, one) in operations(&document) {
            for (status, answer) in one["responses"].as_object().unwrap() {
                let schema = &answer["content"]["application/json"]["schema"];
                if !status.starts_with('2') || schema.is_null() {
                    continue;
                }
                let either = schema["anyOf"].as_array().into_iter().flatten();
                let either =
                    either.filter(|one| one["type"] != "null").all(named) && schema["anyOf"].is_array();
                assert!(named(schema) || named(&schema["items"]) || either, "{path} {status}: {schema}");
            }
        }
    }

    #[test]
    fn an_ask_is_described_with_what_people_read_of_it() {
        // REQ-ASK-01, REQ-CONSOLE-02
        let document = document();
        let schemas = &document["components"]["schemas"];
        let required = |name: &str| {
            let required =
                schemas[name]["required"].as_array().unwrap_or_else(|| panic!("{name}: {schemas}"));
            required.iter().map(|field| field.as_str().unwrap()).collect::<BTreeSet<_>>()
        };
        assert!(
            required("AskView")
                .is_superset(&BTreeSet::from(["id", "digest", "display", "rules", "asked_at"]))
        );
        let display =
            ["answers", "label", "questions", "standing", "subject", "summary", "terms", "title", "warnings"];
        assert_eq!(required("AskDisplay"), BTreeSet::from(display), "an outcome may be missing");
        assert!(schemas["AskDisplay"]["properties"].get("outcome").is_some());
        assert!(required("Reply").contains("sentence") && required("Vocabulary").contains("limits"));
        let item = schemas["ThreadItem"].to_string();
        assert!(item.contains("AskView"), "a thread serves it too: {item}");
    }

    #[test]
    fn a_parameter_of_the_path_is_described() {
        // REQ-CONSOLE-02
        for (path, one) in operations(&document()) {
            let described = one["parameters"].as_array().into_iter().flatten();
            let described = described.filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(described, path.matches('{').count(), "{path}");
        }
    }
}
