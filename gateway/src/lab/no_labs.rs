//! Stands where no engine is: each deploy is refused with a sentence.

use crate::sessions::ports::{LabView, Labs};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use gateway_domain::{LabFault, LabOrder, LabOutcome};

pub struct NoLabs(pub String);

impl Labs for NoLabs {
    fn carry_out(&self, order: LabOrder) -> BoxFuture<'_, LabOutcome> {
        let outcome = match order {
            // Nothing is there of it.
            LabOrder::CleanLab { .. } => LabOutcome::Gone,
            LabOrder::EndLab { .. } => LabOutcome::Ended { log: None },
            LabOrder::ReadLab { .. } | LabOrder::ApplyLab { .. } => {
                LabOutcome::Refused { fault: LabFault::Off, why: self.0.clone(), details: None }
            }
        };
        ready(outcome).boxed()
    }

    fn log<'a>(&'a self, _attempt: &'a str) -> BoxFuture<'a, Option<String>> {
        ready(None).boxed()
    }

    fn list(&self) -> BoxFuture<'_, Vec<LabView>> {
        ready(vec![]).boxed()
    }

    fn namespace(&self) -> &'static str {
        "none"
    }
}
