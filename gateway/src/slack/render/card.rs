//! The card that opens a thread: what the session is, how it does, and the buttons that steer it.

use super::blocks::{Look, button, confirmed, context, link, rich_line, rows, section};
use super::delivery_rows;
use super::lab_rows::lab_buttons;
use super::{Drawing, Ways, top_text};
use crate::slack::actions::{Act, Show};
use crate::slack::formatting::{self, cut, day_and_time, esc};
use crate::slack::sentences;
use gateway_domain::{Doing, Ending, SessionCard, Steer};
use serde_json::{Value, json};

/// The first message of a thread, before there is a session.
pub fn opening(title: &str, by: &str, project: Option<&str>, works_in: Option<&str>) -> Drawing {
    let mut told = format!("by {}", esc(&cut(by, 100)));
    for part in [project, works_in].into_iter().flatten() {
        told.push_str(&format!(" · {}", esc(&cut(part, 300))));
    }
    let head = rich_line(&[("⏳ Starting session: ", false), (&cut(title, 200), false)]);
    Drawing::new(top_text(&sentences::starting(title)), vec![head, context(&told)])
}

/// What a card shows besides the session itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    /// The console's address, if people can reach it.
    pub console: Option<&'a str>,
    /// The project's name in the project list, where its sessions are filed under an id.
    pub project: Option<&'a str>,
}

/// The card as the session is now.
pub fn session_card(card: &SessionCard, shown: Shown<'_>) -> Drawing {
    let (title, (emoji, doing)) = (card.title(), sentences::doing(card));
    let head = rich_line(&[(&format!("{emoji} "), false), (&cut(title, 200), false)]);
    let mut blocks = vec![head, fields(card, &doing, shown.project)];
    blocks.extend(below(card));
    blocks.extend(rows(controls(card, shown.console)));
    Drawing::new(top_text(&format!("{emoji} {} – {doing}", esc(&cut(title, 200)))), blocks)
}

fn fields(card: &SessionCard, doing: &str, project: Option<&str>) -> Value {
    let about = &card.about;
    let more = sentences::what_to_do(card).map(|more| format!(" – {more}")).unwrap_or_default();
    let mut told =
        vec![("Status", format!("{}{more}", esc(doing))), ("Session", formatting::code(&card.session))];
    let some = |name: &'static str, value: &Option<String>| {
        value.as_ref().map(|value| (name, esc(&cut(&formatting::visible(value), 200))))
    };
    told.extend(some("Project", &project.map(str::to_owned).or_else(|| about.project.clone())));
    if !about.directory.is_empty() {
        told.push(("Directory", formatting::code(&cut(&about.directory, 200))));
    }
    told.extend(some("Agent", &about.agent));
    told.extend(some("Model", &about.model));
    if let Some(lab) = &card.lab {
        told.push(("Lab", sentences::lab(lab)));
    }
    if let Some(delivery) = card.deliveries.last() {
        told.push(("Delivery", delivery_rows::standing(delivery)));
    }
    if let Some(guard) = &card.guard {
        told.push(("Guard", guard.level.word().to_owned()));
    }
    if let Some(owner) = &about.owner {
        told.push(("By", esc(&cut(&owner.name, 100))));
    }
    let told = told.into_iter().map(|(name, value)| format!("*{name}:* {value}")).collect::<Vec<_>>();
    section(&told.join("\n"))
}

fn below(card: &SessionCard) -> Vec<Value> {
    let mut told = vec![];
    if let Some(milestone) = &card.milestone {
        told.push(format!("🚩 {}", esc(&cut(milestone, 300))));
    }
    if let Some(checks) = sentences::checks(card) {
        told.push(checks);
    }
    if card.queued > 0 {
        told.push(format!("⏳ {}", sentences::messages_queued(card.queued)));
    }
    if let Some(paused) = &card.paused {
        told.push(format!("⏸️ Paused by {}, {}.", esc(&paused.by), day_and_time(paused.at)));
    }
    if let Some(ended) = &card.ended {
        let how = match ended.how {
            Ending::Completed => "Closed",
            Ending::Deleted => "Deleted",
        };
        told.push(format!("🏁 {how} by {}, {}.", esc(&ended.by), day_and_time(ended.at)));
    }
    told.iter().map(|line| context(line)).collect()
}

fn controls(card: &SessionCard, console: Option<&str>) -> Vec<Value> {
    let mut buttons = vec![];
    let steer =
        |label: &str, to| button(label, &Act::Steer { session: card.session.clone(), to }, Look::Plain);
    match card.doing {
        Doing::Working | Doing::Waiting => {
            buttons.push(steer("Pause", Steer::Pause));
            buttons.push(steer("Stop", Steer::Stop));
        }
        Doing::Paused => buttons.push(steer("Resume", Steer::Resume)),
        Doing::Failed => {
            buttons.push(steer("Retry", Steer::Retry));
            let change = Act::ChangeModel { session: card.session.clone() };
            buttons.push(button("Change model…", &change, Look::Plain));
        }
        Doing::Ended if is_closed(card) => buttons.push(steer("Reopen", Steer::Reopen)),
        Doing::Idle | Doing::Ended => {}
    }
    buttons.push(button(
        "Changes",
        &Act::Show { session: card.session.clone(), what: Show::Diff },
        Look::Plain,
    ));
    if card.doing != Doing::Ended {
        buttons.push(button("Run tests", &Act::RunChecks { session: card.session.clone() }, Look::Plain));
    }
    buttons.extend(lab_buttons(card));
    buttons.extend(delivery_rows::deliver_button(card));
    if matches!(card.doing, Doing::Idle | Doing::Paused | Doing::Failed) {
        let close = steer("Close…", Steer::Close);
        let question = "No more messages can be sent. Changed files stay as they are.";
        buttons.push(confirmed(close, "Close this session?", question, "Close it"));
    }
    if let Some(console) = console {
        buttons.push(link("Open console", &format!("{console}/sessions/{}", card.session)));
    }
    buttons
}

/// By a person; what OpenCode deleted is gone.
fn is_closed(card: &SessionCard) -> bool {
    card.ended.as_ref().is_some_and(|ended| ended.how == Ending::Completed)
}

/// A session in a list, with its state as the button that leads to it.
pub(super) fn in_a_list(card: &SessionCard, ways: Ways<'_>) -> Value {
    let (title, (emoji, doing)) = (card.title(), sentences::doing(card));
    let by = card
        .about
        .owner
        .as_ref()
        .map(|owner| format!(" · {}", esc(&cut(&owner.name, 60))))
        .unwrap_or_default();
    let told =
        format!("{emoji} {}{by}\n{} · {}", formatting::bold(&cut(title, 150)), esc(&doing), ways.link(card));
    let mut block = section(&told);
    // A list has many of these: each is told by its block which session it is about.
    block["block_id"] = json!(card.session);
    let act = Act::Show { session: card.session.clone(), what: Show::Status };
    block["accessory"] = button("Status", &act, Look::Plain);
    block["accessory"]["accessibility_label"] = json!(cut(&format!("Status of {title}"), 75));
    block
}
