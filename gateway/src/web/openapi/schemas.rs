//! JSON Schemas of the types that go in and out. OpenAPI 3.1 takes them as they are.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

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
        answers.transforms.push(Box::new(RecursiveTransform(missing_is_not_null)));
        let mut requests = SchemaSettings::draft2020_12().for_deserialize();
        requests.inline_subschemas = true;
        Self { answers: answers.into_generator(), requests: requests.into_generator() }
    }
}

impl Schemas {
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// With its name, which its place alone would not tell.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        let mut schema = self.requests.subschema_for::<T>();
        schema.insert("title".to_owned(), json!(T::schema_name()));
        schema.to_value()
    }

    pub(super) fn named(mut self) -> Map<String, Value> {
        self.answers.take_definitions(true)
    }
}

/// A field that an answer may lack is left out when there is nothing to say, so it never is null.
fn missing_is_not_null(schema: &mut Schema) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    for (name, field) in fields {
        if let Some(field) = field.as_object_mut().filter(|_| required.iter().all(|one| one != name)) {
            without_null(field);
        }
    }
}

fn without_null(field: &mut Map<String, Value>) {
    for list in ["type", "enum", "anyOf"] {
        if let Some(one_of) = field.get_mut(list).and_then(Value::as_array_mut) {
            one_of.retain(|one| !matches!(one, Value::Null) && one != "null" && one["type"] != "null");
        }
    }
    if let Some([only]) = field.get("type").and_then(Value::as_array).map(Vec::as_slice) {
        let only = only.clone();
        field.insert("type".to_owned(), only);
    }
    if let Some([Value::Object(only)]) = field.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        let only = only.clone();
        field.remove("anyOf");
        field.extend(only);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(JsonSchema, Serialize)]
    struct Inner {
        always: Option<u32>,
    }

    #[derive(JsonSchema, Serialize)]
    struct Answered {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        inner: Option<Inner>,
    }

    #[test]
    fn a_field_that_is_left_out_is_never_null() {
        // REQ-CONSOLE-02
        let mut schemas = Schemas::default();
        schemas.answer::<Answered>();
        let named = schemas.named();
        let fields = &named["Answered"]["properties"];
        assert_eq!(fields["name"], json!({ "type": "string" }));
        assert_eq!(fields["inner"], json!({ "$ref": "#/components/schemas/Inner" }));
        assert_eq!(named["Inner"]["properties"]["always"]["type"], json!(["integer", "null"]));
    }
}
