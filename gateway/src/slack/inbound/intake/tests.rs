//! The order of things at the intake: on disk, then acknowledged, then worked, and once.

use super::*;
use crate::sessions::ports::NotKept;
use prometheus_client::registry::Registry;
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// A log in memory that can refuse.
#[derive(Default)]
struct MemoryLog {
    next: AtomicU64,
    kept: Mutex<Vec<(u64, Value)>>,
    broken: AtomicBool,
}

impl ActionLog for MemoryLog {
    fn add<'a>(&'a self, _: &'a str, action: &'a Value) -> BoxFuture<'a, Result<u64, NotKept>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if self.broken.load(Ordering::SeqCst) {
                return Err(NotKept("the disk is full".into()));
            }
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            self.kept.lock().unwrap().push((number, action.clone()));
            Ok(number)
        })
    }

    fn done(&self, number: u64) -> BoxFuture<'_, Result<(), NotKept>> {
        self.kept.lock().unwrap().retain(|(kept, _)| *kept != number);
        Box::pin(async { Ok(()) })
    }
}

/// Notes what it is given; works only as often as it is let.
struct Notes {
    worked: Arc<Mutex<Vec<String>>>,
    may: Arc<Semaphore>,
    wrong: Option<Value>,
}

impl Worker for Notes {
    fn concerns(&self, event: &SlackEvent) -> bool {
        !matches!(&event.what, EventBody::Message { message } if message.text == "chatter")
    }

    fn lane(&self, event: &SlackEvent) -> String {
        event.who.user.clone()
    }

    fn judge(&self, event: &SlackEvent) -> Option<Value> {
        matches!(&event.what, EventBody::Submitted { view } if view.text("title").is_none())
            .then(|| json!({ "response_action": "errors" }))
    }

    fn work(&self, event: SlackEvent, verdict: Option<VerdictSender>) -> BoxFuture<'static, ()> {
        let (worked, may, wrong) = (Arc::clone(&self.worked), Arc::clone(&self.may), self.wrong.clone());
        Box::pin(async move {
            may.acquire().await.unwrap().forget();
            worked.lock().unwrap().push(event.key.clone());
            if let Some(verdict) = verdict {
                let _ = verdict.send(wrong);
            }
        })
    }
}

