//! The second phase: what decides. The bridge to the pods, the live picture, and one task for each session.

use super::{Common, OpenState};
use crate::bridge::{Bridge, BridgeMetrics, Caller, Neighbours};
use crate::checks::{CheckMetrics, Checker};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::deliveries::{
    self, DeliveryMetrics, DeliveryParts, DeliveryRooms, Github, NoDeliveries, Rules, webhook_door,
};
use crate::lab::{self, ClusterLabs, ClusterParts, LabEngine, NoLabs, ProcessLabs, ProcessParts};
use crate::opencode_ui::Target;
use crate::process_metrics;
use crate::projects::Projects;
use crate::sessions::grants::Grants;
use crate::sessions::live::LiveSessions;
use crate::sessions::pages::OpenCodePages;
use crate::sessions::ports::{Accounts, Deliveries, DeliveryNews, LabNews, Labs, Workspaces};
use crate::sessions::session_metrics::SessionMetrics;
use crate::sessions::tasks::{OpenAsks, SessionTasks, TaskMetrics, TaskParts, Threads};
use crate::sessions::workspace_setup::WorkspaceSetup;
use crate::sessions::{Feed, RepairQueue};
use crate::store::{Store, StoredAction};
use crate::workspace::Workshop;
use axum::Router;
use gateway_domain::About;
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// The store and what decides.
pub(super) struct Inner {
    pub(super) store: Store,
    /// What people did before the last gateway stopped, and that is not worked off.
    pub(super) actions: Vec<StoredAction>,
    pub(super) last_written: Option<Timestamp>,
    pub(super) registry: Registry,
    pub(super) bridge: Bridge,
    pub(super) caller: Arc<Caller>,
    pub(super) pages: OpenCodePages,
    pub(super) live: Arc<LiveSessions>,
    pub(super) asks: Arc<OpenAsks>,
    pub(super) threads: Arc<Threads>,
    pub(super) session_tasks: Arc<SessionTasks>,
    pub(super) feed: Arc<Feed>,
    pub(super) projects: Arc<Projects>,
    pub(super) setup: Arc<WorkspaceSetup>,
    /// Where labs fetch their files.
    pub(super) lab_files: Router,
    /// Where the forge tells that something happened.
    pub(super) forge_hooks: Router,
}

