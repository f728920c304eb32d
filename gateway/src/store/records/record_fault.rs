//! What is wrong with a file that is no record, in sentences that name the line.

use super::migrate::MigrationError;
use super::seal::{EDITED, SEAL};
use super::yaml::{MAX_FILE, SCHEMA};

/// Why a file is not a record, with the line where that shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it is no plain file, but a folder, a pipe or a link that leads nowhere; take it away")]
    NoFile,
    #[error("the gateway's user may not read it; give it the right to")]
    Locked,
    #[error("its name is no session id (8 to 128 letters, digits, '_' and '-'); rename it or take it away")]
    NoId,
    #[error("line {line}: more brackets are open inside each other than any record has")]
    TooDeep { line: usize },
    #[error("line {line}: the revision is beyond what a gateway counts to; write a lower one")]
    TooHigh { line: usize },
    #[error("it has {bytes} bytes, more than the {MAX_FILE} of the largest record")]
    TooLarge { bytes: usize },
    #[error("line {line}: there are bytes that are no text (UTF-8 without control characters)")]
    NotText { line: usize },
    #[error(
        "line {line}: it ends here without its last line (`{SEAL}: …`), so it was cut. \
         If you edited it and it is whole, add the line `{SEAL}: {EDITED}`"
    )]
    Cut { line: usize },
    #[error("line {line}: it is indented with a tab; YAML takes spaces only")]
    Tab { line: usize },
    #[error("line {line}: a second document begins; a record file holds one")]
    SecondDocument { line: usize },
    #[error("line {line}: {reason}")]
    NotYaml { line: usize, reason: String },
    #[error("line 1: the field `{name}` is missing or no number")]
    NoHeader { name: &'static str },
    #[error("line {line}: {reason}")]
    Schema { line: usize, reason: String },
    #[error(
        "line {line}: it holds session {found}, but the file is named after another one; rename one of them"
    )]
    WrongId { line: usize, found: String },
}

pub(crate) fn schema_fault(text: &str, error: &MigrationError) -> Fault {
    Fault::Schema { line: line_of(text, SCHEMA), reason: error.to_string() }
}

pub(crate) fn line_of(text: &str, start: &str) -> usize {
    text.lines().position(|line| line.starts_with(start)).map_or(1, |index| index + 1)
}

/// The library's message, or a plainer one for what people do most.
pub(crate) fn not_yaml(text: &str, error: &serde_yaml::Error) -> Fault {
    let reason = error.to_string();
    let line = error.location().map_or(1, |place| place.line());
    if reason.contains("more than one document") {
        return Fault::SecondDocument { line: second_document(text) };
    }
    let at = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let indentation = &at[..at.len() - at.trim_start().len()];
    if indentation.contains('\t') {
        return Fault::Tab { line };
    }
    Fault::NotYaml { line, reason }
}

fn second_document(text: &str) -> usize {
    let mut lines = text.lines().enumerate().skip(1);
    lines.find(|(_, line)| line.starts_with("---")).map_or(1, |(index, _)| index + 1)
}
