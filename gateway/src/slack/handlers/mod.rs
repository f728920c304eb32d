//! Does what people asked for in Slack: what all handlers work with, who may ask, and which handler takes which event.

mod alerts;
mod buttons;
mod catch_up;
mod choose_thread;
mod commands;
mod confirm;
mod files;
mod forms;
mod home;
mod limit;
mod log_head_posts;
mod long_output;
mod messages;
mod model;
mod override_news;
mod reply;
mod settings;
mod start_form;
mod start_session;
mod which_session;

pub(super) use catch_up::catch_up;
pub(super) use choose_thread::look_after;
pub(super) use log_head_posts::post_log_heads;
pub(super) use override_news::tell_of_overrides;
pub(super) use settings::Settings;

use super::client::Client;
use super::config::SlackConfig;
use super::inbound::event::{EventBody, ReplyTokens, SlackEvent, SlackUser};
use super::inbound::intake::{VerdictSender, Worker};
use super::message_keys;
use super::metrics::InMetrics;
use super::outbound::Outlet;
use super::people::{AdmissionRefusal, People};
use super::render::Ways;
use super::sentences;
use crate::clock::Clock;
use crate::sessions::desk::Desk;
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, Person};
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
pub(super) struct SlackContext {
    pub(super) config: SlackConfig,
    pub(super) identity: Identity,
    pub(super) desk: Arc<Desk>,
    pub(super) client: Client,
    pub(super) outlet: Outlet,
    pub(super) people: People,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: InMetrics,
}

/// Something that somebody who may does.
struct SlackRequest {
    key: String,
    by: Person,
    who: SlackUser,
    reply: ReplyTokens,
}

impl SlackRequest {
    /// Letters and digits, the same for every delivery: the desk does nothing twice under it.
    fn desk_key(&self) -> String {
        message_keys::short(&[&self.key, &self.who.team, &self.who.user])
    }
}

#[derive(Clone)]
pub(super) struct Workers(pub(super) Arc<SlackContext>);

impl Worker for Workers {
    fn concerns(&self, event: &SlackEvent) -> bool {
        self.0.concerns(event)
    }

    fn lane(&self, event: &SlackEvent) -> String {
        lane(event)
    }

    fn judge(&self, event: &SlackEvent) -> Option<Value> {
        match &event.what {
            EventBody::Submitted { view } => forms::wrong(&self.0, &event.who, view),
            _ => None,
        }
    }

    fn work(&self, event: SlackEvent, verdict: Option<VerdictSender>) -> BoxFuture<'static, ()> {
        let context = Arc::clone(&self.0);
        Box::pin(async move { context.work(event, verdict).await })
    }
}

/// Messages of a thread keep their order; what opens a form waits for nothing, since it has three seconds.
fn lane(event: &SlackEvent) -> String {
    let SlackEvent { who, what, key, .. } = event;
    match what {
        EventBody::Message { message } | EventBody::Mention { message } | EventBody::Edited { message } => {
            format!("thread {} {}", message.channel, message.thread())
        }
        EventBody::Pressed { at: Some(at), .. } => {
            format!("press {} {} {}", who.user, at.channel, at.message)
        }
        EventBody::Pressed { view: Some(view), .. }
        | EventBody::Submitted { view }
        | EventBody::Closed { view } => {
            format!("form {}", view.id)
        }
        EventBody::HomeOpened => format!("home {}", who.user),
        EventBody::Deleted { channel, ts } => format!("deleted {channel} {ts}"),
        _ => format!("one {key} {}", who.user),
    }
}

impl SlackContext {
    async fn work(&self, event: SlackEvent, verdict: Option<VerdictSender>) {
        let SlackEvent { key, who, what, reply } = event;
        if let EventBody::Revoked { why } = &what {
            tracing::error!(why, "app's permissions revoked in Slack; install the app again");
            return self.metrics.alarm("revoked");
        }
        // Whoever deleted it: what waits for an answer is there again.
        if let EventBody::Deleted { channel, ts } = &what {
            return self.outlet.deleted(channel, ts).await;
        }
        let by = match self.people.admit(&who).await {
            Ok(by) => by,
            Err(why) => return self.turn_away(&who, &reply, &what, why).await,
        };
        // A delivery for a whole organisation names none; the person is known to be of ours.
        let team = if who.team.is_empty() { self.identity.team.clone() } else { who.team };
        let who = SlackUser { team, ..who };
        let (request, began) = (SlackRequest { key, by, who, reply }, Instant::now());
        match what {
            EventBody::Command { channel, text } => {
                let command = commands::command(self, &request, &channel, &text).await;
                self.metrics.command(command, began.elapsed());
            }
            EventBody::Pressed { action_id, value, at, view } => {
                buttons::pressed(self, &request, buttons::ButtonPress { action_id, value, at, view }).await;
            }
            EventBody::Submitted { view } => forms::submitted(self, &request, &view, verdict).await,
            EventBody::Shortcut { callback: _, message } => {
                let from = start_session::FormSource { message, ..start_session::FormSource::default() };
                start_session::open_form(self, &request, None, from).await;
            }
            EventBody::Message { message } => messages::message(self, &request, message).await,
            EventBody::Mention { message } => messages::mention(self, &request, message).await,
            EventBody::Edited { message } => messages::edited(self, &request, &message).await,
            EventBody::HomeOpened => home::draw(self, &request.who).await,
            EventBody::Closed { .. }
            | EventBody::Deleted { .. }
            | EventBody::Revoked { .. }
            | EventBody::Ignored { .. }
            | EventBody::Unknown { .. } => {}
        }
    }

    /// Where sessions are to be read.
    fn ways(&self) -> Ways<'_> {
        Ways { slack: self.identity.url.as_deref(), console: self.config.console.as_deref() }
    }

    /// In private, and in the audit log.
    async fn turn_away(&self, who: &SlackUser, reply: &ReplyTokens, what: &EventBody, why: AdmissionRefusal) {
        self.metrics.refused(why.word());
        let person = format!("slack:{}:{}", who.home.as_deref().unwrap_or(&who.team), who.user);
        let entry = AuditEntry::new(self.clock.now(), person, format!("refused: {}", why.word()), "");
        let entry = AuditEntry { answer: what.kind().to_owned(), ..entry };
        if let Err(error) = self.desk.note_turned_away(&entry).await {
            tracing::error!(%error, "refusal not written to the audit log");
        }
        if why != AdmissionRefusal::Robot {
            let (channel, thread) = what.place();
            let reply_to = reply::ReplyTarget::of(who, reply, channel, thread);
            self.tell(&reply_to, sentences::turned_away(why)).await;
        }
    }

    /// Whether a message is for us at all: a channel has many that are not.
    fn concerns(&self, event: &SlackEvent) -> bool {
        match &event.what {
            EventBody::Message { message } => {
                message.direct
                    || message.parent.as_deref() == Some(&self.identity.user)
                    || self.session_at(&message.channel, message.thread()).is_some()
            }
            EventBody::Edited { message } => self.session_at(&message.channel, message.thread()).is_some(),
            EventBody::Deleted { channel, .. } => self.has_sessions_in(channel),
            _ => event.who.user != self.identity.user,
        }
    }
}

/// Stands for a project where none is configured.
const OPEN: &str = "open in OpenCode";
