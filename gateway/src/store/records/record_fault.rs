//! Faults of a record file, in sentences that name the line.

use super::migrate::MigrationError;
use super::seal::{EDITED, SEAL};
use super::yaml::{MAX_FILE, SCHEMA};

/// Why a file is not a record, with the line where that shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it is not a regular file, but a folder, a pipe or a broken link; remove it")]
    NoFile,
    #[error("the gateway's user has no permission to read it; grant it")]
    Locked,
    #[error("its name is not a session id (8 to 128 letters, digits, '_' and '-'); rename or remove it")]
    NoId,
    #[error("line {line}: brackets are nested deeper than in any record")]
    TooDeep { line: usize },
    #[error("line {line}: the revision is too large; use a lower one")]
    TooHigh { line: usize },
    #[error("it has {bytes} bytes; the limit for a record is {MAX_FILE}")]
    TooLarge { bytes: usize },
    #[error("line {line}: not text (UTF-8 without control characters)")]
    NotText { line: usize },
    #[error(
        "line {line}: it ends here without its last line (`{SEAL}: …`), so it was cut off. If you edited it \
            and it is complete, add the line `{SEAL}: {EDITED}`"
    )]
    Cut { line: usize },
    #[error("line {line}: indented with a tab; YAML allows only spaces")]
    Tab { line: usize },
    #[error("line {line}: a second document starts; a record file has only one")]
    SecondDocument { line: usize },
    #[error("line {line}: {reason}")]
    NotYaml { line: usize, reason: String },
    #[error("line 1: the field `{name}` is missing or not a number")]
    NoHeader { name: &'static str },
    #[error("line {line}: {reason}")]
    Schema { line: usize, reason: String },
    #[error(
        "it is not signed with this gateway's key, and no version of it is: someone else wrote it or copied it here. If it \
            is yours and every line of it is right, stop the gateway and run `gateway state reseal`"
    )]
    Unsigned,
    #[error(
        "line {line}: this is the record of session {found}, but the file has another session's name; rename \
            one of them"
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
