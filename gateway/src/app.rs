//! The only place where rooms are plugged together.

use crate::access::Access;
use crate::bridge::{Bridge, BridgeMetrics, Caller};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::IdSource;
use crate::opencode_ui::{self, OpenCodeUi, Target, UiMetrics};
use crate::sessions::core::{Cards, Cores, Parts, Threads};
use crate::sessions::desk::Desk;
use crate::sessions::live::Board;
use crate::sessions::pages::OpenCodePages;
use crate::sessions::presence::Presence;
use crate::sessions::{Feed, RepairQueue};
use crate::store::{OpenError, Recovered, Shelf, Store, StoreConfig};
use crate::web::{self, Api};
use axum::Router;
use axum::serve::ListenerExt;
use gateway_domain::SessionRecord;
use prometheus_client::registry::Registry;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long open requests may take to end when the gateway stops; streams end at once.
const DRAIN: Duration = Duration::from_secs(3);

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
        let (store, recovered) = Store::open(StoreConfig::at(&config.state), Arc::clone(&clock)).await?;
        tell(&recovered);
        let records = store.archive_old(recovered.records, clock.now()).await?;
        clear_shelf(&store.shelf(), &records);
        let mut registry = Registry::with_prefix("gateway");
        let bridge = Bridge::new(config.bridge, BridgeMetrics::register(&mut registry), ids.clone());
        let caller = Arc::new(bridge.caller());
        let pages = OpenCodePages::new(config.opencode_ui.targets.iter().map(Target::page).collect());
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let (board, cards) = (Arc::new(Board::with_pages(pages.clone())), Arc::new(Cards::default()));
        let threads = Arc::new(Threads::with_pages(pages.clone()));
        let cores = Arc::new(Cores::new(Parts {
            policies: config.policies,
            clock: Arc::clone(&clock),
            keeper: Arc::new(store.clone()),
            shelf: Arc::new(store.shelf()),
            executor: caller.clone(),
            messages: caller.clone(),
            board: Arc::clone(&board),
            cards: Arc::clone(&cards),
            threads: Arc::clone(&threads),
            tasks: tasks.clone(),
            stop: stopping.clone(),
        }));
        cores.restore(records.into_iter().map(Arc::unwrap_or_clone).collect());
        let (repairs, repairer) = RepairQueue::new();
        let feed = Arc::new(Feed::new(Arc::clone(&board), Arc::clone(&cores), repairs));
        tasks.spawn(repairer.run(Arc::clone(&board), Arc::clone(&cores), caller.clone(), stopping.clone()));
        let access = Arc::new(Access::new(config.access, Arc::clone(&clock)));
        let presence = Arc::new(Presence::new(Arc::clone(&clock)));
        let doors = opencode_ui::Parts {
            access: Arc::clone(&access),
            presence: Arc::clone(&presence),
            known: knows_pods(bridge.caller()),
            metrics: UiMetrics::register(&mut registry),
            tasks: tasks.clone(),
            stopping: stopping.clone(),
        };
        let opencode_ui = OpenCodeUi::new(config.opencode_ui, doors);
        let desk = Arc::new(Desk {
            board: Arc::clone(&board),
            cards,
            threads,
            cores,
            pods: caller,
            shelf: Arc::new(store.shelf()),
            limits: config.limits,
            clock: Arc::clone(&clock),
        });
        let api = Api {
            catalogue: Arc::new(config.catalogue),
            demo: config.web.demo,
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
        let router = bridge.router(feed).merge(web::router(api, access));
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
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { router, opencode_ui, bridge, tasks, store, stopping, board: _ } = self;
        opencode_ui.open_doors().await?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let listener = listener.tap_io(|tcp| {
            if let Err(error) = tcp.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        let server =
            axum::serve(listener, service).with_graceful_shutdown(stopping.clone().cancelled_owned());
        let serving = async move { server.await };
        tokio::pin!(serving, shutdown);
        tokio::select! {
            ended = &mut serving => return ended,
            () = &mut shutdown => tracing::info!("stopping"),
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
        Ok(())
    }
}

/// Whether there is a pod of that name, connected or away.
fn knows_pods(caller: Caller) -> Box<dyn Fn(&str) -> bool + Send + Sync> {
    Box::new(move |name| caller.status().iter().any(|pod| pod.pod == name))
}

/// Files whose messages have arrived, or that were stored for a message which was never confirmed.
fn clear_shelf(shelf: &Shelf, records: &[Arc<SessionRecord>]) {
    let needed = records.iter().flat_map(|record| record.messages_with_files()).collect();
    if let Err(error) = shelf.clear_all_but(&needed) {
        tracing::warn!(%error, "files of old messages stay on disk");
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