struct IntakeStage {
    intake: Intake,
    log: Arc<MemoryLog>,
    worked: Arc<Mutex<Vec<String>>>,
    may: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl IntakeStage {
    fn set(wrong: Option<Value>) -> Self {
        let (log, worked, may) =
            (Arc::new(MemoryLog::default()), Arc::default(), Arc::new(Semaphore::new(0)));
        let tasks = TaskTracker::new();
        let worker = Notes { worked: Arc::clone(&worked), may: Arc::clone(&may), wrong };
        let metrics = InMetrics::register(&mut Registry::default());
        let intake = Intake::new(
            Lanes::new(tasks.clone()),
            log.clone(),
            Arc::new(worker),
            metrics,
            CancellationToken::new(),
        );
        Self { intake, log, worked, may, tasks }
    }

    async fn settle(&self, works: usize) {
        self.may.add_permits(works);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn command(trigger: &str) -> Value {
    json!({ "team_id": "T1", "user_id": "U1", "command": "/opencode", "text": "list", "trigger_id": trigger, "channel_id": "C1" })
}

fn form(title: &str) -> Value {
    json!({ "type": "view_submission", "user": { "id": "U1", "team_id": "T1" }, "view": { "id": "V1",
        "state": { "values": { "b": { "title": { "value": title } } } } } })
}

#[tokio::test]
async fn it_is_on_disk_before_it_is_acknowledged_and_worked_after() {
    // REQ-SLACK-02, REQ-ASK-04
    let stage = IntakeStage::set(None);
    assert_eq!(stage.intake.take(Delivery::Command, &command("1")).await, Ack::Plain);
    assert_eq!(stage.log.kept.lock().unwrap().len(), 1);
    assert!(stage.worked.lock().unwrap().is_empty(), "nobody waited for the work");
    assert_eq!(stage.intake.take(Delivery::Command, &command("1")).await, Ack::Plain, "told again");
    stage.settle(5).await;
    assert_eq!(stage.worked.lock().unwrap().len(), 1);
    assert!(stage.log.kept.lock().unwrap().is_empty(), "what is done leaves the log");
}

#[tokio::test]
async fn what_is_not_on_disk_is_not_acknowledged_and_taken_when_it_comes_again() {
    let stage = IntakeStage::set(None);
    stage.log.broken.store(true, Ordering::SeqCst);
    assert_eq!(stage.intake.take(Delivery::Command, &command("1")).await, Ack::None);
    stage.log.broken.store(false, Ordering::SeqCst);
    assert_eq!(stage.intake.take(Delivery::Command, &command("1")).await, Ack::Plain);
    stage.settle(5).await;
    assert_eq!(stage.worked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn two_deliveries_at_once_are_worked_once_and_both_acknowledged() {
    let stage = IntakeStage::set(None);
    let payload = command("1");
    let (a, b) = tokio::join!(
        stage.intake.take(Delivery::Command, &payload),
        stage.intake.take(Delivery::Command, &payload)
    );
    assert_eq!((a, b), (Ack::Plain, Ack::Plain));
    stage.settle(5).await;
    assert_eq!(stage.worked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_left_is_worked_and_its_repetition_is_recognised() {
    // REQ-ASK-04, REQ-START-07
    let before = IntakeStage::set(None);
    before.intake.take(Delivery::Command, &command("1")).await;
    let left = before.log.kept.lock().unwrap().clone();
    let action = |(number, action): (u64, Value)| PendingAction {
        number,
        session: LOG_NAME.into(),
        at: jiff::Timestamp::UNIX_EPOCH,
        body: action,
    };
    let after = IntakeStage::set(None);
    let odd = PendingAction {
        number: 99,
        session: LOG_NAME.into(),
        at: jiff::Timestamp::UNIX_EPOCH,
        body: json!({ "old": 1 }),
    };
    after.intake.take_up(left.into_iter().map(action).chain([odd]).collect()).await;
    assert_eq!(after.intake.take(Delivery::Command, &command("1")).await, Ack::Plain);
    after.settle(5).await;
    assert_eq!(after.worked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_with_a_fault_stays_open_and_can_be_sent_again() {
    // REQ-START-01
    let stage = IntakeStage::set(None);
    assert!(matches!(stage.intake.take(Delivery::Interactive, &form("")).await, Ack::With(_)));
    assert!(stage.log.kept.lock().unwrap().is_empty(), "nothing was promised");
    stage.may.add_permits(1);
    assert_eq!(stage.intake.take(Delivery::Interactive, &form("Fix")).await, Ack::Plain);
    assert_eq!(stage.intake.take(Delivery::Interactive, &form("Fix")).await, Ack::Plain);
    stage.settle(5).await;
    assert_eq!(stage.worked.lock().unwrap().len(), 1, "sent twice, it is worked once");
}

#[tokio::test(start_paused = true)]
async fn a_verdict_is_waited_for_and_not_for_ever() {
    // REQ-SLACK-02
    let stage = IntakeStage::set(Some(json!({ "response_action": "errors" })));
    stage.may.add_permits(1);
    assert!(matches!(stage.intake.take(Delivery::Interactive, &form("Fix")).await, Ack::With(_)));
    let began = tokio::time::Instant::now();
    assert_eq!(stage.intake.take(Delivery::Interactive, &form("Fix")).await, Ack::Plain, "the work hangs");
    assert_eq!(began.elapsed(), VERDICT_TIMEOUT);
}

#[tokio::test]
async fn a_form_that_is_closed_leaves_nothing() {
    // REQ-START-01
    let stage = IntakeStage::set(None);
    let closed =
        json!({ "type": "view_closed", "user": { "id": "U1", "team_id": "T1" }, "view": { "id": "V1" } });
    assert_eq!(stage.intake.take(Delivery::Interactive, &closed).await, Ack::Plain);
    assert!(stage.log.kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_people_say_to_each_other_is_not_kept() {
    let stage = IntakeStage::set(None);
    let event = |text: &str, ts: &str| {
        json!({ "type": "event_callback", "team_id": "T1", "event_id": ts,
        "event": { "type": "message", "user": "U1", "channel": "C1", "text": text, "ts": ts } })
    };
    assert_eq!(stage.intake.take(Delivery::Event, &event("chatter", "1")).await, Ack::Plain);
    assert!(stage.log.kept.lock().unwrap().is_empty());
    stage.intake.take(Delivery::Event, &event("task", "2")).await;
    stage.intake.take(Delivery::Event, &event("chatter", "3")).await;
    assert_eq!(
        stage.log.kept.lock().unwrap().len(),
        2,
        "behind a start that is under way it may be for the agent"
    );
}
