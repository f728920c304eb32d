//! One record, one file.

use super::{Found, Unreadable};
use gateway_domain::{SessionId, SessionRecord};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".session-state.yaml";

/// Larger than any record can get; a larger file is none of ours.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The newest shape that this gateway reads.
const SCHEMA: u32 = 1;

pub(super) fn write(sessions: &Path, record: &SessionRecord) -> io::Result<()> {
    let path = sessions.join(name(&record.session));
    let folder = path.parent().unwrap_or(sessions);
    fs::create_dir_all(folder)?;
    let text = serde_yaml::to_string(record).map_err(io::Error::other)?;
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    fs::rename(&beside, &path)?;
    // The rename itself must survive a power cut too.
    File::open(folder)?.sync_all()
}

/// Ids that are no plain words are spelled in hexadecimal digits: no id can leave the folder.
fn name(session: &str) -> PathBuf {
    let plain =
        SessionId::parse(session).map_or_else(|_| format!("x{}", hex::encode(session)), |id| id.to_string());
    let shard = &plain[plain.len() - 2..];
    Path::new(&shard.to_lowercase()).join(format!("{plain}{SUFFIX}"))
}

pub(super) fn read_all(sessions: &Path) -> io::Result<Found> {
    let mut found = Found { records: vec![], unreadable: vec![] };
    for shard in fs::read_dir(sessions)? {
        let shard = shard?.path();
        if !shard.is_dir() {
            continue;
        }
        for file in fs::read_dir(&shard)? {
            let file = file?.path();
            if !file.to_string_lossy().ends_with(SUFFIX) {
                continue;
            }
            match read(&file) {
                Ok(record) => found.records.push(record),
                Err(reason) => found.unreadable.push(Unreadable { file, reason }),
            }
        }
    }
    found.records.sort_by(|a, b| a.session.cmp(&b.session));
    Ok(found)
}

fn read(file: &Path) -> Result<SessionRecord, String> {
    let bytes = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if bytes > MAX_BYTES {
        return Err(format!("it has {bytes} bytes, a record has at most {MAX_BYTES}"));
    }
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let record: SessionRecord = serde_yaml::from_str(&text).map_err(|error| with_line(&error))?;
    if record.schema > SCHEMA {
        return Err(format!("its schema {} is newer than {SCHEMA}; a newer gateway wrote it", record.schema));
    }
    if !file.ends_with(name(&record.session)) {
        return Err(format!("its name does not fit the session {} in it", record.session));
    }
    Ok(record)
}

/// The library names the place in some of its messages only.
fn with_line(error: &serde_yaml::Error) -> String {
    let told = error.to_string();
    match error.location() {
        Some(place) if !told.contains("line") => format!("line {}: {told}", place.line()),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(folder: &Path) -> PathBuf {
        let record = SessionRecord::new("ses_12345678", "pod-a");
        write(folder, &record).unwrap();
        let found = read_all(folder).unwrap();
        assert_eq!(found.records, [record]);
        folder.join(name("ses_12345678"))
    }

    #[test]
    fn a_record_comes_back_as_it_was_written() {
        // REQ-STATE-01, REQ-STATE-02
        let folder = tempfile::tempdir().unwrap();
        let path = sample(folder.path());
        assert!(fs::read_to_string(path).unwrap().starts_with("schema: 1\nsession: ses_12345678\n"));
    }

    #[test]
    fn a_damaged_file_costs_its_session_only_and_says_why() {
        // REQ-STATE-04
        let damages: [(&str, &str); 5] = [
            ("schema: 1\nsession: [", "line"),
            ("schema: 9\nsession: ses_12345678\npod: p\nasks: []\noutbox: []\ncounter: 0\n", "newer"),
            ("schema: 1\nsession: ses_other678\npod: p\nasks: []\noutbox: []\ncounter: 0\n", "name"),
            ("\tschema: 1\n", "line"),
            ("", "missing field"),
        ];
        for (text, says) in damages {
            let folder = tempfile::tempdir().unwrap();
            let path = sample(folder.path());
            write(folder.path(), &SessionRecord::new("ses_87654321", "pod-a")).unwrap();
            fs::write(&path, text).unwrap();
            let found = read_all(folder.path()).unwrap();
            assert_eq!(found.records.len(), 1, "the other session loads");
            let told = found.unreadable[0].to_string();
            assert!(told.contains(says) && told.contains("ses_12345678"), "{told}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "nothing is overwritten");
        }
    }

    #[test]
    fn a_half_written_file_is_never_taken_for_a_record() {
        // REQ-STATE-03
        let folder = tempfile::tempdir().unwrap();
        let path = sample(folder.path());
        fs::write(path.with_extension("tmp"), "schema: 1\nses").unwrap();
        let found = read_all(folder.path()).unwrap();
        assert_eq!((found.records.len(), found.unreadable.len()), (1, 0));
    }

    #[test]
    fn no_id_leaves_the_folder() {
        assert!(name("../../etc/passwd").to_string_lossy().starts_with("64/x2e2e2f"));
    }
}
