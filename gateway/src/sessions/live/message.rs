//! A message as it is being written.

use super::change::ChangeKind;
use super::streamed_text::{Grown, StreamedText};
use bridge_protocol::{MessageInfo, PartKind, PartView, Role, ToolCall};
use schemars::JsonSchema;
use serde::Serialize;

/// Parts kept of a message, and what one weighs besides its text. An honest message has some dozens.
const KEPT_PARTS: usize = 1_000;
const PART: usize = 200;

/// A message and its parts, in the order in which they appeared.
#[derive(Clone, Debug)]
pub struct LiveMessage {
    info: MessageInfo,
    parts: Vec<LivePart>,
}

#[derive(Clone, Debug)]
pub enum LivePart {
    Text { id: String, kind: PartKind, text: TextState, took_ms: Option<i64> },
    Tool(ToolCall),
    Other(PartView),
}

/// The text of a part; opaque outside of this folder.
#[derive(Clone, Debug)]
pub struct TextState(StreamedText);

/// What folding an event into a message brought.
pub(super) struct Folded {
    pub(super) change: Option<ChangeKind>,
    /// Something is missing that only OpenCode can tell.
    pub(super) gap: bool,
    /// A piece of text was not kept.
    pub(super) dropped: bool,
}

impl Folded {
    const NOTHING: Self = Self { change: None, gap: false, dropped: false };

    pub(super) fn changed(change: ChangeKind) -> Self {
        Self { change: Some(change), ..Self::NOTHING }
    }
}

impl LiveMessage {
    pub(super) fn new(info: MessageInfo) -> Self {
        Self { info: MessageInfo { parts: vec![], ..info }, parts: vec![] }
    }

