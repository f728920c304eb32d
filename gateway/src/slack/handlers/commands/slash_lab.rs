//! `deploy` and `cleanup`: a session's lab, and the list of all of them with a button for each.

use super::{Command, Invocation};
use crate::sessions::desk::Refusal;
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::handlers::{SlackContext, SlackRequest};
use crate::slack::{render, sentences};
use gateway_domain::Verdict;

pub(super) const DEPLOY: Command =
    Command::new("deploy", "[id]", "deploys the session's work to its lab", |given| Box::pin(meant(given)))
        .hinted();

pub(super) const CLEANUP: Command =
    Command::new("cleanup", "", "lists labs, and removes those that you choose", |given| {
        Box::pin(list(given))
    });

async fn meant(given: Invocation<'_>) {
    if let Some((card, _)) = given.session().await {
        let noted = given.here.is_some();
        deploy(given.context, given.request, given.reply_to, &card.session, noted).await;
    }
}

async fn list(given: Invocation<'_>) {
    let labs = given.context.desk.labs().await;
    let blocks = render::lab_list(&labs, given.context.desk.now());
    given.context.show(given.reply_to, "Labs", &blocks).await;
}

/// `noted`: the person sees the thread in which the note about it stands.
pub(in crate::slack::handlers) async fn deploy(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    noted: bool,
) {
    let begun = context.desk.deploy(session, request.by.clone()).await;
    told(context, reply_to, begun, noted).await;
}

/// The button was confirmed.
pub(in crate::slack::handlers) async fn take_over(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    noted: bool,
) {
    let begun = context.desk.take_over_lab(session, request.by.clone()).await;
    told(context, reply_to, begun, noted).await;
}

async fn told(context: &SlackContext, reply_to: &ReplyTarget, begun: Result<Verdict, Refusal>, noted: bool) {
    match begun {
        Ok(_) if noted => {}
        Ok(_) => context.tell(reply_to, sentences::DEPLOYING).await,
        Err(refusal) => context.tell_refusal(reply_to, &refusal).await,
    }
}

/// The button was confirmed.
pub(in crate::slack::handlers) async fn clean(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
) {
    match context.desk.clean_lab(session, request.by.clone()).await {
        Ok(_) => context.tell(reply_to, sentences::REMOVING_LAB).await,
        Err(refusal) => context.tell_refusal(reply_to, &refusal).await,
    }
}
