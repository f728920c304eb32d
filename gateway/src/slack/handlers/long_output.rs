//! What no message and no window can hold goes into the session's thread as a file, when somebody wants it.

use super::Room;
use super::reply::Where;
use crate::slack::client::PROMPT;
use crate::slack::inbound::event::View;
use crate::slack::message_keys::short;
use crate::slack::outbound::TextFile;
use crate::slack::text::visible;
use crate::slack::{SURFACE, render, words};
use gateway_domain::thread::{ItemBody, ToolLine};
use serde_json::json;

/// Longest title of a file: Slack's apps show one line.
const TITLE: usize = 100;

/// The lines of an item with tools, as they are now.
pub(super) async fn lines(room: &Room, session: &str, item: &str) -> Option<Vec<ToolLine>> {
    let watch = room.desk.watch(session).await.ok()?;
    match &watch.items.iter().find(|one| one.key == item)?.body {
        ItemBody::Tools { lines } => Some(lines.clone()),
        _ => None,
    }
}

/// All of an item's calls. The window in which it was wished for says what became of it.
pub(super) async fn calls(room: &Room, place: &Where, session: &str, item: &str, view: Option<&View>) {
    let Some(lines) = lines(room, session, item).await else {
        return room.tell(place, words::NO_SUCH_ITEM).await;
    };
    let last = lines.last().map(|line| line.text.as_str()).unwrap_or_default();
    let text_file = text_file("txt", last, render::tool_file(&lines));
    let became = share(room, session, item, &text_file).await;
    let Some(view) = view else { return room.tell(place, became).await };
    let drawn = render::tool_details(session, item, &lines, Some(became));
    let args = json!({ "view_id": view.id, "hash": view.hash, "view": drawn });
    if let Err(error) = room.client.call("views.update", &args, PROMPT).await {
        tracing::info!(%error, "a window does not say that its file is shared; it may be closed");
    }
}

/// All changes of a session.
pub(super) async fn patch(room: &Room, place: &Where, session: &str) {
    let files = match room.desk.diff(session).await {
        Ok(files) => files,
        Err(refusal) => return room.tell(place, &words::refusal(&refusal)).await,
    };
    let became = match render::patch_file(&files) {
        Some(patch) => share(room, session, "patch", &text_file("diff", "What the session changed", patch)).await,
        None => words::NO_PATCH,
    };
    room.tell(place, became).await;
}

fn text_file(ending: &'static str, title: &str, text: String) -> TextFile {
    TextFile { ending, title: crate::slack::text::line(&visible(title), TITLE), text }
}

/// Once for the same text, however often it is wished for.
async fn share(room: &Room, session: &str, what: &str, text_file: &TextFile) -> &'static str {
    let card = room.desk.card_of(session);
    let place = card.as_ref().and_then(|card| card.about.place.as_ref()).filter(|at| at.surface == SURFACE);
    let Some(place) = place else { return words::NO_THREAD_HERE };
    let key = format!("{what}.{}", short(&[&text_file.text]));
    match room.outlet.file(place, session, &key, text_file).await {
        true => words::FILE_IS_THERE,
        false => words::FILE_NOT_TAKEN,
    }
}
