//! The running sessions of this gateway, and who waits for room among them.
//!
//! A session takes room before it runs, and two never get the same. One that runs without having asked (OpenCode continued by
//! itself, or a person answered) counts too. Freed room goes to the session that has waited longest and fits.

use gateway_domain::{About, LimitReached, Limits, Person, Runner};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub struct RunningSessions {
    limits: Limits,
    book: Mutex<RoomBook>,
}

#[derive(Default)]
struct RoomBook {
    /// By session, or by the key of a start that has none yet.
    running: BTreeMap<String, RunningEntry>,
    waiting: VecDeque<WaitingSession>,
}

struct RunningEntry {
    runner: Runner,
    works: bool,
    /// Until the start that it belongs to is done.
    reserved: bool,
}

struct WaitingSession {
    session: String,
    runner: Runner,
    room: Arc<Notify>,
}

impl RunningSessions {
    pub fn new(limits: Limits) -> Self {
        Self { limits, book: Mutex::default() }
    }

    /// Whether a session of that project and person could start now.
    pub fn check(&self, project: Option<&str>, by: &Person) -> Result<(), LimitReached> {
        let runner = starting("", project, by);
        self.book().check(&self.limits, &runner)
    }

    /// Room for a session that is being started, until what is returned is dropped.
    pub fn reserve(
        self: &Arc<Self>,
        key: &str,
        title: &str,
        project: Option<&str>,
        by: &Person,
    ) -> Result<ReservedRoom, LimitReached> {
        let (key, runner) = (format!("start {key}"), starting(title, project, by));
        let mut book = self.book();
        book.check(&self.limits, &runner)?;
        book.running.insert(key.clone(), RunningEntry { runner, works: false, reserved: true });
        Ok(ReservedRoom { of: Arc::clone(self), key })
    }

    /// Room for a session whose agent is about to begin to work.
    pub(super) fn take(&self, session: &str, about: &About) -> Result<(), LimitReached> {
        let mut book = self.book();
        if let Some(entry) = book.running.get_mut(session) {
            entry.works = true;
            return Ok(());
        }
        let runner = Runner::of(session, about);
        book.check(&self.limits, &runner)?;
        book.running.insert(session.to_owned(), RunningEntry { runner, works: true, reserved: false });
        Ok(())
    }

    /// How the session stands now: whether its agent works, and where it hears of room if it waits for some.
    pub(super) fn settle(&self, session: &str, about: &About, works: bool, waits: Option<&Arc<Notify>>) {
        let (mut book, runner) = (self.book(), Runner::of(session, about));
        let entry = book.running.get_mut(session);
        match entry {
            Some(entry) => (entry.runner, entry.works) = (runner.clone(), works),
            None if works => {
                let entry = RunningEntry { runner: runner.clone(), works, reserved: false };
                book.running.insert(session.to_owned(), entry);
            }
            None => {}
        }
        book.wait(session, runner, waits);
        book.give_room(&self.limits);
    }

    fn book(&self) -> MutexGuard<'_, RoomBook> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomBook {
    fn check(&self, limits: &Limits, runner: &Runner) -> Result<(), LimitReached> {
        limits.check(self.running.values().map(|entry| &entry.runner), runner)
    }

    /// A session that waits already keeps its place in the queue.
    fn wait(&mut self, session: &str, runner: Runner, room: Option<&Arc<Notify>>) {
        let at = self.waiting.iter().position(|one| one.session == session);
        match (at, room) {
            (Some(at), None) => drop(self.waiting.remove(at)),
            (None, Some(room)) => {
                let (session, room) = (session.to_owned(), Arc::clone(room));
                self.waiting.push_back(WaitingSession { session, runner, room });
            }
            _ => {}
        }
    }

    /// Takes the room for the session that hears of it, so that no other comes between.
    fn give_room(&mut self, limits: &Limits) {
        self.running.retain(|_, entry| entry.works || entry.reserved);
        let mut at = 0;
        while let Some(one) = self.waiting.get(at) {
            if self.check(limits, &one.runner).is_err() {
                at += 1;
                continue;
            }
            let Some(WaitingSession { session, runner, room }) = self.waiting.remove(at) else { return };
            self.running.insert(session, RunningEntry { runner, works: true, reserved: false });
            room.notify_one();
        }
    }
}

