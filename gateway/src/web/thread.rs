//! Threads and session cards: as they are, and as streams of what changes.
//!
//! A stream begins with everything there is, or, for a page that comes back after a break, with what is different since
//! the last event that it took. Text that only grew is told as what was added, with the offset where it begins.

use super::events::{Events, NoData, Since, TypedEvent, id, named};
use super::paging::{Cursor, Page, PageQuery, bounded};
use super::path_ids::OfSession;
use super::{Api, Problem};
use crate::sessions::tasks::{CardsWatch, News, ThreadUpdate, ThreadWatch};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::sse::Event;
use futures_util::{StreamExt, stream};
use gateway_domain::SessionCard;
use gateway_domain::thread::{ItemBody, SortKey, ThreadItem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// Something with the id of its event.
#[derive(JsonSchema, Serialize)]
#[serde(transparent)]
#[schemars(transparent, inline)]
pub(super) struct WithEventId<T> {
    what: T,
    #[serde(skip)]
    id: String,
}

/// What the stream of a thread tells.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub(super) enum ThreadEvent {
    Thread(WithEventId<Whole>),
    News(WithEventId<ThreadNews>),
    /// The stream goes on where this watcher left it: what is different since follows.
    Resumed(NoData),
    /// This watcher fell behind: open the stream again.
    Reload(NoData),
}

/// A change of the thread, numbered.
#[derive(JsonSchema, Serialize)]
pub(super) struct ThreadNews {
    rev: u64,
    #[serde(flatten)]
    what: Change,
}

#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
#[schemars(rename = "ThreadChange")]
enum Change {
    Grew(Grown),
    Other(News),
}

/// Text that grew is told as its new end.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "news", rename_all = "snake_case")]
enum Grown {
    Grew {
        key: String,
        /// Where what was added begins, in units of UTF-16: as a browser counts.
        offset: usize,
        added: String,
        /// False while more may follow.
        complete: bool,
    },
}

impl TypedEvent for ThreadEvent {
    fn event(&self) -> Event {
        match self {
            Self::Thread(whole) => named("thread", &whole.what).id(&*whole.id),
            Self::News(news) => named("news", &news.what).id(&*news.id),
            Self::Resumed(nothing) => named("resumed", nothing),
            Self::Reload(nothing) => named("reload", nothing),
        }
    }
}

/// What the stream of cards tells.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub(super) enum CardEvent {
    Cards(WithEventId<Vec<Arc<SessionCard>>>),
    Card(WithEventId<Arc<SessionCard>>),
    /// The stream goes on where this watcher left it: what is different since follows.
    Resumed(NoData),
    /// This watcher fell behind: open the stream again.
    Reload(NoData),
}

impl TypedEvent for CardEvent {
    fn event(&self) -> Event {
        match self {
            Self::Cards(cards) => named("cards", &cards.what).id(&*cards.id),
            Self::Card(card) => named("card", &card.what).id(&*card.id),
            Self::Resumed(nothing) => named("resumed", nothing),
            Self::Reload(nothing) => named("reload", nothing),
        }
    }
}

/// A thread with everything in it.
#[derive(JsonSchema, Serialize)]
pub(super) struct Whole {
    rev: u64,
    card: Arc<SessionCard>,
    items: Vec<Arc<ThreadItem>>,
}

/// A thread, or the newest part of it.
#[derive(JsonSchema, Serialize)]
pub(super) struct ThreadPage {
    #[serde(flatten)]
    whole: Whole,
    /// What to give as `before` for the items before these; missing when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<SortKey>,
}

/// Most items in one part; a thread of some thousand is a few MiB.
const MAX_ITEMS: u32 = 1_000;

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThreadQuery {
    /// Only so many of the newest items; all when it is not said.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
    /// `next` of the part after: only items before that.
    before: Option<SortKey>,
}

