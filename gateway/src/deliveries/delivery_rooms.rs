//! All deliveries: each has a task of its own, from its beginning until nothing can follow.

use super::beginning::{Start, Wanting};
use super::delivery_config::DeliveryConfig;
use super::delivery_hands::{Case, DeliveryHands, is_change};
use super::delivery_task::{DeliveryTask, Letter, switched};
use super::metrics::DeliveryMetrics;
use super::ports::{ForgeHands, Judge};
use super::switch::{self, Switch};
use super::workshop::Workshop;
use super::{views, words};
use crate::clock::Clock;
use crate::ids::IdSource;
use crate::sessions::ports::{
    Deliveries, DeliveryDetails, DeliveryNews, DeliveryShelf, DeliveryView, DeliveryWish, Keeper,
    ProjectBook, SessionCards, Steered,
};
use dashmap::DashMap;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_delivery::{
    AgentInput, AgentSays, Choice, Delivery, DeliveryRecord, Effect, Input, PersonInput, RECORD_SCHEMA,
    RunId, SteerReply, Tier, Who, Wish,
};
use gateway_domain::{AuditEntry, DeliveryOrder, DeliveryOutcome, People, Person, SafeName};
use gateway_outgoing::{GitProgram, Limits, Outgoing, OutgoingFault};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Inputs that may wait for one delivery. Whoever brings more waits.
const MAILBOX: usize = 64;

/// How long a person waits for a delivery to write down what they want.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer than that nobody looks at the patch of what is over.
const KEPT_REPOSITORIES: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Longest patch that people are shown.
const PATCH: usize = 1024 * 1024;

