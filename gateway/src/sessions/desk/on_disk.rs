//! What is on disk, for people who look at it, and what surfaces add to the audit log.

use super::Desk;
use crate::sessions::ports::{AuditPage, KeptHealth, NotKept};
use gateway_domain::{AuditEntry, ChainedEntry};

impl Desk {
    /// Audit entries as they are wanted, newest first.
    pub async fn audit_page(&self, wanted: AuditPage) -> Result<Vec<ChainedEntry>, NotKept> {
        self.archive.audit_page(wanted).await
    }

    /// Somebody was turned away before any session heard of them.
    pub async fn note_turned_away(&self, entry: &AuditEntry) -> Result<(), NotKept> {
        self.keeper.audit(entry).await
    }

    pub fn state_health(&self) -> KeptHealth {
        self.archive.health()
    }

    /// Why nothing can be promised now, if so.
    pub async fn refusing(&self) -> Option<String> {
        self.archive.refusing().await
    }
}
