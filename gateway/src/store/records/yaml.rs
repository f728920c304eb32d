//! One record as a YAML file: three lines of ours around the record's own fields.
//!
//! `revision` is the number of the journal entry that the file holds, so that file and journal can be put in
//! order without a clock. The record's own fields begin with `schema`, their version. `mac`, the line before the last, tells that a
//! gateway wrote the file ([`super::record_signature`]). `seal`, the last line, is a checksum: a file without it was cut; a file
//! whose seal does not fit was edited by a person, and is read with more care.

use super::record::Record;
use super::record_fault::{Fault, line_of, not_yaml, schema_fault};
use super::record_signature::{self, MAC};
use super::seal::{self, SEAL, Seal};
use super::{bounded_yaml, migrate, nesting, unknown_fields};
use crate::store::layout::MAX_NUMBER;
use crate::store::state_keys::StateKeys;
use serde_yaml::{Mapping, Value};

/// Largest record file; a session with hundreds of asks has about 100 KiB, one ask with a huge diff some more.
pub(crate) const MAX_FILE: usize = 4 << 20;
/// The highest revision that a person may write: the gateway counts on from there.
const MAX_EDITED: u64 = 1 << 53;
/// As JSON this long, a record may be too large as YAML, which indents each line of a long text.
pub(crate) const DOUBTFUL: usize = MAX_FILE / 8;

const COMMENT: &str =
    "# State of one session, kept by opencode-gateway. README.md tells how to read and edit it.\n";
pub(crate) const SCHEMA: &str = "schema";
const REVISION: &str = "revision";

/// A record as it was read from a file.
#[derive(Debug)]
pub(crate) struct Sheet<R> {
    pub(crate) record: R,
    pub(crate) revision: u64,
    /// Top-level fields that the record does not know; they are written again.
    pub(crate) foreign: Mapping,
    /// Unknown fields further inside: they stay in git history only.
    pub(crate) dropped: Vec<String>,
    pub(crate) edited: bool,
    pub(crate) migrated_from: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("Could not write the record of session {id} as YAML.")]
    Yaml {
        id: String,
        #[source]
        source: serde_yaml::Error,
    },
    #[error("The record of session {id} has {bytes} bytes; the limit is {MAX_FILE}.")]
    TooLarge { id: String, bytes: usize },
}

/// The file's text without a signature.
pub(crate) fn render<R: Record>(record: &R, revision: u64, foreign: &Mapping) -> Result<String, RenderError> {
    render_signed(record, revision, foreign, None)
}

/// The file's text.
pub(crate) fn render_signed<R: Record>(
    record: &R,
    revision: u64,
    foreign: &Mapping,
    keys: Option<&StateKeys>,
) -> Result<String, RenderError> {
    let failed = |source| RenderError::Yaml { id: record.id().to_owned(), source };
    let mut text = format!("{COMMENT}{REVISION}: {revision}\n");
    text.push_str(&serde_yaml::to_string(record).map_err(failed)?);
    if !foreign.is_empty() {
        text.push_str(&serde_yaml::to_string(foreign).map_err(failed)?);
    }
    if let Some(keys) = keys {
        text.push_str(&record_signature::line(keys, record.id(), revision, &text));
    }
    text.push_str(&seal::line(&text, !foreign.is_empty()));
    if text.len() > MAX_FILE {
        return Err(RenderError::TooLarge { id: record.id().to_owned(), bytes: text.len() });
    }
    Ok(text)
}

/// Reads the file that is named after session `id`.
pub(crate) fn read<R: Record>(bytes: &[u8], id: &str) -> Result<Sheet<R>, Fault> {
    let text = text(bytes)?;
    if let Some(line) = nesting::too_deep(text) {
        return Err(Fault::TooDeep { line });
    }
    let sheet: Sheet<R> = match seal::seal(text) {
        Seal::Fits { carries: false } => read_own(text).unwrap_or_else(|| read_carefully(text, false)),
        Seal::Fits { carries: true } => read_carefully(text, false),
        Seal::Differs => read_carefully(text, true),
        Seal::Missing => Err(Fault::Cut { line: text.lines().count() }),
    }?;
    if sheet.record.id() != id {
        let line = line_of(text, "session:");
        return Err(Fault::WrongId { line, found: sheet.record.id().to_owned() });
    }
    Ok(sheet)
}

/// Reads only the revision, from the file's head: for comparing two versions of a file.
pub(crate) fn revision(bytes: &[u8]) -> Option<u64> {
    header(std::str::from_utf8(bytes).ok()?, REVISION).filter(|revision| *revision <= MAX_NUMBER)
}

