//! The one way to wait: look, and look again, until it is so. What is waited for is a condition of the outside world
//! (a process, a file, an answer over HTTP), never a length of time.
//!
//! A look is an answer in one of three forms, see [`Look`]. When it never comes true, the error says what was waited for,
//! how long, and what was seen last.

use anyhow::ensure;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::fmt::Display;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks, when nobody says otherwise.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What one look brought: what is waited for, or what is there in its place.
pub trait Look {
    type Found;
    type Seen: Display;

    fn found(self) -> Result<Self::Found, Self::Seen>;
}

/// Something that can be taken along. An error is what was seen in its place, and no reason to give up.
impl<T, E: Display> Look for Result<T, E> {
    type Found = T;
    type Seen = E;

    fn found(self) -> Self {
        self
    }
}

/// Something that is there or not.
impl<T> Look for Option<T> {
    type Found = T;
    type Seen = &'static str;

    fn found(self) -> Result<T, Self::Seen> {
        self.ok_or("nothing")
    }
}

/// Something that is so or not.
impl Look for bool {
    type Found = ();
    type Seen = &'static str;

    fn found(self) -> Result<(), Self::Seen> {
        if self { Ok(()) } else { Err("it is not so") }
    }
}

/// How long is waited, and how often looked.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    limit: Duration,
    every: Duration,
}

/// Waits as long as a busy machine may need.
pub async fn until<L, F>(what: impl Display, look: impl FnMut() -> F) -> anyhow::Result<L::Found>
where
    L: Look,
    F: Future<Output = L>,
{
    within(crate::PATIENCE).until(what, look).await
}

/// Waits no longer than this.
pub fn within(limit: Duration) -> Wait {
    Wait { limit, every: LOOK_AGAIN }
}

impl Wait {
    /// Where it matters how often is looked: to measure, or since a look costs much.
    pub fn looking_every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    pub async fn until<L, F>(
        self,
        what: impl Display,
        mut look: impl FnMut() -> F,
    ) -> anyhow::Result<L::Found>
    where
        L: Look,
        F: Future<Output = L>,
    {
        let deadline = Instant::now() + self.limit;
        loop {
            match look().await.found() {
                Ok(found) => return Ok(found),
                Err(seen) => self.give_up_at(deadline, &what, seen)?,
            }
            sleep(self.every).await;
        }
    }

    /// As [`Wait::until`], for a look that waits itself and changes what it borrows. It cannot be handed to another thread.
    pub async fn until_mut<L: Look>(
        self,
        what: impl Display,
        mut look: impl AsyncFnMut() -> L,
    ) -> anyhow::Result<L::Found> {
        let deadline = Instant::now() + self.limit;
        loop {
            match look().await.found() {
                Ok(found) => return Ok(found),
                Err(seen) => self.give_up_at(deadline, &what, seen)?,
            }
            sleep(self.every).await;
        }
    }

    fn give_up_at(&self, deadline: Instant, what: &impl Display, seen: impl Display) -> anyhow::Result<()> {
        let over = Instant::now() >= deadline;
        ensure!(!over, "waited {:?} in vain for {what}; last seen: {seen:#}", self.limit);
        Ok(())
    }
}

/// Whether a child that nobody waited for yet has ended.
pub fn has_ended(child: Option<Pid>) -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    child.is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), look), Ok(None)))
}

#[cfg(test)]
mod tests {
    use super::{until, within};
    use std::future::ready;
    use std::time::Duration;

    #[tokio::test]
    async fn what_comes_at_last_is_handed_on() {
        let mut looks = 0;
        let found = until("the third look", || {
            looks += 1;
            ready((looks == 3).then_some("here"))
        });
        assert_eq!(found.await.unwrap(), "here");
    }

    #[tokio::test]
    async fn whoever_gives_up_says_what_was_waited_for_how_long_and_what_was_seen_last() {
        let mut looks = 0;
        let waiting = within(Duration::from_millis(30)).until("a fourth state", || {
            looks += 1;
            ready(Err::<(), _>(format!("state {}", looks.min(2))))
        });
        let said = waiting.await.unwrap_err().to_string();
        assert_eq!(said, "waited 30ms in vain for a fourth state; last seen: state 2");
    }
}
