//! Starts Slack: who we are there, what was left undone, the intake, the sockets, and an eye on all of it.

use super::SlackParts;
use super::client::{CallFault, Client, WRITING};
use super::config::Mode;
use super::handlers::{
    Identity, Settings, SlackContext, Workers, catch_up, look_after, post_log_heads, tell_of_overrides,
};
use super::inbound::alert_webhook::{self, Alerts};
use super::inbound::http::{self, Http};
use super::inbound::intake::Intake;
use super::inbound::lanes::Lanes;
use super::inbound::socket::Sockets;
use super::metrics::InMetrics;
use super::outbound::Outlet;
use super::people::People;
use crate::sessions::desk::{Desk, Refusal};
use axum::Router;
use gateway_domain::{Choice, Person};
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Between looks at tokens and sockets.
const POLL_INTERVAL: Duration = Duration::from_secs(15);

/// The bot token is tried at every so many looks: once a minute.
const TOKEN_LOOKS: u32 = 4;

/// Longest pause between attempts to reach Slack at the start.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Starts the room's tasks. In HTTP mode there are routes for Slack to call, and for alerts where somebody brings them.
pub fn start(parts: SlackParts, metrics: InMetrics) -> io::Result<Option<Router>> {
    let client = Client::new(&parts.config.bot_token, Some(&parts.config.api_url))?;
    let intake = Arc::new(OnceLock::new());
    let router = match &parts.config.mode {
        Mode::Socket { .. } => None,
        Mode::Http { signing_secret } => Some(http::router(Http {
            secret: signing_secret.clone(),
            clock: Arc::clone(&parts.clock),
            metrics: metrics.clone(),
            intake: Arc::clone(&intake),
        })),
    };
    let (alerts, hook) = alert_webhook::open(parts.config.alerts.clone());
    let outlet = Outlet::start(&parts, client.clone());
    parts.tasks.clone().spawn(live(parts, client, outlet, metrics, (intake, alerts)));
    Ok(router.into_iter().chain(hook).reduce(Router::merge))
}

async fn live(
    parts: SlackParts,
    client: Client,
    outlet: Outlet,
    metrics: InMetrics,
    (entrance, alerts): (Arc<OnceLock<Intake>>, Alerts),
) {
    let (stop, mode, api) = (parts.stop.clone(), parts.config.mode.clone(), parts.config.api_url.clone());
    let Some(identity) = identify(&client, &metrics, &stop).await else { return };
    tracing::info!(team = identity.team, user = identity.user, "app authenticated with Slack");
    let (tasks, action_log, presence) =
        (parts.tasks.clone(), Arc::clone(&parts.action_log), Arc::clone(&parts.presence));
    let away_since = parts.away_since;
    let (context, left) = build_context(parts, client.clone(), outlet, metrics.clone(), identity).await;
    let (lanes, context) = (Lanes::new(tasks.clone()), Arc::new(context));
    alerts.go_to(Arc::clone(&context));
    tasks.spawn(look_after(Arc::clone(&context), presence, stop.clone()));
    tasks.spawn(tell_of_overrides(Arc::clone(&context), stop.clone()));
    if let Some(posts) = context.config.log_head.clone() {
        tasks.spawn(post_log_heads(Arc::clone(&context), posts, stop.clone()));
    }
    let workers = Arc::new(Workers(Arc::clone(&context)));
    let intake = Intake::new(lanes, action_log, workers, metrics.clone(), stop.clone());
    intake.take_up(left).await;
    let _ = entrance.set(intake.clone());
    let late = LateReader { context, intake: intake.clone(), tasks: tasks.clone(), stop: stop.clone() };
    if let Some(since) = away_since {
        late.read(since);
    }
    let watch = Watch { client, metrics: metrics.clone(), api, late };
    match mode {
        Mode::Http { .. } => watch.keep(None, &stop).await,
        Mode::Socket { app_token, sockets } => match Client::new(&app_token, Some(&watch.api)) {
            Ok(app) => {
                let sockets = Sockets::open(&app, sockets, intake, metrics, &tasks, stop.clone());
                watch.keep(Some((&sockets, &app)), &stop).await;
            }
            Err(error) => tracing::error!(%error, "sockets to Slack can't be opened"),
        },
    }
}

/// What the handlers work with, and what people did that is still to be worked.
async fn build_context(
    parts: SlackParts,
    client: Client,
    outlet: Outlet,
    metrics: InMetrics,
    identity: Identity,
) -> (SlackContext, Vec<crate::sessions::ports::PendingAction>) {
    let SlackParts { config, desk, action_log, left, clock, .. } = parts;
    let (settings, left) = Settings::read(Arc::clone(&action_log), config.channels.clone(), left);
    let carried = carry_over(&desk, left.to_carry_over).await;
    for number in left.outdated.into_iter().chain(carried) {
        if let Err(error) = action_log.done(number).await {
            tracing::warn!(%error, "replaced setting not removed");
        }
    }
    let own = identity.team.clone();
    let people = People::new(client.clone(), Arc::clone(&clock), config.admission.clone(), own);
    let context = SlackContext { config, identity, desk, client, outlet, people, settings, clock, metrics };
    (context, left.to_do)
}

