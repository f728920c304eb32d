//! The handle for tests: start it, populate it, break it, read it.

use super::core::Sim;
use super::deliver::{http, socket};
use super::faults::{Fault, Mishap, Oddities, Often};
use super::message::Message;
use super::pace::Pace;
use super::people::{SlackPerson, Spot};
use super::witness;
use super::world::{BOT_USER, Channel, Kind, OTHER_TEAM, TEAM, User, World};
use anyhow::Context;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A running Slack. Stops when dropped.
pub struct SlackSim {
    pub address: SocketAddr,
    sim: Arc<Sim>,
    /// The control API borrows a simulator that somebody else stops.
    owned: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// 0 takes a free one.
    pub port: u16,
    pub pace: Pace,
    pub seed: Option<u64>,
}

impl Drop for SlackSim {
    fn drop(&mut self) {
        if self.owned {
            self.sim.stop.cancel();
        }
    }
}

impl SlackSim {
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(Settings::default()).await
    }

    pub async fn start_with(settings: Settings) -> anyhow::Result<Self> {
        let own = std::env::var("SLACK_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = settings.seed.or(own).unwrap_or_else(rand::random);
        let sim = Arc::new(Sim::new(seed, settings.pace));
        let address = sim.serve(([127, 0, 0, 1], settings.port).into()).await?;
        // Captured by the test runner, shown when a test fails.
        #[allow(clippy::print_stderr, reason = "whoever reads a failed test needs the seed")]
        {
            eprintln!("simulated Slack at {address}, SLACK_SEED={seed}");
        }
        Ok(Self { address, sim, owned: true })
    }

    /// The same handle for those who are inside.
    pub(super) fn borrowed(sim: &Arc<Sim>) -> Self {
        let address = sim.quietly(|world| world.base.trim_start_matches("http://").parse().ok());
        let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        Self { address, sim: Arc::clone(sim), owned: false }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base of the Web API, without a slash at its end.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.url())
    }

    /// The seed of all chance; `SLACK_SEED` sets it.
    pub fn seed(&self) -> u64 {
        self.world(|world| world.chance.seed)
    }

    pub fn bot_token(&self) -> String {
        self.world(|world| world.app.bot_token.clone())
    }

    pub fn app_token(&self) -> String {
        self.world(|world| world.app.app_token.clone())
    }

    pub fn signing_secret(&self) -> String {
        self.world(|world| world.app.signing_secret.clone())
    }

    /// Looks at everything, or changes it; events that this causes are delivered.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.sim.enter(look)
    }

    /// A look that nobody is told of; for whoever looks often.
    pub fn peek<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.sim.quietly(|world| look(world))
    }

    /// Waits until a look at the world finds something.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&mut World) -> Option<T>) -> anyhow::Result<T> {
        self.until_within(crate::PATIENCE, what, look).await
    }

    pub async fn until_within<T>(
        &self,
        patience: Duration,
        what: &str,
        look: impl Fn(&mut World) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut changes = self.sim.changes();
        let waiting = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = self.sim.quietly(&look) {
                    return found;
                }
                // Time alone may bring it, too.
                let _ = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await;
            }
        };
        let found = tokio::time::timeout(patience, waiting).await;
        found.with_context(|| {
            format!("waited {patience:?} in vain for {what}; Slack shows:\n{}", self.transcript())
        })
    }

    /// The first message of a channel that shows this text, whoever wrote it.
    pub async fn until_text(&self, channel: &str, text: &str) -> anyhow::Result<Spot> {
        self.until(&format!("{text:?} in {channel}"), |world| {
            let found =
                world.channel_named(channel)?.messages.values().find(|one| one.all_text().contains(text))?;
            Some(Spot {
                channel: found.channel.clone(),
                ts: found.ts.clone(),
                thread: found.thread().to_owned(),
            })
        })
        .await
    }

    /// Waits until a message, as it is shown then, holds this text.
    pub async fn until_shown(&self, spot: &Spot, text: &str) -> anyhow::Result<Message> {
        self.until(&format!("{text:?} on {}", spot.ts), |world| {
            let message = world.channels.get(&spot.channel)?.messages.get(&spot.ts)?;
            message.all_text().contains(text).then(|| message.clone())
        })
        .await
    }

    /// Two people, two channels: what `make run` and the page begin with.
    pub fn seed_workspace(&self) {
        let (ann, bob) = (self.person("ann"), self.person("bob"));
        self.channel("general", &[&ann, &bob]);
        self.channel("dev", &[&ann, &bob]);
    }

    /// Somebody of the workspace; made when first named.
    pub fn person(&self, name: &str) -> SlackPerson {
        self.person_of(name, |_| {})
    }

    pub fn guest(&self, name: &str) -> SlackPerson {
        self.person_of(name, |user| user.guest = true)
    }

    /// Somebody of another workspace, in channels shared with it.
    pub fn stranger(&self, name: &str) -> SlackPerson {
        self.person_of(name, |user| OTHER_TEAM.clone_into(&mut user.team))
    }

    fn person_of(&self, name: &str, change: impl FnOnce(&mut User)) -> SlackPerson {
        let id = self.world(|world| make_person(world, name, change));
        SlackPerson::new(Arc::clone(&self.sim), id)
    }

    /// The person's account is closed.
    pub fn deactivate(&self, person: &SlackPerson) {
        self.world(|world| {
            let Some(user) = world.users.get_mut(&person.id) else { return };
            user.deactivated = true;
            let event = json!({ "type": "user_change", "user": user.view() });
            world.event("user_change", event);
        });
    }

    /// A public channel with these people and the app; returns its id.
    pub fn channel(&self, name: &str, members: &[&SlackPerson]) -> String {
        self.channel_of(name, Kind::Public, members, true)
    }

    pub fn private_channel(&self, name: &str, members: &[&SlackPerson]) -> String {
        self.channel_of(name, Kind::Private, members, true)
    }

    pub fn channel_without_app(&self, name: &str, members: &[&SlackPerson]) -> String {
        self.channel_of(name, Kind::Public, members, false)
    }

    pub fn channel_of(&self, name: &str, kind: Kind, members: &[&SlackPerson], with_app: bool) -> String {
        let members: Vec<String> = members.iter().map(|person| person.id.clone()).collect();
        self.world(|world| make_channel(world, name, kind, &members, with_app))
    }

    /// The messages of the thread that a message belongs to, the first one included.
    pub fn thread(&self, spot: &Spot) -> Vec<Message> {
        self.sim.quietly(|world| {
            let channel = world.channels.get(&spot.channel);
            channel.map(|channel| channel.thread(&spot.thread).cloned().collect()).unwrap_or_default()
        })
    }

    /// What stands in a channel, without replies.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.sim.quietly(|world| {
            let channel = world.channel_named(channel);
            let top = |channel: &Channel| {
                channel.messages.values().filter(|one| !one.is_reply()).cloned().collect()
            };
            channel.map(top).unwrap_or_default()
        })
    }

    pub fn message(&self, spot: &Spot) -> Option<Message> {
        self.sim.quietly(|world| world.channels.get(&spot.channel)?.messages.get(&spot.ts).cloned())
    }

    /// Calls of a method that were taken, oldest first.
    pub fn calls(&self, method: &str) -> Vec<witness::Call> {
        self.sim.quietly(|world| {
            world.witness.calls.iter().filter(|call| call.method == method).cloned().collect()
        })
    }

    /// What went to the app, every try: by event type, command or interaction type.
    pub fn deliveries(&self, what: &str) -> Vec<witness::Delivered> {
        self.sim.quietly(|world| {
            world.witness.deliveries.iter().filter(|one| one.what == what).cloned().collect()
        })
    }

    /// The acknowledgement time below which this share of all lies.
    pub fn ack_quantile(&self, share: f64) -> Option<Duration> {
        self.sim.quietly(|world| world.witness.ack_quantile(share))
    }

    pub fn fail(&self, method: &str, fault: Fault, often: Often) {
        self.world(|world| world.faults.add(method, fault, often));
    }

    pub fn mishap(&self, mishap: Mishap, often: Often) {
        self.world(|world| world.faults.mishap(mishap, often));
    }

    pub fn oddities(&self, oddities: Oddities) {
        self.world(|world| world.faults.oddities = oddities);
    }

    /// No more faults, mishaps and oddities.
    pub fn heal(&self) {
        self.world(|world| world.faults.clear());
    }

    /// Time passes at once, for limits, timers and lifetimes.
    pub fn skip(&self, time: Duration) {
        self.sim.clock.skip(time);
    }

    /// Slack asks every socket to be replaced, and closes it.
    pub fn refresh_sockets(&self) {
        self.world(|world| socket::tell_all(world, Some("refresh_requested"), true));
    }

    /// The connections end without a word.
    pub fn drop_sockets(&self) {
        self.world(|world| socket::tell_all(world, None, true));
    }

    /// Socket Mode is turned off for the app.
    pub fn disable_link(&self) {
        self.world(|world| {
            world.app.socket_mode = false;
            socket::tell_all(world, Some("link_disabled"), true);
        });
    }

    pub fn send_raw_frame(&self, frame: &str) {
        self.world(|world| socket::tell_raw(world, frame));
    }

    /// The app is removed, or its token revoked: sockets end, calls fail with `token_revoked`.
    pub fn revoke_tokens(&self) {
        self.world(|world| {
            world.event(
                "tokens_revoked",
                json!({ "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [BOT_USER] } }),
            );
            world.app.revoked = true;
        });
    }

    pub fn archive(&self, channel: &str) {
        self.world(|world| archive(world, channel));
    }

    /// Everything from the app goes here from now on, signed. False if the address does not echo the challenge.
    pub async fn deliver_to(&self, url: &str) -> bool {
        let verified = http::verify(&self.sim, url).await;
        if verified {
            self.world(|world| world.app.request_url = Some(url.to_owned()));
        }
        verified
    }

    /// All that people see, as text, for failures of tests.
    pub fn transcript(&self) -> String {
        self.sim.quietly(|world| transcript(world))
    }
}

pub(super) fn make_person(world: &mut World, name: &str, change: impl FnOnce(&mut User)) -> String {
    if let Some(user) = world.user_named(name) {
        return user.id.clone();
    }
    let id = world.id("U");
    let mut letters = name.chars();
    let real_name =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    let mut user = User {
        id: id.clone(),
        name: name.to_owned(),
        real_name,
        team: TEAM.to_owned(),
        guest: false,
        deactivated: false,
        bot: false,
    };
    change(&mut user);
    world.users.insert(id.clone(), user);
    id
}

pub(super) fn make_channel(
    world: &mut World,
    name: &str,
    kind: Kind,
    members: &[String],
    with_app: bool,
) -> String {
    let name = name.trim_start_matches('#');
    let id = world.channel_named(name).map(|channel| channel.id.clone());
    let id = id.unwrap_or_else(|| world.id("C"));
    let channel =
        world.channels.entry(id.clone()).or_insert_with(|| Channel::new(&id, name, kind, [].into()));
    channel.members.extend(members.iter().cloned());
    channel.members.extend(with_app.then(|| BOT_USER.to_owned()));
    channel.shared =
        channel.members.iter().any(|user| world.users.get(user).is_some_and(|user| user.team != TEAM));
    id
}

pub(super) fn archive(world: &mut World, channel: &str) {
    let Some(id) = world.channel_named(channel).map(|channel| channel.id.clone()) else { return };
    if let Some(channel) = world.channels.get_mut(&id) {
        channel.archived = true;
    }
    let ts = world.ts();
    world.event(
        "channel_archive",
        json!({ "type": "channel_archive", "channel": id, "user": "U0ADMIN", "event_ts": ts }),
    );
}

fn transcript(world: &World) -> String {
    let mut lines = Vec::new();
    for channel in world.channels.values() {
        lines.push(format!("#{} ({})", channel.name, channel.id));
        for message in channel.messages.values() {
            let indent = if message.is_reply() { "    " } else { "  " };
            lines.push(format!("{indent}{} {}: {}", message.ts, message.user, message.all_text()));
        }
        for one in &channel.ephemerals {
            lines.push(format!("  (only {}) {}", one.user, one.message.all_text()));
        }
    }
    let failed = world.witness.calls.iter().filter(|call| !call.ok()).rev().take(10);
    lines.extend(failed.map(|call| format!("call {} failed: {}", call.method, call.answer)));
    lines.extend(
        world
            .witness
            .errors
            .iter()
            .rev()
            .take(10)
            .map(|told| format!("{} was told: {}", told.user, told.text)),
    );
    lines.join("\n")
}
