//! What is on disk, for people who look at it, and what surfaces add to the audit log.

use super::{Desk, Refusal};
use crate::sessions::ports::{AuditPage, KeptHealth, NotKept};
use gateway_domain::{AuditEntry, ChainedEntry, Person};

impl Desk {
    /// Audit entries as they are wanted, newest first.
    pub async fn audit_page(&self, wanted: AuditPage) -> Result<Vec<ChainedEntry>, NotKept> {
        self.archive.audit_page(wanted).await
    }

    /// The log's newest signed head, as a line that people keep.
    pub async fn audit_head(&self) -> Result<String, NotKept> {
        self.archive.audit_head().await
    }

    /// Somebody was turned away before any session heard of them.
    pub async fn note_turned_away(&self, entry: &AuditEntry) -> Result<(), NotKept> {
        self.keeper.audit(entry).await
    }

    /// What somebody is about to do that no session's task writes down: first the log, then the deed.
    pub(super) async fn note_act(
        &self,
        by: &Person,
        what: &str,
        session: &str,
        words: &str,
    ) -> Result<(), Refusal> {
        let entry = AuditEntry::of_act(self.clock.now(), &by.id, what, session, "", words);
        self.keeper.audit(&entry).await.map_err(|_| Refusal::NotStored)
    }

    /// Somebody wanted to do that and may or can not: what was refused is in the log like what was done. If even that can't be written,
    /// they hear why they were refused all the same.
    pub(super) async fn note_refused(&self, by: &Person, session: &str, wanted: &str, why: &str) {
        let words = format!("{wanted}: {why}");
        if self.note_act(by, "refused", session, &words).await.is_err() {
            tracing::warn!(person = %by.id, session_id = session, "a refusal is not in the audit log");
        }
    }

    pub fn state_health(&self) -> KeptHealth {
        self.archive.health()
    }

    /// Why nothing can be promised now, if so.
    pub async fn refusing(&self) -> Option<String> {
        self.archive.refusing().await
    }
}
