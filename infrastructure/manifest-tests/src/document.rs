//! One manifest, and how to read in it without knowing its type.

use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct Document(pub Value);

pub type Labels = BTreeMap<String, String>;

impl Document {
    /// The value at a JSON pointer; null where there is none.
    pub fn at(&self, pointer: &str) -> &Value {
        at(&self.0, pointer)
    }

    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// As people look for it: `StatefulSet ai-dev/gateway`.
    pub fn title(&self) -> String {
        let space = self.namespace();
        let slash = if space.is_empty() { "" } else { "/" };
        format!("{} {space}{slash}{}", self.kind(), self.name())
    }

    /// The pod of a workload, if it is one.
    pub fn pod(&self) -> Option<&Value> {
        match self.kind() {
            "StatefulSet" | "Deployment" | "DaemonSet" | "Job" => Some(self.at("/spec/template")),
            _ => None,
        }
    }

    pub fn wave(&self) -> i64 {
        self.text("/metadata/annotations/argocd.argoproj.io~1sync-wave").parse().unwrap_or(0)
    }
}

pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub fn labels(value: &Value) -> Labels {
    let text =
        |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap_or_default().to_owned());
    value.as_object().into_iter().flatten().map(text).collect()
}

/// Whether something with these labels is selected.
pub fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(name, value)| labels.get(name) == Some(value))
}
