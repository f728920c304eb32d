//! The kill run on a real OpenCode: the same plans and the same judgement as on the double, with commands that
//! leave lines in a file.

use anyhow::{Context, ensure};
use e2e::api_people::ApiPerson;
use e2e::kills::{
    Mortal, Mortals, Over, Plan, Rules, Said, Seed, Victim, answer_all, judge_audit, judge_people, script,
    suffer, until_over,
};
use e2e::opencode_stage::OpenCodeStage;
use serde_json::Value;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

const ANY: Rules = Rules {
    mortals: Mortals::Any,
    said: &[Said::Allow],
    people: 1,
    strikes: 1,
    window: Duration::from_millis(400),
};

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_killed_around_an_answer() {
    // REQ-ASK-04, REQ-STATE-03
    rounds(10, Rules { mortals: Mortals::Gateway, said: &[Said::Allow, Said::Deny, Said::Answer], ..ANY })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_is_killed_around_an_answer() {
    // REQ-ASK-08
    rounds(11, Rules { mortals: Mortals::Agent, ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_killed_around_an_answer() {
    // REQ-ASK-04, REQ-ASK-08, REQ-STATE-03
    rounds(12, Rules { mortals: Mortals::Both, ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_killed_around_a_denial_or_a_question() {
    // REQ-ASK-04, REQ-ASK-08, REQ-STATE-03
    rounds(13, Rules { said: &[Said::Deny, Said::Answer], ..ANY }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_answer_and_somebody_is_killed() {
    // REQ-ASK-03, REQ-ASK-04
    rounds(14, Rules { people: 2, said: &[Said::Allow, Said::Deny], ..ANY }).await;
}

async fn rounds(branch: u64, rules: Rules) {
    let seed = Seed::of_branch(branch);
    let (mut rng, started) = (seed.rng(), Instant::now());
    let mut kills = KillStage { stage: OpenCodeStage::set().await.unwrap(), kills: 0, half_run: 0 };
    for number in 0..ROUNDS {
        let plan = Plan::draw(&rules, &mut rng);
        if let Err(error) = kills.round(number, &plan).await {
            let logs = (kills.stage.gateway.log(), kills.stage.opencode.log());
            panic!("round {number}: {error:#}\n{}\n{plan:#?}\n{}\n{}", seed.hint(), logs.0, logs.1);
        }
    }
    let KillStage { kills, half_run, .. } = kills;
    let took = started.elapsed();
    println!("{ROUNDS} rounds in {took:?}, {kills} kills, {half_run} commands half run ({})", seed.hint());
}

/// A stage on which both are killed, and what came of it so far.
struct KillStage {
    stage: OpenCodeStage,
    kills: usize,
    /// Commands that OpenCode's death cut while they ran, and that a person was asked about anew.
    half_run: usize,
}

impl Mortal for KillStage {
    async fn kill(&mut self, victim: Victim) {
        self.kills += 1;
        match victim {
            Victim::Gateway => self.stage.gateway.kill(),
            Victim::Agent => self.stage.opencode.kill(),
        }
    }

    async fn start(&mut self, victim: Victim) -> anyhow::Result<()> {
        match victim {
            Victim::Gateway => self.stage.gateway.spawn().await,
            Victim::Agent => {
                self.stage.opencode.restart().await?;
                // As its pod's entrypoint does, so that the plugin is loaded.
                self.stage.opencode.api().open(&self.stage.directory).await
            }
        }
    }
}

impl KillStage {
    async fn round(&mut self, number: usize, plan: &Plan) -> anyhow::Result<()> {
        let file = format!("ran-{number}.txt");
        let session = self.stage.session(&format!("Round {number}")).await?;
        self.stage.send(&session, &script(plan.said, number, &file)).await?;
        let ask = self.stage.open_ask(&session).await?;
        let ask = ask["id"].as_str().context("an ask without an id")?.to_owned();
        let url = self.stage.gateway.url();
        let people: Vec<_> = (0..plan.answers.len())
            .map(|n| ApiPerson::new(&format!("{}-{number}", ["anna", "ben"][n]), &url))
            .collect();
        let answering = answer_all(&people, &ask, plan);
        let (heard, suffered) = tokio::join!(answering, suffer(self, &plan.strikes));
        let (heard, ()) = (heard?, suffered?);
        let Over { cards, half_run } = until_over(&self.stage, &session, ask, number).await?;
        self.half_run += half_run;
        let card = self.stage.gateway.get(&format!("/api/v1/asks/{}", cards[0])).await?;
        judge_people(&card, &people, &heard)?;
        judge_audit(&self.stage.gateway, &cards).await?;
        self.judge_result(plan.said, &card, cards.len(), &file)?;
        self.judge_messages(&session).await
    }

    /// The command left one line for each time that it was allowed, but for what was cut while it ran.
    fn judge_result(&self, said: Said, card: &Value, cards: usize, file: &str) -> anyhow::Result<()> {
        let lines = self.stage.file(file).unwrap_or_default().lines().count();
        let decided = card["decision"]["answer"].as_str().unwrap_or_default();
        let by = card["decision"]["by"]["name"].as_str().unwrap_or_default();
        match decided {
            "once" => ensure!((1..=cards).contains(&lines), "{lines} lines of {cards} permissions"),
            _ => ensure!(lines == 0 && cards == 1, "{lines} lines, {cards} cards, but it was {decided}"),
        }
        if decided != "once" {
            let (told, words) = (self.stage.model.told("tool"), said.words(by));
            ensure!(told.contains(&words), "the agent was not told {words:?}");
        }
        Ok(())
    }

    /// What the person wrote is there once.
    async fn judge_messages(&self, session: &str) -> anyhow::Result<()> {
        let messages = self.stage.opencode.api().messages(session).await?;
        let of_user = |message: &&Value| message["info"]["role"] == "user";
        let written = messages.as_array().into_iter().flatten().filter(of_user).count();
        ensure!(written == 1, "{written} user messages in {messages:#}");
        Ok(())
    }
}
