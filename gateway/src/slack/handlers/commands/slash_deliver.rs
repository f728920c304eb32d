//! `deliver`: a session's work becomes a pull request, and what people want of one that is under way. `deliveries` lists all.

use super::{Command, Invocation};
use crate::sessions::ports::DeliveryWish;
use crate::slack::handlers::reply::ReplyTarget;
use crate::slack::handlers::{SlackContext, SlackRequest};
use crate::slack::{render, sentences};
use gateway_domain::SessionCard;

pub(super) const DELIVER: Command = Command::new(
    "deliver",
    "[id] [draft|shadow|pause|resume|stop|fix|address|take-in]",
    "turns the session's work into a pull request, or steers its delivery",
    |given| Box::pin(meant(given)),
)
.with_words(2)
.hinted();

pub(super) const DELIVERIES: Command =
    Command::new("deliveries", "", "lists deliveries, and how each stands", |given| Box::pin(list(given)));

async fn meant(given: Invocation<'_>) {
    let Some((card, rest)) = given.session().await else { return };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let noted = given.here.is_some();
    match words.as_slice() {
        [] => deliver(given.context, given.request, given.reply_to, &card.session, None, noted).await,
        [only @ ("draft" | "shadow")] => {
            let only = Some((*only).to_owned());
            deliver(given.context, given.request, given.reply_to, &card.session, only, noted).await;
        }
        [word, more @ ..] => steer(given, &card, word, &more.join(" ")).await,
    }
}

async fn steer(given: Invocation<'_>, card: &SessionCard, word: &str, more: &str) {
    let Some(wish) = wish(word, more) else {
        let known = "draft, shadow, pause, resume, stop, fix, address and take-in";
        return given.tell(&format!("I don't know “{}”. After `deliver` there can be {known}.", word)).await;
    };
    let Some(open) = card.deliveries.iter().rev().find(|delivery| !delivery.over) else {
        return given.tell(sentences::NOTHING_UNDER_WAY).await;
    };
    match given.context.desk.steer_delivery(&open.run, given.request.by.clone(), wish).await {
        Ok(said) => given.tell(&said).await,
        Err(refusal) => given.context.tell_refusal(given.reply_to, &refusal).await,
    }
}

fn wish(word: &str, more: &str) -> Option<DeliveryWish> {
    let more = (!more.is_empty()).then(|| more.to_owned());
    match (word, more) {
        ("pause", None) => Some(DeliveryWish::Pause),
        ("resume", None) => Some(DeliveryWish::Resume),
        ("stop", None) => Some(DeliveryWish::Stop),
        ("fix", word) => Some(DeliveryWish::Fix { word }),
        ("address", None) => Some(DeliveryWish::Address),
        ("take-in", None) => Some(DeliveryWish::TakeIn),
        _ => None,
    }
}

async fn list(given: Invocation<'_>) {
    let all = given.context.desk.deliveries();
    given.context.show(given.reply_to, "Deliveries", &render::delivery_list(&all)).await;
}

/// `noted`: the person sees the thread in which the lines about it stand.
pub(in crate::slack::handlers) async fn deliver(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    only: Option<String>,
    noted: bool,
) {
    match context.desk.deliver(session, request.by.clone(), only).await {
        Ok(_) if noted => {}
        Ok(_) => context.tell(reply_to, sentences::DELIVERING).await,
        Err(refusal) => context.tell_refusal(reply_to, &refusal).await,
    }
}
