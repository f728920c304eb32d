//! A record that knows by itself whether it must be written.

use crate::DeliveryRecord;
use std::ops::{Deref, DerefMut};

pub(crate) struct Tracked {
    record: DeliveryRecord,
    changed: bool,
}

impl Tracked {
    pub(crate) fn new(record: DeliveryRecord, changed: bool) -> Self {
        Self { record, changed }
    }

    /// For what comes again by itself after a kill.
    pub(crate) fn in_passing(&mut self) -> &mut DeliveryRecord {
        &mut self.record
    }

    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

impl Deref for Tracked {
    type Target = DeliveryRecord;

    fn deref(&self) -> &DeliveryRecord {
        &self.record
    }
}

impl DerefMut for Tracked {
    fn deref_mut(&mut self) -> &mut DeliveryRecord {
        self.changed = true;
        &mut self.record
    }
}