/// Earlier gateways kept the model and the agent that somebody chose in Slack beside the session; it keeps them itself now.
/// Returns the numbers of those that are not needed any more.
async fn carry_over(desk: &Desk, kept: HashMap<String, (u64, Choice)>) -> Vec<u64> {
    let by = Person { id: "slack".to_owned(), name: "Someone in Slack".to_owned() };
    let mut carried = vec![];
    for (session, (number, choice)) in kept {
        match desk.choose(&session, by.clone(), choice).await {
            // The next start tries again.
            Err(error @ (Refusal::NotStored | Refusal::ModelDown { .. })) => {
                tracing::warn!(session_id = session, %error, "choice from Slack not carried over yet");
            }
            Err(error) => {
                tracing::info!(session_id = session, %error, "choice from Slack dropped");
                carried.push(number);
            }
            Ok(_) => carried.push(number),
        }
    }
    carried
}

/// Who we are. Without it nobody's workspace could be compared, so nothing is taken before.
async fn identify(client: &Client, metrics: &InMetrics, stop: &CancellationToken) -> Option<Identity> {
    let mut pause = Duration::from_secs(1);
    loop {
        match client.call("auth.test", &json!({}), WRITING).await {
            Ok(answer) => {
                let text = |name: &str| answer[name].as_str().map(str::to_owned);
                match (text("team_id"), text("user_id")) {
                    (Some(team), Some(user)) => return Some(Identity { team, user, url: text("url") }),
                    _ => tracing::error!("identity of the token not given by Slack"),
                }
            }
            Err(fault) => tell_fault("SLACK_BOT_TOKEN", "bot_token", &fault, metrics),
        }
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// Reads what was written while Slack was not connected, beside everything else.
struct LateReader {
    context: Arc<SlackContext>,
    intake: Intake,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl LateReader {
    fn read(&self, since: Timestamp) {
        let (context, intake, stop) = (Arc::clone(&self.context), self.intake.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = catch_up(&context, &intake, since) => {}
            }
        });
    }

    fn now(&self) -> Timestamp {
        self.context.clock.now()
    }
}

/// Looks whether Slack still lets us in, and says what to do when it does not.
struct Watch {
    client: Client,
    metrics: InMetrics,
    api: String,
    late: LateReader,
}

impl Watch {
    async fn keep(&self, sockets: Option<(&Sockets, &Client)>, stop: &CancellationToken) {
        let (mut looks, mut without) = (0_u32, 0_u32);
        let mut connected_at = self.late.now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(POLL_INTERVAL) => looks = looks.wrapping_add(1),
            }
            if looks.is_multiple_of(TOKEN_LOOKS)
                && let Err(fault) = self.client.call("auth.test", &json!({}), WRITING).await
            {
                tell_fault("SLACK_BOT_TOKEN", "bot_token", &fault, &self.metrics);
            }
            let Some((sockets, app)) = sockets else { continue };
            if sockets.count() == 0 {
                without += 1;
            } else {
                if without > 0 {
                    self.late.read(connected_at);
                }
                (without, connected_at) = (0, self.late.now());
            }
            // One look can fall between two sockets.
            if without >= 2 {
                self.why_no_socket(app).await;
            }
        }
    }

    /// They are only tried again and again: the reason has to be asked for.
    async fn why_no_socket(&self, app: &Client) {
        self.metrics.alarm("no_socket");
        match app.call("apps.connections.open", &json!({}), WRITING).await {
            Ok(_) => {
                tracing::error!("no open socket to Slack; retrying")
            }
            Err(fault) => tell_fault("SLACK_APP_TOKEN", "app_token", &fault, &self.metrics),
        }
    }
}

fn tell_fault(setting: &str, alarm: &'static str, fault: &CallFault, metrics: &InMetrics) {
    let remedy = match fault.code() {
        Some("invalid_auth" | "token_revoked" | "account_inactive" | "token_expired" | "not_authed") => {
            "the token is no longer valid: install the app again and set the new one"
        }
        Some("missing_scope" | "not_allowed_token_type") => {
            "the token lacks permission: compare the app with slack-app-manifest.yaml"
        }
        Some("link_disabled" | "socket_mode_not_enabled") => "turn Socket Mode on in the app's settings",
        _ => "retrying; check that this machine can reach Slack",
    };
    if fault.code().is_some() {
        metrics.alarm(alarm);
        tracing::error!(%fault, setting, remedy, "access denied by Slack");
    } else {
        tracing::warn!(%fault, setting, remedy, "Slack unreachable");
    }
}
