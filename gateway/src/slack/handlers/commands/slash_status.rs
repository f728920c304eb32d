//! `status`: a session's card, in private.

use super::{Command, Invocation};
use crate::sessions::desk::Refusal;
use crate::slack::handlers::SlackContext;
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::render;

pub(super) const STATUS: Command =
    Command::new("status", "[id]", "shows a session's status", |given| Box::pin(status(given))).hinted();

async fn status(given: Invocation<'_>) {
    if let Some((card, _)) = given.session().await {
        show_status(given.context, given.reply_to, &card.session).await;
    }
}

pub(in crate::slack::handlers) async fn show_status(
    context: &SlackContext,
    reply_to: &ReplyTarget,
    session: &str,
) {
    let Some(card) = context.desk.card_of(session) else {
        return context.tell_refusal(reply_to, &Refusal::UnknownSession(session.to_owned())).await;
    };
    let project = context.desk.project_title(&card);
    let shown = render::Shown { console: context.config.console.as_deref(), project: project.as_deref() };
    let drawing = render::session_card(&card, shown);
    context.show(reply_to, &drawing.text, &drawing.blocks).await;
}
