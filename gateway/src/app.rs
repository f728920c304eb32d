//! The only place where rooms are plugged together.

use crate::access::{self, Access, AccessMetrics};
use crate::bridge::{Bridge, BridgeMetrics, Caller};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::front::{self, Front};
use crate::ids::IdSource;
use crate::models::Models;
use crate::opencode_ui::{self, OpenCodeUi, Target, UiMetrics};
use crate::projects::Projects;
use crate::sessions::census::Census;
use crate::sessions::core::{Cards, CoreMetrics, Cores, Parts, SetAside, Threads};
use crate::sessions::desk::{Desk, Starts};
use crate::sessions::live::Board;
use crate::sessions::pages::OpenCodePages;
use crate::sessions::ports::Deed;
use crate::sessions::presence::Presence;
use crate::sessions::{Feed, Offers, RepairQueue};
use crate::slack::config::SlackConfig;
use crate::slack::out::OutMetrics;
use crate::slack::{self, InMetrics, SlackParts};
use crate::store::{Action, Attachments, LockLost, OpenError, Recovered, Store, StoreConfig, TakeOver};
use crate::token;
use crate::vitals;
use crate::web::{self, Api};
use crate::workspace::Workshop;
use axum::Router;
use axum::middleware::from_fn;
use gateway_domain::{Limits, PolicyBook, SessionRecord};
use prometheus_client::registry::Registry;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long open requests may take to end when the gateway stops; streams end at once.
const DRAIN: Duration = Duration::from_secs(3);

/// How often a gateway looks whether the state is still its own. Nothing is confirmed in between that is not.
const LOOK_AT_LOCK: Duration = Duration::from_secs(1);

/// The assembled gateway.
pub struct App {
    router: Router,
    opencode_ui: OpenCodeUi,
    bridge: Bridge,
    board: Arc<Board>,
    tasks: TaskTracker,
    store: Store,
    stopping: CancellationToken,
}

impl App {
    /// Puts the rooms together, takes up what was promised, and starts their tasks.
    pub async fn build(config: Config, clock: Arc<dyn Clock>, ids: IdSource) -> Result<Self, OpenError> {
        Self::take(config, clock, ids, TakeOver::WhenFree, None).await
    }

    /// The same, of several gateways on one state.
    pub async fn take(
        config: Config,
        clock: Arc<dyn Clock>,
        ids: IdSource,
        take_over: TakeOver,
        cluster: Option<Cluster>,
    ) -> Result<Self, OpenError> {
        let (store, Left { records, aside, actions }) = open(&config.state, take_over, &clock).await?;
        let Figures { mut registry, core_metrics, bridge_metrics, ui_metrics, access_metrics } =
            Figures::register(&store, &*clock);
        let bridge = Bridge::new(config.bridge, bridge_metrics, ids.clone());
        let caller = caller(&bridge, cluster);
        let pages = OpenCodePages::new(config.opencode_ui.targets.iter().map(Target::page).collect());
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let (board, cards) = (Arc::new(Board::with_pages(pages.clone())), Arc::new(Cards::default()));
        let threads = Arc::new(Threads::with_pages(pages.clone()));
        let cores = Arc::new(Cores::new(Parts {
            policies: config.policies,
            limits: config.limits,
            metrics: core_metrics,
            tasks: tasks.clone(),
            stop: stopping.clone(),
            ..parts(&store, &caller, &clock, (&board, &cards, &threads))
        }));
        count(&mut registry, &board, &cards, &clock);
        take_up(&cores, records, aside);
        let feed = feed(&board, &cores, &caller, &tasks, &stopping);
        let access = who_may(config.access, &config.state, access_metrics, &clock)?;
        let presence = Arc::new(Presence::new(Arc::clone(&clock), config.leaves_after));
        let projects = Arc::new(Projects::new(Arc::new(config.catalogue), Arc::clone(&clock)));
        let desk = Arc::new(Desk {
            board: Arc::clone(&board),
            cards,
            threads,
            cores,
            pods: caller,
            shelf: Arc::new(store.attachments()),
            workspaces: Arc::new(Workshop::new(config.workspaces, Arc::clone(&clock))),
            models: Arc::new(Models::new(config.models, Arc::clone(&clock))),
            projects: projects.clone(),
            starts: Starts::default(),
            offers: Offers::default(),
            clock: Arc::clone(&clock),
        });
        desk.cores.placed_by(Arc::<Desk>::downgrade(&desk));
        let doors = doors((&access, &presence, &desk), &bridge, ui_metrics, &tasks, &stopping);
        let opencode_ui = OpenCodeUi::new(config.opencode_ui, doors);
        let beside = Beside {
            store: &store,
            desk: &desk,
            presence: &presence,
            projects: &projects,
            clock: &clock,
            ids: &ids,
            tasks: &tasks,
            stop: &stopping,
        };
        let slack = beside.slack(config.slack, &config.state, actions, &mut registry);
        let api = Api {
            projects,
            config: Arc::new(config.web),
            archive: Arc::new(store.clone()),
            pages: Arc::new(pages),
            presence,
            desk,
            board: Arc::clone(&board),
            caller: bridge.caller(),
            run: ids.next("").into(),
            ids,
            registry: Arc::new(registry),
            stopping: stopping.clone(),
        };
        let router =
            bridge.router(feed).merge(web::router(api, access)).merge(slack.layer(from_fn(front::in_time)));
        Ok(Self { router, opencode_ui, bridge, board, tasks, store, stopping })
    }

