//! Overrides of the rules: who could, what is told of elsewhere, and what somebody else still has to look at.

use super::{Desk, Refusal};
use gateway_domain::{Ask, MAX_REASON, OpenReview, OverrideTold, Person, PersonInput, Proven, Verdict, cut};

impl Desk {
    /// Whether this person is one of the few who can override the rules for it.
    pub fn may_override(&self, ask: &Ask, by: &Person, proven: &Proven) -> bool {
        ask.is_answerable() && self.session_tasks.may_override(ask, by, proven)
    }

    /// Overrides that nobody has reviewed yet, those that are due first.
    pub fn open_reviews(&self) -> Vec<OpenReview> {
        let mut all = self.asks.all_that(Ask::open_review);
        all.sort_by(|a, b| (a.due, &a.ask).cmp(&(b.due, &b.ask)));
        all
    }

    /// Overrides that are told of in channels.
    pub fn overrides_told(&self) -> Vec<OverrideTold> {
        self.asks.all_that(Ask::override_told)
    }

    /// Somebody looked at an override.
    pub async fn review(
        &self,
        ask: String,
        by: Person,
        proven: Proven,
        words: Option<String>,
    ) -> Result<Verdict, Refusal> {
        let session = self.session_of(&ask)?;
        let words = words.map(|words| cut(&words, MAX_REASON));
        self.tell(&session, PersonInput::Reviewed { ask, by, proven, words }).await
    }
}
