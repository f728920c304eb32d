//! What an audit log and people should know of how an order was carried out.

use crate::pace::Kind;
use crate::wire::Answer;
use std::sync::{Mutex, PoisonError};

const MOST: usize = 50;

#[derive(Default)]
pub(crate) struct Trail {
    inner: Mutex<(Vec<String>, Vec<String>)>,
}

impl Trail {
    /// GitHub's own ids of the writes, for its support and our audit log.
    pub(crate) fn note_request(&self, kind: Kind, answer: &Answer) {
        let id = answer.header("x-github-request-id").filter(|_| kind == Kind::Write);
        let plain = |id: &&str| id.len() <= 100 && id.chars().all(|c| c.is_ascii_graphic());
        if let Some(id) = id.filter(plain) {
            self.push(|(requests, _)| requests, id.to_owned());
        }
    }

    /// A sentence for people.
    pub(crate) fn note(&self, says: String) {
        self.push(|(_, notes)| notes, says);
    }

    fn push(&self, list: impl Fn(&mut (Vec<String>, Vec<String>)) -> &mut Vec<String>, item: String) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let list = list(&mut inner);
        if list.len() < MOST {
            list.push(item);
        }
    }

    /// Request ids and sentences.
    pub(crate) fn into_parts(self) -> (Vec<String>, Vec<String>) {
        self.inner.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