fn starting(title: &str, project: Option<&str>, by: &Person) -> Runner {
    let (title, project) = (title.to_owned(), project.map(str::to_owned));
    Runner { session: None, title, project, owner: Some(by.clone()) }
}

/// Room for a start that is under way.
pub struct ReservedRoom {
    of: Arc<RunningSessions>,
    key: String,
}

impl ReservedRoom {
    /// The session is made: the room is its own until its first message is on the way.
    pub fn becomes(&mut self, session: &str) {
        let mut book = self.of.book();
        let before = std::mem::replace(&mut self.key, session.to_owned());
        let Some(mut entry) = book.running.remove(&before) else { return };
        entry.runner.session = Some(session.to_owned());
        // It may have begun to work before the start heard of it.
        let works = book.running.get(session).is_some_and(|known| known.works);
        book.running.insert(session.to_owned(), RunningEntry { works, ..entry });
    }
}

impl Drop for ReservedRoom {
    fn drop(&mut self) {
        let mut book = self.of.book();
        if let Some(entry) = book.running.get_mut(&self.key) {
            entry.reserved = false;
        }
        book.give_room(&self.of.limits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn about(project: &str) -> About {
        About { project: Some(project.to_owned()), title: "One".to_owned(), ..About::default() }
    }

    fn anna() -> Person {
        Person { id: "web:anna".into(), name: "anna".into() }
    }

    fn at_most(gateway: usize) -> Arc<RunningSessions> {
        let projects = [("shop".to_owned(), 1)].into();
        Arc::new(RunningSessions::new(Limits { gateway, projects, ..Limits::default() }))
    }

    fn is_told(room: &Arc<Notify>) -> bool {
        room.notified().now_or_never().is_some()
    }

    #[test]
    fn freed_room_goes_to_the_one_that_waited_longest_and_fits() {
        // REQ-START-09
        let (all, shop, blog) = (at_most(2), about("shop"), about("blog"));
        all.take("ses_1", &shop).unwrap();
        all.take("ses_2", &blog).unwrap();
        let rooms = [(); 3].map(|()| Arc::new(Notify::new()));
        for (n, (room, about)) in rooms.iter().zip([&shop, &blog, &blog]).enumerate() {
            let session = format!("ses_1{n}");
            assert!(all.take(&session, about).is_err());
            all.settle(&session, about, false, Some(room));
        }
        all.settle("ses_2", &blog, false, None);
        assert_eq!(
            rooms.each_ref().map(is_told),
            [false, true, false],
            "the project of the first has no room"
        );
        assert!(all.take("ses_4", &blog).is_err(), "no other comes between");
        assert!(all.take("ses_11", &blog).is_ok());
        // One that was told and does not run after all passes it on.
        all.settle("ses_11", &blog, false, None);
        assert_eq!(rooms.each_ref().map(is_told), [false, false, true]);
        all.settle("ses_1", &shop, false, None);
        assert_eq!(rooms.each_ref().map(is_told), [true, false, false]);
    }

    #[test]
    fn a_start_has_its_room_until_its_session_works() {
        // REQ-START-09
        let (all, shop) = (at_most(1), about("shop"));
        let mut start = all.reserve("key00001", "One", Some("shop"), &anna()).unwrap();
        let refused = all.reserve("key00002", "Two", None, &anna()).err().unwrap();
        assert_eq!((refused.starting, refused.running.len()), (1, 0));
        start.becomes("ses_1");
        all.settle("ses_1", &shop, false, None);
        let refused = all.check(None, &anna()).unwrap_err();
        assert_eq!(refused.running[0].session, "ses_1");
        all.take("ses_1", &shop).unwrap();
        all.settle("ses_1", &shop, true, None);
        drop(start);
        assert!(all.check(None, &anna()).is_err(), "it works");
        all.settle("ses_1", &shop, false, None);
        assert!(all.check(None, &anna()).is_ok());
        let failed = all.reserve("key00003", "Three", None, &anna()).unwrap();
        drop(failed);
        assert!(all.check(None, &anna()).is_ok(), "a start that failed takes no room");
    }

    #[test]
    fn what_runs_without_having_asked_counts() {
        // REQ-START-09
        let (all, blog) = (at_most(1), about("blog"));
        all.settle("ses_1", &blog, true, None);
        all.settle("ses_2", &blog, true, None);
        all.settle("ses_1", &blog, false, None);
        assert!(all.take("ses_3", &blog).is_err());
    }
}
