//! Somebody wrote to the app where no project is: in a conversation of their own with it, or in a channel that is linked to
//! none. Nothing starts on a guess; they are asked, with the place where it would work.

use super::messages::{self, Ground};
use super::reply::Where;
use super::{Deed, OPEN, Room, start_session};
use crate::projects::{Project, Repository};
use crate::slack::actions::Asked;
use crate::slack::client::{CallFault, PROMPT};
use crate::slack::inbound::event::Message;
use crate::slack::inbound::parse::said;
use crate::slack::render;
use crate::slack::words;
use serde_json::json;

/// Only the person sees the question.
pub(super) async fn ask(room: &Room, place: &Where, message: &Message, task: &str) {
    let asked = Asked {
        channel: message.channel.clone(),
        ts: message.ts.clone(),
        thread: message.thread().to_owned(),
    };
    let offered = room.offered_projects();
    let only = only_place(&offered)
        .map(|(project, repository)| (shown_name(project), repository.directory.as_str()));
    let drawing = render::start_this(&asked, task, only);
    room.show(place, &drawing.text, &drawing.blocks).await;
}

/// Where there is no choice there is nothing to choose: without a word about it, a session works in the directory.
fn only_place(offered: &[Project]) -> Option<(&Project, &Repository)> {
    let mut all =
        offered.iter().flat_map(|one| one.repositories.iter().map(move |repository| (one, repository)));
    let first = all.next()?;
    let works_elsewhere = offered.iter().any(|one| one.repositories.is_empty());
    (all.next().is_none() && !works_elsewhere).then_some(first)
}

fn shown_name(project: &Project) -> Option<&str> {
    (project.name != OPEN).then(|| project.title.as_deref().unwrap_or(&project.name))
}

/// They said yes.
pub(super) async fn begin(room: &Room, deed: &Deed, place: &Where, asked: &Asked, form: bool) {
    let message = match room.message(asked).await {
        Ok(Some(message)) => message,
        Ok(None) => return room.tell(place, words::MESSAGE_GONE).await,
        Err(error) => {
            tracing::warn!(%error, "a message that asks for a session cannot be read again");
            return room.tell(place, words::MESSAGE_GONE).await;
        }
    };
    if form {
        let from =
            start_session::From { message: Some(message), is_task: true, ..start_session::From::default() };
        return start_session::open_form(room, deed, Some(asked.channel.clone()), from).await;
    }
    let offered = room.offered_projects();
    let Some((project, repository)) = only_place(&offered) else {
        return room.tell(place, words::WHERE_TO_WORK).await;
    };
    let ground = Ground {
        project: (project.name != OPEN).then(|| project.name.clone()),
        repository: repository.clone(),
        model: room.settings.channel(&asked.channel).model,
    };
    room.take_back(place).await;
    let task = messages::without_name(room, &message.text);
    let wanted = messages::wanted(room, deed, &message, &task, ground).await;
    start_session::begin(room, deed, wanted).await;
}

impl Room {
    /// As it is now: whoever changed it meanwhile means what stands there.
    async fn message(&self, asked: &Asked) -> Result<Option<Message>, CallFault> {
        let args = json!({ "channel": asked.channel, "ts": asked.thread, "oldest": asked.ts, "latest": asked.ts,
            "inclusive": true, "limit": 2 });
        let answer = self.client.call("conversations.replies", &args, PROMPT).await?;
        let mut all = answer["messages"].as_array().into_iter().flatten();
        let found = all.find(|one| one["ts"] == asked.ts.as_str()).map(|one| said(one, &asked.channel));
        // A message that stands alone has itself for its thread.
        Ok(found.map(|message| Message {
            thread: Some(asked.thread.clone()).filter(|ts| *ts != asked.ts),
            ..message
        }))
    }

    /// The question has its answer.
    async fn take_back(&self, place: &Where) {
        let Some(url) = &place.response_url else { return };
        if let Err(error) = self.client.respond(url, &json!({ "delete_original": true })).await {
            tracing::debug!(%error, "a question that was answered is still on a screen");
        }
    }
}
