//! `help`: all commands.

use super::{Command, Invocation, help_lines};
use crate::slack::handlers::SlackContext;
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::render;

pub(super) const HELP: Command =
    Command::new("help", "", "shows this help", |given| Box::pin(help(given))).hinted();

async fn help(given: Invocation<'_>) {
    show_help(given.context, given.reply_to).await;
}

pub(in crate::slack::handlers) async fn show_help(context: &SlackContext, reply_to: &ReplyTarget) {
    let blocks = render::help(&context.config.command, &help_lines());
    context.show(reply_to, "What you can do", &blocks).await;
}
