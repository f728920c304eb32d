//! Somebody wrote to the app where no project is: in a conversation of their own with it, or in a channel that is linked to
//! none. Nothing starts on a guess; they are asked, with the place where it would work.

use super::messages::{self, TaskSetup};
use super::reply::ReplyTarget;
use super::{OPEN, SlackContext, SlackRequest, start_session};
use crate::sessions::ports::{Project, Repository};
use crate::slack::actions::Asked;
use crate::slack::client::{CallFault, PROMPT};
use crate::slack::inbound::event::Message;
use crate::slack::inbound::parse::said;
use crate::slack::render;
use crate::slack::sentences;
use serde_json::json;

/// Only the person sees the question.
pub(super) async fn ask(context: &SlackContext, reply_to: &ReplyTarget, message: &Message, task: &str) {
    let asked = Asked {
        channel: message.channel.clone(),
        ts: message.ts.clone(),
        thread: message.thread().to_owned(),
    };
    let offered = context.offered_projects();
    let only = only_place(&offered)
        .map(|(project, repository)| (shown_name(project), repository.directory.as_str()));
    let drawing = render::start_this(&asked, task, only);
    context.show(reply_to, &drawing.text, &drawing.blocks).await;
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
pub(super) async fn begin(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    asked: &Asked,
    form: bool,
) {
    let message = match context.message(asked).await {
        Ok(Some(message)) => message,
        Ok(None) => return context.tell(reply_to, sentences::MESSAGE_GONE).await,
        Err(error) => {
            tracing::warn!(%error, "message that asked for a session could not be read again");
            return context.tell(reply_to, sentences::MESSAGE_GONE).await;
        }
    };
    if form {
        let from = start_session::FormSource {
            message: Some(message),
            is_task: true,
            ..start_session::FormSource::default()
        };
        return start_session::open_form(context, request, Some(asked.channel.clone()), from).await;
    }
    let offered = context.offered_projects();
    let Some((project, repository)) = only_place(&offered) else {
        return context.tell(reply_to, sentences::WHERE_TO_WORK).await;
    };
    let ground = TaskSetup {
        project: (project.name != OPEN).then(|| project.name.clone()),
        repository: repository.clone(),
        model: context.settings.channel(&asked.channel).model,
    };
    context.take_back(reply_to).await;
    let task = messages::without_name(context, &message.text);
    let wanted = messages::wanted(context, request, &message, &task, ground).await;
    start_session::begin(context, request, wanted).await;
}

impl SlackContext {
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
    async fn take_back(&self, reply_to: &ReplyTarget) {
        let Some(url) = &reply_to.response_url else { return };
        if let Err(error) = self.client.respond(url, &json!({ "delete_original": true })).await {
            tracing::debug!(%error, "answered question not removed from the screen");
        }
    }
}
