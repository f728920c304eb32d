//! `start`: the form for a new session.

use super::{Command, Invocation};
use crate::slack::handlers::start_session::{FormSource, open_form};

pub(super) const START: Command =
    Command::new("start", "[task]", "opens the form for a new session", |given| Box::pin(start(given)))
        .hinted();

async fn start(given: Invocation<'_>) {
    let from = FormSource { typed: given.rest.to_owned(), is_task: true, ..FormSource::default() };
    open_form(given.context, given.request, Some(given.channel.to_owned()), from).await;
}
