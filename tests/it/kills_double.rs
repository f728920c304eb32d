//! Kill -9 of the real gateway and of the agent's double, around and between ask, answer and resume: every answer
//! that was confirmed is applied exactly once, nothing is told twice, the turn goes on.
//!
//! Rounds share a gateway's state and three sessions, and ask the same few commands again and again: what an
//! earlier round left behind would be noticed.

use anyhow::{Context, ensure};
use e2e::api_people::ApiPerson;
use e2e::fake_opencode::living::{Call, CallStatus, LivingOpenCode, Turn};
use e2e::gateway::{Gateway, TOKEN};
use e2e::kills::{
    Mortal, Mortals, Plan, Rules, Said, Seed, Victim, answer_all, judge_audit, judge_people, new_ask, suffer,
};
use e2e::wait;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ROUNDS: usize = 30;
const SESSIONS: [&str; 3] = ["ses_killed_a", "ses_killed_b", "ses_killed_c"];
const COMMANDS: [&str; 2] = ["make left", "make right"];
const PATIENCE: Duration = Duration::from_secs(30);

const ANY: Rules = Rules {
    mortals: Mortals::Any,
    said: &[Said::Allow, Said::Deny, Said::Answer],
    people: 1,
    strikes: 1,
    window: Duration::from_millis(80),
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
    // Answers fall into the recovery too.
    rounds(6, Rules { strikes: 2, window: Duration::from_millis(150), ..ANY }).await;
}

async fn rounds(branch: u64, rules: Rules) {
    let seed = Seed::of_branch(branch);
    let (mut rng, started) = (seed.rng(), Instant::now());
    let mut stage = LivingStage::set(seed.number()).await.unwrap();
    for number in 0..ROUNDS {
        let plan = Plan::draw(&rules, &mut rng);
        if let Err(error) = stage.round(number, &plan).await {
            panic!("round {number}: {error:#}\n{}\n{plan:#?}\n{}", seed.hint(), stage.report(number));
        }
    }
    stage.nothing_came_later().unwrap_or_else(|error| panic!("{error:#}\n{}", seed.hint()));
    println!("{ROUNDS} rounds in {:?}, {:?} ({})", started.elapsed(), stage.counts, seed.hint());
}

/// What the kills hit.
#[derive(Debug, Default)]
struct Counts {
    while_it_waited: usize,
    while_it_acted: usize,
    after_the_end: usize,
    /// Commands that OpenCode's death cut while they ran, and that a person was asked about anew.
    half_run: usize,
}

/// A real gateway, an OpenCode that lives and dies in this process, and what was seen so far.
struct LivingStage {
    gateway: Gateway,
    agent: LivingOpenCode,
    session: &'static str,
    /// How often commands ran in the rounds so far, by session and turn.
    ran: Vec<(&'static str, usize, u32)>,
    counts: Counts,
}

impl Mortal for LivingStage {
    async fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Gateway => self.gateway.kill(),
            Victim::Agent => self.agent.kill().await,
        }
        let Some(turn) = self.agent.turn(self.session) else { return };
        let acting = turn.calls.last().is_some_and(|call| call.status != CallStatus::Waiting);
        match (turn.finished, acting) {
            (true, _) => self.counts.after_the_end += 1,
            (false, true) => self.counts.while_it_acted += 1,
            (false, false) => self.counts.while_it_waited += 1,
        }
    }

    async fn start(&mut self, victim: Victim) -> anyhow::Result<()> {
        match victim {
            Victim::Gateway => self.gateway.spawn().await,
            Victim::Agent => {
                self.agent.start();
                Ok(())
            }
        }
    }
}

impl LivingStage {
    async fn set(seed: u64) -> anyhow::Result<Self> {
        let gateway = Gateway::start().await?;
        let address = ([127, 0, 0, 1], gateway.port).into();
        let mut agent = LivingOpenCode::new(address, TOKEN, &SESSIONS.map(str::to_owned), seed);
        agent.start();
        let all_known = |known: &Value| known.as_array().is_some_and(|known| known.len() == SESSIONS.len());
        gateway.until("the sessions", "/api/v1/sessions", all_known).await?;
        Ok(Self { gateway, agent, session: SESSIONS[0], ran: vec![], counts: Counts::default() })
    }

