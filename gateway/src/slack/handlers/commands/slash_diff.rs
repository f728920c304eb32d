//! `diff`: what a session changed, file by file.

use super::{Command, Invocation};
use crate::slack::formatting::esc;
use crate::slack::handlers::SlackContext;
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::{render, sentences};

pub(super) const DIFF: Command =
    Command::new("diff", "[id]", "shows what has changed", |given| Box::pin(diff(given)));

async fn diff(given: Invocation<'_>) {
    if let Some((card, _)) = given.session().await {
        show_diff(given.context, given.reply_to, &card.session).await;
    }
}

pub(in crate::slack::handlers) async fn show_diff(
    context: &SlackContext,
    reply_to: &ReplyTarget,
    session: &str,
) {
    match context.desk.changes(session).await {
        Ok(changes) => {
            let note = changes.note.map(|note| format!("\n{note}")).unwrap_or_default();
            let told = sentences::changed(&changes.files) + &note;
            context.show(reply_to, &esc(&told), &render::changes(session, &told, &changes.files)).await;
        }
        Err(refusal) => context.tell(reply_to, &sentences::refusal(&refusal)).await,
    }
}
