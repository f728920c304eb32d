//! Buttons: answers, forms about asks, steering, and what is shown on request.

use super::reply::Where;
use super::{Deed, Room, commands, confirm, long_output, model, start_form, start_session, choose_thread};
use crate::sessions::desk::{AnswerBrought, Refusal};
use crate::slack::actions::{Act, Give, Show, short};
use crate::slack::inbound::event::{Spotted, View, What};
use crate::slack::render::{self, form_ids};
use crate::slack::words;
use gateway_domain::{Ask, Person, Verdict};

/// A button, as it was pressed.
pub(super) struct Press {
    pub(super) action_id: String,
    pub(super) value: String,
    pub(super) at: Option<Spotted>,
    pub(super) view: Option<View>,
}

pub(super) async fn pressed(room: &Room, deed: &Deed, press: Press) {
    let act = Act::decode(&press.action_id, &press.value);
    let Press { action_id, value, at, view } = press;
    let place =
        Where::of(&deed.who, &deed.reply, &What::Pressed { action_id, value, at: at.clone(), view: None });
    match act {
        Act::Answer { ask, digest, give } => answer(room, deed, &place, &ask, &digest, give).await,
        Act::Details { ask } => about(room, deed, &place, &ask, None, render::details).await,
        Act::DenyWithReason { ask, digest } => {
            about(room, deed, &place, &ask, Some(&digest), render::reason_form).await;
        }
        Act::OwnWords { ask, digest } => {
            about(room, deed, &place, &ask, Some(&digest), render::own_words_form).await;
        }
        Act::TakeAside { ask } => aside(room, deed, &place, &ask, at).await,
        Act::Steer { session, to } => {
            let noted = at.as_ref().is_some_and(|at| is_in_thread_of(room, &session, at));
            commands::steer(room, deed, &place, &session, to, noted).await;
        }
        Act::ChangeModel { session } => model::open_form(room, deed, &place, &session).await,
        Act::Show { session, what: Show::Whole { item } } => {
            long_output::calls(room, &place, &session, &item, view.as_ref()).await;
        }
        Act::Show { session, what } => show(room, deed, &place, &session, what).await,
        Act::PlaceIn { session, channel } => {
            choose_thread::chosen(room, deed, &place, &session, &channel).await;
        }
        Act::Start => {
            start_session::open_form(room, deed, place.channel.clone(), start_session::From::default()).await
        }
        Act::Begin { asked, form } => confirm::begin(room, deed, &place, &asked, form).await,
        Act::Link => {}
        Act::Unknown(id) => match view {
            Some(view) if view.callback == form_ids::START_FORM => start_form::redraw(room, &view).await,
            // Fields of our other forms tell when they change, too.
            Some(_) => {}
            None => {
                tracing::info!(action = id, "a button of another version was pressed");
                room.tell(&place, words::OLD_BUTTON).await;
            }
        },
    }
}

/// Whether the button stands in the session's own thread.
fn is_in_thread_of(room: &Room, session: &str, at: &Spotted) -> bool {
    let thread = at.thread.as_ref().unwrap_or(&at.message);
    let here = room.session_at(&at.channel, thread);
    here.is_some_and(|card| card.session == session)
}

async fn answer(room: &Room, deed: &Deed, place: &Where, id: &str, digest: &str, give: Give) {
    let told = match asked(room, id, Some(digest)) {
        Err(why) => Some(why),
        Ok(ask) => match give.answer(&ask) {
            None => Some(words::CHANGED.to_owned()),
            Some(answer) => {
                let digest = Some(ask.digest.clone());
                let brought = AnswerBrought { ask: ask.id, digest, by: deed.by.clone(), answer };
                match room.desk.answer(brought).await {
                    Ok(verdict) => words::taken(&verdict),
                    Err(refusal) => why_not(&refusal, &deed.by),
                }
            }
        },
    };
    if let Some(told) = told {
        room.tell(place, &told).await;
    }
}

/// After a kill an answer may be given again that was taken before: its person has nothing to hear then.
pub(super) fn why_not(refusal: &Refusal, by: &Person) -> Option<String> {
    let own =
        matches!(refusal, Refusal::Decided(Verdict::AnsweredBefore { by: first, .. }) if *first == by.name);
    (!own).then(|| words::refusal(refusal))
}

fn asked(room: &Room, id: &str, digest: Option<&str>) -> Result<Ask, String> {
    let ask = room.desk.ask(id).ok_or(words::NO_SUCH_ASK)?;
    match digest {
        Some(digest) if short(&ask.digest) != digest => Err(words::CHANGED.to_owned()),
        _ => Ok(ask),
    }
}

/// Opens a view about an ask.
async fn about(
    room: &Room,
    deed: &Deed,
    place: &Where,
    id: &str,
    digest: Option<&str>,
    draw: impl Fn(&Ask) -> serde_json::Value,
) {
    match asked(room, id, digest) {
        Ok(ask) => drop(room.open_view(deed, place, draw(&ask)).await),
        Err(why) => room.tell(place, &why).await,
    }
}

/// The ask gets a thread of its own, which its card names from then on.
async fn aside(room: &Room, deed: &Deed, place: &Where, id: &str, at: Option<Spotted>) {
    let ask = match asked(room, id, None) {
        Ok(ask) => ask,
        Err(why) => return room.tell(place, &why).await,
    };
    let named = match at {
        Some(at) => room.outlet.open_aside(&deed.who.team, &at.channel, &ask).await,
        None => None,
    };
    if let Err(refusal) = room.desk.take_aside(ask.id, deed.by.clone(), named).await {
        room.tell(place, &words::refusal(&refusal)).await;
    }
}

async fn show(room: &Room, deed: &Deed, place: &Where, session: &str, what: Show) {
    match what {
        Show::Status => commands::status(room, place, session).await,
        Show::Diff => commands::diff(room, place, session).await,
        Show::Help => commands::help(room, place).await,
        Show::Patch => long_output::patch(room, place, session).await,
        Show::Tools { item } | Show::Whole { item } => match long_output::lines(room, session, &item).await {
            Some(lines) => {
                let _ = room.open_view(deed, place, render::tool_details(session, &item, &lines, None)).await;
            }
            None => room.tell(place, words::NO_SUCH_ITEM).await,
        },
    }
}
