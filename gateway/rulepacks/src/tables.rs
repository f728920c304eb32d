//! Tests in tables: facts that differ from those of a small good change, and what the rules have to say to them.

use gateway_delivery::{Decision, Facts, Finding, Tier};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Maps are put together with those of the sample; files may be plain paths.
    #[serde(default)]
    facts: Value,
    /// Names of rules, exactly these.
    #[serde(default)]
    deny: BTreeSet<String>,
    #[serde(default)]
    ask: BTreeSet<String>,
    /// Where it isn't named it doesn't matter.
    warn: Option<BTreeSet<String>>,
    tier: Option<Tier>,
    /// Each is in a sentence of the answer.
    #[serde(default)]
    says: Vec<String>,
    /// What else of the decision has to be just so: `approvals`, `reviewers`, …
    #[serde(default)]
    decision: Map<String, Value>,
}

pub(crate) fn rows(text: &str) -> Result<Vec<Row>, String> {
    serde_yaml::from_str(text).map_err(|error| format!("The table can't be read: {error}."))
}

impl Row {
    pub(crate) fn facts(&self) -> Result<Value, String> {
        let mut facts = sample();
        merge(&mut facts, &self.facts);
        fill(&mut facts, "files", &file());
        fill(&mut facts, "dependencies", &dependency());
        fill(&mut facts, "secrets", &secret());
        let known: Facts = serde_json::from_value(facts.clone())
            .map_err(|error| format!("The facts can't be read: {error}."))?;
        match serde_json::to_value(known).ok().as_ref() == Some(&facts) {
            true => Ok(facts),
            false => Err("Something among the facts is not a fact: is a name misspelt?".to_owned()),
        }
    }

    /// Why the decision isn't what the row wants.
    pub(crate) fn missed(&self, decision: &Decision) -> Option<String> {
        let lists = [
            ("deny", Some(&self.deny), &decision.deny),
            ("ask", Some(&self.ask), &decision.ask),
            ("warn", self.warn.as_ref(), &decision.warn),
        ];
        for (list, wanted, found) in lists {
            let names: BTreeSet<_> = found.iter().map(|finding| finding.rule.clone()).collect();
            if let Some(wanted) = wanted
                && *wanted != names
            {
                return Some(format!(
                    "It has {list} {}, and should have {}.",
                    listed(&names),
                    listed(wanted)
                ));
            }
        }
        if let Some(tier) = self.tier
            && tier != decision.tier
        {
            return Some(format!(
                "The risk is {:?}, and should be {tier:?}: {}",
                decision.tier,
                decision.because.join(" ")
            ));
        }
        self.unsaid(decision).or_else(|| self.otherwise(decision))
    }

    fn unsaid(&self, decision: &Decision) -> Option<String> {
        let findings = [&decision.deny, &decision.ask, &decision.warn].into_iter().flatten();
        let said: Vec<_> = findings.map(in_full).chain(decision.because.iter().cloned()).collect();
        let missing =
            self.says.iter().find(|words| !said.iter().any(|said| said.contains(words.as_str())))?;
        Some(format!("Nothing says “{missing}”. It says: {}", said.join(" | ")))
    }

    fn otherwise(&self, decision: &Decision) -> Option<String> {
        let decision = serde_json::to_value(decision).ok()?;
        let (key, wanted) = self.decision.iter().find(|(key, wanted)| decision.get(key) != Some(wanted))?;
        Some(format!("`{key}` is {}, and should be {wanted}.", decision.get(key).unwrap_or(&Value::Null)))
    }
}

fn in_full(finding: &Finding) -> String {
    format!("{} [{}]", finding.says, finding.paths.join(", "))
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    format!("[{}]", names.join(", "))
}

