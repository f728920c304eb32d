//! `model` and `agent`: what a session's next messages go to. The desk chooses, as it does for the console.

use super::{Command, Invocation};
use crate::slack::sentences;
use gateway_domain::{Choice, ModelChoice};

pub(super) const MODEL: Command = Command::new(
    "model",
    "[id] provider/model",
    "switches the model, starting with the next message",
    |given| Box::pin(choose(given, "model")),
)
.with_words(1);

pub(super) const AGENT: Command =
    Command::new("agent", "[id] name", "switches the agent, starting with the next message", |given| {
        Box::pin(choose(given, "agent"))
    })
    .with_words(1);

async fn choose(given: Invocation<'_>, which: &str) {
    let Some((card, wanted)) = given.session().await else { return };
    if wanted.is_empty() {
        return given.tell(&sentences::in_use(which, &card)).await;
    }
    let choice = match parsed(which, wanted) {
        Ok(choice) => choice,
        Err(how) => return given.tell(how).await,
    };
    match given.context.desk.choose(&card.session, given.request.by.clone(), choice).await {
        Ok(_) => given.tell(&sentences::switched(which, &card, wanted)).await,
        Err(refusal) => given.context.tell_refusal(given.reply_to, &refusal).await,
    }
}

/// Or how it is written.
fn parsed(which: &str, wanted: &str) -> Result<Choice, &'static str> {
    if which == "model" {
        let model = ModelChoice::parse(wanted).ok_or(sentences::WHICH_MODEL)?;
        return Ok(Choice { agent: None, model: Some(model) });
    }
    match wanted.contains(char::is_whitespace) {
        true => Err(sentences::WHICH_AGENT),
        false => Ok(Choice { agent: Some(wanted.to_owned()), model: None }),
    }
}
