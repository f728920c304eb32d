//! Everything that can happen to a session, as one closed list.

use crate::ask::{Answer, Asked, HeldCall, Person};
use crate::begin::Remark;
use crate::choice::Choice;
use crate::files::FileNote;
use crate::moving::Placed;
use crate::record::{About, ModelChoice};
use crate::thread::{MessageSeen, Milestone};
use jiff::SignedDuration;

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// OpenCode asks.
    Asked(Asked),
    /// After a reconnect, before any event: all asks that OpenCode lists, also those that nobody waits for any
    /// more. Events that are older than this list may still come.
    Listed(Vec<Asked>),
    /// OpenCode has an answer, whoever gave it.
    Resolved {
        opencode_id: String,
        answer: String,
        by_gateway: bool,
    },
    /// The turn was stopped: nobody waits for its asks.
    Aborted,
    Deleted,
    /// The agent works.
    TurnBegan,
    /// The agent has nothing more to do.
    TurnEnded,
    /// OpenCode died under a turn, and no ask of it is left to take it up with.
    Interrupted {
        user_message_id: String,
        /// What was running at that moment and may have half run.
        running: Option<String>,
    },
    /// The model does not answer; OpenCode tries again by itself.
    Retrying {
        attempt: u32,
        message: String,
    },
    Failed {
        message: String,
    },
    /// What the session is.
    Described(About),
    /// It was started through the gateway; with it what was told while it was being made.
    Begun {
        about: About,
        remarks: Vec<Remark>,
    },
    /// A person chooses agent or model.
    Chosen {
        by: Person,
        choice: Choice,
    },
    /// A message as it is now.
    Seen(MessageSeen),
    Milestone(Milestone),
    FilesChanged(Vec<FileSeen>),
    Held {
        hold_id: String,
        directory: String,
        call: HeldCall,
    },
    /// A person wants each write to wait, or not any more.
    HoldsWrites {
        by: Person,
        wanted: bool,
    },
    Unheld {
        hold_id: String,
        ran: bool,
    },
    /// A person writes in the thread.
    Said(Said),
    Steered {
        by: Person,
        to: Steer,
    },
    /// A person takes an ask to a thread of its own (REQ-ASK-09).
    TakenAside {
        ask: String,
        by: Person,
        place: Option<String>,
    },
    PodLost,
    PodBack(Reconnected),
    Answer(AnswerGiven),
    /// There is room for one more session to run, and it was this one's turn.
    RoomMade,
    /// An ask's time is over.
    Tick,
    /// Somebody set the clock, or the machine slept: all times are off by so much.
    ClockSet {
        by: SignedDuration,
    },
    CommandDone {
        request_id: String,
        outcome: CommandOutcome,
    },
}

impl Input {
    /// Something that people would call activity: the agent began, asked, reported or ended, or a person did something.
    pub(crate) fn is_activity(&self) -> bool {
        matches!(
            self,
            Self::Asked(_)
                | Self::TurnBegan
                | Self::TurnEnded
                | Self::Failed { .. }
                | Self::Begun { .. }
                | Self::Milestone(_)
                | Self::Held { .. }
                | Self::Said(_)
                | Self::Steered { .. }
                | Self::Answer(_)
        )
    }
}

/// How things stand in OpenCode after its link came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconnected {
    /// The asks that OpenCode holds now, by its names.
    pub open: Vec<String>,
    /// The newest turn, when it was looked at.
    pub turn: Option<Turn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub user_message_id: String,
    /// False when OpenCode died under it.
    pub finished: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AnswerGiven {
    pub ask: String,
    /// Of what the person saw; without one the ask as it is now is meant.
    pub digest: Option<String>,
    pub by: Person,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    /// OpenCode was waiting and took it.
    Applied,
    Done,
    /// OpenCode holds no such ask.
    NotPending {
        ran: bool,
        interrupted: bool,
    },
    /// The workspace is made.
    Placed(Box<Placed>),
    /// It cannot be done as it was wanted, for this reason.
    Refused {
        why: String,
    },
    /// A newer turn followed, or the message is gone: nothing to go on with.
    Superseded,
    /// It may or may not have taken effect; it is sent again.
    Unknown,
}

/// A message of a person, under an id of ours: told twice, it is written once.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub message_id: String,
    pub by: Person,
    pub text: String,
    /// What is in them is stored before this is told.
    pub files: Vec<FileNote>,
    pub agent: Option<String>,
    pub model: Option<ModelChoice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    Pause,
    Resume,
    /// Goes on where the last turn failed.
    Retry,
    /// Stops the turn; what people wrote meanwhile waits until the session is resumed.
    Stop,
    /// The work is done.
    Close,
    /// It was not done after all.
    Reopen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSeen {
    pub path: String,
    pub additions: u64,
    pub deletions: u64,
}
