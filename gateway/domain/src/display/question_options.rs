//! The parts of a question, with their options as people choose them.

use crate::ask::{Ask, Question};
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// How agents mark what they recommend, in the option's label.
const RECOMMENDED: &str = "(recommended)";

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

pub(super) fn is_recommended(label: &str) -> bool {
    label.to_lowercase().contains(RECOMMENDED)
}

/// The label without its mark, which is drawn as one.
pub(super) fn plain_label(label: &str) -> String {
    let end = |at: usize| at + RECOMMENDED.len();
    match label.to_lowercase().find(RECOMMENDED) {
        Some(at) if label.is_char_boundary(at) && label.is_char_boundary(end(at)) => {
            format!("{} {}", label[..at].trim_end(), label[end(at)..].trim_start()).trim().to_owned()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recommended_mark_is_taken_off() {
        assert_eq!(plain_label("Keep it (Recommended)"), "Keep it");
        assert_eq!(plain_label("Ä (recommended) b"), "Ä b");
        assert_eq!(
            plain_label("İİİİİİİ(recommended)"),
            "İİİİİİİ(recommended)",
            "its small letters are longer"
        );
    }
}
