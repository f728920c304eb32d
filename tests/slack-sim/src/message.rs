//! Messages as Slack keeps them: the newest revision is shown, the earlier ones are kept for tests.

use super::world::{APP, BOT, BOT_USER, Channel, TEAM};
use serde_json::{Map, Value, json};
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub struct Message {
    pub ts: String,
    pub channel: String,
    pub user: String,
    pub text: String,
    pub blocks: Vec<Value>,
    pub attachments: Vec<Value>,
    pub files: Vec<Value>,
    pub thread_ts: Option<String>,
    pub metadata: Option<Value>,
    pub subtype: Option<String>,
    /// When it was last edited.
    pub edited: Option<String>,
    pub reactions: Vec<(String, Vec<String>)>,
    /// A parent that was deleted while it had replies.
    pub tombstone: bool,
    pub broadcast: bool,
    pub stream: Option<Stream>,
    /// What was shown before, oldest first.
    pub revisions: Vec<Revision>,
}

/// A message that is written while people watch.
#[derive(Clone, Debug)]
pub struct Stream {
    pub started: Duration,
    pub markdown: String,
    pub tasks: Vec<Value>,
    pub plan: Option<String>,
    pub extra: Vec<Value>,
    pub done: bool,
}

#[derive(Clone, Debug)]
pub struct Revision {
    pub text: String,
    pub blocks: Vec<Value>,
    pub at: Duration,
}

/// A message that only one person sees.
#[derive(Clone, Debug)]
pub struct Ephemeral {
    pub user: String,
    pub message: Message,
}

impl Message {
    pub fn from_bot(&self) -> bool {
        self.user == BOT_USER
    }

    /// The thread it belongs to: its own if it is no reply.
    pub fn thread(&self) -> &str {
        self.thread_ts.as_deref().unwrap_or(&self.ts)
    }

    pub fn is_reply(&self) -> bool {
        self.thread_ts.as_ref().is_some_and(|thread| *thread != self.ts)
    }

    /// Everything a person could read on it, blocks included.
    pub fn all_text(&self) -> String {
        let mut texts = vec![self.text.clone()];
        self.blocks.iter().for_each(|block| gather(block, &mut texts));
        self.attachments.iter().for_each(|part| gather(part, &mut texts));
        texts.join("\n")
    }

    pub(super) fn revise(&mut self, at: Duration) {
        self.revisions.push(Revision { text: self.text.clone(), blocks: self.blocks.clone(), at });
    }

    /// What the Web API and events say of it.
    pub fn view(&self, channel: &Channel, with_metadata: bool) -> Value {
        let mut view = Map::new();
        let mut put = |key: &str, value: Value| view.insert(key.to_owned(), value);
        put("type", json!("message"));
        put("user", json!(self.user));
        put("text", json!(self.text));
        put("ts", json!(self.ts));
        put("team", json!(TEAM));
        if self.from_bot() {
            put("bot_id", json!(BOT));
            put("app_id", json!(APP));
        }
        if !self.blocks.is_empty() {
            put("blocks", json!(self.blocks));
        }
        if !self.attachments.is_empty() {
            put("attachments", json!(self.attachments));
        }
        if !self.files.is_empty() {
            put("files", json!(self.files));
        }
        if let Some(thread) = &self.thread_ts {
            put("thread_ts", json!(thread));
        }
        if let Some(subtype) = &self.subtype {
            put("subtype", json!(subtype));
        }
        if let Some(edited) = &self.edited {
            put("edited", json!({ "user": self.user, "ts": edited }));
        }
        if let Some(metadata) = self.metadata.as_ref().filter(|_| with_metadata) {
            put("metadata", metadata.clone());
        }
        if !self.reactions.is_empty() {
            let one = |(name, users): &(String, Vec<String>)| json!({ "name": name, "users": users, "count": users.len() });
            put("reactions", self.reactions.iter().map(one).collect());
        }
        self.thread_figures(channel, &mut view);
        Value::Object(view)
    }

    fn thread_figures(&self, channel: &Channel, view: &mut Map<String, Value>) {
        if self.is_reply() {
            return;
        }
        let replies: Vec<&Message> = channel.thread(&self.ts).filter(|reply| reply.is_reply()).collect();
        if let Some(last) = replies.last() {
            view.insert("thread_ts".to_owned(), json!(self.ts));
            view.insert("reply_count".to_owned(), json!(replies.len()));
            view.insert("latest_reply".to_owned(), json!(last.ts));
        }
    }
}

/// All strings under keys that are shown.
fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| gather(value, texts)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if matches!(key.as_str(), "text" | "title" | "fallback") => {
                        texts.push(text.clone());
                    }
                    Value::String(_) => {}
                    other => gather(other, texts),
                }
            }
        }
        _ => {}
    }
}
