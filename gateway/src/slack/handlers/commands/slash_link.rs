//! `link`: where a session's thread is.

use super::{Command, Invocation};
use crate::slack::formatting::esc;
use crate::slack::sentences;

pub(super) const LINK: Command =
    Command::new("link", "[id]", "links to a session", |given| Box::pin(link(given)));

async fn link(given: Invocation<'_>) {
    let Some((card, _)) = given.session().await else { return };
    match given.context.permalink(&card).await {
        Some(link) => {
            let text = format!("{}: <{}>", esc(&sentences::named(&card)), esc(&link));
            given.context.show(given.reply_to, &text, &[]).await;
        }
        None => given.tell(sentences::NO_THREAD_HERE).await,
    }
}
