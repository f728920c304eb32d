//! Two gateways on one state folder: one works, one stands by; the one that works is killed or stopped while asks are
//! open, and the other goes on. What was confirmed is applied once, by whichever of them. REQ-STATE-05, REQ-OPS-05.

use anyhow::{Context, ensure};
use e2e::api_people::{ApiPerson, Heard};
use e2e::fake_opencode::living::{CallStatus, LivingOpenCode};
use e2e::gateway::{Gateway, TOKEN};
use e2e::kills::{Seed, judge_audit, judge_people};
use e2e::service::Service;
use e2e::wait;
use futures_util::future::try_join_all;
use rand::RngExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const SESSIONS: usize = 4;
const ROUNDS: usize = 10;
/// What a hand-over may take.
const PROMISED: Duration = Duration::from_secs(15);
/// What a stop may take.
const STOPPED: Duration = Duration::from_secs(5);

/// How the one that works ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Kill,
    Stop,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_goes_on_when_the_working_gateway_is_killed() {
    // REQ-STATE-03, REQ-STATE-05, REQ-ASK-04: I1, I2, I3, I4.
    let seed = Seed::of_branch(41);
    let mut pair = Pair::set(seed.number()).await.unwrap();
    run(&mut pair, End::Kill, &seed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_goes_on_when_the_working_gateway_is_stopped() {
    // REQ-OPS-05: the stop is short, and loses nothing.
    let seed = Seed::of_branch(42);
    let mut pair = Pair::set(seed.number()).await.unwrap();
    run(&mut pair, End::Stop, &seed).await;
}

async fn run(pair: &mut Pair, end: End, seed: &Seed) {
    let mut rng = seed.rng();
    for number in 0..ROUNDS {
        // Before, while and after people answer.
        let after = Duration::from_millis(rng.random_range(0..60));
        if let Err(error) = pair.round(number, end, after).await {
            panic!("round {number}: {error:#}\n{}\n{}", seed.hint(), pair.logs());
        }
    }
    let longest = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    println!(
        "{ROUNDS} hand-overs ({end:?}). I1: {} answers, each applied once; I2: {} of them confirmed, all on disk and in \
         the audit log; I3, I4: {} items looked at in threads, each there once and in order. Longest hand-over {:?}, \
         longest stop {:?} ({})",
        pair.answers,
        pair.confirmed,
        pair.items,
        longest(&pair.handovers),
        longest(&pair.stops),
        seed.hint()
    );
    assert!(pair.confirmed > 0, "somebody heard that the answer was taken");
}

/// Both gateways, the service before them, and the pod behind.
struct Pair {
    gateways: [Gateway; 2],
    service: Service,
    agent: LivingOpenCode,
    answers: usize,
    confirmed: usize,
    items: usize,
    handovers: Vec<Duration>,
    stops: Vec<Duration>,
}

impl Pair {
    async fn set(seed: u64) -> anyhow::Result<Self> {
        let mut first = Gateway::prepare()?;
        let mut second = first.beside()?;
        for gateway in [&mut first, &mut second] {
            gateway.env.push(("GATEWAY_STANDBY".into(), "lock".into()));
        }
        first.spawn().await?;
        // It stands by until it has looked at the lock.
        first.until("its turn", "/readyz", |text| *text == "ready\n").await?;
        second.spawn().await?;
        ensure!(second.get("/readyz").await? == "standby\n");
        ensure!(second.get("/api/v1/asks").await.is_err(), "a standby answers nothing else");
        let service = Service::before(vec![first.port, second.port]).await?;
        let sessions: Vec<_> = (0..SESSIONS).map(session).collect();
        let mut agent = LivingOpenCode::new(([127, 0, 0, 1], service.port).into(), TOKEN, &sessions, seed);
        agent.start();
        let known = |known: &Value| known.as_array().is_some_and(|known| known.len() == SESSIONS);
        first.until("the sessions", "/api/v1/sessions", known).await?;
        let (handovers, stops) = (vec![], vec![]);
        Ok(Self {
            gateways: [first, second],
            service,
            agent,
            answers: 0,
            confirmed: 0,
            items: 0,
            handovers,
            stops,
        })
    }

    async fn round(&mut self, number: usize, end: End, after: Duration) -> anyhow::Result<()> {
        let working = number % 2;
        let asks = self.ask(working).await?;
        let person = ApiPerson::new("anna", &self.service.url());
        let answer = json!({ "answer": "once" });
        let answering = try_join_all(asks.iter().map(|ask| person.insist(ask, &answer)));
        let ending = async {
            tokio::time::sleep(after).await;
            let begun = Instant::now();
            match end {
                End::Kill => self.gateways[working].kill(),
                End::Stop => self.stops.push(self.gateways[working].terminate().await?),
            }
            Ok(begun)
        };
        let (heard, begun) = tokio::try_join!(answering, ending)?;
        let other = &self.gateways[1 - working];
        other.until("the other's turn", "/readyz", |text| *text == "ready\n").await?;
        let took = begun.elapsed();
        ensure!(took < PROMISED, "the hand-over took {took:?}");
        self.handovers.push(took);
        if let (End::Stop, Some(stopped)) = (end, self.stops.last()) {
            ensure!(*stopped < STOPPED, "the stop took {stopped:?}");
        }
        self.judge(1 - working, number, &asks, &person, &heard).await?;
        // Who ended comes back, and stands by.
        self.gateways[working].spawn().await?;
        ensure!(self.gateways[working].get("/readyz").await? == "standby\n");
        Ok(())
    }

    /// Every session asks for something.
    async fn ask(&self, working: usize) -> anyhow::Result<Vec<String>> {
        let gateway = &self.gateways[working];
        let online = |known: &Value| {
            known
                .as_array()
                .is_some_and(|all| all.len() == SESSIONS && all.iter().all(|one| one["online"] == true))
        };
        gateway.until("the pod", "/api/v1/sessions", online).await?;
        for number in 0..SESSIONS {
            let path = format!("/api/v1/sessions/{}/messages", session(number));
            gateway.post(&path, &json!({ "text": "run: make it" })).await?;
        }
        let open = |asks: &Value| {
            asks.as_array()
                .is_some_and(|asks| asks.iter().filter(|ask| ask["state"] == "open").count() == SESSIONS)
        };
        let asks = gateway.until("the asks", "/api/v1/asks", open).await?;
        Ok(asks
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|ask| ask["id"].as_str())
            .map(str::to_owned)
            .collect())
    }

    async fn judge(
        &mut self,
        working: usize,
        number: usize,
        asks: &[String],
        person: &ApiPerson,
        heard: &[Heard],
    ) -> anyhow::Result<()> {
        let gateway = &self.gateways[working];
        let settled = |asks: &Value| asks.as_array().is_some_and(Vec::is_empty);
        gateway.until("everything applied", "/api/v1/asks", settled).await?;
        for (ask, heard) in asks.iter().zip(heard) {
            let card = gateway.get(&format!("/api/v1/asks/{ask}")).await?;
            judge_people(&card, std::slice::from_ref(person), std::slice::from_ref(heard))?;
            self.confirmed += usize::from(*heard == Heard::Confirmed);
        }
        judge_audit(gateway, asks).await?;
        self.answers += asks.len();
        for one in 0..SESSIONS {
            self.judge_turn(one, number).await?;
            self.items += judge_thread(&self.gateways[working], &session(one)).await?;
        }
        Ok(())
    }

    /// I1: what was allowed ran once, in this turn and in all before.
    async fn judge_turn(&self, one: usize, number: usize) -> anyhow::Result<()> {
        let what = format!("the end of the turn of {}", session(one));
        let over = async || self.agent.turn(&session(one)).is_some_and(|turn| turn.finished);
        wait::within(PROMISED).until(what, over).await?;
        let turns = self.agent.turns(&session(one));
        ensure!(turns.len() == number + 1, "{} has {} turns", session(one), turns.len());
        for turn in &turns {
            ensure!(turn.runs() == 1, "ran {} times: {turn:#?}", turn.runs());
            ensure!(turn.calls.iter().all(|call| call.status == CallStatus::Completed), "{turn:#?}");
        }
        Ok(())
    }

    fn logs(&self) -> String {
        let tail = |gateway: &Gateway| {
            let log = gateway.log();
            log.lines().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
        };
        format!("first:\n{}\nsecond:\n{}", tail(&self.gateways[0]), tail(&self.gateways[1]))
    }
}

fn session(number: usize) -> String {
    format!("ses_handed_{number}")
}

/// I3 and I4: each item is in the thread once, in the order of its positions.
async fn judge_thread(gateway: &Gateway, session: &str) -> anyhow::Result<usize> {
    let thread = gateway.get(&format!("/api/v1/sessions/{session}/thread")).await?;
    let items = thread["items"].as_array().context("a thread has items")?;
    let keys: BTreeSet<_> = items.iter().map(|item| item["key"].to_string()).collect();
    ensure!(keys.len() == items.len(), "an item is there twice: {thread:#}");
    let order: Vec<_> = items.iter().map(|item| item["order"].as_str().unwrap_or_default()).collect();
    ensure!(order.is_sorted() && !order.contains(&""), "out of order: {order:?}");
    Ok(items.len())
}
