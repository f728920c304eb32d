//! An answer that the disk does not take. Until it does nothing is confirmed, so a person may still take it back, and
//! whoever denies is heard.

use super::task::{DISK_AGAIN, Letter, Mail, Task};
use crate::sessions::ports::NotKept;
use gateway_domain::{AnswerGiven, Decision, Effect, Input, PersonInput, Verdict};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A disk that refuses is told of when it begins, and then at most so often.
const TELL_AGAIN: Duration = Duration::from_secs(30);

/// Keeps the log from filling with one sentence.
#[derive(Default)]
pub(super) struct DiskRefusals(Option<Instant>);

impl DiskRefusals {
    pub(super) fn told(&mut self, session: &str, error: &NotKept) {
        if self.0.is_none_or(|last| last.elapsed() >= TELL_AGAIN) {
            self.0 = Some(Instant::now());
            tracing::error!(session_id = session, %error, "record not saved; retrying");
        }
    }
}

/// The answer that counts, and who waits to hear so.
type ReplacingAnswer = (AnswerGiven, Option<oneshot::Sender<Verdict>>);

impl Task {
    pub(super) async fn take_answer(&mut self, given: AnswerGiven, heard: Option<oneshot::Sender<Verdict>>) {
        let (mut given, mut heard) = (given, heard);
        loop {
            let before = self.session.record().clone();
            let mut effects =
                self.session.handle(PersonInput::Answer(given.clone()), self.context.clock.now());
            if effects.first() == Some(&Effect::Persist) {
                if let Some((other, waits)) = self.store_or_replace(&given).await {
                    self.session.take_back(before);
                    // Whoever gave the first was told that it is not confirmed, or hears nothing: both are true.
                    (given, heard) = (other, waits);
                    continue;
                }
                effects.remove(0);
            }
            return self.run_effects(effects, &mut heard).await;
        }
    }

    /// Returns when the answer is on the disk, or with another one that counts in its place.
    async fn store_or_replace(&mut self, given: &AnswerGiven) -> Option<ReplacingAnswer> {
        let mut refused = DiskRefusals::default();
        while let Err(error) = self.keep().await {
            refused.told(&self.session.record().session, &error);
            self.show_unstored(given);
            let (session, now) = (&self.session, self.context.clock.now());
            let counts = |letter: &Letter| match &letter.mail {
                Mail::Input(Input::Person(PersonInput::Answer(other))) => session.replaces(given, other, now),
                _ => false,
            };
            tokio::select! {
                letter = self.mailbox.wanted(counts) => {
                    let Letter { mail, verdict, .. } = letter;
                    let Mail::Input(Input::Person(PersonInput::Answer(other))) = mail else { continue };
                    return Some((other, verdict));
                }
                () = tokio::time::sleep(DISK_AGAIN) => {}
            }
        }
        None
    }

    /// The card says that an answer waits for the disk, and does not count yet.
    fn show_unstored(&self, given: &AnswerGiven) {
        let AnswerGiven { ask, answer, by, .. } = given.clone();
        let Some(mut card) = self.context.asks.get(&ask) else { return };
        if card.unstored.as_ref().is_some_and(|shown| shown.answer == answer && shown.by == by) {
            return;
        }
        card.unstored = Some(Decision::plain(answer, by, self.context.clock.now()));
        let session = &self.session.record().session;
        self.context.threads.show_ask(session, &card);
        self.context.asks.show(session, card);
    }
}
