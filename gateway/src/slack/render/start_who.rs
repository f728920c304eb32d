//! Who does the work, on the form that starts a session: the agent and the model, with what is suggested and why
//! (REQ-START-03, REQ-START-04, REQ-START-05).
//!
//! The suggested agent is chosen beforehand, since the plugin brings it. The suggested model is only where it is known
//! to be up; where it is down another must be picked.

use super::blocks::{OPTION, OPTIONS, context, input, option, select};
use super::form_ids;
use super::pick::Pick;
use super::start_form_view::{Draft, Offer};
use crate::sessions::ports::{ModelStanding, ModelView};
use crate::slack::formatting::{cut, esc};
use gateway_domain::{ModelHint, Suggestion};
use serde_json::Value;

/// Room for the suggested one, the channel's and OpenCode's own.
const NAMED: usize = OPTIONS - 3;

/// Longest reason; the field below it must stay in sight on a phone.
const REASON: usize = 300;

pub(super) fn who(offer: &Offer, draft: &Draft) -> Vec<Value> {
    let mut blocks = vec![];
    blocks.extend(offer.suggestion.as_ref().map(|suggestion| context(&why(offer, suggestion))));
    blocks.push(agent(offer, draft));
    blocks.push(model(offer, draft));
    blocks
}

fn why(offer: &Offer, suggestion: &Suggestion) -> String {
    let Suggestion { agent, confidence, because, model } = suggestion;
    let words = cut(&because.join(", "), REASON);
    let mut told =
        format!("💡 Suggested: *{}* ({:.0}% match: {}).", esc(agent), confidence * 100.0, esc(&words));
    if let Some(hint) = model {
        let because = esc(&cut(&hint.because, REASON));
        told.push_str(&format!(" Model: *{}* ({because}).", esc(&name(&hint.provider, &hint.model))));
        if let Some(down) = down(offer, hint) {
            let why = down.why.as_deref().unwrap_or("no reason given");
            told.push_str(&format!(" ⚠️ It is not available: {}. Pick another.", esc(&cut(why, REASON))));
        }
    }
    told
}

/// As people write a model.
pub(super) fn name(provider: &str, model: &str) -> String {
    format!("{provider}/{model}")
}

fn down<'a>(offer: &'a Offer, hint: &ModelHint) -> Option<&'a ModelView> {
    view(offer, hint).filter(|view| !view.is_usable())
}

fn view<'a>(offer: &'a Offer, hint: &ModelHint) -> Option<&'a ModelView> {
    offer.models.iter().find(|one| one.provider == hint.provider && one.model == hint.model)
}

fn pick_option(label: &str, pick: &Pick) -> Value {
    option(label, &pick.encode())
}

/// An option's value holds no longer name, and a name that is cut is another one.
fn fits(name: &str) -> bool {
    Pick::Named(name.to_owned()).encode().chars().count() <= OPTION
}

fn field(block: &str, suggested: Option<&str>, label: &str, options: Vec<Value>, pick: &Pick) -> Value {
    // Another suggestion is another field: this one keeps what is chosen in it.
    let block = cut(&format!("{block}.{}", suggested.unwrap_or_default()), 200);
    input(&block, label, select("static_select", form_ids::VALUE, options, &[pick.encode()]), false)
}

fn agent(offer: &Offer, draft: &Draft) -> Value {
    let suggested =
        offer.suggestion.as_ref().map(|suggestion| suggestion.agent.clone()).filter(|name| fits(name));
    let first = match &suggested {
        Some(name) => pick_option(&format!("{name}, as suggested"), &Pick::Named(name.clone())),
        None => pick_option("Use suggestion", &Pick::Suggested),
    };
    let others = offer.agents.iter().filter(|name| Some(*name) != suggested.as_ref() && fits(name));
    let mut options = vec![first];
    options.extend(others.take(NAMED).map(|name| pick_option(name, &Pick::Named(name.clone()))));
    options.push(pick_option("OpenCode default", &Pick::Own));
    let pick = match (&draft.agent, &suggested) {
        (Pick::Suggested, Some(name)) => Pick::Named(name.clone()),
        (other, _) => other.clone(),
    };
    field(form_ids::AGENT, suggested.as_deref(), "Agent", options, &pick)
}

fn model(offer: &Offer, draft: &Draft) -> Value {
    let hint = offer.suggestion.as_ref().and_then(|suggestion| suggestion.model.as_ref());
    let hint = hint.filter(|hint| fits(&name(&hint.provider, &hint.model)));
    let named = hint.map(|hint| name(&hint.provider, &hint.model));
    let is_down = hint.is_some_and(|hint| down(offer, hint).is_some());
    let usable = offer.models.iter().filter(|view| view.is_usable());
    let others = usable.map(|view| name(&view.provider, &view.model));
    let others = others.filter(|name| Some(name) != named.as_ref() && fits(name));
    let mut options = vec![];
    match &named {
        Some(_) if is_down => {}
        Some(name) => options.push(pick_option(&format!("{name}, as suggested"), &Pick::Named(name.clone()))),
        None if offer.suggestion.is_none() => {
            options.push(pick_option("Use suggestion (if available)", &Pick::Suggested));
        }
        None => {}
    }
    options.extend(others.take(NAMED).map(|name| pick_option(&name, &Pick::Named(name.clone()))));
    let pick = match (&draft.model, hint) {
        (Pick::Suggested, Some(hint)) => first_pick(offer, hint),
        (Pick::Suggested, None) if offer.suggestion.is_some() => Pick::Own,
        (other, _) => other.clone(),
    };
    options.extend(of_the_channel(offer, &pick, &options));
    options.push(pick_option("OpenCode default", &Pick::Own));
    // What was chosen stays chosen under the same name, also when it is no option any more: so another name with every change.
    let suggested = if offer.suggestion.is_some() { named.as_deref().unwrap_or("none") } else { "" };
    let state = format!("{suggested}{}", if is_down { ".down" } else { "" });
    field(form_ids::MODEL, Some(&state), "Model", options, &pick)
}

/// What a channel is set to need not be in the configuration.
fn of_the_channel(offer: &Offer, pick: &Pick, options: &[Value]) -> Option<Value> {
    let Pick::Named(wanted) = pick else { return None };
    let known = offer.models.iter().any(|view| name(&view.provider, &view.model) == *wanted)
        || options.iter().any(|option| option["value"] == pick.encode().as_str());
    (!known && fits(wanted)).then(|| pick_option(wanted, pick))
}

/// What stands there before anybody picks: a model that is down is no option, so none does.
fn first_pick(offer: &Offer, hint: &ModelHint) -> Pick {
    let named = Pick::Named(name(&hint.provider, &hint.model));
    match view(offer, hint).map(|view| view.state) {
        Some(ModelStanding::Available | ModelStanding::Down) => named,
        Some(ModelStanding::Unchecked) | None => Pick::Own,
    }
}
