//! How a session begins through the gateway: what it is, and what was told while it was being made.

use crate::effect::Effect;
use crate::mask::mask;
use crate::record::About;
use crate::session::Session;
use crate::thread::Tone;
use jiff::Timestamp;
use serde::Serialize;

/// Lines about the making of a session that its thread keeps; a command may have printed more.
pub const KEPT_REMARKS: usize = 20;

/// A line that a person sees in the thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remark {
    pub tone: Tone,
    pub text: String,
}

impl Remark {
    pub fn info(text: impl Into<String>) -> Self {
        Self { tone: Tone::Info, text: text.into() }
    }

    pub fn warning(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warning, text: text.into() }
    }
}

impl Session {
    /// Told again after a kill, the lines stay as they are.
    pub(crate) fn begun(&mut self, about: About, remarks: Vec<Remark>, now: Timestamp) {
        let again = about.start_key.is_some() && about.start_key == self.record.about.start_key;
        self.described(about);
        if again {
            return;
        }
        self.note_remarks(remarks, now);
        self.effects.push(Effect::Persist);
    }

    /// The newest of what was told while the work was prepared. `Persist` must follow.
    pub(crate) fn note_remarks(&mut self, remarks: Vec<Remark>, now: Timestamp) {
        let first = remarks.len().saturating_sub(KEPT_REMARKS);
        for Remark { tone, text } in remarks.into_iter().skip(first) {
            self.note("start", tone, mask(&text), now);
        }
    }
}
