//! What a follower is doing at a moment: waiting for its permit, or at work; and what came of it.

use super::pace::Rank;
use super::press::Fate;
use super::stream::Flow;
use crate::slack::render::Drawing;
use futures_util::future::BoxFuture;

/// One of the three things that a follower does at a time.
pub(super) enum Step {
    Idle,
    /// Waits for its permit; what it will do is decided when it has it.
    Permit(Rank, BoxFuture<'static, ()>),
    Work(BoxFuture<'static, Done>),
}

/// What a step ended with.
pub(super) enum Done {
    Permitted,
    Posted {
        key: String,
        fate: Fate,
        shown: Drawing,
    },
    Changed {
        key: String,
        fate: Fate,
        shown: Option<Drawing>,
    },
    /// A stream runs and has this text.
    Begun {
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
    pub(super) async fn done(&mut self) -> Done {
        match self {
            Self::Idle => std::future::pending().await,
            Self::Permit(_, pass) => {
                pass.await;
                Done::Permitted
            }
            Self::Work(work) => work.await,
        }
    }
}
