//! JSON Schemas of the types that go in and out. OpenAPI 3.1 takes them as they are.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

pub(super) struct Schemas {
    /// Named once and referred to.
    answers: SchemaGenerator,
    /// Small, and written where they belong: the same type may be looser as a request than as an answer.
    requests: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let mut answers = SchemaSettings::draft2020_12().for_serialize();
        answers.definitions_path = "/components/schemas".into();
        let mut requests = SchemaSettings::draft2020_12().for_deserialize();
        requests.inline_subschemas = true;
        Self { answers: answers.into_generator(), requests: requests.into_generator() }
    }
}

impl Schemas {
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    pub(super) fn named(mut self) -> Map<String, Value> {
        self.answers.take_definitions(true)
    }
}
