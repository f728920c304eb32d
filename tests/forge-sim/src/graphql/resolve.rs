//! Cuts out of an object what was selected. Objects are JSON; `$node` stands for another object, `$list` for a
//! connection that is cut by `first` and `last`.

use super::Fault;
use super::document::{Field, Selection};
use super::objects;
use crate::rights::Who;
use crate::world::World;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) struct Resolver<'a> {
    pub(super) world: &'a mut World,
    pub(super) who: &'a Who,
    pub(super) fragments: &'a BTreeMap<String, (String, Vec<Selection>)>,
}

impl Resolver<'_> {
    pub(super) fn shown(&mut self, value: Value, selections: &[Selection]) -> Result<Value, Fault> {
        match value {
            Value::Array(list) => {
                let shown = list.into_iter().map(|one| self.shown(one, selections));
                Ok(Value::Array(shown.collect::<Result<_, _>>()?))
            }
            Value::Object(object) if !selections.is_empty() => {
                let object = match object.get("$node").and_then(Value::as_str) {
                    Some(id) => objects::node(self.world, self.who, id)?,
                    None => Value::Object(object),
                };
                let mut shown = Map::new();
                self.select(&object, selections, &mut shown)?;
                Ok(Value::Object(shown))
            }
            other => Ok(other),
        }
    }

    fn select(
        &mut self,
        object: &Value,
        selections: &[Selection],
        shown: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        let fragments = self.fragments;
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let value = self.field(object, field)?;
                    merge(shown, field.key(), value);
                }
                Selection::Inline(on, inner) if fits(object, on.as_deref()) => {
                    self.select(object, inner, shown)?
                }
                Selection::Spread(name) => {
                    let (on, inner) = fragments.get(name).ok_or_else(|| {
                        Fault::new("undefinedFragment", format!("Fragment {name} was used, but not defined"))
                    })?;
                    if fits(object, Some(on)) {
                        self.select(object, inner, shown)?;
                    }
                }
                Selection::Inline(..) => {}
            }
        }
        Ok(())
    }

    fn field(&mut self, object: &Value, field: &Field) -> Result<Value, Fault> {
        let value = match objects::with_arguments(self.world, self.who, object, field)? {
            Some(value) => value,
            None => object.get(&field.name).cloned().ok_or_else(|| unknown(object, field))?,
        };
        let value = if value.get("$list").is_some() { cut(&value, field) } else { value };
        self.shown(value, &field.selections)
    }
}

fn unknown(object: &Value, field: &Field) -> Fault {
    let of = object["__typename"].as_str().unwrap_or("Object");
    Fault::new("undefinedField", format!("Field '{}' doesn't exist on type '{of}'", field.name))
}

/// The same key may be selected twice, with different fields in it.
fn merge(into: &mut Map<String, Value>, key: &str, value: Value) {
    match (into.get_mut(key), value) {
        (Some(Value::Object(there)), Value::Object(more)) => {
            for (key, value) in more {
                merge(there, &key, value);
            }
        }
        (_, value) => {
            into.insert(key.to_owned(), value);
        }
    }
}

/// Whether an object is of a type, or has an interface that clients use here.
fn fits(object: &Value, on: Option<&str>) -> bool {
    let of = object["__typename"].as_str().unwrap_or_default();
    match on {
        None | Some("Node") => true,
        Some("Actor" | "RequestedReviewer" | "Assignable") => matches!(of, "User" | "Bot" | "Organization"),
        Some(on) => on == of,
    }
}

/// A connection: nodes, edges, the count and the page.
fn cut(value: &Value, field: &Field) -> Value {
    let list = value["$list"].as_array().cloned().unwrap_or_default();
    let number =
        |name: &str| field.arguments.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let after = field.arguments.get("after").and_then(Value::as_str).and_then(|cursor| cursor.parse().ok());
    let start = match number("last") {
        Some(last) => list.len().saturating_sub(last),
        None => after.unwrap_or(0),
    };
    let end = number("first").map_or(list.len(), |first| (start + first).min(list.len()));
    let nodes: Vec<Value> = list.get(start..end).unwrap_or_default().to_vec();
    let edges: Vec<Value> =
        nodes.iter().map(|node| json!({ "node": node, "cursor": end.to_string() })).collect();
    let mut cut = json!({
        "__typename": "Connection", "nodes": nodes, "edges": edges, "totalCount": list.len(),
        "pageInfo": {
            "__typename": "PageInfo", "hasNextPage": end < list.len(), "hasPreviousPage": start > 0,
            "endCursor": end.to_string(), "startCursor": start.to_string(),
        },
    });
    for (name, count) in value.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with('$')) {
        cut[name] = count.clone();
    }
    cut
}
