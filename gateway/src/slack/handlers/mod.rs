//! Doing what people did: the room's context, who it is for, and where each kind of deed goes.

mod alerts;
mod buttons;
mod commands;
mod confirm;
mod files;
mod which_session;
mod forms;
mod home;
mod limit;
mod long_output;
mod messages;
mod model;
mod start_form;
mod settings;
mod start_session;
mod reply;
mod choose_thread;

pub(super) use settings::{Choice, Settings};
pub(super) use choose_thread::look_after;

use super::client::Client;
use super::config::SlackConfig;
use super::inbound::event::{Happening, Reply, What, Who};
use super::inbound::intake::{VerdictSender, Worker};
use super::message_keys;
use super::metrics::InMetrics;
use super::outbound::Outlet;
use super::render::Ways;
use super::people::{People, Turned};
use super::words;
use crate::clock::Clock;
use crate::projects::Projects;
use crate::sessions::desk::Desk;
use crate::sessions::ports::Keeper;
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, Person, Told};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;

/// Who the app is in its workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) team: String,
    pub(super) user: String,
    /// Where the workspace is: `https://acme.slack.com/`.
    pub(super) url: Option<String>,
}

/// What the work is done with.
pub(super) struct Room {
    pub(super) config: SlackConfig,
    pub(super) identity: Identity,
    pub(super) desk: Arc<Desk>,
    pub(super) projects: Arc<Projects>,
    pub(super) client: Client,
    pub(super) outlet: Outlet,
    pub(super) people: People,
    pub(super) settings: Settings,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: InMetrics,
}

/// Something that somebody who may does.
struct Deed {
    key: String,
    by: Person,
    who: Who,
    reply: Reply,
}

impl Deed {
    /// Letters and digits, the same for every delivery: the desk does nothing twice under it.
    fn desk_key(&self) -> String {
        message_keys::short(&[&self.key, &self.who.team, &self.who.user])
    }
}

#[derive(Clone)]
pub(super) struct Workers(pub(super) Arc<Room>);

impl Worker for Workers {
    fn concerns(&self, happening: &Happening) -> bool {
        self.0.concerns(happening)
    }

    fn lane(&self, happening: &Happening) -> String {
        lane(happening)
    }

    fn judge(&self, happening: &Happening) -> Option<Value> {
        match &happening.what {
            What::Submitted { view } => forms::wrong(&self.0, &happening.who, view),
            _ => None,
        }
    }

    fn work(&self, happening: Happening, verdict: Option<VerdictSender>) -> BoxFuture<'static, ()> {
        let room = Arc::clone(&self.0);
        Box::pin(async move { room.work(happening, verdict).await })
    }
}

/// Messages of a thread keep their order; what opens a form waits for nothing, since it has three seconds.
fn lane(happening: &Happening) -> String {
    let Happening { who, what, key, .. } = happening;
    match what {
        What::Message { message } | What::Mention { message } | What::Edited { message } => {
            format!("thread {} {}", message.channel, message.thread())
        }
        What::Pressed { at: Some(at), .. } => format!("press {} {} {}", who.user, at.channel, at.message),
        What::Pressed { view: Some(view), .. } | What::Submitted { view } | What::Closed { view } => {
            format!("form {}", view.id)
        }
        What::HomeOpened => format!("home {}", who.user),
        What::Deleted { channel, ts } => format!("deleted {channel} {ts}"),
        _ => format!("one {key} {}", who.user),
    }
}

impl Room {
    async fn work(&self, happening: Happening, verdict: Option<VerdictSender>) {
        let Happening { key, who, what, reply } = happening;
        if let What::Revoked { why } = &what {
            tracing::error!(why, "Slack took the app's rights away; install the app again");
            return self.metrics.alarm("revoked");
        }
        // Whoever deleted it: what waits for an answer is there again.
        if let What::Deleted { channel, ts } = &what {
            return self.outlet.deleted(channel, ts).await;
        }
        let by = match self.people.admit(&who).await {
            Ok(by) => by,
            Err(why) => return self.turn_away(&who, &reply, &what, why).await,
        };
        // A delivery for a whole organisation names none; the person is known to be of ours.
        let team = if who.team.is_empty() { self.identity.team.clone() } else { who.team };
        let who = Who { team, ..who };
        let (deed, began) = (Deed { key, by, who, reply }, Instant::now());
        match what {
            What::Command { channel, text } => {
                let command = commands::command(self, &deed, &channel, &text).await;
                self.metrics.command(command, began.elapsed());
            }
            What::Pressed { action_id, value, at, view } => {
                buttons::pressed(self, &deed, buttons::Press { action_id, value, at, view }).await;
            }
            What::Submitted { view } => forms::submitted(self, &deed, &view, verdict).await,
            What::Shortcut { callback: _, message } => {
                let from = start_session::From { message, ..start_session::From::default() };
                start_session::open_form(self, &deed, None, from).await;
            }
            What::Message { message } => messages::message(self, &deed, message).await,
            What::Mention { message } => messages::mention(self, &deed, message).await,
            What::Edited { message } => messages::edited(self, &deed, &message).await,
            What::HomeOpened => home::draw(self, &deed.who).await,
            What::Closed { .. }
            | What::Deleted { .. }
            | What::Revoked { .. }
            | What::Ignored { .. }
            | What::Unknown { .. } => {}
        }
    }

    /// Where sessions are to be read.
    fn ways(&self) -> Ways<'_> {
        Ways { slack: self.identity.url.as_deref(), console: self.config.console.as_deref() }
    }

    /// In private, and in the audit log.
    async fn turn_away(&self, who: &Who, reply: &Reply, what: &What, why: Turned) {
        self.metrics.refused(why.word());
        let entry = AuditEntry {
            at: self.clock.now(),
            who: format!("slack:{}:{}", who.home.as_deref().unwrap_or(&who.team), who.user),
            what: format!("turned away: {}", why.word()),
            session: String::new(),
            ask: String::new(),
            digest: String::new(),
            answer: what.kind().to_owned(),
            told: Told::default(),
        };
        if let Err(error) = self.keeper.audit(&entry).await {
            tracing::error!(%error, "somebody who was turned away is not in the audit log");
        }
        if why != Turned::Robot {
            self.tell(&reply::Where::of(who, reply, what), words::turned_away(why)).await;
        }
    }

    /// Whether a message is for us at all: a channel has many that are not.
    fn concerns(&self, happening: &Happening) -> bool {
        match &happening.what {
            What::Message { message } => {
                message.direct
                    || message.parent.as_deref() == Some(&self.identity.user)
                    || self.session_at(&message.channel, message.thread()).is_some()
            }
            What::Edited { message } => self.session_at(&message.channel, message.thread()).is_some(),
            What::Deleted { channel, .. } => self.has_sessions_in(channel),
            _ => happening.who.user != self.identity.user,
        }
    }
}

/// Stands for a project where none is configured.
const OPEN: &str = "open in OpenCode";