pub(super) async fn cards(
    State(api): State<Api>,
    wanted: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<Arc<SessionCard>>>, Problem> {
    let place = |card: &Arc<SessionCard>| {
        let started = card.about.started_at.map_or(0, |at| at.as_microsecond());
        Cursor(started, card.session.clone())
    };
    Ok(Json(Page::newest_first(api.desk.cards(), &wanted?.0, place)?))
}

/// All cards, then each that changes.
pub(super) async fn card_events(State(api): State<Api>, since: Since) -> Events<CardEvent> {
    let CardsWatch { cards, rev, changes } = api.desk.follow_cards();
    let run = Arc::clone(&api.run);
    let told = move |(number, card)| CardEvent::Card(WithEventId { what: card, id: id(&run, number) });
    let first = match since.number(&api.run).filter(|since| *since <= rev) {
        Some(since) => missed_cards(cards, since, &told),
        None => vec![CardEvent::Cards(WithEventId { what: api.desk.cards(), id: id(&api.run, rev) })],
    };
    let changes =
        BroadcastStream::new(changes).map(move |change| change.map_or(CardEvent::Reload(NoData {}), &told));
    Events::until(&api.stopping, stream::iter(first).chain(changes))
}

fn missed_cards(
    mut cards: Vec<(u64, Arc<SessionCard>)>,
    since: u64,
    told: impl Fn((u64, Arc<SessionCard>)) -> CardEvent,
) -> Vec<CardEvent> {
    cards.retain(|(number, _)| *number > since);
    cards.sort_by_key(|(number, _)| *number);
    std::iter::once(CardEvent::Resumed(NoData {})).chain(cards.into_iter().map(told)).collect()
}

pub(super) async fn show(
    State(api): State<Api>,
    OfSession(id): OfSession,
    part: Result<Query<ThreadQuery>, QueryRejection>,
) -> Result<Json<ThreadPage>, Problem> {
    let Query(ThreadQuery { limit, before }) = part?;
    let limit = limit.map(|limit| bounded(Some(limit), MAX_ITEMS, MAX_ITEMS)).transpose()?;
    let ThreadWatch { card, mut items, rev, .. } = api.desk.watch(&id).await?;
    items.retain(|item| before.as_ref().is_none_or(|before| item.order < *before));
    let cut = limit.map_or(0, |limit| items.len().saturating_sub(limit as usize));
    let next = (cut > 0).then(|| items[cut].order.clone());
    items.drain(..cut);
    Ok(Json(ThreadPage { whole: Whole { rev, card, items }, next }))
}

pub(super) async fn events(
    State(api): State<Api>,
    OfSession(session): OfSession,
    since: Since,
) -> Result<Events<ThreadEvent>, Problem> {
    let run = Arc::clone(&api.run);
    let news = move |what: ThreadNews| ThreadEvent::News(WithEventId { id: id(&run, what.rev), what });
    let resumed = since.number(&api.run).and_then(|since| api.desk.resume(&session, since));
    let (first, watch) = match resumed {
        Some((missed, watch)) => {
            let missed = missed.into_iter().map(|told| news(whole(&told)));
            (std::iter::once(ThreadEvent::Resumed(NoData {})).chain(missed).collect(), watch)
        }
        None => {
            let watch = api.desk.watch(&session).await?;
            let (card, items, rev) = (Arc::clone(&watch.card), watch.items.clone(), watch.rev);
            let what = Whole { rev, card, items };
            (vec![ThreadEvent::Thread(WithEventId { what, id: id(&api.run, rev) })], watch)
        }
    };
    let mut known: HashMap<String, Arc<ThreadItem>> =
        watch.items.into_iter().map(|item| (item.key.clone(), item)).collect();
    let changes = BroadcastStream::new(watch.changes).map(move |change| match change {
        Ok(told) => news(shortened(&told, &mut known)),
        Err(BroadcastStreamRecvError::Lagged(_)) => ThreadEvent::Reload(NoData {}),
    });
    Ok(Events::until(&api.stopping, stream::iter(first).chain(changes)))
}

fn whole(told: &ThreadUpdate) -> ThreadNews {
    ThreadNews { rev: told.rev, what: Change::Other(told.what.clone()) }
}

/// Text that grew is told as its new end.
fn shortened(told: &ThreadUpdate, known: &mut HashMap<String, Arc<ThreadItem>>) -> ThreadNews {
    let grown = match &told.what {
        News::Put { item } => {
            let before = known.insert(item.key.clone(), Arc::clone(item));
            before.and_then(|before| grown(&before, item))
        }
        News::Remove { key } => {
            known.remove(key);
            None
        }
        News::Card { .. } => None,
    };
    grown.map_or_else(|| whole(told), |grown| ThreadNews { rev: told.rev, what: Change::Grew(grown) })
}

fn grown(before: &ThreadItem, item: &ThreadItem) -> Option<Grown> {
    let (ItemBody::Said { text: old, by: was, .. }, ItemBody::Said { text, by, complete, files, queued }) =
        (&before.body, &item.body)
    else {
        return None;
    };
    let same = before.order == item.order && was == by && files.is_empty() && !queued && !old.is_empty();
    let added = text.strip_prefix(old.as_str()).filter(|_| same)?.to_owned();
    Some(Grown::Grew {
        key: item.key.clone(),
        offset: old.encode_utf16().count(),
        added,
        complete: *complete,
    })
}