    /// A message whose beginning was missed: only its id is known.
    pub(super) fn unknown(id: &str, role: Role) -> Self {
        Self::new(MessageInfo {
            id: id.to_owned(),
            role,
            parent_id: None,
            agent: None,
            model: None,
            created_at: 0,
            completed_at: None,
            finish: None,
            error: None,
            tokens: None,
            cost: None,
            from_gateway: false,
            parts: vec![],
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.info.id
    }

    /// What is held of it in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let error = self.info.error.as_ref().map_or(0, |error| error.message.len());
        PART + error + self.parts.iter().map(LivePart::bytes).sum::<usize>()
    }

    /// Leaves out parts from the oldest on, and says how many bytes they had. The last one stays.
    pub(super) fn shorten(&mut self, most: usize) -> usize {
        let (mut bytes, mut left_out) = (self.bytes(), 0);
        for part in &self.parts {
            if bytes <= most && self.parts.len() - left_out <= KEPT_PARTS {
                break;
            }
            bytes -= part.bytes();
            left_out += 1;
        }
        let left_out = left_out.min(self.parts.len().saturating_sub(1));
        self.parts.drain(..left_out).map(|part| part.bytes()).sum()
    }

    /// Where the message stands in its session: messages whose beginning was missed come last.
    pub(super) fn order(&self) -> (i64, &str) {
        let created = if self.info.created_at == 0 { i64::MAX } else { self.info.created_at };
        (created, &self.info.id)
    }

    pub(super) fn describe(&mut self, info: MessageInfo) -> ChangeKind {
        self.info = MessageInfo { parts: vec![], ..info };
        ChangeKind::Message { message: self.info.clone() }
    }

    pub(super) fn stream(&mut self, part: &str, kind: PartKind, offset: u64, piece: &str) -> Folded {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let grown = self.text_part(part, kind).add(offset, piece);
        self.told(part, kind, grown)
    }

    pub(super) fn complete_part(
        &mut self,
        part: &str,
        kind: PartKind,
        whole: &str,
        took_ms: Option<i64>,
    ) -> Folded {
        let grown = self.text_part(part, kind).complete(whole);
        self.took(part, took_ms);
        self.told(part, kind, grown)
    }

    fn took(&mut self, part: &str, ms: Option<i64>) {
        let known = self.parts.iter_mut().find_map(|known| match known {
            LivePart::Text { id, took_ms, .. } if id == part => Some(took_ms),
            _ => None,
        });
        if let Some(known) = known {
            *known = ms.or(*known);
        }
    }

    /// A tool call only ever goes forward; an older state of it is dropped.
    pub(super) fn tool(&mut self, call: ToolCall) -> Folded {
        let message_id = self.info.id.clone();
        let known = self.parts.iter_mut().find_map(|part| match part {
            LivePart::Tool(known) if known.part_id == call.part_id => Some(known),
            _ => None,
        });
        match known {
            Some(known) if *known == call || rank(known) > rank(&call) => return Folded::NOTHING,
            Some(known) => known.clone_from(&call),
            None => self.parts.push(LivePart::Tool(call.clone())),
        }
        Folded::changed(ChangeKind::Tool { message_id, call })
    }

    /// Takes in what OpenCode has of this message.
    pub(super) fn merge(&mut self, theirs: MessageInfo) -> Vec<ChangeKind> {
        let parts = theirs.parts.clone();
        let done = theirs.completed_at.is_some();
        let mut changes = vec![self.describe(theirs)];
        for part in parts {
            changes.extend(self.merge_part(part, done).change);
        }
        changes
    }

    fn merge_part(&mut self, part: PartView, done: bool) -> Folded {
        match part {
            PartView::Text { id, text } => self.merge_text(&id, PartKind::Text, &text, done),
            PartView::Reasoning { id, text, took_ms } => {
                // What took its time is over, although its message may go on.
                let done = done || took_ms.is_some();
                let folded = self.merge_text(&id, PartKind::Reasoning, &text, done);
                self.took(&id, took_ms);
                folded
            }
            PartView::Tool(call) => self.tool(call),
            other @ (PartView::File { .. } | PartView::Other { .. }) => self.attach(other),
        }
    }

    fn merge_text(&mut self, part: &str, kind: PartKind, whole: &str, done: bool) -> Folded {
        let text = self.text_part(part, kind);
        let grown = if done { text.complete(whole) } else { text.repair(whole) };
        self.told(part, kind, grown)
    }

    /// A part that is whole from its beginning on.
    pub(super) fn attach(&mut self, view: PartView) -> Folded {
        let known = self.parts.iter().any(|part| matches!(part, LivePart::Other(known) if *known == view));
        if known {
            return Folded::NOTHING;
        }
        self.parts.push(LivePart::Other(view.clone()));
        let PartView::File { id: part_id, filename, mime } = view else { return Folded::NOTHING };
        Folded::changed(ChangeKind::File { message_id: self.info.id.clone(), part_id, filename, mime })
    }

    fn text_part(&mut self, part: &str, kind: PartKind) -> &mut StreamedText {
        let found =
            self.parts.iter().rposition(|known| matches!(known, LivePart::Text { id, .. } if id == part));
        let index = found.unwrap_or_else(|| {
            let text = TextState(StreamedText::default());
            self.parts.push(LivePart::Text { id: part.to_owned(), kind, text, took_ms: None });
            self.parts.len() - 1
        });
        match &mut self.parts[index] {
            LivePart::Text { text, .. } => &mut text.0,
            LivePart::Tool(_) | LivePart::Other(_) => unreachable!("the index was found among text parts"),
        }
    }

    fn told(&self, part: &str, kind: PartKind, grown: Grown) -> Folded {
        let (message_id, part_id, role) = (self.info.id.clone(), part.to_owned(), self.info.role);
        match grown {
            Grown::Nothing => Folded::NOTHING,
            Grown::Gap { dropped } => Folded { gap: true, dropped, ..Folded::NOTHING },
            Grown::By { offset, text } => {
                let offset = offset as u64;
                Folded::changed(ChangeKind::Text { message_id, part_id, role, kind, offset, text })
            }
            Grown::Replaced => {
                let text = self.text_of(part).to_owned();
                Folded::changed(ChangeKind::TextReplaced { message_id, part_id, role, kind, text })
            }
        }
    }

    fn text_of(&self, part: &str) -> &str {
        let text = self.parts.iter().find_map(|known| match known {
            LivePart::Text { id, text, .. } if id == part => Some(text.0.text()),
            _ => None,
        });
        text.unwrap_or_default()
    }

    /// The message with its parts, for people and programs outside.
    pub fn view(&self) -> MessageView {
        let parts = self.parts.iter().map(LivePart::view).collect();
        MessageView { message: MessageInfo { parts, ..self.info.clone() }, streaming: self.is_streaming() }
    }

    /// Parts of text to which nothing follows, although the message may go on.
    pub(super) fn finished_parts(&self) -> Vec<String> {
        let finished = |part: &LivePart| match part {
            LivePart::Text { id, text, .. } if text.0.is_complete() => Some(id.clone()),
            _ => None,
        };
        self.parts.iter().filter_map(finished).collect()
    }

    fn is_streaming(&self) -> bool {
        self.info.completed_at.is_none()
            && self
                .parts
                .iter()
                .any(|part| matches!(part, LivePart::Text { text, .. } if !text.0.is_complete()))
    }
}

impl LivePart {
    fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        PART + match self {
            Self::Text { text, .. } => text.0.bytes(),
            Self::Tool(call) => {
                let fields = [&call.title, &call.file, &call.command, &call.output, &call.error, &call.diff];
                fields.into_iter().map(text).sum()
            }
            Self::Other(PartView::File { filename, .. }) => filename.len(),
            Self::Other(_) => 0,
        }
    }

    fn view(&self) -> PartView {
        match self {
            Self::Text { id, kind: PartKind::Reasoning, text, took_ms } => {
                PartView::Reasoning { id: id.clone(), text: text.0.text().to_owned(), took_ms: *took_ms }
            }
            Self::Text { id, text, .. } => PartView::Text { id: id.clone(), text: text.0.text().to_owned() },
            Self::Tool(call) => PartView::Tool(call.clone()),
            Self::Other(view) => view.clone(),
        }
    }
}

/// A message as the API shows it.
#[derive(JsonSchema, Clone, Debug, Serialize)]
pub struct MessageView {
    #[serde(flatten)]
    pub message: MessageInfo,
    /// Text of it is being written right now.
    pub streaming: bool,
}

fn rank(call: &ToolCall) -> u8 {
    use bridge_protocol::ToolStatus::{Completed, Error, Pending, Running, Unknown};
    match call.status {
        Unknown => 0,
        Pending => 1,
        Running => 2,
        Completed | Error => 3,
    }
}