pub struct DeliveryRooms {
    hands: Arc<DeliveryHands>,
    rooms: DashMap<RunId, mpsc::Sender<Letter>>,
    /// One begins at a time, so that the same wish never makes two.
    beginning: Mutex<()>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

pub struct DeliveryParts {
    pub config: DeliveryConfig,
    pub shelf: Arc<dyn DeliveryShelf>,
    pub keeper: Arc<dyn Keeper>,
    pub forge: Arc<dyn ForgeHands>,
    pub judge: Arc<dyn Judge>,
    pub projects: Arc<dyn ProjectBook>,
    pub cards: Arc<dyn SessionCards>,
    pub people: People,
    /// The console's address, if people can reach it.
    pub console: Option<String>,
    pub news: mpsc::Sender<DeliveryNews>,
    pub metrics: DeliveryMetrics,
    pub clock: Arc<dyn Clock>,
    pub ids: IdSource,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl DeliveryRooms {
    /// Takes up what is on disk when [`DeliveryRooms::restore`] is called.
    pub fn new(parts: DeliveryParts) -> Result<Self, OutgoingFault> {
        let DeliveryParts {
            config,
            shelf,
            keeper,
            forge,
            judge,
            projects,
            cards,
            people,
            console,
            news,
            metrics,
            clock,
            ids,
            tasks,
            stop,
        } = parts;
        let outgoing = Outgoing::open(&config.folder, &config.workspaces)?;
        let workshop = Workshop {
            outgoing,
            git: GitProgram::new(Duration::from_secs(config.git_timeout_seconds)),
            limits: Limits::default(),
            workspaces: config.workspaces.clone(),
            projects,
            cards,
            forge: Arc::clone(&forge),
        };
        let (all, faults) = shelf.all();
        for (_, fault) in &faults {
            tracing::error!(fault, "a file of deliveries was set aside");
        }
        let stored = all.iter().find(|(name, _)| Switch::is_its_file(name)).map(|(_, text)| text.as_str());
        // One that was damaged lets nothing leave until a person turns it.
        let is_damaged = faults.iter().any(|(name, _)| Switch::is_its_file(name));
        let switch = Switch::of(stored.or(is_damaged.then_some("")));
        let records = DashMap::new();
        for record in all.iter().filter_map(|(name, text)| readable(name, text)) {
            records.insert(record.run.clone(), Arc::new(record));
        }
        let hands = DeliveryHands {
            config,
            switch,
            shelf,
            keeper,
            forge,
            judge,
            workshop,
            news,
            metrics,
            records,
            people,
            console,
            ids,
        };
        let (rooms, beginning) = (DashMap::new(), Mutex::new(()));
        Ok(Self { hands: Arc::new(hands), rooms, beginning, clock, tasks, stop })
    }

    /// Once the sessions are there. What was given out before is given out again.
    pub fn restore(&self) {
        self.forget_old();
        let open: Vec<Arc<DeliveryRecord>> = {
            let all = self.hands.records.iter();
            all.filter(|record| !record.stage.is_over() || has_work(record))
                .map(|record| Arc::clone(record.value()))
                .collect()
        };
        for record in open {
            let settings = self.hands.settings(record.project.as_deref(), &record.repository.name);
            let now = self.clock.now();
            let (delivery, effects) = Delivery::restore((*record).clone(), settings, now);
            self.open(delivery, effects);
        }
    }

    /// The repositories of runs that ended long ago. Records and evidence stay.
    fn forget_old(&self) {
        let now = self.clock.now();
        let is_old = |record: &DeliveryRecord| {
            record.stage.is_over() && now.duration_since(record.since) > KEPT_REPOSITORIES
        };
        let all = self.hands.records.iter();
        let old: Vec<_> = all.filter(|record| is_old(record)).map(|record| record.run.clone()).collect();
        for name in old.iter().filter_map(|run| SafeName::parse(run.as_str()).ok()) {
            self.hands.workshop.forget(&name);
        }
    }

    fn open(&self, delivery: Delivery, first: Vec<Effect>) {
        let (letters, mail) = mpsc::channel(MAILBOX);
        self.rooms.insert(delivery.record().run.clone(), letters);
        let (hands, clock) = (Arc::clone(&self.hands), Arc::clone(&self.clock));
        let task = DeliveryTask::new(delivery, hands, clock, mail, self.stop.clone());
        self.tasks.spawn(task.run(first));
    }

    async fn tell(&self, run: &RunId, input: Input) -> Option<Vec<SteerReply>> {
        let room = self.rooms.get(run).map(|room| room.clone())?;
        let (reply, replied) = oneshot::channel();
        room.send(Letter::Input { input, reply: Some(reply) }).await.ok()?;
        tokio::time::timeout(PATIENCE, replied).await.ok()?.ok()
    }

    /// Whoever waits for these pull requests reads them now; all of the repository where none is named.
    pub(super) async fn look_now(&self, repository: &str, pulls: &[u64]) {
        let is_about = |record: &DeliveryRecord| {
            let number = record.pull.as_ref().map(|pull| pull.number);
            let is_named = pulls.is_empty() || number.is_some_and(|number| pulls.contains(&number));
            record.repository.name.eq_ignore_ascii_case(repository) && is_named
        };
        for record in self.open_records().iter().filter(|record| is_about(record)) {
            let room = self.rooms.get(&record.run).map(|room| room.clone());
            if let Some(room) = room {
                // A task that has ended has nothing to look at.
                let _ = room.send(Letter::Look).await;
            }
        }
    }

    async fn begin(&self, wanting: Wanting) -> DeliveryOutcome {
        let _one = self.beginning.lock().await;
        let (mut begun, mut not, mut later) = (0, vec![], false);
        for folder in &wanting.repositories {
            match self.hands.start(&wanting, folder, self.clock.now()).await {
                Start::Known(record) => {
                    begun += 1;
                    let steered =
                        Input::Person(PersonInput::Steered { by: who(&wanting.by), wish: Wish::Deliver });
                    let replies = self.tell(&record.run, steered).await;
                    if let Some(SteerReply::NotNow { why }) =
                        replies.and_then(|replies| replies.into_iter().next())
                    {
                        not.push(format!("{} ({}): {why}", record.run, record.repository.name));
                    }
                }
                Start::New(new) => {
                    begun += 1;
                    let settings = self.hands.settings(new.project.as_deref(), &new.repository.name);
                    let (delivery, effects) = Delivery::begin(*new, settings, self.clock.now());
                    if self.hands.keep(&Arc::new(delivery.record().clone())).await.is_err() {
                        return DeliveryOutcome::Unknown;
                    }
                    self.open(delivery, effects);
                }
                Start::Not(why) => not.push(why),
                Start::Later => later = true,
            }
        }
        match (later, begun, not.is_empty()) {
            (true, ..) => DeliveryOutcome::Unknown,
            (false, 0, true) => refused("the workspace has no repositories"),
            (false, 0, false) => refused(&not.join("; ")),
            (false, _, true) => DeliveryOutcome::Done,
            // Some of them did begin.
            (false, _, false) => refused(&format!("not all of it: {}", not.join("; "))),
        }
    }

    async fn answer(&self, run: &str, request: &str, by: Person, answer: &str) -> DeliveryOutcome {
        let Some(record) = self.record(run) else { return refused("that delivery is gone.") };
        let Some(ask) = record.ask.clone().filter(|ask| ask.id == request) else {
            return DeliveryOutcome::Done;
        };
        let is_one_of = |who: &Who| self.hands.people.may_be_one(&who.id, &by.id);
        let Some((choice, word)) = words::choice(&ask, answer) else {
            return refused("Choose one of the buttons: this can't be answered in other words.");
        };
        if choice == Choice::GoOn && ask.yes.iter().any(is_one_of) {
            return already(&by);
        }
        let answered = PersonInput::Answered { ask: ask.id.clone(), by: who(&by), choice, word };
        let Some(replies) = self.tell(&record.run, Input::Person(answered)).await else {
            return DeliveryOutcome::Unknown;
        };
        let why = match replies.first() {
            Some(SteerReply::NotTheRequester) => {
                format!("{} asked for this, so their yes doesn't count. Someone else has to decide.", by.name)
            }
            Some(SteerReply::AlreadySaidYes) => return already(&by),
            Some(SteerReply::NotNow { why }) => why.clone(),
            _ => return DeliveryOutcome::Done,
        };
        // The session asks once more: the delivery still waits.
        DeliveryOutcome::Refused { why }
    }

    async fn end_work(&self, run: &str, says: String) -> DeliveryOutcome {
        let Some(record) = self.record(run) else { return DeliveryOutcome::Done };
        let says = AgentSays { what_changed: says, ..record.says.clone() };
        match self.tell(&record.run, Input::Agent(AgentInput::Done { says })).await {
            Some(_) => DeliveryOutcome::Done,
            None => DeliveryOutcome::Unknown,
        }
    }

    fn record(&self, run: &str) -> Option<Arc<DeliveryRecord>> {
        let run = RunId::parse(run).ok()?;
        self.hands.records.get(&run).map(|record| Arc::clone(record.value()))
    }

    async fn turn_switch(&self, to: &str, by: Person) -> Steered {
        let Some(most) = switch::mode(to) else {
            return Steered::Refused(format!("{to:?} is not one of off, shadow, draft and full"));
        };
        let stored = self.hands.switch.turned(most);
        if let Err(error) = self.hands.store_switch(stored).await {
            tracing::error!(%error, "the switch isn't saved");
            return Steered::NotStored;
        }
        let now = self.clock.now();
        let entry = AuditEntry::of_act(now, &by.id, "delivery switched", "", "", to);
        self.hands.audit(&entry).await;
        for record in self.open_records() {
            let settings = self.hands.settings(record.project.as_deref(), &record.repository.name);
            let room = self.rooms.get(&record.run).map(|room| room.clone());
            if let Some(room) = room {
                // A task that has ended has nothing to hear.
                let _ = room.send(switched(settings)).await;
            }
        }
        Steered::Done(format!("Deliveries go no further than “{to}” from now on."))
    }

    fn open_records(&self) -> Vec<Arc<DeliveryRecord>> {
        let all = self.hands.records.iter();
        all.filter(|record| !record.stage.is_over()).map(|record| Arc::clone(record.value())).collect()
    }
}

impl Deliveries for DeliveryRooms {
    fn carry_out(&self, order: DeliveryOrder) -> BoxFuture<'_, DeliveryOutcome> {
        async move {
            match order {
                DeliveryOrder::AnswerDelivery { run, request, by, answer, .. } => {
                    self.answer(&run, &request, by, &answer).await
                }
                DeliveryOrder::EndDeliveryWork { run, says, .. } => self.end_work(&run, says).await,
                order => match Wanting::of(order) {
                    Some(wanting) => self.begin(wanting).await,
                    None => DeliveryOutcome::Done,
                },
            }
        }
        .boxed()
    }

