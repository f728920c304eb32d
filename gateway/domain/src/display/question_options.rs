//! The parts of a question, with their options as people choose them.

use crate::ask::recommended::{is_recommended, plain_label};
use crate::ask::{Ask, Question};
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// One part of a question. Own words are always possible too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuestionDisplay {
    pub question: String,
    /// Several options can be chosen.
    pub multiple: bool,
    pub options: Vec<OptionDisplay>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptionDisplay {
    /// What the answer says: the label as OpenCode knows it.
    pub value: String,
    /// For people, without the mark.
    pub label: String,
    pub recommended: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
}

impl Ask {
    pub(super) fn question_display(&self) -> Vec<QuestionDisplay> {
        self.body.questions().iter().map(Question::display).collect()
    }
}

impl Question {
    pub fn display(&self) -> QuestionDisplay {
        let option = |(at, label): (usize, &String)| {
            let means = self.descriptions.get(at).filter(|means| !means.is_empty());
            OptionDisplay {
                value: label.clone(),
                label: visible(&plain_label(label)),
                recommended: is_recommended(label),
                means: means.map(|means| visible(means)),
            }
        };
        QuestionDisplay {
            question: visible(&self.question),
            multiple: self.multiple,
            options: self.options.iter().enumerate().map(option).collect(),
        }
    }
}
