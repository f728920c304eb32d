//! What surfaces show: the items of each thread, and a card a session. Filled by the sessions' tasks.

use crate::sessions::pages::OpenCodePages;
use dashmap::DashMap;
use gateway_domain::SessionCard;
use gateway_domain::thread::{ThreadChange, ThreadItem};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Changes a surface may lag behind before it is told to load the thread anew.
const LAG: usize = 1_024;

/// A change of a thread, numbered.
#[derive(JsonSchema, Clone, Debug, Serialize)]
pub struct Told {
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

struct Shown {
    card: Arc<SessionCard>,
    items: BTreeMap<String, Arc<ThreadItem>>,
    rev: u64,
    watchers: broadcast::Sender<Arc<Told>>,
}

/// A thread with everything in it, and the changes that follow.
pub struct ThreadWatch {
    pub card: Arc<SessionCard>,
    /// In their order.
    pub items: Vec<Arc<ThreadItem>>,
    pub rev: u64,
    pub changes: broadcast::Receiver<Arc<Told>>,
}

/// All threads. Locks are held for one change only, never over an await.
pub struct Threads {
    all: DashMap<String, Shown>,
    /// Cards as they change, for lists.
    cards: broadcast::Sender<Arc<SessionCard>>,
    pages: OpenCodePages,
}

impl Default for Threads {
    fn default() -> Self {
        Self::with_pages(OpenCodePages::default())
    }
}

impl Threads {
    /// Threads whose cards say where OpenCode's own web UI shows the session.
    pub fn with_pages(pages: OpenCodePages) -> Self {
        Self { all: DashMap::new(), cards: broadcast::channel(LAG).0, pages }
    }

    pub(super) fn show(&self, session: &str, change: ThreadChange) {
        let Some(mut shown) = self.all.get_mut(session) else { return };
        let what = match change {
            ThreadChange::Put(item) => {
                let item: Arc<ThreadItem> = Arc::from(item);
                shown.items.insert(item.key.clone(), Arc::clone(&item));
                News::Put { item }
            }
            ThreadChange::Remove(key) => {
                shown.items.remove(&key);
                News::Remove { key }
            }
        };
        shown.tell(what);
    }

    pub(super) fn card(&self, mut card: SessionCard) {
        card.opencode_url = self.pages.url(&card.pod, &card.about.directory, &card.session);
        let card = Arc::new(card);
        let mut shown = self.all.entry(card.session.clone()).or_insert_with(|| Shown {
            card: Arc::clone(&card),
            items: BTreeMap::new(),
            rev: 0,
            watchers: broadcast::channel(1).0,
        });
        shown.card = Arc::clone(&card);
        shown.tell(News::Card { card: Arc::clone(&card) });
        drop(shown);
        // Nobody may be looking.
        let _ = self.cards.send(card);
    }

    pub fn cards(&self) -> Vec<Arc<SessionCard>> {
        self.all.iter().map(|shown| Arc::clone(&shown.card)).collect()
    }

    pub fn card_of(&self, session: &str) -> Option<Arc<SessionCard>> {
        self.all.get(session).map(|shown| Arc::clone(&shown.card))
    }

    /// The cards as they change from now on.
    pub fn watch_cards(&self) -> broadcast::Receiver<Arc<SessionCard>> {
        self.cards.subscribe()
    }

    /// Waits until the session's task has shown its card, which it does as it begins.
    pub async fn shown(&self, session: &str) {
        let mut cards = self.cards.subscribe();
        while !self.all.contains_key(session) {
            if let Err(broadcast::error::RecvError::Closed) = cards.recv().await {
                return;
            }
        }
    }

    pub fn watch(&self, session: &str) -> Option<ThreadWatch> {
        let mut shown = self.all.get_mut(session)?;
        if shown.watchers.receiver_count() == 0 {
            // Made when somebody looks: a queue for each of thousands of idle threads would cost memory.
            shown.watchers = broadcast::channel(LAG).0;
        }
        let changes = shown.watchers.subscribe();
        let mut items: Vec<_> = shown.items.values().cloned().collect();
        items.sort_by(|a, b| a.order.cmp(&b.order));
        Some(ThreadWatch { card: Arc::clone(&shown.card), items, rev: shown.rev, changes })
    }
}

impl Shown {
    fn tell(&mut self, what: News) {
        self.rev += 1;
        let _ = self.watchers.send(Arc::new(Told { rev: self.rev, what }));
    }
}
