//! A request of a delivery: what exactly people decide about, and what they can choose.

use super::Question;
use crate::mask::mask_text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What people decide about in a delivery: bound to one tree and to the rules that judged it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliverySheet {
    /// `HB-20261128-k3f9`
    pub run: String,
    /// The delivery's own name of this request.
    pub request: String,
    /// `owner/name`
    pub repository: String,
    /// A sentence.
    pub says: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Exactly one: its options are what can be chosen.
    pub questions: Vec<Question>,
    /// The option that lets the change go ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// The digest of the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// So many people have to say yes.
    pub people: u32,
    /// Who did so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said_yes: Vec<String>,
    /// Without an answer by then the delivery stops. The work stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl DeliverySheet {
    pub(crate) fn masked(self) -> Self {
        let details = self.details.iter().map(|line| mask_text(line)).collect();
        Self { says: mask_text(&self.says), details, ..self }
    }

    /// All that is to be read beside the sentence.
    pub(crate) fn detail(&self) -> String {
        let tree = self.tree.as_ref().map(|tree| format!("Tree {tree}"));
        let pack = self.pack.as_ref().map(|pack| format!("Rules {pack}"));
        let yes =
            (!self.said_yes.is_empty()).then(|| format!("Said yes so far: {}", self.said_yes.join(", ")));
        let people = (self.people > 1).then(|| format!("{} people have to say yes.", self.people));
        self.details
            .iter()
            .cloned()
            .chain(people)
            .chain(yes)
            .chain(tree)
            .chain(pack)
            .collect::<Vec<_>>()
            .join("\n")
    }
}