/// Whether the file is exactly as a gateway wrote it.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    text(bytes).is_ok_and(|text| matches!(seal::seal(text), Seal::Fits { .. }))
}

fn text(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > MAX_FILE {
        return Err(Fault::TooLarge { bytes: bytes.len() });
    }
    let not_text = |end: usize| {
        let before = &bytes[..end];
        Fault::NotText { line: before.iter().filter(|byte| **byte == b'\n').count() + 1 }
    };
    if let Some(end) = bytes.iter().position(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Err(not_text(end));
    }
    std::str::from_utf8(bytes).map_err(|error| not_text(error.valid_up_to()))
}

/// The fast way, for a file of this version as this gateway wrote it. It never writes an alias.
fn read_own<R: Record>(text: &str) -> Option<Result<Sheet<R>, Fault>> {
    let may_have_aliases = text.contains(" *") || text.contains(" &");
    if may_have_aliases || header(text, SCHEMA) != Some(u64::from(R::SCHEMA)) {
        return None;
    }
    let revision = header(text, REVISION).filter(|revision| *revision <= MAX_NUMBER)?;
    let record = serde_yaml::from_str(text).map_err(|error| not_yaml(text, &error));
    Some(record.map(|record| Sheet {
        record,
        revision,
        foreign: Mapping::new(),
        dropped: vec![],
        edited: false,
        migrated_from: None,
    }))
}

/// The careful way: bounded, migrating, and keeping what is not known.
fn read_carefully<R: Record>(text: &str, edited: bool) -> Result<Sheet<R>, Fault> {
    let value = bounded_yaml::parse(text).map_err(|error| not_yaml(text, &error))?;
    let Value::Mapping(mut fields) = value else {
        return Err(Fault::NotYaml { line: 1, reason: "it is not a list of fields".to_owned() });
    };
    let schema = number(&mut fields, SCHEMA)?;
    fields.insert(SCHEMA.into(), R::SCHEMA.into());
    let revision = number(&mut fields, REVISION)?;
    let most = if edited { MAX_EDITED } else { MAX_NUMBER };
    if revision > most {
        return Err(Fault::TooHigh { line: line_of(text, REVISION) });
    }
    if fields.remove(SEAL).is_none() {
        return Err(Fault::Cut { line: text.lines().count() });
    }
    fields.remove(MAC);
    let found = u32::try_from(schema).unwrap_or(u32::MAX);
    migrate::run(&mut fields, found, R::SCHEMA, R::STEPS).map_err(|error| schema_fault(text, &error))?;
    let migrated_from = (found != R::SCHEMA).then_some(found);
    let record: R = match migrated_from {
        // Read from the text, so that a wrong field is told with its line.
        None => serde_yaml::from_str(text).map_err(|error| not_yaml(text, &error))?,
        Some(_) => serde_yaml::from_value(Value::Mapping(fields.clone()))
            .map_err(|error| Fault::Schema { line: line_of(text, SCHEMA), reason: error.to_string() })?,
    };
    let unknown = unknown_fields::find(fields, &record);
    Ok(Sheet { record, revision, foreign: unknown.carried, dropped: unknown.dropped, edited, migrated_from })
}

fn number(fields: &mut Mapping, name: &'static str) -> Result<u64, Fault> {
    let value = fields.remove(name).and_then(|value| value.as_u64());
    value.ok_or(Fault::NoHeader { name })
}

