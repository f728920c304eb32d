//! Threads and session cards: as they are, and as streams of what changes.
//!
//! A stream begins with everything there is, so a page that comes back after a break is right at once. Text that
//! only grew is told as what was added, with the offset where it begins.

use super::events::{Events, Nothing, Telling, named};
use super::ids::OfSession;
use super::page::{Cursor, Page, Wanted, bounded};
use super::{Api, Problem};
use crate::sessions::core::{News, ThreadWatch, Told};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::sse::Event;
use futures_util::{StreamExt, stream};
use gateway_domain::SessionCard;
use gateway_domain::thread::{ItemBody, Order, ThreadItem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// What the stream of a thread tells.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub(super) enum ThreadEvent {
    Thread(Whole),
    News(ThreadNews),
    /// This watcher fell behind: open the stream again.
    Reload(Nothing),
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
#[serde(tag = "news", rename = "grew")]
#[schemars(rename = "Grown")]
struct Grown {
    key: String,
    /// Where what was added begins, in units of UTF-16: as a browser counts.
    offset: usize,
    added: String,
    /// False while more may follow.
    complete: bool,
}

impl Telling for ThreadEvent {
    fn event(&self) -> Event {
        match self {
            Self::Thread(whole) => named("thread", whole).id(whole.rev.to_string()),
            Self::News(news) => named("news", news).id(news.rev.to_string()),
            Self::Reload(nothing) => named("reload", nothing),
        }
    }
}

/// What the stream of cards tells.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub(super) enum CardEvent {
    Cards(Vec<Arc<SessionCard>>),
    Card(Arc<SessionCard>),
    /// This watcher fell behind: open the stream again.
    Reload(Nothing),
}

impl Telling for CardEvent {
    fn event(&self) -> Event {
        match self {
            Self::Cards(cards) => named("cards", cards),
            Self::Card(card) => named("card", card),
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
    next: Option<Order>,
}

/// Most items in one part; a thread of some thousand is a few MiB.
const MAX_ITEMS: u32 = 1_000;

#[derive(JsonSchema, Deserialize)]
pub(super) struct Part {
    /// Only so many of the newest items; all when it is not said.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
    /// `next` of the part after: only items before that.
    before: Option<Order>,
}

pub(super) async fn cards(
    State(api): State<Api>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Page<Arc<SessionCard>>>, Problem> {
    let place = |card: &Arc<SessionCard>| {
        let started = card.about.started_at.map_or(0, |at| at.as_microsecond());
        Cursor(started, card.session.clone())
    };
    Ok(Json(Page::newest_first(api.desk.cards(), &wanted?.0, place)?))
}

/// All cards, then each that changes.
pub(super) async fn card_events(State(api): State<Api>) -> Events<CardEvent> {
    let changes = BroadcastStream::new(api.desk.watch_cards())
        .map(|change| change.map_or(CardEvent::Reload(Nothing {}), CardEvent::Card));
    let first = stream::iter([CardEvent::Cards(api.desk.cards())]);
    Events::until(&api.stopping, first.chain(changes))
}

pub(super) async fn show(
    State(api): State<Api>,
    OfSession(id): OfSession,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<ThreadPage>, Problem> {
    let Query(Part { limit, before }) = part?;
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
    OfSession(id): OfSession,
) -> Result<Events<ThreadEvent>, Problem> {
    let ThreadWatch { card, items, rev, changes } = api.desk.watch(&id).await?;
    let mut known: HashMap<String, Arc<ThreadItem>> =
        items.iter().map(|item| (item.key.clone(), Arc::clone(item))).collect();
    let first = stream::iter([ThreadEvent::Thread(Whole { rev, card, items })]);
    let changes = BroadcastStream::new(changes).map(move |change| match change {
        Ok(told) => ThreadEvent::News(shortened(&told, &mut known)),
        Err(BroadcastStreamRecvError::Lagged(_)) => ThreadEvent::Reload(Nothing {}),
    });
    Ok(Events::until(&api.stopping, first.chain(changes)))
}

/// Text that grew is told as its new end.
fn shortened(told: &Told, known: &mut HashMap<String, Arc<ThreadItem>>) -> ThreadNews {
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
    let what = grown.map_or_else(|| Change::Other(told.what.clone()), Change::Grew);
    ThreadNews { rev: told.rev, what }
}

fn grown(before: &ThreadItem, item: &ThreadItem) -> Option<Grown> {
    let (ItemBody::Said { text: old, by: was, .. }, ItemBody::Said { text, by, complete, files, queued }) =
        (&before.body, &item.body)
    else {
        return None;
    };
    let same = before.order == item.order && was == by && files.is_empty() && !queued && !old.is_empty();
    let added = text.strip_prefix(old.as_str()).filter(|_| same)?.to_owned();
    Some(Grown { key: item.key.clone(), offset: old.encode_utf16().count(), added, complete: *complete })
}
