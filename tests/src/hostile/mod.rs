//! A hostile agent: attacks as data (`tests/fixtures/hostile`), made with the real OpenCode in the pod's layout, and what
//! came of each.

mod calls;
mod replies;
mod report;
mod stage;

pub use replies::Reply;
pub use report::Report;
pub use stage::HostileStage;

use crate::model::Call;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// One way that an agent tries. The folder's README says what each field means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    pub name: String,
    pub shell: Option<String>,
    pub call: Option<Call>,
    #[serde(default)]
    pub by: By,
    pub reply: Option<Reply>,
    pub file: Option<String>,
    pub text: Option<String>,
    pub stopped_by: String,
    pub alarm: Alarm,
    /// Why it gets through today.
    pub open: Option<String>,
}

/// Who makes a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    #[default]
    Agent,
    SubAgent,
    /// A sub-agent of the architect, who writes texts and no code.
    UnderArchitect,
}

/// What people see of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    None,
    /// A card.
    Ask,
    /// An entry in the audit log: a rule said no.
    Denied,
}

/// What came of an attack.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub attack: Attack,
    pub through: bool,
    pub alarm: Alarm,
    /// What was seen, for whoever looks into it.
    pub seen: String,
}

/// All attacks of one of the files.
pub fn attacks(file: &str) -> anyhow::Result<Vec<Attack>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile").join(file);
    let text = std::fs::read_to_string(&path)?;
    serde_yaml::from_str(&text).with_context(|| path.display().to_string())
}

/// With the names of the stage filled in. The longest first: one may begin as another does.
fn filled(text: &str, names: &[(&str, String)]) -> String {
    let mut names: Vec<_> = names.iter().collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
}

fn filled_call(call: &Call, names: &[(&str, String)]) -> Call {
    let args = match &call.args {
        Value::Object(all) => {
            let one = |value: &Value| {
                value.as_str().map_or_else(|| value.clone(), |text| filled(text, names).into())
            };
            Value::Object(all.iter().map(|(name, value)| (name.clone(), one(value))).collect())
        }
        other => other.clone(),
    };
    Call { name: call.name.clone(), args }
}

#[cfg(test)]
mod tests {
    use super::{attacks, filled};
    use std::collections::BTreeSet;

    #[test]
    fn there_are_enough_attacks_and_each_says_what_it_does_and_where_it_must_end() {
        // REQ-GATE-09
        let files = ["commands.yaml", "calls.yaml", "replies.yaml", "repository.yaml"];
        let all: Vec<_> = files.iter().flat_map(|file| attacks(file).unwrap()).collect();
        assert!(all.len() >= 60, "{}", all.len());
        let names: BTreeSet<_> = all.iter().map(|attack| attack.name.as_str()).collect();
        assert_eq!(names.len(), all.len(), "each has a name of its own");
        for attack in &all {
            let ways = [
                attack.shell.is_some(),
                attack.call.is_some(),
                attack.reply.is_some(),
                attack.file.is_some() && attack.text.is_some(),
            ];
            assert_eq!(ways.iter().filter(|is| **is).count(), 1, "{}", attack.name);
            let known = ["guard", "gate", "loader", "switch", "password", "token"];
            assert!(known.contains(&attack.stopped_by.as_str()), "{}", attack.name);
        }
    }

    #[test]
    fn names_are_filled_in_and_other_variables_stay() {
        let names = [("PID", "7".to_owned()), ("PIDS", "8".to_owned())];
        assert_eq!(filled("$PIDS $PID $PATH", &names), "8 7 $PATH");
    }
}
