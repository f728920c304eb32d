//! Threads and session cards: as they are, and as streams of what changes.
//!
//! A stream begins with everything there is, so a page that comes back after a break is right at once. Text that
//! only grew is told as what was added, with the offset where it begins.

use super::sessions::checked;
use super::{Api, Problem};
use crate::sessions::core::{News, ThreadWatch, Told};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use gateway_domain::SessionCard;
use gateway_domain::thread::{ItemBody, ThreadItem};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// Quiet time after which a comment is sent, so that proxies keep the stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Serialize)]
pub(super) struct Whole {
    rev: u64,
    card: Arc<SessionCard>,
    items: Vec<Arc<ThreadItem>>,
}

pub(super) async fn cards(State(api): State<Api>) -> Json<Vec<Arc<SessionCard>>> {
    Json(api.desk.cards())
}

/// All cards, then each that changes.
pub(super) async fn card_events(
    State(api): State<Api>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = BroadcastStream::new(api.desk.watch_cards()).map(|change| match change {
        Ok(card) => event("card", None, &card),
        Err(BroadcastStreamRecvError::Lagged(_)) => reload(),
    });
    let first = stream::iter([event("cards", None, &api.desk.cards())]);
    let all = first.chain(changes).map(Ok).take_until(api.stopping.clone().cancelled_owned());
    Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

pub(super) async fn show(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Whole>, Problem> {
    let ThreadWatch { card, items, rev, .. } = api.desk.watch(&checked(id)?).await?;
    Ok(Json(Whole { rev, card, items }))
}

pub(super) async fn events(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let ThreadWatch { card, items, rev, changes } = api.desk.watch(&checked(id)?).await?;
    let mut known: HashMap<String, Arc<ThreadItem>> =
        items.iter().map(|item| (item.key.clone(), Arc::clone(item))).collect();
    let first = stream::iter([event("thread", Some(rev), &Whole { rev, card, items })]);
    let changes = BroadcastStream::new(changes).map(move |change| match change {
        Ok(told) => event("news", Some(told.rev), &shortened(&told, &mut known)),
        Err(BroadcastStreamRecvError::Lagged(_)) => reload(),
    });
    let all = first.chain(changes).map(Ok).take_until(api.stopping.clone().cancelled_owned());
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Text that grew is told as its new end.
fn shortened(told: &Told, known: &mut HashMap<String, Arc<ThreadItem>>) -> Value {
    let whole = || serde_json::to_value(told).unwrap_or_default();
    match &told.what {
        News::Put { item } => {
            let before = known.insert(item.key.clone(), Arc::clone(item));
            let grown = before.and_then(|before| grown(&before, item));
            grown.map_or_else(whole, |mut grown| {
                grown["rev"] = json!(told.rev);
                grown
            })
        }
        News::Remove { key } => {
            known.remove(key);
            whole()
        }
        News::Card { .. } => whole(),
    }
}

fn grown(before: &ThreadItem, item: &ThreadItem) -> Option<Value> {
    let (ItemBody::Said { text: old, by: was, .. }, ItemBody::Said { text, by, complete, files, queued }) =
        (&before.body, &item.body)
    else {
        return None;
    };
    let same = before.order == item.order && was == by && files.is_empty() && !queued && !old.is_empty();
    let added = text.strip_prefix(old.as_str()).filter(|_| same)?;
    // Counted as a browser counts: in units of UTF-16.
    let offset = old.encode_utf16().count();
    Some(json!({ "news": "grew", "key": item.key, "offset": offset, "added": added, "complete": complete }))
}

fn event(name: &str, rev: Option<u64>, data: &impl Serialize) -> Event {
    let event = Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default());
    rev.map_or(event.clone(), |rev| event.id(rev.to_string()))
}

/// A surface that fell behind loads everything anew.
fn reload() -> Event {
    Event::default().event("reload").data("{}")
}
