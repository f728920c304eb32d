//! What people write, change and delete, and where they come and go.

use super::{SlackPerson, Spot};
use crate::api::chat;
use crate::api::reactions::react;
use crate::message::Message;
use crate::world::{BOT_USER, Kind, TEAM, World};
use serde_json::{Value, json};

impl SlackPerson {
    /// Writes into a channel. `@name` becomes a mention; what Slack escapes is escaped.
    pub fn says(&self, channel: &str, text: &str) -> Spot {
        self.write(channel, None, text, &[])
    }

    /// Writes into the thread of a message.
    pub fn replies(&self, to: &Spot, text: &str) -> Spot {
        self.write(&to.channel, Some(&to.thread), text, &[])
    }

    /// Writes to the app directly.
    pub fn dm(&self, text: &str) -> Spot {
        let channel = self.sim.note(|world| world.direct(&self.id));
        self.write(&channel, None, text, &[])
    }

    /// Posts files with a text, into a channel or (with `to`) into a thread.
    pub fn posts_files(&self, channel: &str, to: Option<&Spot>, text: &str, files: &[(&str, &[u8])]) -> Spot {
        self.write(channel, to.map(|spot| spot.thread.as_str()), text, files)
    }

    fn write(&self, channel: &str, thread: Option<&str>, text: &str, files: &[(&str, &[u8])]) -> Spot {
        self.sim.enter(|world| write(world, &self.id, channel, thread, text, files))
    }

    /// Changes an own message.
    pub fn edits(&self, spot: &Spot, text: &str) {
        self.sim.enter(|world| {
            let text = typed(world, text);
            let content = crate::api::content::Content { text: Some(text), ..Default::default() };
            chat::change(world, &spot.channel, &spot.ts, content);
        });
    }

    /// Deletes a message; as an administrator also others'.
    pub fn deletes(&self, spot: &Spot) {
        self.sim.enter(|world| chat::remove(world, &spot.channel, &spot.ts));
    }

    /// Deletes a thread with all that is in it.
    pub fn deletes_thread(&self, spot: &Spot) {
        self.sim.enter(|world| {
            let Some(channel) = world.channels.get(&spot.channel) else { return };
            let mut all: Vec<String> =
                channel.thread(&spot.thread).map(|message| message.ts.clone()).collect();
            all.reverse();
            all.iter().for_each(|ts| chat::remove(world, &spot.channel, ts));
        });
    }

    pub fn reacts(&self, spot: &Spot, name: &str) {
        self.sim.enter(|world| {
            let Ok(message) = crate::api::content::message_mut(world, &spot.channel, &spot.ts) else {
                return;
            };
            let author = message.user.clone();
            if react(message, name, &self.id).is_ok() {
                let ts = world.ts();
                let item = json!({ "type": "message", "channel": spot.channel, "ts": spot.ts });
                world.event(
                    "reaction_added",
                    json!({ "type": "reaction_added", "user": self.id, "reaction": name,
                    "item": item, "item_user": author, "event_ts": ts }),
                );
            }
        });
    }

    pub fn joins(&self, channel: &str) {
        self.comes_or_goes(channel, true);
    }

    pub fn leaves(&self, channel: &str) {
        self.comes_or_goes(channel, false);
    }

    fn comes_or_goes(&self, channel: &str, comes: bool) {
        let name = if comes { "member_joined_channel" } else { "member_left_channel" };
        self.sim.enter(|world| {
            let Some(id) = world.channel_named(channel).map(|channel| channel.id.clone()) else { return };
            let Some(place) = world.channels.get_mut(&id) else { return };
            let changed =
                if comes { place.members.insert(self.id.clone()) } else { place.members.remove(&self.id) };
            let letter = if place.kind == Kind::Private { "G" } else { "C" };
            let ts = world.ts();
            if changed {
                world.event(
                    name,
                    json!({ "type": name, "user": self.id, "channel": id, "channel_type": letter,
                    "team": TEAM, "event_ts": ts }),
                );
            }
        });
    }

    /// Invites the app into a channel, or removes it.
    pub fn invites_app(&self, channel: &str, into: bool) {
        let app = Self::new(std::sync::Arc::clone(&self.sim), BOT_USER.to_owned());
        app.comes_or_goes(channel, into);
    }