pub(super) fn build_inner(
    config: &Config,
    state: OpenState,
    cluster: Option<Cluster>,
    common: &Common,
) -> Inner {
    let OpenState { store, records, aside, actions, last_written } = state;
    let mut registry = process_metrics::registry(true, &*common.clock);
    store.register(&mut registry);
    let metrics = TaskMetrics::register(&mut registry);
    let bridge_metrics = BridgeMetrics::register(registry.sub_registry_with_prefix("gateway"));
    let accounts = cluster.clone().map(|cluster| Arc::new(cluster) as Arc<dyn Accounts>);
    let pages = OpenCodePages::new(config.opencode_ui.targets.iter().map(Target::page).collect());
    let (live, asks) = (Arc::new(LiveSessions::with_pages(pages.clone())), Arc::new(OpenAsks::default()));
    let neighbours = Neighbours { accounts, homes: Arc::clone(live.homes()) };
    let bridge = Bridge::new(config.bridge.clone(), bridge_metrics, common.ids.clone(), neighbours);
    let caller = Arc::new(bridge.caller());
    let threads = Arc::new(Threads::with_pages(pages.clone()));
    let projects = Arc::new(Projects::new(Arc::new(config.catalogue.clone()), Arc::clone(&common.clock)));
    let workshop = Arc::new(Workshop::new(config.workspaces.clone(), Arc::clone(&common.clock)));
    let LabParts { labs, news, files: lab_files } = labs(config, &workshop, cluster.as_ref(), common);
    let (delivery_news, heard_of_deliveries) = channel(deliveries::NEWS);
    let rooms = delivery_rooms(config, &store, (&projects, &threads), delivery_news, &mut registry, common);
    let setup = WorkspaceSetup::new(Arc::clone(&live), Arc::clone(&threads), projects.clone(), workshop);
    let setup = Arc::new(setup);
    let grants = grants(config, &store, common);
    let check_metrics = CheckMetrics::register(registry.sub_registry_with_prefix("gateway"));
    let checks = Checker::new(caller.clone(), Arc::new(store.attachments()), check_metrics);
    let session_tasks = Arc::new(SessionTasks::new(TaskParts {
        policies: config.policies.clone(),
        limits: config.limits.clone(),
        clock: Arc::clone(&common.clock),
        keeper: Arc::new(store.clone()),
        shelf: Arc::new(store.attachments()),
        agents: caller.clone(),
        messages: caller.clone(),
        live: Arc::clone(&live),
        asks: Arc::clone(&asks),
        threads: Arc::clone(&threads),
        setup: Arc::clone(&setup),
        grants,
        checks: Arc::new(checks),
        labs,
        deliveries: as_port(&rooms),
        metrics,
        tasks: common.tasks.clone(),
        stop: common.stopping.clone(),
    }));
    let census =
        SessionMetrics { live: Arc::clone(&live), asks: Arc::clone(&asks), clock: Arc::clone(&common.clock) };
    registry.sub_registry_with_prefix("gateway").register_collector(Box::new(census));
    common.tasks.spawn(Arc::clone(&session_tasks).hear_of_labs(news, common.stopping.clone()));
    let stop = common.stopping.clone();
    common.tasks.spawn(Arc::clone(&session_tasks).hear_of_deliveries(heard_of_deliveries, stop));
    // What lives goes on, and what was set aside is known as such.
    session_tasks.set_aside(aside);
    session_tasks.restore(records.into_iter().map(Arc::unwrap_or_clone).collect());
    let forge_hooks = take_up(&rooms, config);
    let feed = feed(&live, &session_tasks, &caller, common);
    Inner {
        store,
        actions,
        last_written,
        registry,
        bridge,
        caller,
        pages,
        live,
        asks,
        threads,
        session_tasks,
        feed,
        projects,
        setup,
        lab_files,
        forge_hooks,
    }
}

fn as_port(rooms: &Result<Arc<DeliveryRooms>, String>) -> Arc<dyn Deliveries> {
    match rooms {
        Ok(rooms) => Arc::clone(rooms) as Arc<dyn Deliveries>,
        Err(why) => Arc::new(NoDeliveries(why.clone())),
    }
}

/// What was under way goes on, now that sessions can hear of it. Returns where webhooks come in.
fn take_up(rooms: &Result<Arc<DeliveryRooms>, String>, config: &Config) -> Router {
    let Ok(rooms) = rooms else { return Router::new() };
    rooms.restore();
    let secret = config.deliveries.github.as_ref().and_then(|github| github.webhook_secret.clone());
    secret.map(|secret| webhook_door(Arc::clone(rooms), secret)).unwrap_or_default()
}

/// Those that were on disk are taken up later, once their sessions are. A sentence where nothing is delivered.
fn delivery_rooms(
    config: &Config,
    store: &Store,
    (projects, threads): (&Arc<Projects>, &Arc<Threads>),
    news: Sender<DeliveryNews>,
    registry: &mut Registry,
    common: &Common,
) -> Result<Arc<DeliveryRooms>, String> {
    let settings = &config.deliveries;
    let off = || "deliveries are off in this gateway (`delivery.mode`)".to_owned();
    let github = settings.github.clone().filter(|_| !settings.is_off()).ok_or_else(off)?;
    let told = |why: String| {
        tracing::error!(why, "deliveries are off");
        format!("deliveries are off: {why}")
    };
    let forge = Github::new(github, &settings.preset).map_err(told)?;
    let rooms = DeliveryRooms::new(DeliveryParts {
        config: settings.clone(),
        shelf: Arc::new(store.deliveries()),
        keeper: Arc::new(store.clone()),
        forge: Arc::new(forge),
        judge: Arc::new(Rules::new(settings)),
        projects: projects.clone(),
        cards: threads.clone(),
        people: (*config.policies.of(&About::default()).people).clone(),
        console: Some(config.opencode_ui.console.clone()),
        news,
        metrics: DeliveryMetrics::register(registry.sub_registry_with_prefix("gateway")),
        clock: Arc::clone(&common.clock),
        ids: common.ids.clone(),
        tasks: common.tasks.clone(),
        stop: common.stopping.clone(),
    });
    rooms.map(Arc::new).map_err(|fault| told(fault.to_string()))
}

