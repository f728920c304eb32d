//! Rules as data: the standard ones, and those of the configuration.

use super::place::{as_named, is_harmless, stays};
use super::{Call, command};
use crate::command_reading::forms;
use crate::pattern::matches;

/// What a standard rule needs of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// It looks at files where the session works, and at none that holds secrets.
    OwnFiles,
}

struct Standard {
    name: &'static str,
    tools: &'static [&'static str],
    needs: Needs,
}

/// What runs without an ask, whatever the configuration says. None of it changes anything, or runs anything that an agent chose.
const STANDARD: [Standard; 8] = [
    Standard {
        name: "reads its own files",
        tools: &["read", "glob", "grep", "list"],
        needs: Needs::OwnFiles,
    },
    Standard {
        name: "keeps its list of things to do",
        tools: &["todowrite", "todoread"],
        needs: Needs::Nothing,
    },
    Standard { name: "asks people", tools: &["question"], needs: Needs::Nothing },
    Standard { name: "reads a skill", tools: &["skill"], needs: Needs::Nothing },
    Standard { name: "reports", tools: &["milestone"], needs: Needs::Nothing },
    // Their commands are the configuration's, and it says nothing but which of them.
    Standard { name: "runs the project's checks", tools: &["run_checks"], needs: Needs::Nothing },
    // Each call of the one who gets the work is judged by itself.
    Standard { name: "hands out work", tools: &["task"], needs: Needs::Nothing },
    // What OpenCode makes of a call that it cannot read: it only tells so.
    Standard { name: "hears what was wrong", tools: &["invalid"], needs: Needs::Nothing },
];

/// The standard rule that lets it run.
pub(super) fn standard(call: &Call<'_>) -> Option<&'static str> {
    let fits = |rule: &&Standard| rule.tools.contains(&call.call.tool.as_str());
    let rule = STANDARD.iter().find(fits)?;
    let is_met = match rule.needs {
        Needs::Nothing => true,
        Needs::OwnFiles => looks_at_own_files(call),
    };
    is_met.then_some(rule.name)
}

/// Arguments of another shape than theirs are nothing that one knows.
fn looks_at_own_files(call: &Call<'_>) -> bool {
    let file = if call.call.tool == "read" { "filePath" } else { "path" };
    let named = match call.argument(file) {
        None => call.call.tool != "read" && call.call.file.is_none(),
        Some(value) => value.as_str().is_some_and(|named| call.call.file.as_deref().unwrap_or("") == named),
    };
    let glob = if call.call.tool == "glob" { "pattern" } else { "include" };
    let looks_inside = call.argument(glob).is_none_or(|value| value.as_str().is_some_and(stays));
    named && looks_inside && is_harmless(call)
}

/// Rules of a project, besides the standard ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatePolicy {
    /// Every call of every session waits. A pod may turn it on for itself as well.
    pub is_on: bool,
    /// What runs without an ask.
    pub allow: Vec<CallRule>,
    /// What never runs.
    pub deny: Vec<CallRule>,
    /// Agents work also where nothing keeps them from what is not theirs.
    pub lets_unguarded: bool,
}

/// Calls by their tool and by what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRule {
    /// `*` stands for any characters.
    pub tool: String,
    /// Of a command, a file, an address; of another tool's call its arguments as JSON. `*` stands for any characters.
    pub pattern: String,
    /// Why not, for the agent. Empty where nothing was said.
    pub why: String,
}

impl CallRule {
    pub(super) fn allows(&self, call: &Call<'_>) -> bool {
        let is_command = call.call.command.is_some();
        matches(&self.tool, &call.call.tool)
            && (!is_command || command::is_here(call))
            && subjects(call).iter().all(|one| is_covered(&self.pattern, one, is_command))
    }

    pub(super) fn denies(&self, call: &Call<'_>) -> bool {
        // However the command is written: behind a wrapper, in quotes, in a shell of its own.
        let forms = || call.call.shell_command().map(forms).unwrap_or_default();
        matches(&self.tool, &call.call.tool)
            && subjects(call).into_iter().chain(forms()).any(|one| matches(&self.pattern, &one))
    }

    pub(super) fn named(&self) -> String {
        format!("{} {}", self.tool, self.pattern)
    }
}

/// Whether a pattern, of a rule or of a grant, covers a command, or a file or another thing that a call is about.
pub(crate) fn is_covered(pattern: &str, one: &str, is_command: bool) -> bool {
    // What lies elsewhere is allowed only by a pattern that says where.
    let is_there = !one.starts_with('/') || pattern.starts_with('/');
    is_there && if is_command { command::covers(pattern, one) } else { matches(pattern, one) }
}

/// What a call is about: one thing, or all files of a patch.
fn subjects(call: &Call<'_>) -> Vec<String> {
    if let Some(command) = &call.call.command {
        return vec![command.clone()];
    }
    let files = call.call.files();
    if !files.is_empty() {
        return files.into_iter().map(|file| as_named(file, call.directory)).collect();
    }
    let named = ["url", "query", "name"].into_iter().find_map(|name| call.text(name));
    match (named, &call.call.arguments) {
        (Some(named), _) => vec![named.to_owned()],
        (None, Some(all)) => vec![serde_json::Value::Object(all.clone()).to_string()],
        (None, None) => vec![String::new()],
    }
}
