//! Buttons: answers, forms about asks, steering, and what is shown on request.

use super::reply::ReplyTarget;
use super::{
    SlackContext, SlackRequest, choose_thread, commands, confirm, long_output, model, start_form,
    start_session,
};
use crate::sessions::desk::{ChecksWanted, Refusal};
use crate::slack::actions::{Act, Give, Show, short};
use crate::slack::inbound::event::{PressedAt, View};
use crate::slack::render::{self, form_ids};
use crate::slack::sentences;
use gateway_domain::{AnswerGiven, Ask, Person, Proof, Proven, Verdict};

/// A button, as it was pressed.
pub(super) struct ButtonPress {
    pub(super) action_id: String,
    pub(super) value: String,
    pub(super) at: Option<PressedAt>,
    pub(super) view: Option<View>,
}

pub(super) async fn pressed(context: &SlackContext, request: &SlackRequest, press: ButtonPress) {
    let act = Act::decode(&press.action_id, &press.value);
    let ButtonPress { at, view, .. } = press;
    let thread = at.as_ref().and_then(|at| at.thread.as_deref());
    let channel = at.as_ref().map(|at| at.channel.as_str());
    let reply_to = ReplyTarget::of(&request.who, &request.reply, channel, thread);
    let noted = |session: &str| is_noted(context, session, at.as_ref());
    match act {
        Act::Answer { ask, digest, give } => answer(context, request, &reply_to, &ask, &digest, give).await,
        Act::Details { ask } => details(context, request, &reply_to, &ask).await,
        Act::DenyWithReason { ask, digest } => {
            about(context, request, &reply_to, &ask, Some(&digest), render::reason_form).await;
        }
        Act::AllowWithReason { ask, digest } => {
            about(context, request, &reply_to, &ask, Some(&digest), |ask| render::allow_form(ask, false))
                .await;
        }
        Act::Override { ask, digest } => {
            about(context, request, &reply_to, &ask, Some(&digest), |ask| render::allow_form(ask, true))
                .await;
        }
        Act::OwnWords { ask, digest } => {
            about(context, request, &reply_to, &ask, Some(&digest), render::own_words_form).await;
        }
        Act::TakeAside { ask } => aside(context, request, &reply_to, &ask, at).await,
        Act::RevokeGrant { grant } => commands::revoke(context, request, &reply_to, &grant).await,
        Act::Steer { session, to } => {
            commands::steer(context, request, &reply_to, &session, to, noted(&session)).await;
        }
        Act::RunChecks { session } => {
            let wanted = (ChecksWanted::Usual, false);
            commands::run_checks(context, request, &reply_to, &session, wanted, noted(&session)).await;
        }
        Act::Deploy { session } => {
            commands::deploy(context, request, &reply_to, &session, noted(&session)).await;
        }
        Act::Deliver { session } => delivers(context, request, &reply_to, &session, noted(&session)).await,
        Act::TakeOverLab { session } => {
            commands::take_over(context, request, &reply_to, &session, noted(&session)).await;
        }
        Act::CleanLab { session } => commands::clean(context, request, &reply_to, &session).await,
        Act::ChangeModel { session } => model::open_form(context, request, &reply_to, &session).await,
        Act::Show { session, what: Show::Whole { item } } => {
            long_output::calls(context, &reply_to, &session, &item, view.as_ref()).await;
        }
        Act::Show { session, what } => show(context, request, &reply_to, &session, what).await,
        Act::ChooseThread { session, channel } => {
            choose_thread::chosen(context, request, &reply_to, &session, &channel).await;
        }
        Act::Start => {
            start_session::open_form(
                context,
                request,
                reply_to.channel.clone(),
                start_session::FormSource::default(),
            )
            .await
        }
        Act::Begin { asked, form } => confirm::begin(context, request, &reply_to, &asked, form).await,
        Act::Link => {}
        Act::Unknown(id) => match view {
            Some(view) if view.callback == form_ids::START_FORM => start_form::redraw(context, &view).await,
            // Fields of our other forms tell when they change, too.
            Some(_) => {}
            None => {
                tracing::info!(action = id, "button of another gateway version pressed");
                context.tell(&reply_to, sentences::OLD_BUTTON).await;
            }
        },
    }
}

