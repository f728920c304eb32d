//! What could not be posted, as files that an operator can look at, send again or drop.
//!
//! One JSON file a letter. The running gateway takes what is put into `again/`; so the command needs no door into
//! it, and works also while it is down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const AGAIN: &str = "again";

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub id: String,
    pub at: Timestamp,
    pub session: String,
    pub key: String,
    pub channel: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// What is changed, if it is not a new message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
    pub text: String,
    pub blocks: Vec<Value>,
    pub tries: u32,
    pub reason: String,
}

/// The folder with the letters.
#[derive(Clone, Debug)]
pub struct DeadLetters(PathBuf);

impl DeadLetters {
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Where they lie in a gateway's state folder.
    pub fn in_state(state: &Path) -> Self {
        Self::at(state.join("dead-letters"))
    }

    /// Returns when it is on disk.
    pub fn add(&self, letter: &DeadLetter) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        write(&self.file(&letter.id)?, letter)
    }

    /// The oldest first. A file that is no letter is left out.
    pub fn list(&self) -> io::Result<Vec<DeadLetter>> {
        letters(&self.0)
    }

    /// Gives it to the running gateway, or to the next one that starts.
    pub fn send(&self, id: &str) -> io::Result<()> {
        let again = self.0.join(AGAIN);
        fs::create_dir_all(&again)?;
        let from = self.file(id)?;
        fs::rename(&from, again.join(from.file_name().unwrap_or_default()))
    }

    pub fn drop_letter(&self, id: &str) -> io::Result<()> {
        fs::remove_file(self.file(id)?)
    }

    /// Those to be sent again, the oldest first.
    pub(super) fn to_send(&self) -> io::Result<Vec<DeadLetter>> {
        letters(&self.0.join(AGAIN))
    }

    /// It was sent, or is back among the dead.
    pub(super) fn sent(&self, id: &str) -> io::Result<()> {
        let name = self.file(id)?;
        fs::remove_file(self.0.join(AGAIN).join(name.file_name().unwrap_or_default()))
    }

    /// An id is a name of ours and nothing that leads elsewhere.
    fn file(&self, id: &str) -> io::Result<PathBuf> {
        let fine = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        match fine {
            true => Ok(self.0.join(format!("{id}.json"))),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "{id:?} is not the ID of a dead \
                letter"
                ),
            )),
        }
    }
}

fn letters(folder: &Path) -> io::Result<Vec<DeadLetter>> {
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        other => other?,
    };
    let mut letters: Vec<DeadLetter> = files
        .filter_map(Result::ok)
        .filter(|file| file.path().extension().is_some_and(|end| end == "json"))
        .filter_map(|file| serde_json::from_slice(&fs::read(file.path()).ok()?).ok())
        .collect();
    letters.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    Ok(letters)
}

/// A crash leaves the whole letter or none.
fn write(path: &Path, letter: &DeadLetter) -> io::Result<()> {
    let half = path.with_extension("new");
    fs::write(&half, serde_json::to_vec_pretty(letter)?)?;
    fs::File::open(&half)?.sync_all()?;
    fs::rename(&half, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: &str) -> DeadLetter {
        DeadLetter {
            id: id.into(),
            at: Timestamp::UNIX_EPOCH,
            session: "ses_12345678".into(),
            key: "ask_1".into(),
            channel: "C1".into(),
            thread: Some("1.2".into()),
            ts: None,
            text: "Allow?".into(),
            blocks: vec![],
            tries: 6,
            reason: "HTTP 503".into(),
        }
    }

    #[test]
    fn letters_are_listed_sent_and_dropped() {
        // REQ-SLACK-03
        let folder = tempfile::tempdir().unwrap();
        let dead = DeadLetters::at(folder.path().join("dead"));
        assert_eq!(dead.list().unwrap(), []);
        dead.add(&letter("one")).unwrap();
        dead.add(&letter("two")).unwrap();
        assert_eq!(dead.list().unwrap(), [letter("one"), letter("two")]);
        dead.send("one").unwrap();
        dead.drop_letter("two").unwrap();
        assert_eq!((dead.list().unwrap(), dead.to_send().unwrap()), (vec![], vec![letter("one")]));
        dead.sent("one").unwrap();
        assert_eq!(dead.to_send().unwrap(), []);
        assert!(dead.send("one").is_err());
        assert!(dead.drop_letter("../../passwd").is_err(), "an id leads nowhere else");
    }
}
