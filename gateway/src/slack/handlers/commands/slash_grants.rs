//! `grants`: what was allowed for longer than once, with a button that revokes it.

use super::{Command, Invocation};
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::handlers::{SlackContext, SlackRequest};
use crate::slack::{render, sentences};

pub(super) const GRANTS: Command =
    Command::new("grants", "", "shows what agents can do without asking, and revokes it", |given| {
        Box::pin(grants(given))
    });

async fn grants(given: Invocation<'_>) {
    let blocks = render::grant_list(&given.context.desk.grants());
    given.context.show(given.reply_to, "Grants", &blocks).await;
}

/// The button beside one of them.
pub(in crate::slack::handlers) async fn revoke(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    grant: &str,
) {
    let told = match context.desk.revoke_grant(grant, &request.by).await {
        Ok(view) => sentences::revoked(&view),
        Err(refusal) => sentences::refusal(&refusal),
    };
    context.tell(reply_to, &told).await;
}
