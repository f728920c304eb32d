//! What Slack remembers: one workspace, its people, channels and messages, and one installed app.

use super::chance::Chance;
use super::deliver::socket::Sockets;
use super::faults::Faults;
use super::files::Files;
use super::message::{Ephemeral, Message};
use super::pace::Pace;
use super::rates::Rates;
use super::views::Views;
use super::witness::Witness;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

pub const TEAM: &str = "T0SIM";
pub const OTHER_TEAM: &str = "T0OTHER";
pub const APP: &str = "A0SIM";
pub const BOT: &str = "B0SIM";
pub const BOT_USER: &str = "U0BOT";

/// Scopes that an ordinary installation of the gateway's app has.
pub const SCOPES: &[&str] = &[
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users:read",
    "users:read.email",
];

/// Events that the app subscribes to.
pub const EVENTS: &[&str] = &[
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "assistant_thread_started",
    "channel_archive",
    "channel_unarchive",
    "file_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "team_join",
    "tokens_revoked",
    "user_change",
];

pub struct App {
    pub bot_token: String,
    pub app_token: String,
    pub signing_secret: String,
    pub scopes: BTreeSet<String>,
    pub app_scopes: BTreeSet<String>,
    pub events: BTreeSet<String>,
    /// Slash commands of the manifest; none means: any that a person types.
    pub commands: BTreeSet<String>,
    pub revoked: bool,
    pub socket_mode: bool,
    /// Where HTTP deliveries go; without it they go through sockets.
    pub request_url: Option<String>,
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub name: String,
    pub real_name: String,
    pub team: String,
    pub guest: bool,
    pub deactivated: bool,
    pub bot: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Public,
    Private,
    Direct,
    Group,
}

pub struct Channel {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub members: BTreeSet<String>,
    pub archived: bool,
    /// With another workspace.
    pub shared: bool,
    pub messages: BTreeMap<String, Message>,
    pub ephemerals: Vec<Ephemeral>,
}

/// A short right to open a modal.
pub struct Trigger {
    pub user: String,
    pub made: Duration,
    pub used: bool,
    /// The view it was made in, for `views.push`.
    pub view: Option<String>,
}

pub struct ResponseUrl {
    pub channel: String,
    pub user: String,
    pub made: Duration,
    pub uses: u32,
    /// The message it belongs to, if it came from a click.
    pub message: Option<String>,
    pub thread: Option<String>,
}

pub struct World {
    pub app: App,
    pub users: BTreeMap<String, User>,
    pub channels: BTreeMap<String, Channel>,
    pub triggers: HashMap<String, Trigger>,
    pub response_urls: HashMap<String, ResponseUrl>,
    pub views: Views,
    pub files: Files,
    pub rates: Rates,
    pub faults: Faults,
    pub witness: Witness,
    pub chance: Chance,
    pub pace: Pace,
    pub sockets: Sockets,
    /// Status, title and prompts of assistant threads, by channel and thread.
    pub assistant: BTreeMap<(String, String), Value>,
    /// Events that a call or a person caused and that are yet to be delivered.
    pub events: Vec<Value>,
    /// Slack's time when the world was last entered.
    pub now: Duration,
    pub base: String,
    last_ts: u64,
    counter: u64,
}

impl World {
    pub(super) fn new(seed: u64, pace: Pace) -> Self {
        let scopes = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let app = App {
            bot_token: "xoxb-sim-bot".to_owned(),
            app_token: "xapp-sim-app".to_owned(),
            signing_secret: "simulated-signing-secret".to_owned(),
            scopes: scopes(SCOPES),
            app_scopes: scopes(&["connections:write"]),
            events: scopes(EVENTS),
            commands: BTreeSet::new(),
            revoked: false,
            socket_mode: true,
            request_url: None,
        };
        let mut world = Self {
            app,
            users: BTreeMap::new(),
            channels: BTreeMap::new(),
            triggers: HashMap::new(),
            response_urls: HashMap::new(),
            views: Views::default(),
            files: Files::default(),
            rates: Rates::default(),
            faults: Faults::default(),
            witness: Witness::default(),
            chance: Chance::new(seed),
            pace,
            sockets: Sockets::default(),
            assistant: BTreeMap::new(),
            events: Vec::new(),
            now: Duration::ZERO,
            base: String::new(),
            last_ts: 0,
            counter: 0,
        };
        world.users.insert(BOT_USER.to_owned(), bot_user());
        world
    }

    /// A new id with a letter in front, as Slack's are.
    pub fn id(&mut self, letter: &str) -> String {
        self.counter += 1;
        format!("{letter}{:07}", self.counter)
    }

