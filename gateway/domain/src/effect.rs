//! Everything that a session wants done, in order.

use crate::ask::Ask;
use crate::audit::AuditEntry;
use crate::checks::CheckRun;
use crate::lab::LabFault;
use crate::order::{AgentOrder, Order};
use crate::thread::ThreadChange;
use crate::verdict::Verdict;
use jiff::{SignedDuration, Timestamp};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The record must be on disk before any other effect (invariant I2). Always the first, and there if the record changed.
    Persist,
    /// Something to be done outside.
    Order {
        request_id: String,
        order: Order,
    },
    /// The gate judged a call. Where a rule decided, this lets the call go or refuses it, and nothing waits for the outcome: a
    /// call that did not hear of it is told of again.
    Judged {
        /// `allow`, `deny`, `ask` or `ask_two`.
        verdict: &'static str,
        release: Option<AgentOrder>,
    },
    /// A call ran by this grant.
    GrantUsed {
        grant: String,
    },
    /// The session was closed: grants for it alone are over, up to that number.
    GrantsOver {
        up_to: u64,
    },
    /// Something went past the gate, or tried to.
    Alarmed {
        alarm: &'static str,
    },
    /// A check is over.
    Checked(Box<CheckRun>),
    /// The session's lab got its link, so long after it was wanted; or it got none, for this.
    Deployed {
        came: Result<SignedDuration, LabFault>,
    },
    /// The card of this ask changed.
    Show(Box<Ask>),
    /// Wake the session at that time.
    Arm(Timestamp),
    Audit(AuditEntry),
    /// The thread changed.
    Thread(ThreadChange),
    /// The files of this message are not needed any more.
    Discard {
        message_id: String,
    },
    /// What the person who answered is told.
    Tell(Verdict),
}
