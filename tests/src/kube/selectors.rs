//! Which objects a list or a watch is about: by labels and by fields.

use super::failure::Failure;
use serde_json::Value;

#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    labels: Vec<(String, ValueRule)>,
    fields: Vec<(String, ValueRule)>,
}

#[derive(Clone, Debug)]
enum ValueRule {
    /// One of these values.
    In(Vec<String>),
    /// Another value than these, or none.
    NotIn(Vec<String>),
    There,
    Missing,
}

impl Selection {
    pub(super) fn read(labels: &str, fields: &str) -> Result<Self, Failure> {
        let labels = split(labels).iter().map(|text| requirement(text)).collect::<Result<_, _>>()?;
        let fields = split(fields).iter().map(|text| requirement(text)).collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    pub(super) fn takes(&self, object: &Value) -> bool {
        let label = |name: &str| object["metadata"]["labels"][name].as_str().map(str::to_owned);
        let field = |path: &str| {
            let found = object.pointer(&format!("/{}", path.replace('.', "/")));
            // A field that is not there is empty, as the server's table of fields has it.
            Some(found.and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        self.labels.iter().all(|(name, wanted)| wanted.is_met(label(name)))
            && self.fields.iter().all(|(path, wanted)| wanted.is_met(field(path)))
    }

    /// As a Deployment's or a policy's selector has it.
    pub(super) fn of_labels(labels: &Value) -> Self {
        let labels = labels.as_object().into_iter().flatten();
        let one = |(name, value): (&String, &Value)| {
            (name.clone(), ValueRule::In(vec![value.as_str().unwrap_or_default().to_owned()]))
        };
        Self { labels: labels.map(one).collect(), fields: vec![] }
    }
}

impl ValueRule {
    fn is_met(&self, value: Option<String>) -> bool {
        match (self, value) {
            (Self::In(values), Some(value)) => values.contains(&value),
            (Self::NotIn(values), Some(value)) => !values.contains(&value),
            (Self::There, value) => value.is_some(),
            (Self::Missing, value) => value.is_none(),
            (Self::In(_), None) => false,
            (Self::NotIn(_), None) => true,
        }
    }
}

/// At commas, but not at those between brackets.
fn split(text: &str) -> Vec<String> {
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for letter in text.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match (letter, parts.last_mut()) {
            (',', _) if depth == 0 => parts.push(String::new()),
            (letter, Some(last)) => last.push(letter),
            _ => {}
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn requirement(text: &str) -> Result<(String, ValueRule), Failure> {
    let values = |list: &str| -> Vec<String> {
        let list = list.trim().trim_start_matches('(').trim_end_matches(')');
        list.split(',').map(|value| value.trim().to_owned()).collect()
    };
    let parsed = if let Some((name, list)) = text.split_once(" notin ") {
        (name, ValueRule::NotIn(values(list)))
    } else if let Some((name, list)) = text.split_once(" in ") {
        (name, ValueRule::In(values(list)))
    } else if let Some((name, value)) = text.split_once("!=") {
        (name, ValueRule::NotIn(values(value)))
    } else if let Some((name, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        (name, ValueRule::In(values(value)))
    } else if let Some(name) = text.strip_prefix('!') {
        (name, ValueRule::Missing)
    } else {
        (text, ValueRule::There)
    };
    let name = parsed.0.trim();
    let odd = |letter: char| !(letter.is_ascii_alphanumeric() || "-_./".contains(letter));
    if name.is_empty() || name.contains(odd) {
        return Err(Failure::new(400, "BadRequest", format!("unable to parse requirement: {text}")));
    }
    Ok((name.to_owned(), parsed.1))
}
