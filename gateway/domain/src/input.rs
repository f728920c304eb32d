//! Everything that can happen to a session, as one closed list.

use crate::ask::held_call::Held;
use crate::ask::{Answer, Ask, AskBody, Asked, Decision, Person};
use crate::attachments::FileNote;
use crate::checks::CheckSpec;
use crate::delivery_talk::DeliveryWord;
use crate::lab::LabSeen;
use crate::mask::mask_text;
use crate::models::{Choice, ModelChoice};
use crate::order::Outcome;
use crate::progress_line::ProgressLine;
use crate::proven::{Proof, Proven};
use crate::record::About;
use crate::thread::{MessageSeen, Milestone};
use jiff::{SignedDuration, Timestamp};

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Agent(AgentInput),
    Person(PersonInput),
    /// What became of an order.
    Outcome {
        request_id: String,
        outcome: Outcome,
    },
    Clock(ClockInput),
    /// What is seen of its lab.
    Lab(LabSeen),
    /// What a delivery of its work says.
    Delivery(DeliveryWord),
    /// There is room for one more session to run, and it was this one's turn.
    RoomMade,
}

/// What OpenCode and its plugin say, and whether they are there.
#[allow(clippy::large_enum_variant, reason = "few wait at a time")]
#[derive(Clone, Debug, PartialEq)]
pub enum AgentInput {
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
    /// A message as it is now.
    Seen(MessageSeen),
    Milestone(Milestone),
    /// It has checks run with its tool, and waits for what comes of them.
    WantsChecks {
        wish: String,
        /// Of checks. None: all that are configured.
        names: Vec<String>,
    },
    FilesChanged(Vec<FileSeen>),
    /// A call waits before it runs.
    Held(Held),
    Unheld {
        hold_id: String,
        ran: bool,
    },
    /// Something went past the gate, or tried to.
    Alarmed {
        /// What kind of thing, in a word.
        alarm: &'static str,
        /// What it was, as a sentence for people.
        text: String,
    },
    PodLost,
    PodBack(Reconnected),
}

/// What a person does through the gateway.
#[allow(clippy::large_enum_variant, reason = "few wait at a time")]
#[derive(Clone, Debug, PartialEq)]
pub enum PersonInput {
    /// The session was started; with it what was told while it was being made.
    Begun {
        about: About,
        progress: Vec<ProgressLine>,
    },
    /// Agent or model.
    Chosen {
        by: Person,
        choice: Choice,
    },
    /// Each write is to wait, or not any more.
    HoldsWrites {
        by: Person,
        proven: Proven,
        wanted: bool,
    },
    /// Something was written in the thread.
    Said(Said),
    Steered {
        by: Person,
        to: Steer,
    },
    /// Wants to see what a mask hides on a card.
    Reveal {
        ask: String,
        by: Person,
        proven: Proven,
    },
    /// An ask gets a thread of its own (REQ-ASK-09).
    TakenAside {
        ask: String,
        by: Person,
        place: Option<String>,
    },
    /// Tests and the like, beside the agent's own work.
    RunsChecks {
        by: Person,
        proven: Proven,
        checks: Vec<CheckSpec>,
        /// Also on the code from before the session's changes, to see what changed (REQ-CHECK-06).
        before: bool,
    },
    StopsChecks {
        by: Person,
    },
    /// Somebody looked at an override.
    Reviewed {
        ask: String,
        by: Person,
        proven: Proven,
        words: Option<String>,
    },
    Answer(AnswerGiven),
    /// Its work is to run in a lab, or not any more.
    Lab {
        by: Person,
        wanted: LabWish,
    },
    /// Its work is to become a pull request. `only`: `shadow` or `draft`, less than the project allows.
    Deliver {
        by: Person,
        only: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabWish {
    /// What is there already goes first.
    Deploy,
    /// What somebody else changed of it is overwritten, this once.
    TakeOver,
    Clean,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockInput {
    /// An ask's time is over, or something is to be given once more.
    Tick,
    /// Somebody set the clock, or the machine slept: all times are off by so much.
    Set { by: SignedDuration },
}

impl From<AgentInput> for Input {
    fn from(input: AgentInput) -> Self {
        Self::Agent(input)
    }
}

impl From<PersonInput> for Input {
    fn from(input: PersonInput) -> Self {
        Self::Person(input)
    }
}

impl From<ClockInput> for Input {
    fn from(input: ClockInput) -> Self {
        Self::Clock(input)
    }
}

impl Input {
    /// Something that people would call activity: the agent began, asked, reported or ended, or a person did something.
    pub(crate) fn is_activity(&self) -> bool {
        match self {
            Self::Agent(input) => matches!(
                input,
                AgentInput::Asked(_)
                    | AgentInput::TurnBegan
                    | AgentInput::TurnEnded
                    | AgentInput::Failed { .. }
                    | AgentInput::Milestone(_)
                    | AgentInput::Held(_)
            ),
            Self::Person(input) => matches!(
                input,
                PersonInput::Begun { .. }
                    | PersonInput::Said(_)
                    | PersonInput::Steered { .. }
                    | PersonInput::RunsChecks { .. }
                    | PersonInput::Answer(_)
                    | PersonInput::Lab { .. }
                    | PersonInput::Deliver { .. }
            ),
            Self::Outcome { .. } | Self::Clock(_) | Self::Lab(_) | Self::Delivery(_) | Self::RoomMade => {
                false
            }
        }
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
    /// How far that is proven.
    pub proven: Proven,
    pub answer: Answer,
}

impl AnswerGiven {
    /// It lets something run against the rules.
    pub(crate) fn overrides(&self) -> bool {
        self.proven.break_glass && self.answer.allows()
    }
}

impl Decision {
    pub(crate) fn of(given: AnswerGiven, at: Timestamp) -> Self {
        let AnswerGiven { by, proven, answer, .. } = given;
        let Proven { proof, signed, reason, break_glass, .. } = proven;
        let broke_glass = break_glass && answer.allows();
        Self { answer, by, at, proof, signed, because: reason.map(|why| mask_text(&why)), broke_glass }
    }
}

impl Ask {
    /// Lets something happen, in the words of this request.
    pub(crate) fn lets_happen(&self, answer: &Answer) -> bool {
        let yes = match &self.body {
            AskBody::Delivery { sheet } => sheet.yes.as_ref(),
            _ => return answer.allows(),
        };
        matches!(answer, Answer::Answers { answers } if answers.iter().flatten().any(|word| Some(word) == yes))
    }

    /// The proof that this answer would need, if it has less.
    pub(crate) fn lacks_proof(&self, given: &AnswerGiven) -> Option<Proof> {
        let wanted = self.rules.proof;
        (self.lets_happen(&given.answer) && given.proven.counts() < wanted).then_some(wanted)
    }
}

/// A message of a person, under an id of ours: told twice, it is written once.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub message_id: String,
    pub by: Person,
    /// How far that is proven, with the groups that the provider says: the message may be an answer.
    pub proven: Proven,
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
