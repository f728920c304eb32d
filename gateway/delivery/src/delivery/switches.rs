//! What holds a delivery wherever it is: the switch, a person, a right that was withdrawn (D12).

use super::Delivery;
use crate::order::Refusal;
use crate::record::{Pause, RightsLost};
use crate::sentences;
use crate::settings::{Mode, Settings};
use crate::{DeliveryStage, Who};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn mode(&self) -> Mode {
        self.settings.mode_of(self.record.tier, self.record.wish)
    }

    pub(super) fn is_held(&self) -> bool {
        self.record.paused.is_some() || self.record.rights_lost.is_some() || self.mode() == Mode::Off
    }

    pub(super) fn switched(&mut self, settings: Settings, now: Timestamp) {
        let before = self.mode();
        self.settings = settings;
        let after = self.mode();
        if before == after || self.stage().is_over() {
            return;
        }
        for pending in &mut self.record.in_passing().outbox {
            if pending.doubt_since.is_none() {
                pending.not_before = None;
            }
        }
        self.put_line("switch", sentences::switched(after), now);
        self.audit("delivery switched", "gateway", &format!("{after:?}").to_lowercase(), now);
        if after == Mode::Shadow && self.stage() == DeliveryStage::Pushing && self.record.tip.is_none() {
            self.shadow_if_unsent(now);
        }
    }

    pub(super) fn paused(&mut self, by: &Who, now: Timestamp) {
        self.record.paused = Some(Pause { by: by.id.clone(), at: now });
        self.put_line("paused", sentences::paused(&by.name), now);
        self.audit("delivery paused", &by.id, "", now);
    }

    pub(super) fn resumed(&mut self, by: &Who, now: Timestamp) {
        self.record.paused = None;
        self.put_line("paused", sentences::resumed(&by.name), now);
        self.audit("delivery resumed", &by.id, "", now);
    }

    /// What was refused stays in the outbox, and is tried again once the right is back.
    pub(super) fn rights_lost(&mut self, refusal: Refusal, now: Timestamp) {
        if self.stage().is_over()
            || self.record.rights_lost.as_ref().is_some_and(|lost| lost.refusal == refusal)
        {
            return;
        }
        let told = sentences::rights_lost(&self.record, &refusal, now);
        self.put_line("rights", told, now);
        self.audit("delivery lost a right", "gateway", &self.record.repository.name.clone(), now);
        self.record.rights_lost = Some(RightsLost { at: now, refusal });
    }

    pub(super) fn rights_back(&mut self, now: Timestamp) {
        if self.record.rights_lost.take().is_some() {
            self.put_line("rights", sentences::rights_back(), now);
            self.audit("delivery has its right back", "gateway", &self.record.repository.name.clone(), now);
        }
    }
}
