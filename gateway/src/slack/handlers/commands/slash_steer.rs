//! `pause`, `resume`, `stop`, `retry`, `close` and `reopen`.

use super::{Command, Invocation};
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::handlers::{SlackContext, SlackRequest};
use crate::slack::sentences;
use gateway_domain::Steer;

pub(super) const PAUSE: Command =
    Command::new("pause", "[id]", "pauses the agent", |given| Box::pin(meant(given, Steer::Pause))).hinted();

pub(super) const RESUME: Command = Command::new("resume", "[id]", "lets a paused agent continue", |given| {
    Box::pin(meant(given, Steer::Resume))
})
.hinted();

pub(super) const STOP: Command =
    Command::new("stop", "[id]", "stops the current turn; queued messages stay queued", |given| {
        Box::pin(meant(given, Steer::Stop))
    })
    .hinted();

pub(super) const RETRY: Command =
    Command::new("retry", "[id]", "retries a failed turn", |given| Box::pin(meant(given, Steer::Retry)));

pub(super) const CLOSE: Command =
    Command::new("close", "[id]", "closes a session", |given| Box::pin(meant(given, Steer::Close)));

pub(super) const REOPEN: Command =
    Command::new("reopen", "[id]", "reopens a closed session", |given| Box::pin(meant(given, Steer::Reopen)));

async fn meant(given: Invocation<'_>, to: Steer) {
    if let Some((card, _)) = given.session().await {
        // In its thread everybody reads the note about it.
        let noted = given.here.is_some();
        steer(given.context, given.request, given.reply_to, &card.session, to, noted).await;
    }
}

/// `noted`: the person sees the thread in which the note about it stands.
pub(in crate::slack::handlers) async fn steer(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    to: Steer,
    noted: bool,
) {
    match context.desk.steer(session, request.by.clone(), to).await {
        Ok(_) if noted => {}
        Ok(_) => {
            context.tell(reply_to, &sentences::steered(to, context.desk.card_of(session).as_deref())).await
        }
        Err(refusal) => context.tell_refusal(reply_to, &refusal).await,
    }
}
