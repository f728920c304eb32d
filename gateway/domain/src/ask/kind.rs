//! How the kinds of asks differ in time and in what silence means. A new kind has its row in each of these.

use super::{AskBody, Question};

/// How long an ask waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as a permission; silence denies it.
    Permission,
    /// As long as a question; silence may choose what is recommended.
    Question,
    /// Until somebody answers.
    Endless,
}

impl AskBody {
    pub const KINDS: [&str; 7] =
        ["permission", "question", "held", "gate", "configuration", "deploy", "delivery"];

    /// Its kind, in one word for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Permission { .. } => "permission",
            Self::Question { .. } => "question",
            Self::Held { .. } => "held",
            Self::Gate { .. } => "gate",
            Self::Configuration { .. } => "configuration",
            Self::Deploy { .. } => "deploy",
            Self::Delivery { .. } => "delivery",
        }
    }

    pub(crate) fn patience(&self) -> Patience {
        match self {
            Self::Permission { .. } | Self::Held { .. } => Patience::Permission,
            Self::Question { .. } => Patience::Question,
            Self::Gate { .. } | Self::Configuration { .. } | Self::Deploy { .. } | Self::Delivery { .. } => {
                Patience::Endless
            }
        }
    }

    /// What the agent asked for leave to do; else it is told of its question.
    pub(crate) fn asks_leave(&self) -> bool {
        self.patience() == Patience::Permission
    }

    /// None, where it is not made of questions.
    pub fn questions(&self) -> &[Question] {
        match self {
            Self::Question { questions } => questions,
            Self::Delivery { sheet } => &sheet.questions,
            _ => &[],
        }
    }
}