    async fn round(&mut self, number: usize, plan: &Plan) -> anyhow::Result<()> {
        self.session = SESSIONS[number % SESSIONS.len()];
        let text = match plan.said {
            Said::Answer => "ask: Which database?".to_owned(),
            Said::Allow | Said::Deny => format!("run: {}", COMMANDS[number % COMMANDS.len()]),
        };
        let path = format!("/api/v1/sessions/{}/messages", self.session);
        self.gateway.post(&path, &json!({ "text": text })).await?;
        let ask = self.first_ask().await?;
        let url = self.gateway.url();
        let names = &["anna", "ben"][..plan.answers.len()];
        let people: Vec<_> = names.iter().map(|name| ApiPerson::new(name, &url)).collect();
        let answering = answer_all(&people, &ask, plan);
        let (heard, suffered) = tokio::join!(answering, suffer(self, &plan.strikes));
        let (heard, ()) = (heard?, suffered?);
        let cards = self.until_over(ask, plan.said).await?;
        let card = self.gateway.get(&format!("/api/v1/asks/{}", cards[0])).await?;
        judge_people(&card, &people, &heard)?;
        judge_audit(&self.gateway, &cards).await?;
        let turn = self.agent.turn(self.session).context("a turn that is gone")?;
        judge_turn(
            &turn,
            plan.said,
            card["decision"]["by"]["name"].as_str().unwrap_or_default(),
            cards.len(),
        )?;
        self.judge_names(&turn, &cards).await?;
        self.ran.push((self.session, self.agent.turns(self.session).len() - 1, turn.runs()));
        Ok(())
    }

    async fn first_ask(&self) -> anyhow::Result<String> {
        let of_session = |ask: &Value| ask["session"] == self.session && ask["state"] == "open";
        let asked = |asks: &Value| asks.as_array().is_some_and(|asks| asks.iter().any(of_session));
        let asks = self.gateway.until("an ask", "/api/v1/asks", asked).await?;
        let ask = asks.as_array().and_then(|asks| asks.iter().find(|ask| of_session(ask)));
        ask.and_then(|ask| ask["id"].as_str()).map(str::to_owned).context("an ask without an id")
    }

    /// Waits until the turn is over and nothing is left to be done. A command that may have half run is asked
    /// about anew, and allowed again. Returns the ids of the cards.
    async fn until_over(&mut self, ask: String, said: Said) -> anyhow::Result<Vec<String>> {
        let mut cards = vec![ask];
        let look = async || self.look(&mut cards, said).await.transpose();
        wait::within(PATIENCE).until_mut("the end of the turn", look).await??;
        Ok(cards)
    }

    async fn look(&mut self, cards: &mut Vec<String>, said: Said) -> anyhow::Result<Option<()>> {
        if let Some(anew) = new_ask(&self.gateway, self.session, cards).await {
            let turn = self.agent.turn(self.session).context("a turn that is gone")?;
            ensure!(turn.was_cut_while_running(), "asked again, though nothing had begun: {anew:#}");
            ensure!(anew["may_have_run"] == true, "the card does not say what happened: {anew:#}");
            self.counts.half_run += 1;
            let id = anew["id"].as_str().context("an ask without an id")?.to_owned();
            ApiPerson::new("carl", &self.gateway.url()).insist(&id, &said.body("carl")).await?;
            cards.push(id);
        }
        let finished = self.agent.turn(self.session).is_some_and(|turn| turn.finished);
        Ok((finished && self.is_settled().await).then_some(()))
    }

    async fn is_settled(&self) -> bool {
        let asks = self.gateway.get("/api/v1/asks").await.unwrap_or_default();
        let view = self.gateway.get(&format!("/api/v1/sessions/{}", self.session)).await.unwrap_or_default();
        let left = asks.as_array().is_none_or(|asks| asks.iter().any(|ask| ask["session"] == self.session));
        !left && view["status"] == "idle"
    }

    /// Whatever OpenCode called an ask, people have one card of it.
    async fn judge_names(&self, turn: &Turn, cards: &[String]) -> anyhow::Result<()> {
        for name in turn.asks() {
            let path = format!("/api/v1/asks/{name}");
            let (status, card) = self.gateway.call(Method::GET, &path, None).await?;
            ensure!(status.is_success() == cards.contains(&name), "cards are {cards:?}, but also {card:#}");
        }
        Ok(())
    }

    /// Turns of earlier rounds stayed as they were, and nothing was written twice.
    fn nothing_came_later(&self) -> anyhow::Result<()> {
        for (session, number, runs) in &self.ran {
            let turns = self.agent.turns(session);
            ensure!(turns.len() == ROUNDS / SESSIONS.len(), "{session} has {} turns", turns.len());
            let turn = &turns[*number];
            ensure!(turn.runs() == *runs, "turn {number} of {session} ran again: {turn:#?}");
        }
        Ok(())
    }

    fn report(&self, number: usize) -> String {
        let turn = self.agent.turn(SESSIONS[number % SESSIONS.len()]);
        let log = self.gateway.log();
        let from = log.lines().count().saturating_sub(60);
        let tail: Vec<_> = log.lines().skip(from).collect();
        format!("{turn:#?}\nthe gateway's last words:\n{}", tail.join("\n"))
    }
}

/// Every decision reached exactly one call, and every call that got one carried it out once.
fn judge_turn(turn: &Turn, said: Said, by: &str, decisions: usize) -> anyhow::Result<()> {
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
    let words = said.words(if decisions == 1 { by } else { "carl" });
    let told = turn.told();
    ensure!(told.len() == 1 && told[0].contains(&words), "the agent was told {told:?}, not {words:?}");
    Ok(())
}
