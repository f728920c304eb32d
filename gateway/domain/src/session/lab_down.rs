//! What comes after a lab is ready. It may not answer for a while: whoever runs it brings it back, and people are told when it goes and
//! when it is there again. Its certificate may be late.

use super::Session;
use crate::lab::lab_sentences as sentences;
use crate::lab::{LabDown, LabState, TOLD_OUTAGES};
use crate::mask::mask_text;
use crate::thread::Tone;
use jiff::{SignedDuration, Timestamp};

impl Session {
    /// `moves`: it is started in another place.
    pub(super) fn lab_went_down(&mut self, since: Timestamp, why: &str, moves: bool, now: Timestamp) {
        let why = mask_text(why);
        let Some(lab) = &mut self.record.lab else { return };
        let LabState::Ready { down, .. } = &mut lab.state else { return };
        let is_known = down.is_some();
        let since = down.as_ref().map_or(since, |down| down.since);
        *down = Some(LabDown { since, why: why.clone() });
        if is_known {
            return;
        }
        lab.outages = lab.outages.saturating_add(1);
        if let Some(text) = sentences::went_down(since, &why, moves, lab.outages) {
            self.note("lab_down", Tone::Warning, text, now);
        }
    }

    pub(super) fn lab_certificate(&mut self, missing: Option<String>, now: Timestamp) {
        if let Some(lab) = &mut self.record.lab {
            lab.without_certificate = missing.is_some();
        }
        let (tone, text) = match missing {
            Some(why) => (Tone::Warning, sentences::no_certificate(&mask_text(&why))),
            None => (Tone::Good, sentences::CERTIFICATE.to_owned()),
        };
        self.note("lab_certificate", tone, text, now);
    }

    pub(super) fn lab_is_back(&mut self, now: Timestamp) {
        let Some(lab) = &mut self.record.lab else { return };
        let outages = lab.outages;
        let LabState::Ready { down, url, .. } = &mut lab.state else { return };
        let Some(outage) = down.take() else { return };
        let after = now.duration_since(outage.since).max(SignedDuration::ZERO);
        let text = sentences::is_back(after, url);
        if outages <= TOLD_OUTAGES {
            self.note("lab_back", Tone::Good, text, now);
        }
    }
}
