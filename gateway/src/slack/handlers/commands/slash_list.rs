//! `list`: all sessions.

use super::{Command, Invocation};
use crate::slack::render;

pub(super) const LIST: Command =
    Command::new("list", "", "shows all sessions", |given| Box::pin(list(given))).hinted();

async fn list(given: Invocation<'_>) {
    let context = given.context;
    let blocks = render::session_list(&context.desk.cards(), context.ways());
    context.show(given.reply_to, "Sessions", &blocks).await;
}