/// The number in one of our own first lines.
fn header(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().take(4);
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::sample::{Sample, SampleAsk, sample};

    fn whole() -> String {
        let mut record = sample(1);
        for n in 0..3 {
            record.asks.push(SampleAsk { id: format!("per_{n}"), command: "cargo test".to_owned() });
        }
        render(&record, 42, &Mapping::new()).unwrap()
    }

    fn read_text(text: &str) -> Result<Sheet<Sample>, Fault> {
        read(text.as_bytes(), "ses_00000001")
    }

    fn fault(text: &str) -> String {
        read_text(text).unwrap_err().to_string()
    }

    #[test]
    fn a_person_can_read_it_and_it_comes_back_as_it_was() {
        // REQ-STATE-01
        let text = render(&sample(1), 42, &Mapping::new()).unwrap();
        assert_eq!(
            text,
            "# State of one session, kept by opencode-gateway. README.md tells how to read and edit it.\n\
             revision: 42\nschema: 1\nsession: ses_00000001\ntitle: Implement login API number 1\nposition: 0\n\
             seal: 299f2add\n"
        );
        let sheet = read_text(&text).unwrap();
        assert_eq!((sheet.record, sheet.revision, sheet.edited), (sample(1), 42, false));
    }

    #[test]
    fn a_file_cut_at_any_byte_is_never_taken_for_a_whole_one() {
        // REQ-STATE-04
        let text = whole();
        for cut in 0..text.len() - 1 {
            let fault = read_text(&text[..cut]).unwrap_err();
            assert!(matches!(fault, Fault::Cut { .. }), "cut at {cut}: {fault}");
        }
        assert_eq!(read_text(text.trim_end()).unwrap().record.asks.len(), 3);
        let half = fault(&text[..text.len() / 2]);
        assert!(half.starts_with("line 5: it ends here without its last line (`seal: …`)"), "{half}");
    }

    #[test]
    fn an_edited_file_is_taken_and_known_as_edited() {
        let text = whole().replace("title: Implement login", "title: Remove the login");
        let sheet = read_text(&text).unwrap();
        assert_eq!((sheet.record.title.as_str(), sheet.edited), ("Remove the login API number 1", true));
        let (body, _) = text.rsplit_once("seal: ").unwrap();
        assert!(read_text(&format!("{body}seal: edited\n")).unwrap().edited);
        let sorted = format!("schema: 1\nseal: 00000000\n{}", body.replace("schema: 1\n", ""));
        assert!(read_text(&sorted).unwrap().edited);
    }

    #[test]
    fn bad_files_are_told_with_line_and_remedy() {
        // REQ-STATE-04
        let text = whole();
        let tab = fault(&text.replace("  command", "\tcommand"));
        assert!(tab.starts_with("line 9: indented with a tab; YAML allows only spaces"), "{tab}");
        let two = fault(&format!("{text}---\n{text}"));
        assert!(two.starts_with("line 15: a second document starts"), "{two}");
        let shape = fault(&text.replace("position: 0", "position: soon"));
        assert!(shape.starts_with("line 6: position: invalid type: string"), "{shape}");
        let name = fault(&text.replace("session: ses_00000001", "session: ses_00000002"));
        assert!(name.starts_with("line 4: this is the record of session ses_00000002"), "{name}");
        let later = fault(&text.replace("schema: 1", "schema: 7"));
        assert!(
            later.starts_with("line 3: the schema version 7 is newer than this gateway supports (1)"),
            "{later}"
        );
        assert!(fault(&text.replace("revision: 42\n", "")).contains("`revision` is missing"));
        let control = fault(&text.replace("API number", "API \0 number"));
        assert!(control.starts_with("line 5: not text (UTF-8 without control characters)"), "{control}");
        assert!(matches!(read::<Sample>(b"schema: 1\n\xff\n", "x"), Err(Fault::NotText { line: 2 })));
        assert!(matches!(read::<Sample>(&vec![b'#'; MAX_FILE + 1], "x"), Err(Fault::TooLarge { .. })));
    }

    #[test]
    fn fields_that_are_not_known_are_carried_along_and_written_again() {
        let text = whole().replace("title:", "note: ask Ann first\nspare: []\ntitle:");
        let sheet = read_text(&text.replace("  command: cargo", "  colour: red\n  command: cargo")).unwrap();
        assert_eq!(sheet.dropped, ["asks[0].colour", "asks[1].colour", "asks[2].colour"]);
        assert_eq!(sheet.foreign.len(), 1);
        let again = render(&sheet.record, 43, &sheet.foreign).unwrap();
        let sheet = read_text(&again).unwrap();
        assert_eq!(sheet.foreign["note"], "ask Ann first");
        assert!(!sheet.edited);
    }

    #[test]
    fn an_older_version_is_migrated_when_it_is_read() {
        // REQ-STATE-01: a documented early form, with `name` for the title
        let sheet =
            read_text("schema: 0\nrevision: 3\nsession: ses_00000001\nname: Login\nseal: edited\n").unwrap();
        assert_eq!(sheet.migrated_from, Some(0));
        assert_eq!(sheet.record, Sample { title: "Login".to_owned(), ..sample(1) });
        let bad = fault("schema: 0\nrevision: 3\nsession: ses_00000001\nseal: edited\n");
        assert_eq!(
            bad,
            "line 1: it could not be migrated from schema version 0 to the next: `name` is missing"
        );
    }

    #[test]
    fn texts_that_look_like_aliases_take_the_careful_way_and_come_back() {
        let record = Sample { title: "ls *.md & cat *x".to_owned(), ..sample(1) };
        let text = render(&record, 1, &Mapping::new()).unwrap();
        assert_eq!(read_text(&text).unwrap().record, record);
    }
}
