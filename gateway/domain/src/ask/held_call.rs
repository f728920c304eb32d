//! A call that waits before it runs: what it is, and what of it a card shows.

use super::AskTool;
use super::subject::SubjectKind;
use crate::command_reading::{CommandReading, forms, is_opaque};
use crate::mask::{MASK, mask, mask_map};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A call that the plugin holds until it is let through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldCall {
    pub tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where links lead the file to, if that is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// All of them; on a card those that nothing else on it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Map<String, Value>>,
    /// What would change in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// On a card: the command as it was read, where that says more than the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<CommandReading>,
}

/// A call that waits, as the plugin tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    pub hold_id: String,
    /// The session that makes it: a sub-agent's may differ from the one that people see.
    pub session: String,
    pub directory: String,
    pub tool: Option<AskTool>,
    pub call: HeldCall,
    /// The gate holds it, and a rule may decide. Otherwise a person is asked in any case.
    pub judge: bool,
    /// OpenCode has not told of it yet: rules may decide, and people are asked when it is told of again.
    pub early: bool,
    /// The agent, of this session or of one above it, whose own rules deny the call.
    pub denied_by: Option<String>,
}

/// Tools whose arguments a card shows in another form, and which.
const SHOWN: [(&str, &[&str]); 4] = [
    ("bash", &["command", "description"]),
    ("edit", &["filePath", "oldString", "newString"]),
    ("write", &["filePath", "content"]),
    ("apply_patch", &["patchText"]),
];

/// OpenCode's tools that look and change nothing.
const READERS: [&str; 6] = ["read", "glob", "grep", "list", "lsp", "todoread"];

pub(crate) fn only_reads(tool: &str) -> bool {
    READERS.contains(&tool)
}

impl HeldCall {
    /// What a card shows and the record keeps: without secrets, and nothing twice.
    pub(crate) fn on_card(self) -> Self {
        let rest = self.arguments.as_ref().map(|all| mask_map(&self.shown_nowhere_else(all)));
        let masked = |text: Option<String>| text.as_deref().map(mask);
        // Of the whole truth: a mask is not to change how it is read.
        let reading = self.shell_command().and_then(CommandReading::of);
        Self {
            tool: self.tool,
            file: masked(self.file),
            real_file: masked(self.real_file),
            command: masked(self.command),
            arguments: rest.filter(|rest| !rest.is_empty()),
            diff: masked(self.diff),
            reading,
        }
    }

    /// What a shell is given to run.
    pub(crate) fn shell_command(&self) -> Option<&str> {
        self.command.as_deref().filter(|_| self.tool == "bash")
    }

    /// The command in normal form, where that is another text and all of it is known here: a mask is never run.
    pub(crate) fn runs_as_read(&self) -> Option<String> {
        let command = self.shell_command().filter(|command| !command.contains(MASK))?;
        let form = shell_form::read(command);
        // Quotes that a plain `sh` doesn't know would be other words to it.
        let is_same_anywhere = |rendered: &&str| *rendered != command && !rendered.contains("$'");
        form.rendered().filter(is_same_anywhere).map(str::to_owned)
    }

    /// Nobody can know what it runs before it does.
    pub(crate) fn is_opaque(&self) -> bool {
        self.shell_command().is_some_and(is_opaque)
    }

    fn shown_nowhere_else(&self, all: &Map<String, Value>) -> Map<String, Value> {
        let shown = SHOWN.iter().find(|(tool, _)| *tool == self.tool).map_or(&[][..], |(_, names)| names);
        let is_shown = |name: &str| match name {
            "command" | "description" => self.command.is_some(),
            "filePath" => self.file.is_some(),
            _ => self.diff.is_some(),
        };
        let rest = all.iter().filter(|(name, _)| !(shown.contains(&name.as_str()) && is_shown(name)));
        rest.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What the answer is given for. How a change looks in the file of today is no part of it.
    pub(crate) fn bound(&self) -> Self {
        Self { diff: None, ..self.clone() }
    }

    /// With the tool, where what it is about does not say it.
    pub(crate) fn in_full(&self) -> String {
        match self.about().as_str() {
            tool if tool == self.tool => tool.to_owned(),
            what => format!("{}: {what}", self.tool),
        }
    }

    pub(crate) fn kind(&self) -> SubjectKind {
        match self {
            Self { command: Some(_), .. } => SubjectKind::Command,
            Self { file: Some(_), .. } => SubjectKind::File,
            Self { .. } => self.on_the_web().map_or(SubjectKind::Tool, |(kind, _)| kind),
        }
    }

    /// The command, the file and where that really lies, or else the tool: the first line of the truth.
    pub fn about(&self) -> String {
        match (&self.command, &self.file, &self.real_file) {
            (Some(command), _, _) => command.clone(),
            (None, Some(file), Some(real)) => format!("{file} (leads to {real})"),
            (None, Some(file), None) => file.clone(),
            (None, None, _) => self.on_the_web().map_or(&*self.tool, |(_, what)| what).to_owned(),
        }
    }

    /// The page or the search, of OpenCode's own tools for the web.
    fn on_the_web(&self) -> Option<(SubjectKind, &str)> {
        let (name, kind) = match &*self.tool {
            "webfetch" => ("url", SubjectKind::Url),
            "websearch" => ("query", SubjectKind::Search),
            _ => return None,
        };
        Some((kind, self.arguments.as_ref()?.get(name)?.as_str()?))
    }

    /// What else there is to see: the change, and arguments that nothing else shows.
    pub fn more(&self) -> String {
        let arguments = self.arguments.as_ref().and_then(|all| serde_json::to_string_pretty(all).ok());
        let both: Vec<_> = [self.diff.clone(), arguments].into_iter().flatten().collect();
        both.join("\n")
    }

    /// It looks at something and changes nothing.
    pub fn only_reads(&self) -> bool {
        only_reads(&self.tool)
    }

    /// The files that it is about, where they really are.
    pub(crate) fn files(&self) -> Vec<&str> {
        let named = self.file.iter().chain(&self.real_file).map(String::as_str);
        named.chain(self.patched()).collect()
    }

    /// Those that a patch names.
    fn patched(&self) -> impl Iterator<Item = &str> {
        const HEADS: [&str; 4] =
            ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];
        let patch =
            self.arguments.as_ref().and_then(|all| all.get("patchText")?.as_str()).unwrap_or_default();
        patch.lines().filter_map(|line| HEADS.iter().find_map(|head| line.strip_prefix(head)).map(str::trim))
    }

    /// Everything that says what would run, for the rules about risk.
    pub(crate) fn what_runs(&self) -> Vec<String> {
        let mut all: Vec<_> = self.command.iter().flat_map(|command| forms(command)).collect();
        all.extend(self.files().into_iter().map(str::to_owned));
        all.push(self.tool.clone());
        all
    }
}
