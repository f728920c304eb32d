//! The audit log: one JSON line an entry, each with the hash of the one before.

use gateway_domain::{AuditEntry, ChainedEntry, chain, verify};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub(super) struct AuditLog(Mutex<Tail>);

struct Tail {
    file: File,
    last: Option<ChainedEntry>,
    /// What was in the log when it was opened. A gateway that was killed gives again what may be missing.
    from_before: HashSet<String>,
}

impl AuditLog {
    /// Continues the log. A line that a crash cut short is completed by nobody: it is left out of the chain.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (entries, good) = read(path)?;
        let file = File::options().create(true).append(true).open(path)?;
        file.set_len(good)?;
        let from_before = entries.iter().map(|chained: &ChainedEntry| name(&chained.entry)).collect();
        let last = entries.into_iter().next_back();
        Ok(Self(Mutex::new(Tail { file, last, from_before })))
    }

    /// Returns when the entry is on disk.
    pub(super) fn append(&self, entry: AuditEntry) -> io::Result<()> {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.from_before.contains(&name(&entry)) {
            return Ok(());
        }
        let next = chain(tail.last.as_ref(), entry);
        let mut line = serde_json::to_string(&next)?;
        line.push('\n');
        let before = tail.file.metadata()?.len();
        if let Err(error) = tail.file.write_all(line.as_bytes()).and_then(|()| tail.file.sync_data()) {
            // A full disk may have taken half of the line.
            tail.file.set_len(before)?;
            return Err(error);
        }
        tail.last = Some(next);
        Ok(())
    }
}

/// Nobody does the same to the same ask twice in a nanosecond.
fn name(AuditEntry { at, who, what, ask, .. }: &AuditEntry) -> String {
    format!("{at} {who} {what} {ask}")
}

/// The entries up to the first line that is none, and where that line begins.
fn read(path: &Path) -> io::Result<(Vec<ChainedEntry>, u64)> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let (mut entries, mut good) = (vec![], 0);
    for line in text.split_inclusive('\n') {
        let Ok(entry) = serde_json::from_str(line) else { break };
        if !line.ends_with('\n') {
            break;
        }
        entries.push(entry);
        good += line.len() as u64;
    }
    if good < text.len() as u64 && text[usize::try_from(good).unwrap_or(0)..].trim_end().contains('\n') {
        let reason = format!(
            "{} is damaged behind entry {}; `gateway audit verify` tells more",
            path.display(),
            entries.len()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    Ok((entries, good))
}

/// What a check of the log found.
pub struct AuditReport {
    pub entries: usize,
    /// What is wrong, if anything, with the line it begins at.
    pub fault: Option<String>,
}

pub fn check_audit(folder: &Path) -> io::Result<AuditReport> {
    let text = std::fs::read_to_string(folder.join("audit.jsonl"))?;
    let mut entries: Vec<ChainedEntry> = vec![];
    for (number, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                let fault = Some(format!("line {} is no entry: {error}", number + 1));
                return Ok(AuditReport { entries: entries.len(), fault });
            }
        }
    }
    let fault = verify(&entries).err().map(|fault| fault.to_string());
    Ok(AuditReport { entries: entries.len(), fault })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn entry(ask: &str) -> AuditEntry {
        AuditEntry {
            at: Timestamp::UNIX_EPOCH,
            who: "api:anna".into(),
            what: "answered".into(),
            session: "ses_12345678".into(),
            ask: ask.into(),
            digest: "d".into(),
            answer: "once".into(),
        }
    }

    #[test]
    fn the_chain_goes_on_after_a_restart_and_a_cut_line() {
        // REQ-ASK-10
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        AuditLog::open(&path).unwrap().append(entry("per_1")).unwrap();
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"{\"number\":2,\"at\":").unwrap();
        let log = AuditLog::open(&path).unwrap();
        log.append(entry("per_2")).unwrap();
        log.append(entry("per_3")).unwrap();
        let report = check_audit(folder.path()).unwrap();
        assert_eq!((report.entries, report.fault), (3, None));
    }

    #[test]
    fn an_entry_that_is_given_again_after_a_kill_is_kept_once() {
        // REQ-ASK-10, REQ-STATE-03
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        AuditLog::open(&path).unwrap().append(entry("per_1")).unwrap();
        let log = AuditLog::open(&path).unwrap();
        log.append(entry("per_1")).unwrap();
        log.append(entry("per_2")).unwrap();
        let report = check_audit(folder.path()).unwrap();
        assert_eq!((report.entries, report.fault), (2, None));
    }

    #[test]
    fn planted_damage_is_found() {
        // REQ-ASK-10
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = AuditLog::open(&path).unwrap();
        for ask in ["per_1", "per_2", "per_3"] {
            log.append(entry(ask)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("per_2", "per_9")).unwrap();
        assert!(check_audit(folder.path()).unwrap().fault.unwrap().contains("entry 2 was changed"));
        let without: Vec<_> = text.lines().filter(|line| !line.contains("per_2")).collect();
        std::fs::write(&path, without.join("\n")).unwrap();
        assert!(check_audit(folder.path()).unwrap().fault.unwrap().contains("between entries 1 and 3"));
    }
}
