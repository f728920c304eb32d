//! What a writer is doing at a moment: waiting for its permit, or at work; and what came of it.

use super::job::PostOutcome;
use super::stream::Flow;
use super::urgency::Urgency;
use crate::slack::render::Drawing;
use futures_util::future::BoxFuture;

/// One of the three things that a writer does at a time.
pub(super) enum Step {
    Idle,
    /// Waits for its permit; what it will do is decided when it has it.
    Permit(Urgency, BoxFuture<'static, ()>),
    Work(BoxFuture<'static, StepDone>),
}

/// What a step ended with.
pub(super) enum StepDone {
    Permitted,
    Posted {
        key: String,
        outcome: PostOutcome,
        shown: Drawing,
    },
    Changed {
        key: String,
        outcome: PostOutcome,
        shown: Option<Drawing>,
    },
    /// A stream runs and has this text.
    StreamBegan {
        key: String,
        ts: String,
        flow: Flow,
    },
    /// None: the stream is over.
    Added {
        key: String,
        sent: Option<String>,
    },
}

impl Step {
    /// Goes on with it; what is idle never ends. Dropped in between, nothing is lost.
    pub(super) async fn done(&mut self) -> StepDone {
        match self {
            Self::Idle => std::future::pending().await,
            Self::Permit(_, pass) => {
                pass.await;
                StepDone::Permitted
            }
            Self::Work(work) => work.await,
        }
    }
}
