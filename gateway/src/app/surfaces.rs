//! The last phase: what people see and use. OpenCode's web UI, Slack, the API and the console.

use super::outer::Outer;
use super::{App, Common};
use crate::config::Config;
use crate::front;
use crate::opencode_ui::{self, OpenCodeUi, UiMetrics};
use crate::sessions::ports::PendingAction;
use crate::slack::outbound::OutMetrics;
use crate::slack::{self, InMetrics, SlackParts};
use crate::web::{self, Api};
use crate::witness;
use axum::Router;
use axum::middleware::from_fn;
use std::sync::Arc;

pub(super) fn start_surfaces(config: &Config, outer: Outer, common: Common) -> App {
    let Common { clock, ids, tasks, stopping } = common;
    let Outer {
        store,
        actions,
        last_written,
        mut registry,
        bridge,
        pages,
        live,
        feed,
        access,
        passkeys,
        presence,
        desk,
        lab_files,
        forge_hooks,
        witness,
    } = outer;
    // OpenCode's doors open when the app runs.
    let doors = opencode_ui::UiParts {
        access: Arc::clone(&access),
        presence: Arc::clone(&presence),
        desk: Arc::clone(&desk),
        metrics: UiMetrics::register(registry.sub_registry_with_prefix("gateway")),
        tasks: tasks.clone(),
        stopping: stopping.clone(),
    };
    let opencode_ui = OpenCodeUi::new(config.opencode_ui.clone(), doors);
    let slack = config.slack.clone().map(|slack| SlackParts {
        config: slack,
        desk: Arc::clone(&desk),
        posts: Arc::new(store.clone()),
        action_log: Arc::new(store.clone()),
        presence: Arc::clone(&presence),
        left: actions.into_iter().map(PendingAction::from).collect(),
        away_since: last_written,
        clock,
        ids: ids.clone(),
        metrics: OutMetrics::register(&mut registry),
        dead_letters: config.state.join("dead-letters"),
        tasks: tasks.clone(),
        stop: stopping.clone(),
    });
    let slack = slack.map(|parts| start_slack(parts, InMetrics::register(&mut registry)));
    let api = Api {
        config: Arc::new(config.web.clone()),
        pages: Arc::new(pages),
        presence,
        passkeys,
        desk,
        run: ids.next("").into(),
        ids,
        registry: Arc::new(registry),
        stopping: stopping.clone(),
    };
    let witness = witness.map(witness::router).unwrap_or_default();
    // Those whose senders nobody knows have to arrive in time.
    let strangers = slack
        .unwrap_or_default()
        .merge(witness)
        .merge(lab_files)
        .merge(forge_hooks)
        .layer(from_fn(front::in_time));
    let router = bridge.serve(feed).merge(web::router(api, access)).merge(strangers);
    App { router, opencode_ui, bridge, live, tasks, store, stopping }
}

/// A machine that cannot talk to Slack still serves the console.
fn start_slack(parts: SlackParts, metrics: InMetrics) -> Router {
    let routes = slack::start(parts, metrics).map(Option::unwrap_or_default);
    routes.unwrap_or_else(|error| {
        tracing::error!(%error, "Slack is off: this machine has no usable CA certificates");
        Router::new()
    })
}
