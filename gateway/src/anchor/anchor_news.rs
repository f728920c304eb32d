//! What is told of an anchor after each round: figures, a line in the log when something changes, and whether there is a doubt about
//! this gateway's log.

use super::anchor_round::{AnchorFault, Anchored};
use super::log_doubt::LogDoubt;
use super::metrics::AnchorFigures;

pub(super) struct AnchorNews {
    place: String,
    pub(super) figures: AnchorFigures,
    doubt: LogDoubt,
    told: Option<String>,
}

impl AnchorNews {
    pub(super) fn new(place: String, figures: AnchorFigures, doubt: LogDoubt) -> Self {
        Self { place, figures, doubt, told: None }
    }

    pub(super) fn tell(&mut self, anchored: &Result<Option<Anchored>, AnchorFault>) {
        self.figures.saw(anchored);
        match anchored {
            Ok(anchored) => {
                self.doubt.contradicts(&self.place, false);
                if self.told.take().is_some() {
                    tracing::info!(place = self.place, "checkpoints of the audit log are anchored again");
                }
                if let Some(Anchored { entries, .. }) = anchored {
                    tracing::debug!(place = self.place, entries, "checkpoint of the audit log anchored");
                }
            }
            Err(fault) => self.tell_fault(fault),
        }
    }

    /// Once, until it is another one.
    fn tell_fault(&mut self, fault: &AnchorFault) {
        match fault {
            AnchorFault::Conflict { .. } => self.doubt.contradicts(&self.place, true),
            // The log fits what is there.
            AnchorFault::Strange { .. } => self.doubt.contradicts(&self.place, false),
            // Nothing new is known.
            AnchorFault::Failed { .. } => {}
        }
        let says = fault.to_string();
        if self.told.as_ref() != Some(&says) {
            match fault {
                AnchorFault::Failed { .. } => tracing::warn!("{says}"),
                AnchorFault::Conflict { .. } | AnchorFault::Strange { .. } => tracing::error!("{says}"),
            }
            self.told = Some(says);
        }
    }
}