    /// A timestamp that no message had before.
    pub fn ts(&mut self) -> String {
        let micros = u64::try_from(self.now.as_micros()).unwrap_or(u64::MAX);
        self.last_ts = micros.max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    pub fn user_named(&self, name: &str) -> Option<&User> {
        let name = name.trim_start_matches('@');
        self.users.get(name).or_else(|| self.users.values().find(|user| user.name == name))
    }

    pub fn channel_named(&self, name: &str) -> Option<&Channel> {
        let name = name.trim_start_matches('#');
        self.channels.get(name).or_else(|| self.channels.values().find(|channel| channel.name == name))
    }

    /// The conversation between the app and a person, made when it is first needed.
    pub fn direct(&mut self, user: &str) -> String {
        let known = self.channels.values().find(|channel| {
            channel.kind == Kind::Direct
                && channel.members.contains(user)
                && channel.members.contains(BOT_USER)
        });
        if let Some(channel) = known {
            return channel.id.clone();
        }
        let id = self.id("D");
        let members = [user, BOT_USER].map(str::to_owned).into();
        self.channels.insert(id.clone(), Channel::new(&id, "", Kind::Direct, members));
        id
    }

    /// Remembers an event for delivery, if the app subscribes to it.
    pub fn event(&mut self, subscription: &str, event: Value) {
        if self.app.events.contains(subscription) && !self.app.revoked {
            self.events.push(event);
        }
    }

    pub fn trigger(&mut self, user: &str, view: Option<String>) -> String {
        let id = format!("{}.{}.{:08x}", self.id(""), self.now.as_millis(), self.chance.number());
        self.triggers
            .insert(id.clone(), Trigger { user: user.to_owned(), made: self.now, used: false, view });
        id
    }

    pub fn response_url(
        &mut self,
        channel: &str,
        user: &str,
        message: Option<&str>,
        thread: Option<&str>,
    ) -> String {
        let id = format!("{}-{:016x}", self.id("R"), self.chance.number());
        let url = format!("{}/response/{id}", self.base);
        let (channel, user) = (channel.to_owned(), user.to_owned());
        let (message, thread) = (message.map(str::to_owned), thread.map(str::to_owned));
        self.response_urls
            .insert(id, ResponseUrl { channel, user, made: self.now, uses: 0, message, thread });
        url
    }
}

impl Channel {
    pub fn new(id: &str, name: &str, kind: Kind, members: BTreeSet<String>) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            members,
            archived: false,
            shared: false,
            messages: BTreeMap::new(),
            ephemerals: Vec::new(),
        }
    }

    /// The messages of a thread, its first one included, in order.
    pub fn thread(&self, ts: &str) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(move |message| message.thread() == ts)
    }

    /// How events name this kind of conversation, and the subscription that covers its messages.
    pub fn kind_names(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Public => ("channel", "message.channels"),
            Kind::Private => ("group", "message.groups"),
            Kind::Direct => ("im", "message.im"),
            Kind::Group => ("mpim", "message.mpim"),
        }
    }

    /// The family of scopes that reading it needs.
    pub fn scope_family(&self) -> &'static str {
        match self.kind {
            Kind::Public => "channels",
            Kind::Private => "groups",
            Kind::Direct => "im",
            Kind::Group => "mpim",
        }
    }

    pub fn view(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "name_normalized": self.name,
            "is_channel": self.kind == Kind::Public, "is_group": self.kind == Kind::Private,
            "is_im": self.kind == Kind::Direct, "is_mpim": self.kind == Kind::Group,
            "is_private": self.kind != Kind::Public, "is_archived": self.archived,
            "is_member": self.members.contains(BOT_USER), "is_ext_shared": self.shared, "is_shared": self.shared,
            "is_general": false, "is_org_shared": false, "created": 1_700_000_000, "creator": BOT_USER,
            "context_team_id": TEAM, "num_members": self.members.len(),
            "user": self.members.iter().find(|member| *member != BOT_USER),
            "topic": { "value": "", "creator": "", "last_set": 0 },
            "purpose": { "value": "", "creator": "", "last_set": 0 },
        })
    }
}

impl User {
    pub fn view(&self) -> Value {
        json!({
            "id": self.id, "team_id": self.team, "name": self.name, "real_name": self.real_name,
            "deleted": self.deactivated, "is_bot": self.bot, "is_app_user": false,
            "is_restricted": self.guest, "is_ultra_restricted": false, "is_stranger": self.team != TEAM,
            "is_admin": false, "is_owner": false, "is_primary_owner": false, "updated": 1_700_000_000,
            "tz": "Etc/UTC", "tz_label": "UTC", "tz_offset": 0,
            "profile": {
                "real_name": self.real_name, "display_name": self.name, "real_name_normalized": self.real_name,
                "display_name_normalized": self.name, "email": format!("{}@example.com", self.name), "team": self.team,
            },
        })
    }
}

fn bot_user() -> User {
    User {
        id: BOT_USER.to_owned(),
        name: "gateway".to_owned(),
        real_name: "Gateway".to_owned(),
        team: TEAM.to_owned(),
        guest: false,
        deactivated: false,
        bot: true,
    }
}
