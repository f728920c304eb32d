//! The audit log's side of coming in and going out. A sign-in is in the log before it holds; a sign-out waits for nothing, so
//! its entry may come a moment later.

use super::sign_in_words::not_in_time;
use futures_util::future::BoxFuture;
use gateway_domain::AuditEntry;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a person waits for a disk.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a sign-out does.
const SHORTLY: Duration = Duration::from_secs(2);

/// Entries that wait for a disk. All sign-ins together can end at once.
const OWED: usize = 12_000;

/// Where the audit log is kept.
pub trait SignInLog: Send + Sync + 'static {
    /// Returns when the entry is on disk.
    fn write<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), String>>;
}

/// A sign-in without its entry does not happen.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "Nobody can sign in right now: the audit log can't be written, so the sign-in wouldn't be on record. Try again shortly."
)]
pub(crate) struct NotOnRecord;

pub(super) struct SignInBook {
    log: Arc<dyn SignInLog>,
    owed: Mutex<VecDeque<AuditEntry>>,
}

impl SignInBook {
    pub(super) fn new(log: Arc<dyn SignInLog>) -> Self {
        Self { log, owed: Mutex::default() }
    }

    /// Returns when it is in the log: only then what it tells of may happen.
    pub(super) async fn first(&self, entry: AuditEntry) -> Result<(), NotOnRecord> {
        let written = self.write(&entry, PATIENCE).await;
        written.map_err(|why| {
            tracing::error!(what = %entry.what, %why, "refused: its entry in the audit log can't be written");
            // It may still reach the disk, and would tell of what did not happen.
            self.owe([not_in_time(&entry)]);
            NotOnRecord
        })
    }

    /// Of what has happened.
    pub(super) async fn after(&self, entries: Vec<AuditEntry>) {
        self.owe(entries);
        self.pay(SHORTLY).await;
    }

    /// To be written as soon as the disk takes it.
    pub(super) fn owe(&self, entries: impl IntoIterator<Item = AuditEntry>) {
        let mut owed = self.owed();
        for entry in entries {
            match owed.len() < OWED {
                true => owed.push_back(entry),
                false => {
                    tracing::error!(who = %entry.who, what = %entry.what, "an entry of the audit log is lost")
                }
            }
        }
    }

    /// Writes what is owed, the oldest first, as far as the disk takes it.
    pub(super) async fn pay_up(&self) {
        self.pay(PATIENCE).await;
    }

    async fn pay(&self, patience: Duration) {
        loop {
            let Some(next) = self.owed().pop_front() else { return };
            if let Err(why) = self.write(&next, patience).await {
                tracing::error!(what = %next.what, %why, "an entry of the audit log is not on the disk yet");
                self.owed().push_front(next);
                return;
            }
        }
    }

    async fn write(&self, entry: &AuditEntry, patience: Duration) -> Result<(), String> {
        let written = tokio::time::timeout(patience, self.log.write(entry)).await;
        written.unwrap_or_else(|_| Err(format!("the disk didn't answer within {} s", patience.as_secs())))
    }

    fn owed(&self) -> MutexGuard<'_, VecDeque<AuditEntry>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A log in memory, and a disk that can be full.
    #[derive(Default)]
    pub(in crate::access) struct KeptLog {
        pub(in crate::access) entries: Mutex<Vec<AuditEntry>>,
        pub(in crate::access) is_full: AtomicBool,
    }

    impl KeptLog {
        pub(in crate::access) fn told(&self) -> Vec<String> {
            let told = |entry: &AuditEntry| {
                format!("{} {}: {} | {}", entry.who, entry.what, entry.answer, entry.told.subject)
            };
            self.entries.lock().unwrap().iter().map(told).collect()
        }
    }

    impl SignInLog for KeptLog {
        fn write<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), String>> {
            Box::pin(async move {
                if self.is_full.load(Ordering::Relaxed) {
                    return Err("no space left".to_owned());
                }
                self.entries.lock().unwrap().push(entry.clone());
                Ok(())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::KeptLog;
    use super::*;
    use jiff::Timestamp;
    use std::sync::atomic::Ordering;

    fn entry(what: &str) -> AuditEntry {
        AuditEntry::new(Timestamp::UNIX_EPOCH, "web:anna", what, "")
    }

    #[tokio::test]
    async fn nobody_signs_in_without_an_entry_and_what_is_over_is_written_later() {
        // REQ-PROOF-01
        let log = Arc::new(KeptLog::default());
        let book = SignInBook::new(log.clone());
        log.is_full.store(true, Ordering::Relaxed);
        assert!(book.first(entry("signed in")).await.is_err());
        book.after(vec![entry("signed out")]).await;
        assert_eq!(log.told(), Vec::<String>::new());
        log.is_full.store(false, Ordering::Relaxed);
        book.pay_up().await;
        let whats: Vec<_> = log.entries.lock().unwrap().iter().map(|entry| entry.what.clone()).collect();
        assert_eq!(whats, ["sign-in refused", "signed out"]);
        book.pay_up().await;
        assert_eq!(log.told().len(), 2, "each once");
        assert!(book.first(entry("signed in")).await.is_ok());
    }
}
