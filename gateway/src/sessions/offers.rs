//! What OpenCode can use, as its pods tell: models of providers with a key, and agents that people can talk to.
//!
//! Nothing else is suggested, since a model that nobody has leads to a session that fails at once (B2). Each pod is asked
//! when somebody is about to choose, and its answer counts for a while.

use bridge_protocol::{OfferedAgent, OfferedModel};
use dashmap::DashMap;
use gateway_domain::ModelChoice;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long an answer counts: a form and the start that follows ask once.
const FRESH: SignedDuration = SignedDuration::from_secs(15);

/// How soon a pod that told nothing is asked again: it may have been starting.
const AGAIN: SignedDuration = SignedDuration::from_secs(2);

/// Answers that are kept, one a pod and directory.
const KEPT: usize = 500;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    pub models: Vec<OfferedModel>,
    pub agents: Vec<OfferedAgent>,
    /// OpenCode's home; no place to work in.
    pub home: Option<String>,
}

impl Offered {
    pub fn has_model(&self, ModelChoice { provider, model }: &ModelChoice) -> bool {
        self.models.iter().any(|one| one.provider == *provider && one.model == *model)
    }

    pub fn has_agent(&self, name: &str) -> bool {
        self.agents.iter().any(|one| one.name == name)
    }

    /// What several pods offer, each once.
    fn joined(all: impl IntoIterator<Item = Arc<Self>>) -> Option<Self> {
        let mut joined: Option<Self> = None;
        for one in all {
            let sum = joined.get_or_insert_default();
            sum.models.extend(one.models.iter().cloned());
            sum.agents.extend(one.agents.iter().cloned());
        }
        joined.map(Self::each_once)
    }

    fn each_once(mut self) -> Self {
        let mut seen = BTreeSet::new();
        self.models.retain(|one| seen.insert((one.provider.clone(), one.model.clone())));
        let mut seen = BTreeSet::new();
        self.agents.retain(|one| seen.insert(one.name.clone()));
        self
    }
}

/// A pod, and the directory that it was asked about.
pub(super) type Where = (String, Option<String>);

/// The answers. None was given where a pod does not tell, such as one with an older plugin.
#[derive(Default)]
pub struct Offers {
    told: DashMap<Where, (Timestamp, Option<Arc<Offered>>)>,
}

impl Offers {
    /// None: it is to be asked.
    pub(super) fn fresh(&self, of: &Where, now: Timestamp) -> Option<Option<Arc<Offered>>> {
        let known = self.told.get(of)?;
        let (at, told) = known.value();
        let holds = if told.is_some() { FRESH } else { AGAIN };
        (now.duration_since(*at).abs() < holds).then(|| told.clone())
    }

    pub(super) fn note(&self, of: Where, now: Timestamp, told: Option<Arc<Offered>>) {
        if self.told.len() >= KEPT {
            self.told.retain(|_, (at, _)| now.duration_since(*at).abs() < FRESH);
        }
        if self.told.len() < KEPT {
            self.told.insert(of, (now, told));
        }
    }

    /// What was told last, however long ago. None when none of these pods told anything.
    pub(super) fn as_known(&self, all: &[Where]) -> Option<Offered> {
        Offered::joined(all.iter().filter_map(|of| self.told.get(of)?.1.clone()))
    }

    /// The homes of all OpenCodes that told theirs.
    pub fn homes(&self) -> BTreeSet<String> {
        self.told.iter().filter_map(|entry| entry.value().1.as_ref()?.home.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(model: &str) -> Arc<Offered> {
        let model =
            OfferedModel { provider: "acme".to_owned(), model: model.to_owned(), name: String::new() };
        let agent = OfferedAgent { name: "builder".to_owned(), description: String::new() };
        Arc::new(Offered { models: vec![model], agents: vec![agent], home: None })
    }

    fn pod(name: &str) -> Where {
        (name.to_owned(), None)
    }

    #[test]
    fn several_pods_offer_what_each_of_them_does() {
        // B2
        let (offers, now) = (Offers::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(offers.as_known(&[pod("a")]), None);
        offers.note(pod("a"), now, Some(offered("small")));
        offers.note(pod("b"), now, Some(offered("large")));
        offers.note(pod("old"), now, None);
        let all = offers.as_known(&[pod("a"), pod("b"), pod("old")]).unwrap();
        assert_eq!((all.models.len(), all.agents.len()), (2, 1));
        let choice = |model: &str| ModelChoice { provider: "acme".into(), model: model.into() };
        assert!(all.has_model(&choice("large")) && !all.has_model(&choice("huge")));
        assert_eq!(offers.as_known(&[pod("old")]), None, "an older plugin tells nothing");
    }

    #[test]
    fn an_answer_counts_for_a_while() {
        let (offers, now) = (Offers::default(), Timestamp::UNIX_EPOCH);
        offers.note(pod("a"), now, None);
        offers.note(pod("c"), now, Some(offered("small")));
        assert_eq!(offers.fresh(&pod("a"), now), Some(None));
        assert_eq!(offers.fresh(&pod("a"), now + AGAIN), None, "what told nothing is asked again soon");
        assert!(offers.fresh(&pod("c"), now + AGAIN).is_some());
        assert_eq!(offers.fresh(&pod("c"), now + FRESH), None);
        assert_eq!(offers.fresh(&pod("b"), now), None);
    }
}
