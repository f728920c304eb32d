//! A session's record that knows by itself whether it must be written.
//!
//! Whoever changes it in the ordinary way makes it so, and `Session::decided` puts `Effect::Persist` in front of everything
//! else. Nobody can forget to.

use crate::record::SessionRecord;
use std::ops::{Deref, DerefMut};

pub(crate) struct TrackedRecord {
    record: SessionRecord,
    changed: bool,
}

impl TrackedRecord {
    /// As it is on disk, or new and worth nothing yet.
    pub(crate) fn new(record: SessionRecord) -> Self {
        Self { record, changed: false }
    }

    /// For what may be lost with a kill: it gets to the disk with the next change that may not.
    pub(crate) fn in_passing(&mut self) -> &mut SessionRecord {
        &mut self.record
    }

    /// Whether anything in it is not what it was at the last decision, but for what changed in passing.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether it must be written before anything is told, shown or sent. Asked once for each decision.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

impl Deref for TrackedRecord {
    type Target = SessionRecord;

    fn deref(&self) -> &SessionRecord {
        &self.record
    }
}

impl DerefMut for TrackedRecord {
    fn deref_mut(&mut self) -> &mut SessionRecord {
        self.changed = true;
        &mut self.record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_changes_the_record_makes_it_one_that_must_be_written() {
        // REQ-STATE-01 (I2)
        let mut kept = TrackedRecord::new(SessionRecord::new("ses_12345678", "pod-a"));
        assert!(!kept.asks.iter().any(|ask| ask.is_unsettled()) && !kept.take_changed(), "it was only read");
        kept.in_passing().active_at = None;
        assert!(!kept.take_changed());
        kept.counter += 1;
        assert!(kept.take_changed());
        assert!(!kept.take_changed(), "once for each decision");
    }
}
