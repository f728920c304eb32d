//! The words and limits of forms: categories, priorities, what sessions do, how long and how many.

use crate::card::Doing;
use crate::record::Priority;
use crate::sizes::Sizes;
use serde::{Deserialize, Serialize};

/// What forms offer and check, the same on every surface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Vocabulary {
    /// Kinds of work that every form offers, those of the project list included; others can be written.
    pub categories: Vec<String>,
    pub priorities: Vec<NamedValue>,
    /// What sessions are doing, as lists say it.
    pub doing: Vec<NamedValue>,
    pub limits: Sizes,
}

/// A value of the API with the word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamedValue {
    pub value: String,
    pub label: String,
}

impl Vocabulary {
    pub fn new(categories: Vec<String>) -> Self {
        Self {
            categories,
            priorities: Priority::ALL.map(|one| named(one.value(), one.word())).to_vec(),
            doing: Doing::ALL.map(|one| named(one.value(), one.word())).to_vec(),
            limits: Sizes::ALL,
        }
    }
}

fn named(value: &str, label: &str) -> NamedValue {
    NamedValue { value: value.to_owned(), label: label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_the_api_takes() {
        // REQ-START-02: forms send it as it is
        for one in Priority::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.value());
        }
        for one in Doing::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.value());
        }
    }
}
