//! Everything that people do in Slack, as one closed list. It is what the journal keeps until it is worked off.
//!
//! What opens a form (`trigger`) and what answers in private (`response_url`) are worth something to a thief and
//! nothing after a restart, so they never reach the disk.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::slack) struct SlackEvent {
    /// The same for every delivery of the same event.
    pub(in crate::slack) key: String,
    pub(in crate::slack) who: SlackUser,
    pub(in crate::slack) what: EventBody,
    #[serde(skip)]
    pub(in crate::slack) reply: ReplyTokens,
}

/// The person as Slack names them. Only ids count: names can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::slack) struct SlackUser {
    /// The workspace in which it happened.
    pub(in crate::slack) team: String,
    pub(in crate::slack) user: String,
    /// The person's own workspace, where Slack tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::slack) home: Option<String>,
}

/// What Slack gives to answer with, for a short time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::slack) struct ReplyTokens {
    pub(in crate::slack) trigger: Option<String>,
    pub(in crate::slack) response_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub(in crate::slack) enum EventBody {
    Command {
        channel: String,
        text: String,
    },
    /// A button or a menu.
    Pressed {
        action_id: String,
        value: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<PressedAt>,
        /// The form in which it is, if it is in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        view: Option<View>,
    },
    Submitted {
        view: View,
    },
    Closed {
        view: View,
    },
    Shortcut {
        callback: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Message>,
    },
    Message {
        message: Message,
    },
    /// A message that names the app.
    Mention {
        message: Message,
    },
    /// A message that the agent may have read already.
    Edited {
        message: Message,
    },
    /// A robot's message is not there any more.
    Deleted {
        channel: String,
        ts: String,
    },
    HomeOpened,
    /// The workspace took the app's rights away.
    Revoked {
        why: String,
    },
    /// Nothing for us, and why.
    Ignored {
        why: String,
    },
    /// Of a newer Slack than this gateway knows.
    Unknown {
        kind: String,
    },
}

by_name::by_name!(EventBody);

/// Where a button was pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::slack) struct PressedAt {
    pub(in crate::slack) channel: String,
    pub(in crate::slack) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::slack) thread: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::slack) struct Message {
    pub(in crate::slack) channel: String,
    pub(in crate::slack) ts: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::slack) thread: Option<String>,
    pub(in crate::slack) text: String,
    /// Who opened the thread, in a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::slack) parent: Option<String>,
    /// Between the person and the app.
    #[serde(default)]
    pub(in crate::slack) direct: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::slack) files: Vec<FileSent>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::slack) struct FileSent {
    pub(in crate::slack) name: String,
    pub(in crate::slack) mime: String,
    pub(in crate::slack) size: u64,
    /// Needs the bot's token.
    pub(in crate::slack) url: String,
}

/// A form as it was when something happened in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::slack) struct View {
    pub(in crate::slack) id: String,
    #[serde(default)]
    pub(in crate::slack) hash: String,
    pub(in crate::slack) callback: String,
    /// What we put into it when it was opened.
    #[serde(default)]
    pub(in crate::slack) metadata: String,
    /// By block and action, as Slack sends it.
    #[serde(default)]
    pub(in crate::slack) values: Map<String, Value>,
}

impl Message {
    /// The thread that it is in, or that it would open.
    pub(in crate::slack) fn thread(&self) -> &str {
        self.thread.as_deref().unwrap_or(&self.ts)
    }
}

impl View {
    /// What stands in the field.
    pub(in crate::slack) fn text(&self, name: &str) -> Option<String> {
        let state = self.state(name)?;
        let text = ["/value", "/selected_option/value", "/selected_conversation", "/selected_channel"]
            .iter()
            .find_map(|path| state.pointer(path)?.as_str());
        text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// All that are chosen in a field of many.
    pub(in crate::slack) fn chosen(&self, name: &str) -> Vec<String> {
        let options = self.state(name).and_then(|state| state.get("selected_options")?.as_array());
        let values = options.into_iter().flatten().filter_map(|option| option.get("value")?.as_str());
        values.map(str::to_owned).collect()
    }

    /// By the block's name, with whatever follows a dot in it, else by the action's.
    fn state(&self, name: &str) -> Option<&Value> {
        let named =
            |block: &str| block == name || block.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let block = self.values.iter().find(|(block, _)| named(block));
        let field = block.and_then(|(_, fields)| fields.as_object()?.values().next());
        field.or_else(|| self.values.values().find_map(|block| block.get(name)))
    }
}

impl EventBody {
    /// The channel and the thread in which it happened, as far as it happened in any.
    pub(in crate::slack) fn place(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Command { channel, .. } => (Some(channel), None),
            Self::Pressed { at: Some(at), .. } => (Some(&at.channel), at.thread.as_deref()),
            Self::Message { message }
            | Self::Mention { message }
            | Self::Edited { message }
            | Self::Shortcut { message: Some(message), .. } => {
                (Some(&message.channel), message.thread.as_deref())
            }
            _ => (None, None),
        }
    }

    /// A word for logs and metrics.
    pub(in crate::slack) fn kind(&self) -> &'static str {
        match self {
            Self::Command { .. } => "command",
            Self::Pressed { .. } => "pressed",
            Self::Submitted { .. } => "submitted",
            Self::Closed { .. } => "closed",
            Self::Shortcut { .. } => "shortcut",
            Self::Message { .. } => "message",
            Self::Mention { .. } => "mention",
            Self::Edited { .. } => "edited",
            Self::Deleted { .. } => "deleted",
            Self::HomeOpened => "home",
            Self::Revoked { .. } => "revoked",
            Self::Ignored { .. } => "ignored",
            Self::Unknown { .. } => "unknown",
        }
    }
}