/// As far as the project allows.
async fn delivers(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    noted: bool,
) {
    commands::deliver(context, request, reply_to, session, None, noted).await;
}

async fn details(context: &SlackContext, request: &SlackRequest, reply_to: &ReplyTarget, ask: &str) {
    let proven = Proven::by(Proof::Account);
    let console = context.config.console.as_deref();
    let form =
        |ask: &Ask| render::details(ask, console, context.desk.may_override(ask, &request.by, &proven));
    about(context, request, reply_to, ask, None, form).await;
}

/// What it does is noted in the session's own thread, where the button stands too.
fn is_noted(context: &SlackContext, session: &str, at: Option<&PressedAt>) -> bool {
    at.is_some_and(|at| is_in_thread_of(context, session, at))
}

/// Whether the button stands in the session's own thread.
fn is_in_thread_of(context: &SlackContext, session: &str, at: &PressedAt) -> bool {
    let thread = at.thread.as_ref().unwrap_or(&at.message);
    let here = context.session_at(&at.channel, thread);
    here.is_some_and(|card| card.session == session)
}

async fn answer(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    id: &str,
    digest: &str,
    give: Give,
) {
    let told = match asked(context, id, Some(digest)) {
        Err(why) => Some(why),
        Ok(ask) => match give.answer(&ask) {
            None => Some(Verdict::Changed.sentence()),
            Some(answer) => {
                let (digest, proven) = (Some(ask.digest.clone()), Proven::by(Proof::Account));
                let given = AnswerGiven { ask: ask.id, digest, by: request.by.clone(), proven, answer };
                match context.desk.answer(given).await {
                    Ok(verdict) => sentences::heard(&verdict),
                    Err(refusal) => why_not(&refusal, &request.by),
                }
            }
        },
    };
    if let Some(told) = told {
        context.tell(reply_to, &told).await;
    }
}

/// After a kill an answer may be given again that was taken before: its person has nothing to hear then.
pub(super) fn why_not(refusal: &Refusal, by: &Person) -> Option<String> {
    let own =
        matches!(refusal, Refusal::Decided(Verdict::AnsweredBefore { by: first, .. }) if *first == by.name);
    (!own).then(|| sentences::refusal(refusal))
}

fn asked(context: &SlackContext, id: &str, digest: Option<&str>) -> Result<Ask, String> {
    let ask = context.desk.ask(id).ok_or_else(|| Verdict::Unknown.sentence())?;
    match digest {
        Some(digest) if short(&ask.digest) != digest => Err(Verdict::Changed.sentence()),
        _ => Ok(ask),
    }
}

/// Opens a view about an ask.
async fn about(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    id: &str,
    digest: Option<&str>,
    draw: impl Fn(&Ask) -> serde_json::Value,
) {
    match asked(context, id, digest) {
        Ok(ask) => drop(context.open_view(request, reply_to, draw(&ask)).await),
        Err(why) => context.tell(reply_to, &why).await,
    }
}

/// The ask gets a thread of its own, which its card names from then on.
async fn aside(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    id: &str,
    at: Option<PressedAt>,
) {
    let ask = match asked(context, id, None) {
        Ok(ask) => ask,
        Err(why) => return context.tell(reply_to, &why).await,
    };
    let named = match at {
        Some(at) => context.outlet.open_aside(&request.who.team, &at.channel, &ask).await,
        None => None,
    };
    if let Err(refusal) = context.desk.take_aside(ask.id, request.by.clone(), named).await {
        context.tell(reply_to, &sentences::refusal(&refusal)).await;
    }
}

async fn show(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    what: Show,
) {
    match what {
        Show::Status => commands::show_status(context, reply_to, session).await,
        Show::Diff => commands::show_diff(context, reply_to, session).await,
        Show::Help => commands::show_help(context, reply_to).await,
        Show::Patch => long_output::patch(context, reply_to, session).await,
        Show::Tools { item } | Show::Whole { item } => {
            match long_output::lines(context, session, &item).await {
                Some(lines) => {
                    let _ = context
                        .open_view(request, reply_to, render::tool_details(session, &item, &lines, None))
                        .await;
                }
                None => context.tell(reply_to, sentences::NO_SUCH_ITEM).await,
            }
        }
    }
}
