//! What surfaces show: the items of each thread, and a card a session. Filled by the sessions' tasks.
//!
//! Every change has a number. A surface that comes back with the number of the last one it took is told what is
//! different since: the items as they are now, not each step on the way. So nothing but a number an item is kept for
//! it, however many threads there are and however fast text streams.

use crate::sessions::guards::Guards;
use crate::sessions::pages::OpenCodePages;
use crate::sessions::ports::SessionCards;
use dashmap::DashMap;
use gateway_domain::thread::{ItemBody, ThreadChange, ThreadItem};
use gateway_domain::{Ask, FileNote, SessionCard};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Changes a surface may lag behind before it is told to load the thread anew.
const LAG: usize = 1_024;

/// Removed items of a thread that are remembered for surfaces that come back. Items are only removed when they are
/// merged into others, so this is long; a surface that was away for longer loads the thread anew.
const REMOVED: usize = 256;

/// A change of a thread, numbered.
#[derive(JsonSchema, Clone, Debug, Serialize)]
pub struct ThreadUpdate {
    pub rev: u64,
    #[serde(flatten)]
    pub what: News,
}

#[derive(JsonSchema, Clone, Debug, Serialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// The item is new, or different now.
    Put {
        item: Arc<ThreadItem>,
    },
    /// The item is gone.
    Remove {
        key: String,
    },
    Card {
        card: Arc<SessionCard>,
    },
}

/// Something, and the number of its last change.
type WithRev<T> = (u64, Arc<T>);

struct ShownThread {
    card: WithRev<SessionCard>,
    /// The number of the card's last change among all cards.
    place: u64,
    items: BTreeMap<String, WithRev<ThreadItem>>,
    removed: VecDeque<(u64, String)>,
    /// Removals up to here are forgotten.
    forgotten: u64,
    rev: u64,
    watchers: broadcast::Sender<Arc<ThreadUpdate>>,
}

/// A thread with everything in it, and the changes that follow.
pub struct ThreadWatch {
    pub card: Arc<SessionCard>,
    /// In their order.
    pub items: Vec<Arc<ThreadItem>>,
    pub rev: u64,
    pub changes: broadcast::Receiver<Arc<ThreadUpdate>>,
}

/// All cards with their numbers, and the changes that follow.
pub struct CardsWatch {
    pub cards: Vec<(u64, Arc<SessionCard>)>,
    /// The number of the newest change.
    pub rev: u64,
    pub changes: broadcast::Receiver<(u64, Arc<SessionCard>)>,
}

/// All threads. Locks are held for one change only, never over an await.
pub struct Threads {
    all: DashMap<String, ShownThread>,
    /// The number of the newest change of a card. Held while a card is shown, so that numbers are told in order.
    newest: Mutex<u64>,
    /// Cards as they change, for lists.
    cards: broadcast::Sender<Arc<SessionCard>>,
    numbered: broadcast::Sender<(u64, Arc<SessionCard>)>,
    pages: OpenCodePages,
    guards: Guards,
    /// Threads from before a restart that lack what was said meanwhile; each is told when that is there.
    behind: DashMap<String, CancellationToken>,
}

impl Default for Threads {
    fn default() -> Self {
        Self::with_pages(OpenCodePages::default())
    }
}

impl SessionCards for Threads {
    fn card_of(&self, session: &str) -> Option<Arc<SessionCard>> {
        Threads::card_of(self, session)
    }
}

impl Threads {
    /// Threads whose cards say where OpenCode's own web UI shows the session.
    pub fn with_pages(pages: OpenCodePages) -> Self {
        Self {
            all: DashMap::new(),
            newest: Mutex::default(),
            cards: broadcast::channel(LAG).0,
            numbered: broadcast::channel(LAG).0,
            pages,
            guards: Guards::default(),
            behind: DashMap::new(),
        }
    }

