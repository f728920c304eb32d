//! What is too long for a message or a window, as the text of a file: it is put into the thread when somebody wants
//! it, so that a phone shows a short line first and no flood of files.

use super::blocks::{Look, button, context, section};
use crate::slack::actions::{Act, Show};
use crate::slack::formatting::{esc, visible};
use bridge_protocol::FileChange;
use gateway_domain::mask;
use gateway_domain::thread::{ToolDetail, ToolLine};
use serde_json::{Value, json};

const AS_A_FILE: &str = "Get full output as a file";

/// Of a text in a private answer; the patch has all files.
const CHANGED: usize = 2_900;

/// The calls of an item one after the other, with all that is known of them.
pub fn tool_file(lines: &[ToolLine]) -> String {
    let calls = lines.iter().flat_map(|line| &line.details).map(call);
    visible(&calls.collect::<Vec<_>>().join("\n\n"))
}

fn call(detail: &ToolDetail) -> String {
    let mut told = format!("== {}: {}\n", detail.tool, detail.subject);
    for (name, part) in [("failed", &detail.error), ("change", &detail.diff), ("output", &detail.output)] {
        if let Some(part) = part.as_ref().filter(|part| !part.trim().is_empty()) {
            told.push_str(&format!("-- {name}\n{}\n", part.trim_end_matches('\n')));
        }
    }
    told
}

/// All changes as one patch. None where OpenCode names the files only.
pub fn patch_file(files: &[FileChange]) -> Option<String> {
    let patches: Vec<_> = files.iter().filter_map(patch).collect();
    (!patches.is_empty()).then(|| mask(&patches.join("\n")))
}

fn patch(file: &FileChange) -> Option<String> {
    let patch = file.patch.as_ref().filter(|patch| !patch.trim().is_empty())?;
    let lines = patch.trim_end_matches('\n');
    // Some name their file themselves.
    Some(if lines.contains("+++ ") { format!("{lines}\n") } else { format!("# {}\n{lines}\n", file.path) })
}

/// The files that a session changed, with the patch behind a button where there is one.
pub fn changes(session: &str, told: &str, files: &[FileChange]) -> Vec<Value> {
    let mut blocks = vec![section(&esc(&crate::slack::formatting::cut(told, CHANGED)))];
    if patch_file(files).is_some() {
        let act = Act::Show { session: session.to_owned(), what: Show::Patch };
        blocks.push(offer(&act));
    }
    blocks
}

/// In a window whose calls are shortened: all of them on request, or what became of the request.
pub(super) fn shortened(session: &str, item: &str, became: Option<&str>) -> Vec<Value> {
    if let Some(became) = became {
        return vec![context(&format!("📎 {}", esc(became)))];
    }
    let act = Act::Show { session: session.to_owned(), what: Show::Whole { item: item.to_owned() } };
    vec![context("Some output was shortened to fit."), offer(&act)]
}

fn offer(act: &Act) -> Value {
    json!({ "type": "actions", "elements": [button(AS_A_FILE, act, Look::Plain)] })
}
