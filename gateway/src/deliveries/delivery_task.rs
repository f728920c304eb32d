//! One delivery: takes one input after the other, and runs the effects of each in their order.

use super::delivery_hands::{Case, DeliveryHands};
use super::ports::{Looked, Watch};
use super::words;
use crate::clock::Clock;
use gateway_delivery::{
    Attempt, Delivery, DeliveryRecord, Effect, Input, Order, Outcome, Rights, Settings, SteerReply,
};
use gateway_domain::DeliveryWord;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Pause before the disk is tried again after it refused a record.
const DISK_AGAIN: Duration = Duration::from_millis(500);

/// Longest sleep: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);

/// Pause before the forge is read again after it didn't answer.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// Something for the delivery, and where it is told what came of it: once that is on disk.
pub(super) enum Letter {
    Input {
        input: Input,
        reply: Option<oneshot::Sender<Vec<SteerReply>>>,
    },
    /// Something happened at the forge: it is read now.
    Look,
}

/// What was done beside the task.
enum Done {
    Order { id: String, outcome: Outcome },
    Looked { watch_at: Option<Timestamp>, looked: Looked },
}

pub(super) struct DeliveryTask {
    delivery: Delivery,
    hands: Arc<DeliveryHands>,
    clock: Arc<dyn Clock>,
    mail: mpsc::Receiver<Letter>,
    work: JoinSet<Done>,
    armed: Option<Timestamp>,
    /// When the forge is to be read next. One look at a time.
    watch: Option<Timestamp>,
    looking: bool,
    stop: CancellationToken,
}

impl DeliveryTask {
    pub(super) fn new(
        delivery: Delivery,
        hands: Arc<DeliveryHands>,
        clock: Arc<dyn Clock>,
        mail: mpsc::Receiver<Letter>,
        stop: CancellationToken,
    ) -> Self {
        let work = JoinSet::new();
        Self { delivery, hands, clock, mail, work, armed: None, watch: None, looking: false, stop }
    }

    /// Until the gateway stops, or nothing can follow.
    pub(super) async fn run(mut self, first: Vec<Effect>) {
        if self.effects(first).await.is_none() {
            return;
        }
        loop {
            self.look_if_due();
            let sleep = self.sleep();
            let taken = tokio::select! {
                () = self.stop.cancelled() => return,
                letter = self.mail.recv() => match letter {
                    Some(Letter::Input { input, reply }) => self.take(input, reply).await,
                    Some(Letter::Look) => {
                        self.look_soon();
                        Some(())
                    }
                    None => return,
                },
                Some(done) = self.work.join_next() => match done {
                    Ok(done) => self.done(done).await,
                    // What it did is not known; it is given again at the next start.
                    Err(error) => {
                        tracing::error!(run = %self.delivery.record().run, %error, "a delivery's order broke off");
                        Some(())
                    }
                },
                () = tokio::time::sleep(sleep) => self.tick().await,
            };
            if taken.is_none() {
                return;
            }
        }
    }