    /// What pods said of their guards. Whose cards change with that is told anew by their own coming back.
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    pub(super) fn is_unguarded(&self, pod: &str) -> bool {
        self.guards.is_unguarded(pod)
    }

    /// What was said before the restart is not in this thread yet.
    pub(super) fn is_behind(&self, session: &str) {
        self.behind.insert(session.to_owned(), CancellationToken::new());
    }

    pub(super) fn caught_up_with(&self, session: &str) {
        if let Some((_, waiting)) = self.behind.remove(session) {
            waiting.cancel();
        }
    }

    /// Waits until the thread has what was said before the gateway last started. Without its pod it never has: bound it.
    pub async fn caught_up(&self, session: &str) {
        let behind = self.behind.get(session).map(|waiting| waiting.clone());
        if let Some(behind) = behind {
            behind.cancelled().await;
        }
    }

    pub(super) fn show(&self, session: &str, change: ThreadChange) {
        let Some(mut shown) = self.all.get_mut(session) else { return };
        let rev = shown.rev + 1;
        let what = match change {
            ThreadChange::Put(item) => {
                let item: Arc<ThreadItem> = Arc::from(item);
                shown.items.insert(item.key.clone(), (rev, Arc::clone(&item)));
                News::Put { item }
            }
            ThreadChange::Remove(key) => {
                if shown.items.remove(&key).is_some() {
                    shown.remember(rev, &key);
                }
                News::Remove { key }
            }
        };
        shown.tell(what);
    }

    /// A card in the thread, as it is for now.
    pub(super) fn show_ask(&self, session: &str, ask: &Ask) {
        let known = self.all.get(session).and_then(|shown| {
            let (_, item) = shown.items.get(&format!("ask_{}", ask.id))?;
            Some(ThreadItem::clone(item))
        });
        if let Some(item) = known {
            let body = ItemBody::Ask { ask: Box::new(ask.clone()) };
            self.show(session, ThreadChange::Put(Box::new(ThreadItem { body, ..item })));
        }
    }

    pub(super) fn card(&self, mut card: SessionCard) {
        card.guard = self.guards.of(&card.pod).map(|known| known.state);
        card.opencode_url = self.pages.url(&card.pod, &card.about.directory, &card.session);
        let card = Arc::new(card);
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest += 1;
        let mut shown =
            self.all.entry(card.session.clone()).or_insert_with(|| ShownThread::new(Arc::clone(&card)));
        shown.card = (shown.rev + 1, Arc::clone(&card));
        shown.place = *newest;
        shown.tell(News::Card { card: Arc::clone(&card) });
        drop(shown);
        // Nobody may be looking.
        let _ = self.numbered.send((*newest, Arc::clone(&card)));
        let _ = self.cards.send(card);
    }

    pub fn cards(&self) -> Vec<Arc<SessionCard>> {
        self.all.iter().map(|shown| Arc::clone(&shown.card.1)).collect()
    }

    pub fn card_of(&self, session: &str) -> Option<Arc<SessionCard>> {
        self.all.get(session).map(|shown| Arc::clone(&shown.card.1))
    }

    /// The file of a message that still waits on the gateway's own disk.
    pub fn file_of(&self, session: &str, message: &str, file: &str) -> Option<FileNote> {
        let shown = self.all.get(session)?;
        let (_, item) = shown.items.get(message)?;
        let ItemBody::Said { files, .. } = &item.body else { return None };
        files.iter().find(|one| one.id == file)?.note.clone()
    }

    /// The cards as they change from now on.
    pub fn watch_cards(&self) -> broadcast::Receiver<Arc<SessionCard>> {
        self.cards.subscribe()
    }

    /// All cards as they are, and as they change from then on.
    pub fn follow_cards(&self) -> CardsWatch {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = self.numbered.subscribe();
        let cards = self.all.iter().map(|shown| (shown.place, Arc::clone(&shown.card.1))).collect();
        CardsWatch { cards, rev: *newest, changes }
    }

