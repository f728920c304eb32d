//! Another model for a session whose turn failed, which then tries again.

use super::forms::{alone, decide, errors};
use super::reply::ReplyTarget;
use super::{SlackContext, SlackRequest};
use crate::sessions::desk::Refusal;
use crate::sessions::ports::ModelView;
use crate::slack::inbound::event::View;
use crate::slack::inbound::intake::VerdictSender;
use crate::slack::render::{form_ids, model_form};
use crate::slack::sentences;
use gateway_domain::{Choice, ModelChoice, SessionCard, Steer};
use std::time::Duration;

/// Slack waits three seconds from the click; opening the form takes its part of them.
const LOOK_UP: Duration = Duration::from_millis(1_500);

pub(super) async fn open_form(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
) {
    match context.desk.card_of(session) {
        Some(card) => {
            let models = context.models_for(&card).await;
            drop(context.open_view(request, reply_to, model_form(&card, &models)).await);
        }
        None => context.tell_refusal(reply_to, &Refusal::UnknownSession(session.to_owned())).await,
    }
}

/// The form stays open and says what is wrong, unless its person closed it.
pub(super) async fn chosen(
    context: &SlackContext,
    request: &SlackRequest,
    view: &View,
    verdict: Option<VerdictSender>,
) {
    let model = view.text(form_ids::MODEL).as_deref().and_then(ModelChoice::parse);
    let why = match model {
        None => sentences::WHICH_MODEL.to_owned(),
        Some(model) => match context.change_model(request, &view.metadata, model).await {
            Ok(()) => return decide(verdict, None),
            Err(refusal) => sentences::refusal(&refusal),
        },
    };
    let open = verdict.map(|verdict| verdict.send(errors(view, form_ids::MODEL, &why)));
    if !matches!(open, Some(Ok(()))) {
        context.tell(&alone(request), &why).await;
    }
}

impl SlackContext {
    /// As OpenCode has them there; in time, or as they were last known.
    async fn models_for(&self, card: &SessionCard) -> Vec<ModelView> {
        let choices = self.desk.choices(Some(&card.pod), Some(&card.about.directory));
        match tokio::time::timeout(LOOK_UP, choices).await {
            Ok(choices) => choices.models,
            Err(_) => self.desk.models_as_known(),
        }
    }

    async fn change_model(
        &self,
        request: &SlackRequest,
        session: &str,
        model: ModelChoice,
    ) -> Result<(), Refusal> {
        let choice = Choice { agent: None, model: Some(model) };
        self.desk.choose(session, request.by.clone(), choice).await?;
        self.desk.steer(session, request.by.clone(), Steer::Retry).await.map(drop)
    }
}