    async fn tick(&mut self) -> Option<()> {
        let now = self.clock.now();
        if self.armed.is_some_and(|at| at <= now) {
            self.armed = None;
            return self.take(Input::Tick, None).await;
        }
        Some(())
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let watch = self.watch.filter(|_| !self.looking);
        let next = [self.armed, watch].into_iter().flatten().min();
        let until = next.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
        until.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)
    }

    /// Settings are taken as they are at that moment: whoever turned the switch is heard with the next input.
    async fn take(&mut self, input: Input, reply: Option<oneshot::Sender<Vec<SteerReply>>>) -> Option<()> {
        let effects = self.delivery.handle(input, self.clock.now());
        let told = self.effects(effects).await?;
        if let Some(reply) = reply {
            // Whoever asked may be gone.
            let _ = reply.send(told);
        }
        Some(())
    }

    async fn done(&mut self, done: Done) -> Option<()> {
        match done {
            Done::Order { id, outcome } => self.take(Input::Outcome { id, outcome }, None).await,
            Done::Looked { watch_at, looked } => {
                self.looking = false;
                self.looked(watch_at, looked).await
            }
        }
    }

    async fn looked(&mut self, watch_at: Option<Timestamp>, looked: Looked) -> Option<()> {
        // Set anew meanwhile, that counts.
        if self.watch == watch_at {
            self.watch = None;
        }
        match looked {
            Looked::Seen(seen) => {
                if self.delivery.record().rights_lost.is_some() {
                    self.take(Input::Rights(Rights::Back), None).await?;
                }
                self.take(Input::Seen(seen), None).await
            }
            Looked::Refused(refusal) => {
                self.look_later();
                match self.delivery.record().rights_lost.is_some() {
                    true => Some(()),
                    false => self.take(Input::Rights(Rights::Lost(refusal)), None).await,
                }
            }
            Looked::NoAnswer => {
                self.look_later();
                Some(())
            }
        }
    }

    /// Where it is looked at all.
    fn look_soon(&mut self) {
        let now = self.clock.now();
        self.watch = self.watch.map(|at| at.min(now));
    }

    fn look_later(&mut self) {
        let pause = jiff::SignedDuration::try_from(LOOK_AGAIN).unwrap_or_default();
        let later = self.clock.now().checked_add(pause).ok();
        self.watch = self.watch.or(later);
    }

    fn look_if_due(&mut self) {
        let now = self.clock.now();
        let Some(at) = self.watch.filter(|at| *at <= now && !self.looking) else { return };
        self.looking = true;
        let (hands, case, watch) = (Arc::clone(&self.hands), self.case(), watch(self.delivery.record()));
        self.work.spawn(async move {
            let looked = hands.look(&case, watch, now).await;
            Done::Looked { watch_at: Some(at), looked }
        });
    }

    fn case(&self) -> Case {
        Case::of(self.delivery.record())
    }

    /// What the person who acted is told. None when the gateway stops.
    async fn effects(&mut self, effects: Vec<Effect>) -> Option<Vec<SteerReply>> {
        let mut told = vec![];
        for effect in effects {
            match effect {
                Effect::Persist => self.persist().await?,
                Effect::Order { id, order, attempt } => self.order(id, order, attempt),
                Effect::Ask(ask) => self.say(words::ask(self.delivery.record(), &ask)).await,
                Effect::AskOver { ask, says } => {
                    let run = self.delivery.record().run.to_string();
                    self.say(DeliveryWord::AskOver { run, request: ask, says }).await;
                }
                Effect::Thread(line) => {
                    let record = self.delivery.record();
                    let word = words::line(&record.run, line, record.stage);
                    self.say(word).await;
                }
                Effect::WatchForge { at } => self.watch = at,
                Effect::Arm(at) => self.armed = Some(at),
                Effect::Audit(entry) => self.hands.audit(&entry).await,
                Effect::Tell(reply) => told.push(reply),
                Effect::Count(counting) => self.hands.metrics.count(counting),
                Effect::HasNoCi => {
                    let repository = self.delivery.record().repository.name.clone();
                    self.hands.has_no_ci(&repository).await;
                }
                Effect::HoldTools => self.hands.hold(self.delivery.record(), true).await,
                Effect::ReleaseTools { .. } => self.hands.hold(self.delivery.record(), false).await,
            }
        }
        Some(told)
    }

    /// Nothing is done before it is on disk, so it waits for the disk.
    async fn persist(&mut self) -> Option<()> {
        loop {
            let record = Arc::new(self.delivery.record().clone());
            let Err(error) = self.hands.keep(&record).await else { break };
            tracing::error!(run = %record.run, %error, "delivery not saved");
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep(DISK_AGAIN) => {}
            }
        }
        self.say(DeliveryWord::Stands(words::card(self.delivery.record()))).await;
        Some(())
    }

    fn order(&mut self, id: String, order: Order, attempt: Attempt) {
        let now = self.clock.now();
        let (hands, mut case) = (Arc::clone(&self.hands), self.case());
        if let Order::Judge { stage, .. } = &order {
            // The measured change is put in by whoever has it.
            case.facts = Some(Box::new(self.delivery.facts(*stage, None, BTreeMap::new(), now)));
        }
        self.work.spawn(async move {
            let outcome = hands.carry_out(&case, &id, order, attempt, now).await;
            Done::Order { id, outcome }
        });
    }

    async fn say(&self, word: DeliveryWord) {
        let session = self.delivery.record().session.clone();
        self.hands.say(&session, word).await;
    }
}

fn watch(record: &DeliveryRecord) -> Watch {
    let tips = record.former_tips.iter().cloned();
    let tip = record.tip.as_ref().map(|tip| tip.commit.clone());
    let sealed = record.rounds.iter().filter_map(|round| round.commit.clone());
    Watch {
        branch: record.branch.clone(),
        number: record.pull.as_ref().map(|pull| pull.number),
        base: record.repository.base.clone(),
        ours: tips.chain(tip).chain(sealed).collect(),
        paths: record.rounds.last().map(|round| round.summary.paths.clone()).unwrap_or_default(),
    }
}

/// As the configuration and the switch are now.
pub(super) fn switched(settings: Settings) -> Letter {
    Letter::Input { input: Input::Switched(Box::new(settings)), reply: None }
}
