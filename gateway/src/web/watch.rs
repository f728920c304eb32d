//! A session as a stream of server-sent events: first everything that is known, then what changes.
//!
//! `id:` is the session's revision. Text carries its byte offset, so that a watcher who comes back after a
//! break (or a restart of the gateway) skips what it has.

use super::sessions::{checked, unknown};
use super::{Api, Problem};
use crate::sessions::live::{Change, MessageView, SessionView};
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use bridge_protocol::TodoItem;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// Quiet time after which a comment is sent, so that proxies keep the stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct Snapshot {
    session: SessionView,
    messages: Vec<MessageView>,
    asks: Vec<crate::sessions::live::LiveAsk>,
    todos: Vec<TodoItem>,
}

pub(super) async fn events(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let id = checked(id)?;
    let watch = api.board.watch(&id).ok_or_else(|| unknown(&id))?;
    let rev = watch.session.rev;
    let snapshot =
        Snapshot { session: watch.session, messages: watch.messages, asks: watch.asks, todos: watch.todos };
    let first = stream::iter([Ok(event("snapshot", rev, &snapshot))]);
    let changes = BroadcastStream::new(watch.changes).map(|change| Ok(told(change)));
    let stopping = api.stopping.clone();
    let all = first.chain(changes).take_until(stopping.cancelled_owned());
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// A watcher that fell behind is told to load the picture anew.
fn told(change: Result<Arc<Change>, BroadcastStreamRecvError>) -> Event {
    match change {
        Ok(change) => event("change", change.rev, &*change),
        Err(BroadcastStreamRecvError::Lagged(_)) => Event::default().event("reload").data("{}"),
    }
}

fn event(name: &str, rev: u64, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).id(rev.to_string()).data(data)
}
