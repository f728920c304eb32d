//! Forms that were submitted: what is wrong with them while they are still open, and what they do.

use super::reply::ReplyTarget;
use super::{SlackContext, SlackRequest, model, start_form, start_session};
use crate::sessions::channels::{WHICH_CHANNEL, channel_of};
use crate::sessions::desk::checked_title;
use crate::slack::actions::short;
use crate::slack::inbound::event::{SlackUser, View};
use crate::slack::inbound::intake::VerdictSender;
use crate::slack::render::form_ids;
use crate::slack::sentences;
use gateway_domain::{
    Answer, AnswerGiven, Ask, AskBody, Field, MAX_REASON, Person, Proof, Proven, Verdict, is_blank,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What memory tells is wrong. Who submits and what they typed stays on their screen then.
pub(super) fn wrong(context: &SlackContext, who: &SlackUser, view: &View) -> Option<Value> {
    match view.callback.as_str() {
        form_ids::START_FORM => wrong_start(context, who, view),
        form_ids::REASON_FORM if view.text(form_ids::REASON).is_none() => {
            errors(view, form_ids::REASON, "Please give a reason. The agent will read it.")
        }
        form_ids::ALLOW_FORM | form_ids::OVERRIDE_FORM
            if view.text(form_ids::REASON).is_none_or(|reason| is_blank(&reason)) =>
        {
            errors(view, form_ids::REASON, sentences::NO_REASON)
        }
        form_ids::WORDS_FORM => {
            let ask = asked(context, view)?.0;
            match answer(&ask, view) {
                Ok(_) => None,
                Err((field, why)) => errors(view, &field, &why),
            }
        }
        _ => None,
    }
}

fn wrong_start(context: &SlackContext, who: &SlackUser, view: &View) -> Option<Value> {
    let draft = start_form::draft(view);
    if let Err(refusal) = checked_title(&draft.title) {
        return errors(view, form_ids::TITLE, &refusal.to_string());
    }
    let projects = context.offered_projects();
    if projects.is_empty() || !context.desk.is_connected() {
        return errors(view, form_ids::TITLE, "No OpenCode is connected right now. Try again in a moment.");
    }
    let person = Person {
        id: format!("slack:{}:{}", who.home.as_deref().unwrap_or(&who.team), who.user),
        name: String::new(),
    };
    if let Err(refusal) = context.desk.may_start(draft.project.as_deref(), &person) {
        return errors(view, form_ids::TITLE, &refusal.to_string());
    }
    start_form::site(&projects, &draft).err().and_then(|(field, why)| errors(view, field, &why))
}

/// Beside the field, by the block's whole name. What is asked for only once a project is chosen has its fault beside the
/// project, and everything else that is not on the form beside the title or the first field.
pub(super) fn errors(view: &View, field: &str, why: &str) -> Option<Value> {
    let named = |field: &str| {
        let is_it = |block: &&String| {
            **block == field || block.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'))
        };
        view.values.keys().find(is_it)
    };
    let places = [field, form_ids::PROJECT, form_ids::TITLE];
    let wanted = if matches!(field, form_ids::REPOSITORIES | form_ids::PLACE) {
        &places[..]
    } else {
        &[field, form_ids::TITLE][..]
    };
    let block = wanted.iter().find_map(|field| named(field)).or_else(|| view.values.keys().next());
    let block = block.map_or(field, String::as_str);
    // Longer ones Slack refuses as a whole.
    let why: String = why.chars().take(1_900).collect();
    Some(json!({ "response_action": "errors", "errors": { block: why } }))
}

pub(super) async fn submitted(
    context: &SlackContext,
    request: &SlackRequest,
    view: &View,
    verdict: Option<VerdictSender>,
) {
    match view.callback.as_str() {
        form_ids::START_FORM => starts(context, request, view, verdict).await,
        form_ids::MODEL_FORM => model::chosen(context, request, view, verdict).await,
        form_ids::REASON_FORM | form_ids::WORDS_FORM | form_ids::ALLOW_FORM | form_ids::OVERRIDE_FORM => {
            answered(context, request, view, verdict).await;
        }
        other => {
            tracing::info!(form = other, "form of another gateway version submitted");
            decide(verdict, None);
        }
    }
}

/// A model that is down keeps the form open, for its person to pick another. Everything else is acknowledged at once,
/// and whatever comes of it is told in the thread.
async fn starts(context: &SlackContext, request: &SlackRequest, view: &View, verdict: Option<VerdictSender>) {
    let draft = start_form::draft(view);
    let routed = match start_form::routed(context, &draft).await {
        Ok(routed) => routed,
        Err(refusal) => {
            let why = sentences::refusal(&refusal);
            let in_form = verdict.map(|verdict| verdict.send(errors(view, form_ids::MODEL, &why)));
            if !matches!(in_form, Some(Ok(()))) {
                context
                    .tell(&alone(request), &sentences::not_started(&why, &draft.title, &draft.description))
                    .await;
            }
            return;
        }
    };
    decide(verdict, None);
    match start_session::wanted(context, request, &draft, routed).await {
        Ok(wanted) => start_session::begin(context, request, wanted).await,
        Err(why) => {
            context
                .tell(&alone(request), &sentences::not_started(&why, &draft.title, &draft.description))
                .await
        }
    }
}

/// In the person's own conversation with the app.
pub(super) fn alone(request: &SlackRequest) -> ReplyTarget {
    ReplyTarget { user: request.who.user.clone(), ..ReplyTarget::default() }
}

pub(super) fn decide(verdict: Option<VerdictSender>, what: Option<Value>) {
    if let Some(verdict) = verdict {
        // The intake may have stopped waiting.
        let _ = verdict.send(what);
    }
}

/// While the form is open its own fields say what is wrong; later a private word does.
async fn answered(
    context: &SlackContext,
    request: &SlackRequest,
    view: &View,
    verdict: Option<VerdictSender>,
) {
    let given = match asked(context, view) {
        None => Err(Verdict::Unknown.sentence()),
        Some((ask, digest)) if short(&ask.digest) != digest => Err(Verdict::Changed.sentence()),
        Some((ask, _)) => give(context, request, &ask, view).await,
    };
    let told = match given {
        Ok(heard) => {
            decide(verdict, None);
            if let Some(heard) = heard {
                context.tell(&alone(request), &heard).await;
            }
            return;
        }
        Err(told) => told,
    };
    let field = view.values.keys().next().cloned().unwrap_or_default();
    let open = errors(view, &field, &told);
    let late = match verdict {
        Some(verdict) => verdict.send(open).is_err(),
        None => true,
    };
    if late {
        context.tell(&alone(request), &told).await;
    }
}

/// What the person hears besides what they see: that it went wrong, or that it is not all yet.
async fn give(
    context: &SlackContext,
    request: &SlackRequest,
    ask: &Ask,
    view: &View,
) -> Result<Option<String>, String> {
    let reason = || view.text(form_ids::REASON).map(|reason| gateway_domain::cut(&reason, MAX_REASON));
    let mut proven = Proven::by(Proof::Account);
    let answer = match view.callback.as_str() {
        form_ids::REASON_FORM => Answer::Deny { reason: view.text(form_ids::REASON) },
        form_ids::ALLOW_FORM | form_ids::OVERRIDE_FORM => {
            proven.reason = reason();
            proven.break_glass = view.callback == form_ids::OVERRIDE_FORM;
            Answer::Once
        }
        _ => answer(ask, view).map_err(|(_, why)| why)?,
    };
    let digest = Some(ask.digest.clone());
    let given = AnswerGiven { ask: ask.id.clone(), digest, by: request.by.clone(), proven, answer };
    match context.desk.answer(given).await {
        Ok(verdict) => Ok(sentences::heard(&verdict)),
        Err(refusal) => super::buttons::why_not(&refusal, &request.by).map_or(Ok(None), Err),
    }
}

/// The ask of a form, and the digest that its person saw.
fn asked(context: &SlackContext, view: &View) -> Option<(Ask, String)> {
    let (id, digest) = view.metadata.split_once(' ')?;
    Some((context.desk.ask(id)?, digest.to_owned()))
}

/// What stands in a field; of a choice the form has the option's number.
fn origin(field: &Field, view: &View, name: &str) -> Option<String> {
    if field.options.is_empty() {
        return view.text(name);
    }
    let numbers = view.text(name).into_iter().chain(view.chosen(name));
    let chosen: Vec<_> =
        numbers.filter_map(|number| field.options.get(number.parse::<usize>().ok()?)).collect();
    let chosen: Vec<_> = chosen.into_iter().map(String::as_str).collect();
    (!chosen.is_empty()).then(|| chosen.join(", "))
}

/// The answer that a form gives, or the field that is wrong and why.
fn answer(ask: &Ask, view: &View) -> Result<Answer, (String, String)> {
    match &ask.body {
        AskBody::Question { .. } | AskBody::Delivery { .. } => {
            let questions = ask.body.questions();
            let answers = questions.iter().enumerate().map(|(n, question)| {
                let (choice, words) = (format!("{}{n}", form_ids::CHOICE), format!("{}{n}", form_ids::WORDS));
                let numbers = view.text(&choice).into_iter().chain(view.chosen(&choice));
                let mut origin: Vec<String> = numbers
                    .filter_map(|number| question.options.get(number.parse::<usize>().ok()?).cloned())
                    .collect();
                origin.extend(view.text(&words));
                if origin.is_empty() {
                    Err((words, "Pick an option or write your own answer.".to_owned()))
                } else {
                    Ok(origin)
                }
            });
            Ok(Answer::Answers { answers: answers.collect::<Result<_, _>>()? })
        }
        AskBody::Configuration { fields, .. } => {
            let mut values = BTreeMap::new();
            for (n, field) in fields.iter().enumerate() {
                let name = format!("{}{n}", form_ids::FIELD);
                match origin(field, view, &name) {
                    Some(origin) if field.name == "thread" && channel_of(&origin).is_none() => {
                        return Err((name, WHICH_CHANNEL.to_owned()));
                    }
                    Some(origin) => _ = values.insert(field.name.clone(), origin),
                    None if field.required => return Err((name, "Required.".to_owned())),
                    None => {}
                }
            }
            Ok(Answer::Configured { values })
        }
        _ => Err((form_ids::REASON.to_owned(), "Please use the buttons on the card.".to_owned())),
    }
}
