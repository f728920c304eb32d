//! What an object must be like, beyond its type: names, labels, sizes, and what never changes.

use super::failure::Failure;
use super::kinds::Kind;
use super::selectors::Selection;
use serde_json::Value;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
    end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
    'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
/// Of a ConfigMap, in bytes.
const LARGEST: usize = 1_048_576;

pub(super) fn check(kind: &Kind, object: &Value, before: Option<&Value>) -> Result<(), Failure> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let invalid = |field: &str, fault: String| Failure::invalid(kind, name, field, &fault);
    if let Some(fault) = bad_name(kind, name) {
        return Err(invalid("metadata.name", fault));
    }
    for (label, value) in object["metadata"]["labels"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if let Some(fault) = bad_label(value) {
            return Err(invalid("metadata.labels", format!("Invalid value: \"{value}\": {fault} ({label})")));
        }
    }
    match kind.resource {
        "configmaps" => config_map(object).map_or(Ok(()), |(field, fault)| Err(invalid(&field, fault))),
        "persistentvolumeclaims" => {
            let is_other = before.is_some_and(|before| before["spec"] != object["spec"]);
            let fault = "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
            if is_other { Err(invalid("spec", fault.to_owned())) } else { Ok(()) }
        }
        "deployments" | "replicasets" => {
            workload(object, before).map_or(Ok(()), |(field, fault)| Err(invalid(field, fault)))
        }
        _ => Ok(()),
    }
}

fn bad_name(kind: &Kind, name: &str) -> Option<String> {
    let label = matches!(kind.resource, "namespaces" | "services");
    let longest = if label { 63 } else { 253 };
    let allowed = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || (!label && letter == '.')
    };
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    if name.len() > longest {
        return Some(format!("Invalid value: \"{name}\": must be no more than {longest} bytes"));
    }
    let good = name.chars().all(allowed) && edge(name.chars().next()) && edge(name.chars().last());
    (!good).then(|| format!("Invalid value: \"{name}\": {LABEL}"))
}

fn bad_label(value: &str) -> Option<&'static str> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let edge = |letter: Option<char>| letter.is_none_or(|letter| letter.is_ascii_alphanumeric());
    if value.len() > 63 {
        return Some("must be no more than 63 bytes");
    }
    let good = value.chars().all(allowed) && edge(value.chars().next()) && edge(value.chars().last());
    (!good).then_some(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and \
         end with an alphanumeric character",
    )
}

fn config_map(object: &Value) -> Option<(String, String)> {
    let mut total = 0;
    for part in ["data", "binaryData"] {
        for (key, value) in object[part].as_object().into_iter().flatten() {
            let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            if key.is_empty() || !key.chars().all(allowed) {
                return Some((format!("{part}[{key}]"), format!("Invalid value: \"{key}\": {CONFIG_KEY}")));
            }
            let length = value.as_str().map_or(0, str::len);
            total += if part == "data" { length } else { length / 4 * 3 };
        }
    }
    let fault = format!("Too long: may not be more than {LARGEST} bytes");
    (total > LARGEST).then(|| ("[]".to_owned(), fault))
}

fn workload(object: &Value, before: Option<&Value>) -> Option<(&'static str, String)> {
    let spec = &object["spec"];
    if before.is_some_and(|before| before["spec"]["selector"] != spec["selector"]) {
        return Some(("spec.selector", format!("Invalid value: {}: field is immutable", spec["selector"])));
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if !Selection::of_labels(&spec["selector"]["matchLabels"]).takes(&spec["template"]) {
        let fault = format!("Invalid value: {labels}: `selector` does not match template `labels`");
        return Some(("spec.template.metadata.labels", fault));
    }
    let replicas = spec["replicas"].as_i64().unwrap_or_default();
    (replicas < 0)
        .then(|| ("spec.replicas", format!("Invalid value: {replicas}: must be greater than or equal to 0")))
}
