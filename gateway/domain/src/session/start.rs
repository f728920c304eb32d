//! How a session begins through the gateway: what it is, and what was told while it was being made.

use super::Session;
use crate::mask::mask_text;
use crate::progress_line::{MAX_PROGRESS_LINES, ProgressLine};
use crate::record::About;
use jiff::Timestamp;

impl Session {
    /// Told again after a kill, the lines stay as they are.
    pub(crate) fn begun(&mut self, about: About, progress: Vec<ProgressLine>, now: Timestamp) {
        let again = about.start_key.is_some() && about.start_key == self.record.about.start_key;
        self.described(about);
        if again {
            return;
        }
        self.audit_start(now);
        self.note_progress(progress, now);
    }

    /// By whoever it belongs to. What it was begun with follows as a message.
    fn audit_start(&mut self, now: Timestamp) {
        let About { owner, title, project, directory, .. } = &self.record.about;
        let who = owner.as_ref().map_or_else(|| "gateway".to_owned(), |owner| owner.id.clone());
        let words = match project {
            Some(project) => format!("{title} (project {project})"),
            None => format!("{title} ({directory})"),
        };
        self.audit_words(&who, "started", &words, now);
    }

    /// The newest of what was told while the work was prepared.
    pub(crate) fn note_progress(&mut self, progress: Vec<ProgressLine>, now: Timestamp) {
        let first = progress.len().saturating_sub(MAX_PROGRESS_LINES);
        for ProgressLine { tone, text } in progress.into_iter().skip(first) {
            self.note("start", tone, mask_text(&text), now);
        }
    }
}