    fn list(&self) -> Vec<DeliveryView> {
        let mut all: Vec<DeliveryView> =
            self.hands.records.iter().map(|record| views::view(record.value())).collect();
        all.sort_by_key(|view| std::cmp::Reverse(view.begun_at));
        all
    }

    fn show(&self, run: &str) -> Option<DeliveryDetails> {
        Some(views::details(&*self.record(run)?, self.clock.now()))
    }

    fn patch<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Option<String>> {
        async move {
            let record = self.record(run)?;
            let (case, round) = (Case::of(&record), record.rounds.last()?);
            let site = self.hands.site(&case)?;
            let between = (round.merge_base.clone(), round.tree.clone());
            self.hands.workshop.patch(&case, &site, between, PATCH).await
        }
        .boxed()
    }

    fn steer<'a>(&'a self, run: &'a str, by: Person, wish: DeliveryWish) -> BoxFuture<'a, Steered> {
        async move {
            let Some(record) = self.record(run) else { return Steered::Unknown };
            if record.stage.is_over() {
                return Steered::Refused(format!("{run} is over: {}", words::word(&record)));
            }
            let Some(wish) = wish_of(wish) else {
                return Steered::Refused("The risk is raised to medium or high".to_owned());
            };
            let steered = PersonInput::Steered { by: who(&by), wish };
            match self.tell(&record.run, Input::Person(steered)).await {
                Some(replies) => reply(replies.into_iter().next()),
                None => Steered::NotStored,
            }
        }
        .boxed()
    }

