//! Items of the thread beside the messages: milestones, notes, a summary after long silence.

use super::Session;
use super::turn::TurnEnd;
use crate::failure::{Plain, plainly};
use crate::input::FileSeen;
use crate::mask::{mask, mask_text};
use crate::record::Note;
use crate::sentences;
use crate::thread::{ItemBody, MessageSeen, Milestone, PartSeen, SortKey, ThreadItem, Tone};
use crate::words;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Milestones and notes that the record keeps.
const KEPT_MILESTONES: usize = 200;
const KEPT_NOTES: usize = 100;

/// Longest description and details of a milestone.
const MILESTONE_TEXT: usize = 2_000;

/// What happened since the last news. Only in memory: after a restart the next summary tells of less.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// When something was last told that a person reads as progress.
    pub(crate) since: Option<Timestamp>,
    pub(crate) ending: TurnEnd,
    calls: BTreeSet<String>,
    last_call: String,
    files: BTreeMap<String, (u64, u64)>,
    /// Changed lines at the last report.
    reported_lines: u64,
}

impl Activity {
    fn lines(&self) -> u64 {
        self.files.values().map(|(additions, deletions)| additions + deletions).sum()
    }

    pub(crate) fn begin(&mut self, now: Timestamp) {
        let (files, ending) = (std::mem::take(&mut self.files), std::mem::take(&mut self.ending));
        let reported_lines = self.reported_lines;
        *self = Self { since: Some(now), ending, files, reported_lines, ..Self::default() };
    }
}

impl Session {
    pub(crate) fn seen(&mut self, seen: &MessageSeen, now: Timestamp) {
        for part in &seen.parts {
            if let PartSeen::Tool(call) = part
                && self.activity.calls.insert(call.id.clone())
            {
                let subject = call.command.as_ref().or(call.file.as_ref()).or(call.title.as_ref());
                self.activity.last_call = subject.map_or_else(|| call.tool.clone(), |text| mask(text));
            }
        }
        self.thread.message(seen, self.record.writer_of(&seen.id), self.rests);
        self.activity.ending.message(seen);
        self.look_for_writers(seen);
        if self.activity.since.is_none() && self.busy {
            self.activity.begin(now);
        }
    }

    pub(crate) fn milestone(&mut self, milestone: Milestone, now: Timestamp) {
        if self.record.milestones.iter().any(|known| known.id == milestone.id) {
            return;
        }
        let Milestone { id, at, sort, description, details } = milestone;
        // First masked and then cut: half a secret is not recognised as one.
        let short = |text: &str| mask_text(text).chars().take(MILESTONE_TEXT).collect::<String>();
        let milestone =
            Milestone { id, at, sort, description: short(&description), details: short(&details) };
        self.record.milestones.push(milestone.clone());
        if self.record.milestones.len() > KEPT_MILESTONES {
            self.record.milestones.remove(0);
        }
        self.thread.milestone(milestone.clone(), self.policy.thread.milestone_window);
        self.activity.begin(now);
        self.arm_summary(now);
        self.check_what_is_done(&milestone, now);
    }

    /// A change within a phase that is worth a word.
    pub(crate) fn files_changed(&mut self, files: Vec<FileSeen>, now: Timestamp) {
        for FileSeen { path, additions, deletions } in files {
            self.activity.files.insert(path, (additions, deletions));
        }
        let (lines, reported) = (self.activity.lines(), self.activity.reported_lines);
        if lines.abs_diff(reported) >= self.policy.thread.significant_lines.max(1) {
            self.activity.reported_lines = lines;
            let added: u64 = self.activity.files.values().map(|(additions, _)| additions).sum();
            let text = sentences::files_changed(self.activity.files.len(), added, lines - added);
            self.note("files", Tone::Info, text, now);
        }
    }

    /// One note a turn, which counts up: OpenCode may try for hours.
    pub(crate) fn retrying(&mut self, attempt: u32, message: &str, now: Timestamp) {
        let key = format!("retry_{}", self.record.counter);
        let Plain { sentence, details } = plainly(message);
        let text = sentences::model_silent(attempt, &sentence);
        let order = self.thread.get(&key).map(|item| item.order.clone());
        let order = order.unwrap_or_else(|| SortKey::new(now.as_millisecond(), 0, &key));
        let body = ItemBody::Note { tone: Tone::Warning, text, details };
        self.put(ThreadItem { key, order, at: now, body });
    }

    /// With nothing told for long, the thread says that the agent is alive, and what it did.
    pub(crate) fn summarise_if_silent(&mut self, now: Timestamp) {
        let (Some(wait), Some(since)) = (self.policy.thread.summary_after, self.activity.since) else {
            return;
        };
        if !self.busy || now.duration_since(since) < wait {
            return;
        }
        let Activity { calls, last_call, files, .. } = &self.activity;
        let silent = words::duration(now.duration_since(since));
        let text = sentences::still_working(&silent, calls.len(), files.len(), last_call);
        self.note("summary", Tone::Info, text, now);
        self.activity.begin(now);
        self.arm_summary(now);
    }

    pub(crate) fn arm_summary(&mut self, now: Timestamp) {
        if let Some(wait) = self.policy.thread.summary_after {
            self.wake(now.saturating_add(wait.max(SignedDuration::from_secs(1))).ok());
        }
    }

    /// Says something in the thread.
    pub(crate) fn note(&mut self, name: &str, tone: Tone, text: String, now: Timestamp) {
        self.note_with(name, tone, text, None, now);
    }

    /// The same, with what is there for those who ask for it.
    pub(crate) fn note_with(
        &mut self,
        name: &str,
        tone: Tone,
        text: String,
        details: Option<String>,
        now: Timestamp,
    ) {
        self.put_note(name, now, |key, order| Note { key, order, at: now, tone, text, details, ask: None });
    }

    /// Reminds people of an ask, for as long as they can answer it.
    pub(crate) fn remind_of(&mut self, index: usize, name: &str, text: String, now: Timestamp) {
        let (tone, ask) = (Tone::Warning, Some(self.record.asks[index].id.clone()));
        self.put_note(name, now, |key, order| Note { key, order, at: now, tone, text, details: None, ask });
    }

    fn put_note(&mut self, name: &str, now: Timestamp, note: impl FnOnce(String, SortKey) -> Note) {
        self.record.counter += 1;
        let key = format!("note_{name}_{:06}", self.record.counter);
        let order = SortKey::new(now.as_millisecond(), 0, &key);
        self.keep_note(note(key, order));
    }

    /// In place of the one that has its key, if there is one.
    pub(crate) fn keep_note(&mut self, note: Note) {
        match self.record.notes.iter_mut().find(|known| known.key == note.key) {
            Some(known) => *known = note.clone(),
            None => self.record.notes.push(note.clone()),
        }
        if self.record.notes.len() > KEPT_NOTES {
            self.record.notes.remove(0);
        }
        self.put(note.item());
    }

    /// A reminder of an ask that has ended is removed.
    pub(crate) fn drop_reminders(&mut self, index: usize) {
        let ask = &self.record.asks[index];
        if ask.is_answerable() {
            return;
        }
        let id = Some(ask.id.clone());
        let notes = self.record.notes.iter().filter(|note| note.ask == id);
        let gone: Vec<_> = notes.map(|note| note.key.clone()).collect();
        if !gone.is_empty() {
            self.record.notes.retain(|note| note.ask != id);
            gone.iter().for_each(|key| self.thread.remove(key));
        }
    }
}
