//! How a session begins through the gateway: what it is, and what was told while it was being made.

use super::Session;
use crate::mask::mask;
use crate::record::About;
use crate::remark::{KEPT_REMARKS, Remark};
use jiff::Timestamp;

impl Session {
    /// Told again after a kill, the lines stay as they are.
    pub(crate) fn begun(&mut self, about: About, remarks: Vec<Remark>, now: Timestamp) {
        let again = about.start_key.is_some() && about.start_key == self.record.about.start_key;
        self.described(about);
        if again {
            return;
        }
        self.note_remarks(remarks, now);
    }

    /// The newest of what was told while the work was prepared.
    pub(crate) fn note_remarks(&mut self, remarks: Vec<Remark>, now: Timestamp) {
        let first = remarks.len().saturating_sub(KEPT_REMARKS);
        for Remark { tone, text } in remarks.into_iter().skip(first) {
            self.note("start", tone, mask(&text), now);
        }
    }
}
