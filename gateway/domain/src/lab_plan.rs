//! What will be deployed, as it was read from the workspace: this is what people see before it runs, and what then runs.

use crate::excerpt::cut;
use crate::mask::{mask, mask_text};
use crate::visible::visible;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Files that a sentence names of those that were left out.
const NAMED: usize = 5;

/// Longest command, and longest list of names, in a sentence. The request has all of it.
const LINE: usize = 300;

/// A plan has the digest of its recipe: an answer counts for that recipe and for no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabPlan {
    /// What the lab is called: the session's workspace.
    pub name: String,
    /// Where the recipe is from, such as `.opencode/lab.yaml`.
    pub from: String,
    /// What runs.
    pub command: String,
    /// The folder that it runs in, from the workspace on; empty for the workspace itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub directory: String,
    /// The port that it listens on where it cannot be told one by `PORT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path that answers once it is ready.
    pub ready: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Only for engines that run containers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Of everything above and of who may reach what: the recipe.
    pub digest: String,
    pub files: u64,
    pub bytes: u64,
    /// The commit that the files are based on, shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Files that differ from it.
    pub changed: u64,
    /// Files that look like secrets, and links: they are not deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Nothing keeps what runs from what is not its own, such as the keys of the machine's user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unguarded: bool,
}

impl LabPlan {
    /// As it is kept and shown.
    pub(crate) fn masked(self) -> Self {
        let environment = self.environment.into_iter().map(|(name, value)| {
            let told = mask(&format!("{name}={value}"));
            let value = told.strip_prefix(&format!("{name}=")).map_or_else(|| mask(&value), str::to_owned);
            (name, value)
        });
        Self {
            environment: environment.collect(),
            command: mask(&self.command),
            left_out: self.left_out.iter().map(|path| mask_text(path)).collect(),
            ..self
        }
    }

    /// `37 files, 212 KB, commit 3f2a1c9 + 4 changed files`.
    pub(crate) fn measure(&self) -> String {
        let commit = self.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
        let changed = match (self.changed, &self.commit) {
            (0, _) => String::new(),
            (some, Some(_)) => format!(" + {}", plural(some, "changed file")),
            (some, None) => format!(", {}", plural(some, "changed file")),
        };
        format!("{}, {}{commit}{changed}", plural(self.files, "file"), size(self.bytes))
    }

    /// The files that are not deployed, as a sentence; nothing where there are none.
    pub(crate) fn left_out_sentence(&self) -> Option<String> {
        if self.left_out.is_empty() {
            return None;
        }
        let named: Vec<String> = self.left_out.iter().take(NAMED).map(|path| visible(path)).collect();
        let more = match self.left_out.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("Left out: {}{more}.", cut(&named.join(", "), LINE)))
    }

    /// Everything that is decided about, a line each.
    pub fn lines(&self) -> Vec<String> {
        let directory =
            if self.directory.is_empty() { String::new() } else { format!(" in {}", self.directory) };
        let port = match self.port {
            Some(port) => format!("{port}"),
            None => "chosen by the gateway (PORT)".to_owned(),
        };
        let mut lines = vec![
            format!("Files: {}", self.measure()),
            format!("Command: {}{directory} (from {})", self.command, self.from),
            format!("Port: {port}, ready when {} answers", self.ready),
        ];
        lines.extend(self.image.as_ref().map(|image| format!("Image: {image}")));
        let variables: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !variables.is_empty() {
            lines.push(format!("Environment: {}", variables.join(" ")));
        }
        lines.extend(self.left_out_sentence());
        if self.unguarded {
            lines.push("UNGUARDED: it can reach everything that the gateway's user can.".to_owned());
        }
        lines.iter().map(|line| visible(line)).collect()
    }
}

fn plural(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// As people read sizes.
pub(crate) fn size(bytes: u64) -> String {
    const KILO: u64 = 1024;
    match bytes {
        0..KILO => plural(bytes, "byte"),
        _ if bytes < KILO * KILO => format!("{} KB", bytes.div_ceil(KILO)),
        _ => format!("{} MB", bytes.div_ceil(KILO * KILO)),
    }
}
