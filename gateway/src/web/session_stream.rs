//! A session as a stream of server-sent events: first everything that is known, then what changes.
//!
//! `id:` is the session's revision. Text carries its byte offset, so that a watcher who comes back after a
//! break (or a restart of the gateway) skips what it has.

use super::events::{Events, NoData, TypedEvent, named};
use super::path_ids::OfSession;
use super::{Api, Problem};
use crate::sessions::live::{LiveChange, MessageView, SessionView};
use axum::extract::State;
use axum::response::sse::Event;
use bridge_protocol::TodoItem;
use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;

/// What the stream tells.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[schemars(rename = "SessionEvent")]
pub(super) enum Picture {
    /// Everything that is known.
    Snapshot(Box<Snapshot>),
    Change(Arc<LiveChange>),
    /// This watcher fell behind: open the stream again.
    Reload(NoData),
}

impl TypedEvent for Picture {
    fn event(&self) -> Event {
        match self {
            Self::Snapshot(all) => named("snapshot", all).id(all.session.rev.to_string()),
            Self::Change(change) => named("change", change).id(change.rev.to_string()),
            Self::Reload(nothing) => named("reload", nothing),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Snapshot {
    session: SessionView,
    messages: Vec<MessageView>,
    asks: Vec<crate::sessions::live::LiveAsk>,
    todos: Vec<TodoItem>,
}

pub(super) async fn events(
    State(api): State<Api>,
    OfSession(id): OfSession,
) -> Result<Events<Picture>, Problem> {
    let watch = api.desk.watch_live(&id)?;
    let snapshot =
        Snapshot { session: watch.session, messages: watch.messages, asks: watch.asks, todos: watch.todos };
    let first = stream::iter([Picture::Snapshot(Box::new(snapshot))]);
    // A watcher that fell behind is told to load the picture anew.
    let changes = BroadcastStream::new(watch.changes)
        .map(|change| change.map_or(Picture::Reload(NoData {}), Picture::Change));
    Ok(Events::until(&api.stopping, first.chain(changes)))
}
