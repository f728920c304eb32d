//! Scenarios: what the model says, step by step.

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub description: String,
    pub steps: Vec<Step>,
}

/// One answer of the model.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    pub text: String,
    /// Appends the words w0, w1, … to the text.
    pub words: usize,
    pub reasoning: String,
    /// Pause after each word.
    pub delay_ms: u64,
    pub tools: Vec<Call>,
    /// What is called in their place after OpenCode's death interrupted them.
    pub instead: Vec<Call>,
    /// What is played in its place once a tool has told this, such as the answer to a question.
    pub when_told: BTreeMap<String, Step>,
    pub error: Option<Failure>,
    /// After the text the stream stays open, until the client goes away.
    pub hang: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub name: String,
    pub args: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub status: u16,
    pub kind: String,
    /// After so many failures the step succeeds; without it, never.
    pub times: Option<u32>,
}

/// What a call gets that was held when its session was stopped.
const STOPPED: &str = "The session was stopped while this call was waiting";

/// The scenarios by name.
pub struct Scenarios(HashMap<String, Scenario>);

impl Scenarios {
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let mut all = HashMap::new();
        let entries =
            std::fs::read_dir(folder).with_context(|| format!("No scenarios in {}", folder.display()))?;
        for path in entries.map(|entry| entry.map(|entry| entry.path())) {
            let path = path?;
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let text = std::fs::read_to_string(&path)?;
            let scenario = serde_yaml::from_str(&text)
                .with_context(|| format!("The scenario {} cannot be read", path.display()))?;
            all.insert(name.to_owned(), scenario);
        }
        Ok(Self(all))
    }

    /// What to answer to a chat request.
    pub(super) fn step_for(&self, request: &Value) -> Step {
        let none = vec![];
        let messages = request["messages"].as_array().unwrap_or(&none);
        // An agent whose work moved goes on with what it was asked before.
        let asks = |message: &Value| message["role"] == "user" && !is_moved(message);
        let newest = messages.iter().rposition(asks);
        let Some((at, newest)) = newest.map(|at| (at, &messages[at])) else { return Step::say("Hello.") };
        let text = text_of(&newest["content"]);
        let Some(steps) = self.steps_in(&text) else { return Step::say(&echo(&text)) };
        let since = &messages[at + 1..];
        let mut step = steps.get(played(since)).cloned().unwrap_or_else(|| Step::say("That was all."));
        if let Some(other) = step.when_told.iter().find(|(told, _)| since.iter().any(|one| tells(one, told)))
        {
            step = other.1.clone();
        }
        if since.last().is_some_and(is_interrupted) && !step.instead.is_empty() {
            step.tools = std::mem::take(&mut step.instead);
        }
        step
    }

    fn steps_in(&self, text: &str) -> Option<Vec<Step>> {
        text.lines().rev().find_map(|line| {
            let line = line.trim();
            if let Some(script) = line.strip_prefix("script: ") {
                return Some(serde_json::from_str(script).unwrap_or_else(|error| {
                    vec![Step::say(&format!("This script cannot be read: {error}"))]
                }));
            }
            let name = line.strip_prefix("scenario: ")?.trim();
            let steps = self.0.get(name).map(|scenario| scenario.steps.clone());
            Some(steps.unwrap_or_else(|| vec![Step::say(&format!("There is no scenario {name}."))]))
        })
    }
}

impl Step {
    pub fn say(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    pub(super) fn full_text(&self) -> String {
        let words: Vec<_> = (0..self.words).map(|n| format!("w{n}")).collect();
        format!("{}{}", self.text, words.join(" "))
    }
}

/// Steps that were played to their end. A call that OpenCode's death interrupted is made again, as a model
/// would that wants its result.
fn played(since: &[Value]) -> usize {
    let answered = since.iter().filter(|message| message["role"] == "assistant").count();
    answered - since.iter().filter(|message| is_interrupted(message)).count().min(answered)
}

fn tells(message: &Value, words: &str) -> bool {
    message["role"] == "tool" && text_of(&message["content"]).contains(words)
}

fn is_interrupted(message: &Value) -> bool {
    let text = text_of(&message["content"]);
    let cut = text.contains("execution was interrupted") || text.contains("execution aborted");
    message["role"] == "tool" && (cut || text.contains(STOPPED))
}

fn is_moved(message: &Value) -> bool {
    message["role"] == "user" && text_of(&message["content"]).starts_with("The work moved to ")
}

fn echo(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    format!("You said: {short}")
}

pub(super) fn is_title_request(request: &Value) -> bool {
    let system = request["messages"].as_array().into_iter().flatten().filter(|m| m["role"] == "system");
    system
        .map(|message| text_of(&message["content"]))
        .any(|text| text.to_lowercase().contains("title generator"))
}

pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(messages: &[(&str, &str)]) -> Value {
        let messages: Vec<_> =
            messages.iter().map(|(role, content)| json!({ "role": role, "content": content })).collect();
        json!({ "messages": messages })
    }

    #[test]
    fn all_scenario_files_can_be_read() {
        let all = Scenarios::load(&super::super::scenario_folder()).unwrap();
        assert!(all.0.contains_key("demo"));
    }

    #[test]
    fn plays_a_script_step_by_step() {
        let all = Scenarios(HashMap::new());
        let script = r#"script: [{"text":"one"},{"text":"two"}]"#;
        assert_eq!(all.step_for(&request(&[("user", script)])).text, "one");
        assert_eq!(all.step_for(&request(&[("user", script), ("assistant", "one")])).text, "two");
        let over = request(&[("user", script), ("assistant", "one"), ("assistant", "two")]);
        assert_eq!(all.step_for(&over).text, "That was all.");
    }

    #[test]
    fn the_demo_greets_in_the_language_that_was_chosen() {
        let all = Scenarios::load(&super::super::scenario_folder()).unwrap();
        let writes = |answer: &str| {
            let said = ("assistant", "x");
            let told = [("user", "scenario: demo"), said, said, ("tool", answer), said];
            all.step_for(&request(&told)).tools[0].args["content"].clone()
        };
        assert_eq!(writes("\"Which language should the greeting be in?\"=\"German\""), "Hallo, Welt!\n");
        assert_eq!(
            writes("\"Which language should the greeting be in?\"=\"English (Recommended)\""),
            "Hello, world!\n"
        );
    }

    #[test]
    fn answers_plain_words_with_an_echo() {
        let all = Scenarios(HashMap::new());
        let messages = request(&[("user", "script: []"), ("assistant", "x"), ("user", "and now?")]);
        assert_eq!(all.step_for(&messages).text, "You said: and now?");
    }
}
