//! A line that people read while a session is being made.

use crate::thread::Tone;
use serde::Serialize;

/// Lines about the making of a session that its thread keeps; a command may have printed more.
pub const MAX_PROGRESS_LINES: usize = 20;

/// A line that a person sees in the thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgressLine {
    pub tone: Tone,
    pub text: String,
}

impl ProgressLine {
    pub fn info(text: impl Into<String>) -> Self {
        Self { tone: Tone::Info, text: text.into() }
    }

    pub fn warning(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warning, text: text.into() }
    }
}
