//! `test`: runs a session's checks. What comes of them stands in its thread.

use super::{Command, Invocation};
use crate::sessions::desk::ChecksWanted;
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::handlers::{SlackContext, SlackRequest};
use crate::slack::sentences;
use gateway_domain::{CheckKind, Proof, Proven};

pub(super) const TEST: Command = Command::new(
    "test",
    "[id] [unit | integration | acceptance | before | stop]",
    "runs the tests on the session's work",
    |given| Box::pin(test(given)),
)
.with_words(1);

async fn test(given: Invocation<'_>) {
    let Some((card, rest)) = given.session().await else { return };
    let (context, by) = (given.context, given.request.by.clone());
    if rest == "stop" {
        return match context.desk.stop_checks(&card.session, by).await {
            Ok(_) if given.here.is_some() => {}
            Ok(_) => given.tell(sentences::CHECKS_STOPPED).await,
            Err(refusal) => context.tell_refusal(given.reply_to, &refusal).await,
        };
    }
    let (before, rest) = before(rest);
    let wanted = match CheckKind::ALL.into_iter().find(|kind| kind.value() == rest.to_lowercase()) {
        Some(kind) => ChecksWanted::OfKind(kind),
        None if rest.is_empty() => ChecksWanted::Usual,
        None => ChecksWanted::Named(vec![rest.to_owned()]),
    };
    let wanted = (wanted, before);
    run_checks(context, given.request, given.reply_to, &card.session, wanted, given.here.is_some()).await;
}

/// `before` in front of the rest, and the rest.
fn before(words: &str) -> (bool, &str) {
    match words.split_once(char::is_whitespace).unwrap_or((words, "")) {
        (first, rest) if first.eq_ignore_ascii_case("before") => (true, rest.trim()),
        _ => (false, words),
    }
}

/// `noted`: the person sees the thread in which the note about it stands.
pub(in crate::slack::handlers) async fn run_checks(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    (wanted, before): (ChecksWanted, bool),
    noted: bool,
) {
    match context
        .desk
        .run_checks(session, request.by.clone(), Proven::by(Proof::Account), wanted, before)
        .await
    {
        Ok(_) if noted => {}
        Ok(_) => context.tell(reply_to, sentences::CHECKS_RUN).await,
        Err(refusal) => context.tell_refusal(reply_to, &refusal).await,
    }
}
