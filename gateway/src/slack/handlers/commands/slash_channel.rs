//! `channel`: what a channel is for. Only administrators say so.

use super::{Command, Invocation};
use crate::slack::config::ChannelRule;
use crate::slack::handlers::SlackContext;
use crate::slack::sentences;
use gateway_domain::ModelChoice;

pub(super) const CHANNEL: Command = Command::new(
    "channel",
    "project NAME",
    "links this channel to a project (gateway administrators only)",
    |given| Box::pin(channel(given)),
)
.with_words(usize::MAX);

async fn channel(given: Invocation<'_>) {
    let context = given.context;
    if !context.config.administrators.contains(&given.request.who.user) {
        return given.tell(sentences::NOT_ADMINISTRATOR).await;
    }
    let told = match rule(context, given.rest) {
        Err(why) => why,
        Ok(rule) => match context.settings.set_channel(given.channel, rule).await {
            Ok(()) => sentences::channel_set(&context.settings.channel(given.channel)),
            Err(error) => {
                tracing::error!(%error, "project of a channel not saved");
                sentences::NOT_STORED.to_owned()
            }
        },
    };
    given.tell(&told).await;
}

fn rule(context: &SlackContext, text: &str) -> Result<Option<ChannelRule>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    if words == ["clear"] {
        return Ok(None);
    }
    let mut rule = ChannelRule::default();
    for pair in words.chunks(2) {
        match pair {
            ["project", name] => rule.project = Some((*name).to_owned()),
            ["repository", name] => rule.repository = Some((*name).to_owned()),
            ["model", name] => rule.model = Some(ModelChoice::parse(name).ok_or(sentences::WHICH_MODEL)?),
            _ => return Err(sentences::CHANNEL_HELP.to_owned()),
        }
    }
    let all = context.desk.projects();
    let known = all.iter().find(|one| Some(&one.name) == rule.project.as_ref());
    let project = known.ok_or_else(|| sentences::no_such_project(&all))?;
    match &rule.repository {
        Some(name) if !project.repositories.iter().any(|one| one.name == *name) => {
            Err(sentences::no_such_repository(project))
        }
        _ => Ok(Some(rule)),
    }
}