    pub fn caller(&self) -> Caller {
        self.bridge.caller()
    }

    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Serves until `shutdown` completes, then stops in order: no new work, links closed with a code that
    /// brings the plugins back, tasks ended, state committed.
    pub async fn run(self, mut front: Front, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { router, opencode_ui, bridge, tasks, store, stopping, board: _ } = self;
        opencode_ui.open_doors().await?;
        let serving = front::serve(&mut front, router, stopping.clone());
        tokio::pin!(serving, shutdown);
        let mut lost = None;
        tokio::select! {
            () = &mut serving => return Err(io::Error::other("No connection can be accepted any more")),
            () = &mut shutdown => tracing::info!("stopping"),
            why = until_lost(&store) => lost = Some(why),
        }
        stopping.cancel();
        bridge.close().await;
        if tokio::time::timeout(DRAIN, &mut serving).await.is_err() {
            tracing::warn!("some requests did not end in time and were cut");
        }
        tasks.close();
        tasks.wait().await;
        // Last: what the tasks have promised is committed too.
        store.close().await;
        lost.map_or(Ok(()), |why| Err(io::Error::other(why)))
    }
}

/// The way to the pods; those of a cluster are let in with their own tokens.
fn caller(bridge: &Bridge, cluster: Option<Cluster>) -> Arc<Caller> {
    cluster.into_iter().for_each(|cluster| bridge.admit(Arc::new(cluster)));
    Arc::new(bridge.caller())
}

/// What lives goes on, and what was set aside is known as such.
fn take_up(cores: &Cores, records: Vec<Arc<SessionRecord>>, aside: Vec<SetAside>) {
    cores.set_aside(aside);
    cores.restore(records.into_iter().map(Arc::unwrap_or_clone).collect());
}

/// Takes up what is on disk: the store, the sessions that live, and what people did that is not worked off.
async fn open(state: &Path, take_over: TakeOver, clock: &Arc<dyn Clock>) -> Result<(Store, Left), OpenError> {
    let config = StoreConfig { take_over, ..StoreConfig::at(state) };
    let (store, recovered) = Store::open(config, Arc::clone(clock)).await?;
    tell(&recovered);
    let records = store.archive_old(recovered.records, clock.now()).await?;
    clear_attachments(&store.attachments(), &records);
    let aside = recovered.unrecoverable.iter().map(|aside| SetAside {
        session: aside.session.clone(),
        why: format!("The record of this session is damaged, so nothing of it is decided until an operator mends it. {aside}"),
    });
    let aside = aside.collect();
    Ok((store, Left { records, aside, actions: recovered.actions }))
}

/// What the last gateway left behind.
struct Left {
    records: Vec<Arc<SessionRecord>>,
    aside: Vec<SetAside>,
    actions: Vec<Action>,
}

