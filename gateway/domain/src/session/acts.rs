//! What people do besides answering, as the audit log keeps it.

use super::Session;
use crate::ask::{Answer, Person};
use crate::audit::AuditEntry;
use crate::mask::mask;
use jiff::Timestamp;

/// Who did what was done in OpenCode itself: it tells no name.
const OPENCODE: &str = "opencode";

impl Session {
    pub(crate) fn audit_act(&mut self, by: &Person, what: &str, at: Timestamp) {
        self.audit_words(&by.id, what, "", at);
    }

    pub(crate) fn audit_in_opencode(&mut self, what: &str, at: Timestamp) {
        self.audit_words(OPENCODE, what, "", at);
    }

    /// With what was written or chosen.
    pub(crate) fn audit_words(&mut self, who: &str, what: &str, words: &str, at: Timestamp) {
        let (session, title) = (&self.record.session, &self.record.about.title);
        self.audit(AuditEntry::of_act(at, who, what, session, title, words));
    }

    /// OpenCode has an answer that nobody gave through the gateway.
    pub(crate) fn audit_elsewhere(&mut self, index: usize, answer: &str, at: Timestamp) {
        let entry = self.entry(&self.record.asks[index], OPENCODE, "answered elsewhere", &Answer::Once, at);
        self.audit(AuditEntry { answer: mask(answer), ..entry });
    }

    pub(crate) fn audit_aside(&mut self, index: usize, by: &Person, at: Timestamp) {
        let entry = self.entry(&self.record.asks[index], &by.id, "took aside", &Answer::Once, at);
        self.audit(AuditEntry { answer: String::new(), ..entry });
    }
}