    fn switch<'a>(&'a self, to: &'a str, by: Person) -> BoxFuture<'a, Steered> {
        self.turn_switch(to, by).boxed()
    }

    fn mode(&self) -> String {
        let standard = self.hands.config.standard.mode;
        switch::word(standard.min(self.hands.switch.most())).to_owned()
    }
}

fn wish_of(wish: DeliveryWish) -> Option<Wish> {
    Some(match wish {
        DeliveryWish::Deliver => Wish::Deliver,
        DeliveryWish::Pause => Wish::Pause,
        DeliveryWish::Resume => Wish::Resume,
        DeliveryWish::Stop => Wish::Stop,
        DeliveryWish::Fix { word } => Wish::Fix { word },
        DeliveryWish::TakeIn => Wish::TakeIn,
        DeliveryWish::Address => Wish::Address,
        DeliveryWish::Raise { risk, why } => Wish::Raise {
            tier: match risk.as_str() {
                "medium" => Tier::Medium,
                "high" => Tier::High,
                _ => return None,
            },
            why,
        },
    })
}

fn reply(reply: Option<SteerReply>) -> Steered {
    match reply {
        None | Some(SteerReply::Taken) => Steered::Done("Done.".to_owned()),
        Some(SteerReply::TakenOneOf { missing }) => {
            Steered::Done(format!("Saved. {missing} more people have to say yes."))
        }
        Some(SteerReply::TooLate) => Steered::Refused("That was decided already".to_owned()),
        Some(SteerReply::NotTheRequester) => {
            Steered::Refused("You asked for this work, so someone else has to approve it".to_owned())
        }
        Some(SteerReply::AlreadySaidYes) => Steered::Refused("You said yes already".to_owned()),
        Some(SteerReply::NotNow { why }) => Steered::Refused(why),
    }
}

/// Another account of the same person isn't a second person.
fn already(by: &Person) -> DeliveryOutcome {
    DeliveryOutcome::Refused { why: format!("{} said yes already. Someone else has to as well.", by.name) }
}

fn who(by: &Person) -> Who {
    Who { id: by.id.clone(), name: by.name.clone() }
}

fn refused(why: &str) -> DeliveryOutcome {
    DeliveryOutcome::Refused { why: why.to_owned() }
}

/// A newer gateway may have written it: then it is left alone.
fn readable(name: &str, text: &str) -> Option<DeliveryRecord> {
    if Switch::is_its_file(name) || is_change(name) {
        return None;
    }
    match serde_json::from_str::<DeliveryRecord>(text) {
        Ok(record) if record.schema == RECORD_SCHEMA && record.run.as_str() == name => Some(record),
        Ok(record) => {
            tracing::error!(name, schema = record.schema, "a delivery of another version is left alone");
            None
        }
        Err(error) => {
            tracing::error!(name, %error, "a delivery can't be read, and is left alone");
            None
        }
    }
}

/// The last report, or a branch to be removed.
fn has_work(record: &DeliveryRecord) -> bool {
    !record.outbox.is_empty() || !record.unaudited.is_empty()
}
