//! What people typed with an answer. The agent gets it as it was typed; everybody else, and the record once the agent has it,
//! gets it without secrets.

use super::{Answer, Ask, AskBody};
use crate::mask::{mask, mask_text};

impl Answer {
    /// Without the secrets in its words.
    pub fn masked(&self) -> Self {
        match self {
            Self::Deny { reason } => Self::Deny { reason: reason.as_deref().map(mask_text) },
            Self::Answers { answers } => {
                let masked = |words: &Vec<String>| words.iter().map(|word| mask_text(word)).collect();
                Self::Answers { answers: answers.iter().map(masked).collect() }
            }
            Self::Configured { values } => {
                let masked = values.iter().map(|(name, value)| (name.clone(), mask_text(value)));
                Self::Configured { values: masked.collect() }
            }
            Self::Grant { lasts, pattern } => {
                Self::Grant { lasts: *lasts, pattern: pattern.as_deref().map(mask) }
            }
            Self::Once | Self::Always => self.clone(),
        }
    }
}

impl Ask {
    /// Every answer that it has, without the secrets in its words.
    pub(crate) fn with_masked_words(mut self) -> Self {
        let some = [&mut self.decision, &mut self.first_approval, &mut self.unstored].into_iter().flatten();
        for decision in some.chain(&mut self.more_approvals) {
            decision.answer = decision.answer.masked();
        }
        self
    }

    /// The same, and the labels that were to be chosen from: nobody chooses any more.
    pub(crate) fn mask_for_good(&mut self) {
        let masked = self.clone().with_masked_words();
        (self.decision, self.first_approval) = (masked.decision, masked.first_approval);
        self.more_approvals = masked.more_approvals;
        if let AskBody::Question { questions } = &mut self.body {
            for label in questions.iter_mut().flat_map(|question| &mut question.options) {
                *label = mask_text(label);
            }
        }
    }

    pub(crate) fn has_words(&self) -> bool {
        let typed = |answer: &Answer| {
            !matches!(answer, Answer::Once | Answer::Always | Answer::Deny { reason: None })
        };
        let answers = self.decision.iter().chain(self.approvals());
        matches!(self.body, AskBody::Question { .. }) || answers.map(|decision| &decision.answer).any(typed)
    }
}