    /// Opens the app's home.
    pub fn opens_home(&self) {
        self.sim.enter(|world| {
            let (channel, ts) = (world.direct(&self.id), world.ts());
            let view = world.views.homes.get(&self.id).map(crate::views::View::view);
            let mut event = json!({ "type": "app_home_opened", "user": self.id, "channel": channel, "tab": "home",
                "event_ts": ts });
            if let Some(view) = view {
                event["view"] = view;
            }
            world.event("app_home_opened", event);
        });
    }

    /// Opens the assistant: a new thread in the conversation with the app.
    pub fn opens_assistant(&self) -> Spot {
        self.sim.enter(|world| {
            let channel = world.direct(&self.id);
            let content =
                crate::api::content::Content { text: Some("New thread".to_owned()), ..Default::default() };
            let ts = chat::post(world, &channel, BOT_USER, content, None, false);
            world.event(
                "assistant_thread_started",
                json!({ "type": "assistant_thread_started", "event_ts": ts,
                "assistant_thread": { "user_id": self.id, "channel_id": channel, "thread_ts": ts,
                    "context": { "team_id": TEAM, "enterprise_id": null } } }),
            );
            Spot { channel, ts: ts.clone(), thread: ts }
        })
    }
}

fn write(
    world: &mut World,
    user: &str,
    channel: &str,
    thread: Option<&str>,
    text: &str,
    files: &[(&str, &[u8])],
) -> Spot {
    let id = world.channel_named(channel).map_or_else(|| channel.to_owned(), |channel| channel.id.clone());
    let text = typed(world, text);
    let files: Vec<Value> = files.iter().map(|(name, bytes)| world.persons_file(user, name, bytes)).collect();
    let ts = world.ts();
    let message = Message {
        ts: ts.clone(),
        channel: id.clone(),
        user: user.to_owned(),
        text: text.clone(),
        subtype: (!files.is_empty()).then(|| "file_share".to_owned()),
        files,
        thread_ts: thread.map(str::to_owned),
        ..Message::default()
    };
    chat::insert(world, message.clone());
    mention(world, &id, &message);
    Spot { channel: id, thread: thread.map_or_else(|| ts.clone(), str::to_owned), ts }
}

/// A mention of the app is an event of its own, besides the message; not in direct messages.
fn mention(world: &mut World, id: &str, message: &Message) {
    let Some(channel) = world.channels.get(id) else { return };
    let heard = channel.members.contains(BOT_USER) && channel.kind != Kind::Direct;
    if !heard || !message.text.contains(&format!("<@{BOT_USER}")) {
        return;
    }
    let mut event = message.view(channel, false);
    event["type"] = json!("app_mention");
    event["channel"] = json!(id);
    event["event_ts"] = json!(message.ts);
    if let Some(event) = event.as_object_mut() {
        event.remove("subtype");
    }
    world.event("app_mention", event);
}

/// Text as Slack stores what somebody typed: `&`, `<` and `>` escaped, names and addresses in angle brackets.
fn typed(world: &World, text: &str) -> String {
    let mut out = String::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let words: Vec<String> = line.split(' ').map(|word| typed_word(world, word)).collect();
        out.push_str(&words.join(" "));
    }
    out
}

fn typed_word(world: &World, word: &str) -> String {
    let is_mention = |inner: &str| {
        let mut letters = inner.chars();
        matches!(letters.next(), Some('@' | '#' | '!'))
            && letters.all(|c| c.is_ascii_alphanumeric() || "^|-_".contains(c))
    };
    if let Some((inner, rest)) = word.strip_prefix('<').and_then(|word| word.split_once('>'))
        && is_mention(inner)
    {
        return format!("<{inner}>{}", escape(rest));
    }
    if word.starts_with("http://") || word.starts_with("https://") {
        return format!("<{}>", escape(word));
    }
    let name: String = word
        .strip_prefix('@')
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_alphanumeric() || "-_".contains(*c))
        .collect();
    match world.user_named(&name).filter(|_| !name.is_empty()) {
        Some(user) => format!("<@{}>{}", user.id, escape(&word[1 + name.len()..])),
        None => escape(word),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
