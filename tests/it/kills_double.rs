//! Kill -9 of the real gateway and of the agent's double, around and between ask, answer and resume: every answer
//! that was confirmed is applied exactly once, nothing is told twice, the turn goes on.
//!
//! Rounds share a gateway's state and three sessions, and ask the same few commands again and again: what an
//! earlier round left behind would be noticed.

use anyhow::{Context, bail, ensure};
use e2e::agent::{Agent, Call, CallStatus, Turn};
use e2e::gateway::{Gateway, TOKEN};
use e2e::kills::{Mortals, Plan, Rules, Said, Seed, Strike, Victim};
use e2e::people::{Heard, Person};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ROUNDS: usize = 30;
const WINDOW: Duration = Duration::from_millis(80);
const SESSIONS: [&str; 3] = ["ses_killed_a", "ses_killed_b", "ses_killed_c"];
const PATIENCE: Duration = Duration::from_secs(30);

const ANY: Rules = Rules {
    mortals: Mortals::Any,
    said: &[Said::Allow, Said::Deny, Said::Answer],
    people: 1,
    strikes: 1,
    window: WINDOW,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_killed_around_an_answer() {
    // REQ-ASK-04, REQ-STATE-03
    rounds(1, Rules { mortals: Mortals::Gateway, ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_is_killed_around_an_answer() {
    // REQ-ASK-08
    rounds(2, Rules { mortals: Mortals::Agent, ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_killed_around_an_answer() {
    // REQ-ASK-04, REQ-ASK-08, REQ-STATE-03
    rounds(3, Rules { mortals: Mortals::Both, said: &[Said::Allow], ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_killed_around_a_denial_or_a_question() {
    // REQ-ASK-04, REQ-ASK-08, REQ-STATE-03
    rounds(4, Rules { mortals: Mortals::Both, said: &[Said::Deny, Said::Answer], ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_answer_and_somebody_is_killed() {
    // REQ-ASK-03, REQ-ASK-04
    rounds(5, Rules { people: 2, ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_killed_again_while_they_come_back() {
    // REQ-ASK-04, REQ-ASK-08, REQ-STATE-03
    rounds(6, Rules { strikes: 2, ..ANY }).await;
}

async fn rounds(branch: u64, rules: Rules) {
    let seed = Seed::of_branch(branch);
    let (mut rng, started) = (seed.rng(), Instant::now());
    let mut world = World::set(seed.number()).await.unwrap();
    let mut kills = 0;
    for number in 0..ROUNDS {
        let plan = Plan::draw(&rules, &mut rng);
        kills += plan.strikes.iter().map(|strike| strike.blows.len()).sum::<usize>();
        let played = world.round(number, &plan, &mut rng).await;
        if let Err(error) = played {
            panic!("round {number}: {error:#}\n{}\n{plan:#?}\n{}", seed.hint(), world.report(number));
        }
    }
    world.nothing_came_later().unwrap_or_else(|error| panic!("{error:#}\n{}", seed.hint()));
    let World { half_run, asked_anew, .. } = world;
    println!(
        "{ROUNDS} rounds, {kills} kills in {:?}: {half_run} calls cut while they ran, {asked_anew} of them asked anew ({})",
        started.elapsed(),
        seed.hint()
    );
}

/// A real gateway, the agent's double, and what was seen so far.
struct World {
    gateway: Gateway,
    agent: Agent,
    /// How often commands ran in the rounds so far, by session and turn.
    ran: Vec<(&'static str, usize, u32)>,
    half_run: usize,
    asked_anew: usize,
}

impl World {
    async fn set(seed: u64) -> anyhow::Result<Self> {
        let gateway = Gateway::start().await?;
        let address = ([127, 0, 0, 1], gateway.port).into();
        let mut agent = Agent::new(address, TOKEN, &SESSIONS.map(str::to_owned), seed);
        agent.start();
        let world = Self { gateway, agent, ran: vec![], half_run: 0, asked_anew: 0 };
        world.until_connected().await?;
        Ok(world)
    }

    async fn until_connected(&self) -> anyhow::Result<()> {
        let connected = |pods: &Value| pods[0]["connected"] == true;
        self.gateway.until("the link", "/api/v1/bridge", connected).await.map(drop)
    }

    async fn round(&mut self, number: usize, plan: &Plan, rng: &mut StdRng) -> anyhow::Result<()> {
        let session = SESSIONS[number % SESSIONS.len()];
        let text = match plan.said {
            Said::Answer => "ask: Which database?".to_owned(),
            _ => format!("run: make part-{}", rng.random_range(0..2)),
        };
        self.gateway.post(&format!("/api/v1/sessions/{session}/messages"), &json!({ "text": text })).await?;
        let ask = self.open_ask(session, &[]).await?;
        let ask = ask["id"].as_str().context("an ask without an id")?.to_owned();
        let people: Vec<_> = ["anna", "ben"][..plan.answers.len()]
            .iter()
            .map(|name| Person::new(name, &self.gateway.url()))
            .collect();
        let answering = people.iter().zip(&plan.answers).map(|(person, after)| {
            let (body, ask) = (plan.said.body(&person.name), &ask);
            async move {
                tokio::time::sleep(*after).await;
                person.insist(ask, &body).await
            }
        });
        let answering = futures_util::future::try_join_all(answering);
        let (heard, struck) = tokio::join!(answering, self.suffer(&plan.strikes));
        struck?;
        let heard = heard?;
        let cards = self.until_over(session, &ask, plan.said).await?;
        let turn = self.agent.turn(session).context("a turn that is gone")?;
        self.judge(&turn, plan.said, &people, &heard, &cards).await?;
        self.ran.push((session, self.agent.turns(session).len() - 1, turn.runs()));
        Ok(())
    }

    /// Kills and starts again.
    async fn suffer(&mut self, strikes: &[Strike]) -> anyhow::Result<()> {
        for strike in strikes {
            let start = tokio::time::Instant::now();
            for blow in &strike.blows {
                tokio::time::sleep_until(start + blow.after).await;
                match blow.victim {
                    Victim::Gateway => self.gateway.kill(),
                    Victim::Agent => self.agent.kill().await,
                }
            }
            let dead = |victim| strike.blows.iter().any(|blow| blow.victim == victim);
            let order = match strike.first_up {
                Victim::Gateway => [Victim::Gateway, Victim::Agent],
                Victim::Agent => [Victim::Agent, Victim::Gateway],
            };
            for victim in order.into_iter().filter(|&victim| dead(victim)) {
                match victim {
                    Victim::Gateway => self.gateway.spawn().await?,
                    Victim::Agent => self.agent.start(),
                }
                tokio::time::sleep(strike.pause).await;
            }
        }
        Ok(())
    }

    async fn open_ask(&self, session: &str, known: &[String]) -> anyhow::Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(ask) = self.new_ask(session, known).await {
                return Ok(ask);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("nothing was asked in {session}")
    }

    async fn new_ask(&self, session: &str, known: &[String]) -> Option<Value> {
        let asks = self.gateway.get("/api/v1/asks").await.ok()?;
        let is_new = |ask: &&Value| {
            let id = ask["id"].as_str().unwrap_or_default();
            ask["session"] == session && ask["state"] == "open" && !known.iter().any(|one| one == id)
        };
        asks.as_array()?.iter().find(is_new).cloned()
    }

    /// Waits until the turn is over and nothing is left to be done. A command that may have half run is asked
    /// about anew, and allowed again. Returns the ids of the cards.
    async fn until_over(&mut self, session: &str, ask: &str, said: Said) -> anyhow::Result<Vec<String>> {
        let mut cards = vec![ask.to_owned()];
        let deadline = Instant::now() + PATIENCE;
        loop {
            ensure!(Instant::now() < deadline, "the turn did not go on");
            if let Some(anew) = self.new_ask(session, &cards).await {
                let id = anew["id"].as_str().context("an ask without an id")?.to_owned();
                let turn = self.agent.turn(session).context("a turn that is gone")?;
                ensure!(turn.was_cut_while_running(), "asked again, though nothing had begun: {anew:#}");
                self.asked_anew += 1;
                Person::new("carl", &self.gateway.url()).insist(&id, &said.body("carl")).await?;
                cards.push(id);
            }
            let finished = self.agent.turn(session).is_some_and(|turn| turn.finished);
            if finished && self.is_settled(session).await {
                return Ok(cards);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn is_settled(&self, session: &str) -> bool {
        let asks = self.gateway.get("/api/v1/asks").await.unwrap_or_default();
        let view = self.gateway.get(&format!("/api/v1/sessions/{session}")).await.unwrap_or_default();
        let left = asks.as_array().is_none_or(|asks| asks.iter().any(|ask| ask["session"] == session));
        !left && view["status"] == "idle"
    }

    /// What must hold after every round.
    async fn judge(
        &mut self,
        turn: &Turn,
        said: Said,
        people: &[Person],
        heard: &[Heard],
        cards: &[String],
    ) -> anyhow::Result<()> {
        let first = self.gateway.get(&format!("/api/v1/asks/{}", cards[0])).await?;
        judge_people(&first, people, heard)?;
        judge_turn(turn, said, &first["decision"]["by"]["name"], cards.len())?;
        self.half_run += usize::from(turn.was_cut_while_running());
        for name in turn.asks() {
            let (status, card) =
                self.gateway.call(reqwest::Method::GET, &format!("/api/v1/asks/{name}"), None).await?;
            let is_card = cards.contains(&name);
            ensure!(status.is_success() == is_card, "{name}: cards are {cards:?}, but this is {card:#}");
            ensure!(!is_card || card["state"] == "applied", "not applied: {card:#}");
        }
        self.judge_audit(cards).await
    }

    async fn judge_audit(&self, cards: &[String]) -> anyhow::Result<()> {
        let audit = self.gateway.audit()?;
        for id in cards {
            let card = self.gateway.get(&format!("/api/v1/asks/{id}")).await?;
            let about: Vec<_> = audit.iter().filter(|entry| entry["ask"] == **id).collect();
            ensure!(about.len() == 1, "{} audit entries for one answer: {about:#?}", about.len());
            ensure!(
                about[0]["who"] == card["decision"]["by"]["id"],
                "{about:#?} is not who decided {card:#}"
            );
        }
        let state = self.gateway.state().display().to_string();
        self.gateway.cli(&["audit", "verify", "--state", &state]).map(drop)
    }

    /// Turns of earlier rounds stayed as they were.
    fn nothing_came_later(&self) -> anyhow::Result<()> {
        for (session, number, runs) in &self.ran {
            let turns = self.agent.turns(session);
            ensure!(turns.len() == ROUNDS / SESSIONS.len(), "{session} has {} turns", turns.len());
            ensure!(
                turns[*number].runs() == *runs,
                "turn {number} of {session} ran again: {:#?}",
                turns[*number]
            );
        }
        Ok(())
    }

    fn report(&self, number: usize) -> String {
        let turn = self.agent.turn(SESSIONS[number % SESSIONS.len()]);
        let log = self.gateway.log();
        let tail: Vec<_> = log.lines().rev().take(60).collect();
        let tail: Vec<_> = tail.into_iter().rev().collect();
        format!("{turn:#?}\nthe gateway's last words:\n{}", tail.join("\n"))
    }
}

/// At most one person was told "taken", and it is that person's answer that counts.
fn judge_people(card: &Value, people: &[Person], heard: &[Heard]) -> anyhow::Result<()> {
    let confirmed: Vec<_> =
        people.iter().zip(heard).filter(|(_, heard)| **heard == Heard::Confirmed).collect();
    ensure!(confirmed.len() <= 1, "confirmed to more than one: {heard:?}");
    ensure!(!card["decision"].is_null(), "nobody decided: {heard:?} {card:#}");
    if let Some((person, _)) = confirmed.first() {
        ensure!(card["decision"]["by"]["id"] == person.id(), "confirmed to {}, but: {card:#}", person.name);
    }
    Ok(())
}

/// Every decision reached exactly one call, every call that got one carried it out once.
fn judge_turn(turn: &Turn, said: Said, by: &Value, decisions: usize) -> anyhow::Result<()> {
    let decided = |call: &&Call| call.status != CallStatus::Waiting;
    let reached = turn.calls.iter().filter(decided).count();
    ensure!(reached == decisions, "{decisions} decisions reached {reached} calls");
    for call in &turn.calls {
        let fits = match (said, call.status) {
            (Said::Allow, CallStatus::Completed) => call.runs == 1,
            // Cut between its beginning and its end.
            (Said::Allow, CallStatus::Running) => call.runs <= 1,
            _ => call.runs == 0,
        };
        ensure!(fits, "{:?}: ran {} times", call.status, call.runs);
    }
    let by = by.as_str().unwrap_or_default();
    let words = said.words(if decisions == 1 { by } else { "carl" });
    let told = turn.told();
    ensure!(told.len() == 1 && told[0].contains(&words), "the agent was told {told:?}, not {words:?}");
    Ok(())
}