    /// Waits until the session's task has shown its card, which it does as it begins.
    pub async fn shown(&self, session: &str) {
        self.shown_as(session, |_| true).await;
    }

    /// Waits until its card is as wanted.
    pub async fn shown_as(&self, session: &str, wanted: impl Fn(&SessionCard) -> bool) {
        let mut cards = self.cards.subscribe();
        while !self.card_of(session).is_some_and(|card| wanted(&card)) {
            if let Err(broadcast::error::RecvError::Closed) = cards.recv().await {
                return;
            }
        }
    }

    pub fn watch(&self, session: &str) -> Option<ThreadWatch> {
        Some(self.all.get_mut(session)?.watch())
    }

    /// The same for a surface that has the thread as it was at `since`: what is different, in the order of the
    /// numbers. None when that is not known any more.
    pub fn resume(&self, session: &str, since: u64) -> Option<(Vec<ThreadUpdate>, ThreadWatch)> {
        let mut shown = self.all.get_mut(session)?;
        let missed = shown.since(since)?;
        Some((missed, shown.watch()))
    }
}

impl ShownThread {
    fn new(card: Arc<SessionCard>) -> Self {
        Self {
            card: (0, card),
            place: 0,
            items: BTreeMap::new(),
            removed: VecDeque::new(),
            forgotten: 0,
            rev: 0,
            watchers: broadcast::channel(1).0,
        }
    }

    fn tell(&mut self, what: News) {
        self.rev += 1;
        let _ = self.watchers.send(Arc::new(ThreadUpdate { rev: self.rev, what }));
    }

    fn remember(&mut self, rev: u64, key: &str) {
        self.removed.push_back((rev, key.to_owned()));
        if self.removed.len() > REMOVED
            && let Some((rev, _)) = self.removed.pop_front()
        {
            self.forgotten = rev;
        }
    }

    fn watch(&mut self) -> ThreadWatch {
        if self.watchers.receiver_count() == 0 {
            // Made when somebody looks: a queue for each of thousands of idle threads would cost memory.
            self.watchers = broadcast::channel(LAG).0;
        }
        let changes = self.watchers.subscribe();
        let mut items: Vec<_> = self.items.values().map(|(_, item)| Arc::clone(item)).collect();
        items.sort_by(|a, b| a.order.cmp(&b.order));
        ThreadWatch { card: Arc::clone(&self.card.1), items, rev: self.rev, changes }
    }