/// Unlike a merge patch of JSON: `null` is a value.
fn merge(facts: &mut Value, patch: &Value) {
    match (facts, patch) {
        (_, Value::Null) => {}
        (Value::Object(facts), Value::Object(patch)) => {
            for (key, value) in patch {
                match (facts.get_mut(key), value) {
                    (Some(fact), Value::Object(_)) if fact.is_object() => merge(fact, value),
                    _ => {
                        facts.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (facts, patch) => *facts = patch.clone(),
    }
}

/// What a table leaves out of an entry is as in an ordinary one. A string is its path, or its name.
fn fill(facts: &mut Value, list: &str, ordinary: &Value) {
    let Some(Value::Array(entries)) = facts.pointer_mut(&format!("/change/{list}")) else { return };
    for entry in entries {
        let mut whole = ordinary.clone();
        match &*entry {
            Value::String(name) => {
                let key = if list == "dependencies" { "name" } else { "path" };
                whole[key] = json!(name);
            }
            patch => merge(&mut whole, patch),
        }
        *entry = whole;
    }
}

/// A small good change, about to be pushed: nothing is denied, asked or warned of, and the risk is low.
pub(crate) fn sample() -> Value {
    let mut test = file();
    merge(&mut test, &json!({"path": "tests/cart.rs", "test": true}));
    json!({
        "schema": 1,
        "stage": "push",
        "run": {
            "id": "HB-20261128-k3f9", "kind": "small_bugfix", "permits": [], "requested_by": "U0ANNA", "round": 1,
            "planned_paths": []
        },
        "repo": {"name": "acme/shop", "base": "main", "default_branch": "main", "private": true},
        "change": {
            "tree": "9f31c0", "merge_base": "a1b2c3", "base_head": "a1b2c3", "files": [file(), test], "commits": 1,
            "dependencies": [], "secrets": [], "steering": [], "unmeasured": []
        },
        "checks": {"unit": "passed"},
        "owners": {"src/cart.rs": ["@acme/cart"], "tests/cart.rs": ["@acme/cart"]},
        "budget": {"tokens": {"used": 61_000, "max": 400_000}, "cost_cents": {"used": 42, "max": 0}},
        "previous": null
    })
}

fn file() -> Value {
    json!({
        "path": "src/cart.rs", "old_path": null, "status": "modified", "added": 10, "deleted": 2, "binary": false,
        "mode_changed": false, "special": null, "generated": false, "test": false
    })
}

fn dependency() -> Value {
    json!({"ecosystem": "npm", "name": "left-pad", "from": "1.0.0", "to": "1.1.0", "manifest": "package.json"})
}

fn secret() -> Value {
    json!({"rule": "aws-key", "path": "src/cart.rs", "line": 1, "commit": null})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        rows(text).unwrap().remove(0)
    }

    #[test]
    fn facts_are_those_of_the_sample_with_what_the_row_changes() {
        // REQ-DELIVER-05
        let row = row(
            "- {name: x, facts: {run: {kind: feature}, change: {files: [a.rs, {path: b.rs, added: 7}]}}}",
        );
        let facts = row.facts().unwrap();
        assert_eq!(facts["run"]["kind"], "feature");
        assert_eq!(facts["run"]["id"], "HB-20261128-k3f9");
        assert_eq!(facts["change"]["files"][0]["path"], "a.rs");
        assert_eq!(facts["change"]["files"][1]["added"], 7);
        assert_eq!(row_of("{stage: plan, change: null}").facts().unwrap()["change"], Value::Null);
    }

    fn row_of(facts: &str) -> Row {
        row(&format!("- {{name: x, facts: {facts}}}"))
    }

    #[test]
    fn a_slip_of_the_pen_in_facts_is_found() {
        // REQ-DELIVER-05
        for facts in
            ["{change: {files: [{path: a, deletd: 1}]}}", "{rnu: {}}", "{stage: pushed}", "{change: 1}"]
        {
            assert!(row_of(facts).facts().is_err(), "{facts}");
        }
        assert!(rows("- {name: x, denny: []}").is_err());
    }
}
