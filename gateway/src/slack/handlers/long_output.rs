//! What no message and no window can hold goes into the session's thread as a file, when somebody wants it.

use super::SlackContext;
use super::reply::ReplyTarget;
use crate::slack::client::PROMPT;
use crate::slack::formatting::visible;
use crate::slack::inbound::event::View;
use crate::slack::message_keys::short;
use crate::slack::outbound::TextFile;
use crate::slack::{SURFACE, render, sentences};
use gateway_domain::thread::{ItemBody, ToolLine};
use serde_json::json;

/// Longest title of a file: Slack's apps show one line.
const TITLE: usize = 100;

/// The lines of an item with tools, as they are now.
pub(super) async fn lines(context: &SlackContext, session: &str, item: &str) -> Option<Vec<ToolLine>> {
    let watch = context.desk.watch(session).await.ok()?;
    match &watch.items.iter().find(|one| one.key == item)?.body {
        ItemBody::Tools { lines } => Some(lines.clone()),
        _ => None,
    }
}

/// All of an item's calls. The window in which it was wished for says what became of it.
pub(super) async fn calls(
    context: &SlackContext,
    reply_to: &ReplyTarget,
    session: &str,
    item: &str,
    view: Option<&View>,
) {
    let Some(lines) = lines(context, session, item).await else {
        return context.tell(reply_to, sentences::NO_SUCH_ITEM).await;
    };
    let last = lines.last().map(|line| line.text.as_str()).unwrap_or_default();
    let text_file = text_file("txt", last, render::tool_file(&lines));
    let became = share(context, session, item, &text_file).await;
    let Some(view) = view else { return context.tell(reply_to, became).await };
    let drawn = render::tool_details(session, item, &lines, Some(became));
    let args = json!({ "view_id": view.id, "hash": view.hash, "view": drawn });
    if let Err(error) = context.client.call("views.update", &args, PROMPT).await {
        tracing::info!(%error, "window not updated after a file was shared; it may be closed");
    }
}

/// All changes of a session.
pub(super) async fn patch(context: &SlackContext, reply_to: &ReplyTarget, session: &str) {
    let files = match context.desk.diff(session).await {
        Ok(files) => files,
        Err(refusal) => return context.tell(reply_to, &sentences::refusal(&refusal)).await,
    };
    let became = match render::patch_file(&files) {
        Some(patch) => {
            share(context, session, "patch", &text_file("diff", "What the session changed", patch)).await
        }
        None => sentences::NO_PATCH,
    };
    context.tell(reply_to, became).await;
}

fn text_file(ending: &'static str, title: &str, text: String) -> TextFile {
    TextFile { ending, title: crate::slack::formatting::line(&visible(title), TITLE), text }
}

/// Once for the same text, however often it is wished for.
async fn share(context: &SlackContext, session: &str, what: &str, text_file: &TextFile) -> &'static str {
    let card = context.desk.card_of(session);
    let thread = card.as_ref().and_then(|card| card.about.thread.as_ref()).filter(|at| at.surface == SURFACE);
    let Some(thread) = thread else { return sentences::NO_THREAD_HERE };
    let key = format!("{what}.{}", short(&[&text_file.text]));
    match context.outlet.file(thread, session, &key, text_file).await {
        true => sentences::FILE_IS_THERE,
        false => sentences::FILE_NOT_TAKEN,
    }
}
