//! What people see: posts in a thread, each put there once and then changed in place.

use gateway_domain::Ask;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Thread {
    /// By session, in the order in which the posts came.
    posts: BTreeMap<String, Vec<Ask>>,
}

impl Thread {
    pub fn show(&mut self, session: &str, ask: &Ask) {
        let posts = self.posts.entry(session.to_owned()).or_default();
        match posts.iter_mut().rfind(|post| post.id == ask.id) {
            Some(post) => *post = ask.clone(),
            None => posts.push(ask.clone()),
        }
    }

    pub fn posts(&self, session: &str) -> &[Ask] {
        self.posts.get(session).map_or(&[], Vec::as_slice)
    }

    /// Mostly a card that waits, sometimes one that is settled. Those of sub-agents are in the same thread.
    pub fn pick(&self, session: &str, pick: usize) -> Option<&Ask> {
        let all = || self.posts.iter().filter(|(id, _)| id.starts_with(session)).flat_map(|(_, posts)| posts);
        let waiting: Vec<_> = all().filter(|ask| ask.is_unsettled()).collect();
        let settled: Vec<_> = all().filter(|ask| !ask.is_unsettled()).collect();
        match waiting.get(pick % (waiting.len() + 1)) {
            Some(card) => Some(card),
            None => settled.get(settled.len().checked_sub(1 + pick % settled.len().max(1))?).copied(),
        }
    }

    pub fn unsettled(&self) -> Vec<Ask> {
        self.posts.values().flatten().filter(|ask| ask.is_answerable()).cloned().collect()
    }
}
