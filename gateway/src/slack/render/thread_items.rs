//! The items of a thread as messages.

use super::ask::{CardFor, ask_card};
use super::blocks::{Look, button, context, section};
use super::said::{Said, said};
use super::{Drawing, top_text};
use crate::slack::actions::{Act, Show};
use crate::slack::formatting::{self, cut, esc, time};
use crate::slack::render::mrkdwn;
use crate::slack::sentences;
use gateway_domain::thread::{ItemBody, LineState, Milestone, ThreadItem, Tone, ToolLine};

/// A message and the key that it has for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub key: String,
    pub drawing: Drawing,
}

/// Details of a milestone on the card.
const MILESTONE_DETAILS: usize = 1_500;

/// An item as messages: one, or several where the text is long.
pub fn item(session: &str, item: &ThreadItem, whom: CardFor<'_>) -> Vec<Piece> {
    let one = |drawing| vec![Piece { key: item.key.clone(), drawing }];
    match &item.body {
        ItemBody::Said { by, text, complete, files, queued } => {
            said(item, &Said { by, text, complete: *complete, files, queued: *queued })
        }
        // What a model thinks is for those who look into it, and no message to anybody.
        ItemBody::Thought { .. } => vec![],
        ItemBody::Tools { lines } => one(tools(session, &item.key, lines)),
        ItemBody::Milestones { milestones } => one(told_milestones(milestones)),
        ItemBody::Ask { ask } => one(ask_card(ask, whom)),
        ItemBody::Note { tone, text, .. } => one(note(*tone, text)),
    }
}

/// What the gateway noted of a session, as it stands in the record.
pub fn note(tone: Tone, text: &str) -> Drawing {
    line(tone, &esc(&formatting::visible(text)))
}

/// A lab's steps and checks are told with a sign of their own, and need no other.
fn has_own_sign(mrkdwn: &str) -> bool {
    mrkdwn.chars().next().is_some_and(|first| first >= '\u{2300}' && !first.is_alphanumeric())
}

/// A line of the gateway's own: mrkdwn, in which everything that came from elsewhere is escaped.
pub fn line(tone: Tone, mrkdwn: &str) -> Drawing {
    let sign = match tone {
        Tone::Info => "ℹ️",
        Tone::Good => "✅",
        Tone::Warning => "⚠️",
        Tone::Error => "❌",
    };
    let told = if has_own_sign(mrkdwn) { mrkdwn.to_owned() } else { format!("{sign} {mrkdwn}") };
    let block = if tone == Tone::Info { context(&told) } else { section(&told) };
    Drawing::new(top_text(&told), vec![block])
}

fn tools(session: &str, key: &str, lines: &[ToolLine]) -> Drawing {
    let told = lines.iter().map(tool_line).collect::<Vec<_>>().join("\n");
    let mut block = section(&told);
    let what = Show::Tools { item: key.to_owned() };
    let act = Act::Show { session: session.to_owned(), what };
    block["accessory"] = button("Details", &act, Look::Plain);
    let last = lines.last().map(tool_line).unwrap_or_default();
    let live = lines.iter().any(|line| matches!(line.state, LineState::Waiting | LineState::Running));
    Drawing { text: top_text(&last), blocks: vec![block], live, prose: None }
}

fn tool_line(line: &ToolLine) -> String {
    let still = match line.state {
        LineState::Waiting | LineState::Running => " …",
        LineState::Done | LineState::Failed => "",
    };
    format!("{}{still}", esc(&formatting::visible(&cut(&line.text, 250))))
}

fn told_milestones(milestones: &[Milestone]) -> Drawing {
    let mut blocks = vec![];
    // One block a milestone, and room for what was left out.
    let most = super::blocks::MESSAGE_BLOCKS - 1;
    let left = milestones.len().saturating_sub(most);
    if left > 0 {
        blocks.push(context(&format!("{left} earlier ones")));
    }
    blocks.extend(milestones.iter().skip(left).map(|milestone| section(&told_milestone(milestone))));
    let last = milestones.last().map(|milestone| {
        format!("{} {}", sentences::milestone_emoji(&milestone.sort), esc(&cut(&milestone.description, 300)))
    });
    Drawing::new(top_text(&last.unwrap_or_default()), blocks)
}

fn told_milestone(milestone: &Milestone) -> String {
    let head = format!(
        "{} {}  {}",
        sentences::milestone_emoji(&milestone.sort),
        formatting::bold(&cut(&milestone.description, 300)),
        time(milestone.at)
    );
    match milestone.details.trim() {
        "" => head,
        details => format!("{head}\n{}", mrkdwn(&cut(details, MILESTONE_DETAILS))),
    }
}
