//! Answers with their tags: what has not changed is asked for without being counted.

use crate::wire::Answer;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MOST: usize = 4096;
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// A longer answer isn't worth its room.
const LARGEST: usize = 2 * 1024 * 1024;

#[derive(Default)]
pub(crate) struct TagCache {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<String, (u64, Answer)>,
    bytes: usize,
    uses: u64,
}

impl TagCache {
    pub(crate) fn get(&self, url: &str) -> Option<Answer> {
        let mut inner = self.lock();
        inner.uses += 1;
        let uses = inner.uses;
        let (used, answer) = inner.entries.get_mut(url)?;
        *used = uses;
        Some(answer.clone())
    }

    pub(crate) fn put(&self, url: &str, answer: &Answer) {
        if answer.body.len() > LARGEST {
            return;
        }
        let mut inner = self.lock();
        inner.uses += 1;
        let entry = (inner.uses, answer.clone());
        inner.bytes += answer.body.len();
        if let Some((_, old)) = inner.entries.insert(url.to_owned(), entry) {
            inner.bytes -= old.body.len();
        }
        if inner.entries.len() > MOST || inner.bytes > MOST_BYTES {
            inner.drop_oldest();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A tenth at once, so that it isn't searched through each time.
    fn drop_oldest(&mut self) {
        let mut uses: Vec<u64> = self.entries.values().map(|(used, _)| *used).collect();
        uses.sort_unstable();
        let limit = uses.get(uses.len() / 10).copied().unwrap_or_default();
        self.entries.retain(|_, (used, _)| *used > limit);
        self.bytes = self.entries.values().map(|(_, answer)| answer.body.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Bytes;

    fn answer(size: usize) -> Answer {
        Answer { status: 200, headers: Default::default(), body: Bytes::from(vec![0; size]) }
    }

    #[test]
    fn it_is_bounded_and_what_is_used_stays() {
        // REQ-DELIVER-17
        let cache = TagCache::default();
        for number in 0..MOST + 100 {
            cache.put(&number.to_string(), &answer(8));
            assert!(cache.get("0").is_some());
        }
        let inner = cache.lock();
        assert!(inner.entries.len() <= MOST && inner.entries.len() > MOST / 2);
        assert_eq!(inner.bytes, inner.entries.len() * 8);
    }

    #[test]
    fn large_answers_are_not_held() {
        let cache = TagCache::default();
        cache.put("a", &answer(LARGEST + 1));
        assert!(cache.get("a").is_none());
        for number in 0..40 {
            cache.put(&number.to_string(), &answer(LARGEST));
        }
        assert!(cache.lock().bytes <= MOST_BYTES);
    }
}
