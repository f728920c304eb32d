//! The letters of one session. While the disk refuses an answer the task looks through them for one that counts in its
//! place; the others keep their order.

use super::task::Letter;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Letters that were looked at and wait; more than that stay in the mailbox itself.
const LOOKED_THROUGH: usize = 256;

pub(super) struct Mailbox {
    letters: mpsc::Receiver<Letter>,
    looked_through: VecDeque<Letter>,
}

impl Mailbox {
    pub(super) fn new(letters: mpsc::Receiver<Letter>) -> Self {
        Self { letters, looked_through: VecDeque::new() }
    }

    /// None when nobody can send any more. Dropped undone, no letter is lost.
    pub(super) async fn next(&mut self) -> Option<Letter> {
        match self.looked_through.pop_front() {
            Some(letter) => Some(letter),
            None => self.letters.recv().await,
        }
    }

    /// The next letter that is wanted. Never returns while there is none. Dropped undone, no letter is lost.
    pub(super) async fn wanted(&mut self, wanted: impl Fn(&Letter) -> bool) -> Letter {
        if let Some(letter) =
            self.looked_through.iter().position(&wanted).and_then(|at| self.looked_through.remove(at))
        {
            return letter;
        }
        while self.looked_through.len() < LOOKED_THROUGH {
            match self.letters.recv().await {
                Some(letter) if wanted(&letter) => return letter,
                Some(letter) => self.looked_through.push_back(letter),
                None => break,
            }
        }
        std::future::pending().await
    }
}