/// The rules of access. Says where the token is that nobody set; what it is, nobody is told.
fn who_may(
    access: access::Config,
    state: &Path,
    metrics: AccessMetrics,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Access>, OpenError> {
    let path = token::own_token_file(state);
    let ready = access.made_ready(state).map_err(|source| {
        let doing = "keep the API's token in";
        OpenError::File { doing, path: path.clone(), source }
    })?;
    if ready.own_token {
        tracing::info!(file = %path.display(), "GATEWAY_API_TOKEN is not set: the gateway's own token is in this file");
    }
    Ok(Arc::new(Access::new(ready, metrics, Arc::clone(clock))))
}

/// What the rooms count, and where it is collected.
struct Figures {
    registry: Registry,
    core_metrics: CoreMetrics,
    bridge_metrics: BridgeMetrics,
    ui_metrics: UiMetrics,
    access_metrics: AccessMetrics,
}

impl Figures {
    fn register(store: &Store, clock: &dyn Clock) -> Self {
        let mut registry = vitals::registry(true, clock);
        store.register(&mut registry);
        let core_metrics = CoreMetrics::register(&mut registry);
        let rooms = registry.sub_registry_with_prefix("gateway");
        let (bridge_metrics, ui_metrics) = (BridgeMetrics::register(rooms), UiMetrics::register(rooms));
        let access_metrics = AccessMetrics::register(rooms);
        Self { registry, core_metrics, bridge_metrics, ui_metrics, access_metrics }
    }
}

/// The sessions and asks by their status.
fn count(registry: &mut Registry, board: &Arc<Board>, cards: &Arc<Cards>, clock: &Arc<dyn Clock>) {
    let census = Census { board: Arc::clone(board), cards: Arc::clone(cards), clock: Arc::clone(clock) };
    registry.sub_registry_with_prefix("gateway").register_collector(Box::new(census));
}

/// Completes when another gateway took the state over: there is nothing left to do here then.
async fn until_lost(store: &Store) -> LockLost {
    loop {
        tokio::time::sleep(LOOK_AT_LOCK).await;
        if let Err(why) = store.check_lock() {
            return why;
        }
    }
}

/// Whether there is a pod of that name, connected or away.
fn knows_pods(caller: Caller) -> Box<dyn Fn(&str) -> bool + Send + Sync> {
    Box::new(move |name| caller.status().iter().any(|pod| pod.pod == name))
}

/// What the tasks of sessions work with.
fn parts(
    store: &Store,
    caller: &Arc<Caller>,
    clock: &Arc<dyn Clock>,
    (board, cards, threads): (&Arc<Board>, &Arc<Cards>, &Arc<Threads>),
) -> Parts {
    Parts {
        policies: PolicyBook::default(),
        limits: Limits::default(),
        clock: Arc::clone(clock),
        keeper: Arc::new(store.clone()),
        shelf: Arc::new(store.attachments()),
        executor: caller.clone(),
        messages: caller.clone(),
        board: Arc::clone(board),
        cards: Arc::clone(cards),
        threads: Arc::clone(threads),
        metrics: CoreMetrics::default(),
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
    }
}

/// Files whose messages have arrived, or that were stored for a message which was never confirmed.
fn clear_attachments(attachments: &Attachments, records: &[Arc<SessionRecord>]) {
    let needed = records.iter().flat_map(|record| record.messages_with_files()).collect();
    if let Err(error) = attachments.clear_all_but(&needed) {
        tracing::warn!(%error, "files of old messages stay on disk");
    }
}

/// What pods tell goes here; what a gap left out is read again by a task.
fn feed(
    board: &Arc<Board>,
    cores: &Arc<Cores>,
    caller: &Arc<Caller>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Arc<Feed> {
    let (repairs, repairer) = RepairQueue::new();
    tasks.spawn(repairer.run(Arc::clone(board), Arc::clone(cores), caller.clone(), stop.clone()));
    Arc::new(Feed::new(Arc::clone(board), Arc::clone(cores), repairs))
}

/// What the doors to OpenCode's own web UI work with.
fn doors(
    (access, presence, desk): (&Arc<Access>, &Arc<Presence>, &Arc<Desk>),
    bridge: &Bridge,
    metrics: UiMetrics,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> opencode_ui::Parts {
    opencode_ui::Parts {
        access: Arc::clone(access),
        presence: Arc::clone(presence),
        desk: Arc::clone(desk),
        known: knows_pods(bridge.caller()),
        metrics,
        tasks: tasks.clone(),
        stopping: stop.clone(),
    }
}

/// What a room beside the web is given.
struct Beside<'a> {
    store: &'a Store,
    desk: &'a Arc<Desk>,
    presence: &'a Arc<Presence>,
    projects: &'a Arc<Projects>,
    clock: &'a Arc<dyn Clock>,
    ids: &'a IdSource,
    tasks: &'a TaskTracker,
    stop: &'a CancellationToken,
}

impl Beside<'_> {
    /// Starts Slack's room, if it is on. A machine that cannot talk to Slack still serves the console.
    fn slack(
        &self,
        config: Option<SlackConfig>,
        state: &Path,
        left: Vec<Action>,
        registry: &mut Registry,
    ) -> Router {
        let Some(config) = config else { return Router::new() };
        let parts = SlackParts {
            config,
            desk: Arc::clone(self.desk),
            projects: Arc::clone(self.projects),
            posts: Arc::new(self.store.clone()),
            deeds: Arc::new(self.store.clone()),
            keeper: Arc::new(self.store.clone()),
            presence: Arc::clone(self.presence),
            left: left.into_iter().map(Deed::from).collect(),
            clock: Arc::clone(self.clock),
            ids: self.ids.clone(),
            metrics: OutMetrics::register(registry),
            dead_letters: state.join("dead-letters"),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
        };
        let routes = slack::start(parts, InMetrics::register(registry));
        routes.map(Option::unwrap_or_default).unwrap_or_else(|error| {
            tracing::error!(%error, "Slack is off: this machine has no usable certificates of authorities");
            Router::new()
        })
    }
}

/// Each session that was set aside costs nobody else anything, so it is told and not more.
fn tell(recovered: &Recovered<SessionRecord>) {
    let Recovered { records, unrecoverable, journal_entries, .. } = recovered;
    for aside in unrecoverable {
        tracing::error!(session_id = aside.session, file = %aside.path.display(), "{aside}");
    }
    tracing::info!(sessions = records.len(), journal_entries, "the state is read");
}
