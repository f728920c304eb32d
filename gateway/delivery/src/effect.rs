//! Everything that a delivery wants done, in order.

use crate::thread_lines::ThreadLine;
use crate::{DeliveryAsk, Order};
use gateway_domain::AuditEntry;
use jiff::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The record must be on disk before any other effect. Always the first, and there if the record changed.
    Persist,
    Order {
        id: String,
        order: Order,
        attempt: Attempt,
    },
    /// The agent's next call of a tool waits.
    HoldTools,
    /// It waits no more. Unless the agent is to go on, its turn is to be ended first.
    ReleaseTools {
        go_on: bool,
    },
    /// The card is as this says.
    Ask(Box<DeliveryAsk>),
    AskOver {
        ask: String,
        says: String,
    },
    /// The pull request is to be read then. `None`: not any more.
    WatchForge {
        at: Option<Timestamp>,
    },
    /// Wake the delivery at that time.
    Arm(Timestamp),
    Thread(ThreadLine),
    Audit(AuditEntry),
    /// What the person who acted is told.
    Tell(SteerReply),
    /// For figures.
    Count(Counting),
    /// Nobody needs to be asked again whether this repository has CI.
    HasNoCi,
}

/// How an order is to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    First,
    /// It may have been done: look first, and do it only if it wasn't.
    Again,
    /// Nobody wants it any more: look, and don't do it.
    OnlyLook,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SteerReply {
    Taken,
    /// One more yes is needed, or several.
    TakenOneOf {
        missing: u32,
    },
    /// That card is answered, or it is about something that is not so any more.
    TooLate,
    /// Whoever asked for the work can't approve it.
    NotTheRequester,
    AlreadySaidYes,
    /// That can't be done now, for this reason.
    NotNow {
        why: String,
    },
}

/// What figures count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counting {
    /// After so many seconds.
    DraftOpened {
        seconds: u64,
    },
    Decided {
        stage: crate::Stage,
        answer: &'static str,
    },
    Fixed {
        outcome: &'static str,
    },
    WouldHave,
    Over {
        stage: crate::DeliveryStage,
        without_human_edits: bool,
    },
}