/// The engine, what it sees, and what it serves to labs.
struct LabParts {
    labs: Arc<dyn Labs>,
    news: Receiver<LabNews>,
    files: Router,
}

fn labs(config: &Config, workshop: &Arc<Workshop>, cluster: Option<&Cluster>, common: &Common) -> LabParts {
    let (sender, news) = channel(lab::NEWS);
    let off = |why: &str| Arc::new(NoLabs(format!("Labs are off in this gateway ({why})."))) as Arc<dyn Labs>;
    let mut files = Router::new();
    let labs = match (&config.labs.engine, cluster) {
        (LabEngine::Off, _) => off("`lab.engine`"),
        (LabEngine::Process, _) => process_labs(config, workshop, sender, common),
        (LabEngine::Kubernetes(_), None) => off("it is in no cluster"),
        (LabEngine::Kubernetes(settings), Some(cluster)) => {
            let (client, watching) = cluster.clients();
            let labs = ClusterLabs::new(ClusterParts {
                config: config.labs.clone(),
                cluster: (**settings).clone(),
                client,
                watching,
                workspaces: Arc::clone(workshop) as Arc<dyn Workspaces>,
                clock: Arc::clone(&common.clock),
                news: sender,
                tasks: common.tasks.clone(),
                stop: common.stopping.clone(),
            });
            files = labs.files_door().unwrap_or_default();
            Arc::new(labs)
        }
    };
    LabParts { labs, news, files }
}

fn process_labs(
    config: &Config,
    workshop: &Arc<Workshop>,
    news: Sender<LabNews>,
    common: &Common,
) -> Arc<dyn Labs> {
    let made = ProcessLabs::new(ProcessParts {
        config: config.labs.clone(),
        closed_ports: config.entrances.iter().map(|(address, _)| address.port()).collect(),
        workspaces: Arc::clone(workshop) as Arc<dyn Workspaces>,
        clock: Arc::clone(&common.clock),
        news,
        tasks: common.tasks.clone(),
        stop: common.stopping.clone(),
    });
    match made {
        Ok(labs) => Arc::new(labs),
        Err(error) => {
            tracing::error!(%error, "labs are off: no HTTP client");
            Arc::new(NoLabs(format!("Labs are off: {error}.")))
        }
    }
}

/// Those that were on disk; a task writes down how often they are used.
fn grants(config: &Config, store: &Store, common: &Common) -> Arc<Grants> {
    let (all, shelf) = store.grants();
    let (shelf, keeper) = (Arc::new(shelf), Arc::new(store.clone()));
    let grants = Arc::new(Grants::new(all, &config.policies, shelf, keeper, Arc::clone(&common.clock)));
    common.tasks.spawn(Arc::clone(&grants).keep_up(common.stopping.clone()));
    grants
}

/// Takes what pods report; a task reads again what a gap left out.
fn feed(
    live: &Arc<LiveSessions>,
    session_tasks: &Arc<SessionTasks>,
    caller: &Arc<Caller>,
    common: &Common,
) -> Arc<Feed> {
    let (repairs, repairer) = RepairQueue::new();
    let stop = common.stopping.clone();
    common.tasks.spawn(repairer.run(Arc::clone(live), Arc::clone(session_tasks), caller.clone(), stop));
    Arc::new(Feed::new(Arc::clone(live), Arc::clone(session_tasks), repairs))
}