    fn since(&self, since: u64) -> Option<Vec<ThreadUpdate>> {
        if since < self.forgotten || since > self.rev {
            return None;
        }
        let put = self.items.values().map(|(rev, item)| (*rev, News::Put { item: Arc::clone(item) }));
        let removed = self.removed.iter().map(|(rev, key)| (*rev, News::Remove { key: key.clone() }));
        let card = (self.card.0, News::Card { card: Arc::clone(&self.card.1) });
        let all = put.chain(removed).chain([card]).filter(|(rev, _)| *rev > since);
        let mut missed: Vec<_> = all.map(|(rev, what)| ThreadUpdate { rev, what }).collect();
        missed.sort_by_key(|told| told.rev);
        Some(missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::thread::{ItemBody, SortKey, Tone};
    use gateway_domain::{PolicyBook, Session};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn card(title: &str) -> SessionCard {
        let mut card = Session::new("ses_00000001", "pod", PolicyBook::default().standard).card();
        title.clone_into(&mut card.about.title);
        card
    }

    fn item(key: u8, text: String) -> ThreadChange {
        let (key, at) = (format!("item_{key}"), Timestamp::UNIX_EPOCH);
        let order = SortKey::new(0, 0, &key);
        let body = ItemBody::Note { tone: Tone::Info, text, details: None };
        ThreadChange::Put(Box::new(ThreadItem { key, order, at, body }))
    }

    /// What a surface shows, folded from what it is told.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Surface {
        rev: u64,
        title: String,
        items: BTreeMap<String, ThreadItem>,
    }

    impl Surface {
        fn of(watch: &ThreadWatch) -> Self {
            let items = watch.items.iter().map(|item| (item.key.clone(), ThreadItem::clone(item))).collect();
            Self { rev: watch.rev, title: watch.card.about.title.clone(), items }
        }

        fn take(&mut self, told: &ThreadUpdate) {
            assert!(told.rev > self.rev, "{} is told again after {}", told.rev, self.rev);
            self.rev = told.rev;
            match &told.what {
                News::Put { item } => drop(self.items.insert(item.key.clone(), ThreadItem::clone(item))),
                News::Remove { key } => drop(self.items.remove(key)),
                News::Card { card } => self.title.clone_from(&card.about.title),
            }
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8),
        Remove(u8),
        Card,
        /// The surface goes away after it took so many changes, and comes back at once.
        Back,
        Away,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0_u8..6).prop_map(Step::Put),
            2 => (0_u8..6).prop_map(Step::Remove),
            1 => Just(Step::Card),
            2 => Just(Step::Back),
            2 => Just(Step::Away),
        ]
    }

    proptest! {
        #[test]
        fn a_surface_that_comes_back_has_all_of_it_once(steps in proptest::collection::vec(step(), 0..80)) {
            // REQ-CONSOLE-02
            let threads = Threads::default();
            threads.card(card("first"));
            let watch = threads.watch("ses_00000001").unwrap();
            let mut surface = Surface::of(&watch);
            let mut changes = Some(watch.changes);
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Put(key) => threads.show("ses_00000001", item(key, format!("text {number}"))),
                    Step::Remove(key) => threads.show("ses_00000001", ThreadChange::Remove(format!("item_{key}"))),
                    Step::Card => threads.card(card(&format!("title {number}"))),
                    Step::Away => changes = None,
                    Step::Back => {
                        let (missed, watch) = threads.resume("ses_00000001", surface.rev).unwrap();
                        missed.iter().for_each(|told| surface.take(told));
                        prop_assert_eq!(&surface.items, &Surface::of(&watch).items);
                        surface.rev = watch.rev;
                        changes = Some(watch.changes);
                    }
                }
                while let Some(Ok(told)) = changes.as_mut().map(broadcast::Receiver::try_recv) {
                    surface.take(&told);
                }
            }
            let (missed, watch) = threads.resume("ses_00000001", surface.rev).unwrap();
            missed.iter().for_each(|told| surface.take(told));
            surface.rev = watch.rev;
            prop_assert_eq!(surface, Surface::of(&watch));
        }
    }

    #[test]
    fn who_was_away_for_too_long_loads_the_thread_anew() {
        // REQ-CONSOLE-02
        let threads = Threads::default();
        threads.card(card("first"));
        for _ in 0..=REMOVED {
            threads.show("ses_00000001", item(1, "text".into()));
            threads.show("ses_00000001", ThreadChange::Remove("item_1".into()));
        }
        assert!(threads.resume("ses_00000001", 1).is_none(), "its removals are forgotten");
        assert!(threads.resume("ses_00000001", 3).is_some(), "the first removal is all that is forgotten");
        assert!(threads.resume("ses_00000001", 1_000_000).is_none(), "of a number that was never told");
    }

    #[test]
    fn cards_are_numbered_in_the_order_in_which_they_change() {
        // REQ-CONSOLE-02
        let threads = Threads::default();
        threads.card(card("first"));
        let mut watch = threads.follow_cards();
        assert_eq!((watch.rev, watch.cards.len(), watch.cards[0].0), (1, 1, 1));
        threads.card(card("second"));
        let (rev, told) = watch.changes.try_recv().unwrap();
        assert_eq!((rev, told.about.title.as_str()), (2, "second"));
        assert_eq!(threads.follow_cards().cards[0].0, 2);
    }
}
