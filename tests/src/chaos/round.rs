//! A round: a session, an ask, people who answer it, and what goes wrong meanwhile.

use super::counts::Counts;
use super::damage;
use super::trouble::{Trouble, strike};
use crate::api_people::{ApiPerson, Heard};
use crate::kills::{
    Mortal, Mortals, Over, Plan, Rules, Said, Victim, answer_all, judge_audit, judge_people, script, suffer,
    until_over,
};
use crate::opencode_stage::OpenCodeStage;
use crate::wait;
use anyhow::{Context, ensure};
use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Starts of OpenCode after a round that failed.
const TRIES: usize = 3;

#[derive(Debug)]
pub(super) struct Round {
    number: usize,
    trouble: Trouble,
    plan: Plan,
    /// When the trouble begins after the ask was seen, and how long it lasts.
    after: Duration,
    lasts: Duration,
}

impl Round {
    pub(super) fn draw(number: usize, trouble: Trouble, rng: &mut StdRng) -> Self {
        let mortals = match trouble {
            Trouble::KilledGateway => Mortals::Gateway,
            Trouble::KilledAgent => Mortals::Agent,
            _ => Mortals::Both,
        };
        let people = 1 + usize::from(rng.random_bool(0.3));
        let said = &[Said::Allow, Said::Allow, Said::Deny, Said::Answer];
        let rules = Rules { mortals, said, people, strikes: 1, window: Duration::from_millis(400) };
        let plan = Plan::draw(&rules, rng);
        let (after, lasts) = (rng.random_range(0..200), rng.random_range(500..2_500));
        Self {
            number,
            trouble,
            plan,
            after: Duration::from_millis(after),
            lasts: Duration::from_millis(lasts),
        }
    }

    pub(super) async fn play(&self, stage: &mut OpenCodeStage, counts: &mut Counts) -> anyhow::Result<()> {
        *counts.rounds.entry(self.trouble.name()).or_default() += 1;
        let file = format!("chaos-{}.txt", self.number);
        let pod = stage.opencode.pod_name();
        let up = |pods: &Value| one_of(pods, "pod", &pod).is_some_and(|pod| pod["connected"] == true);
        stage.gateway.until("the pod's link", "/api/v1/bridge", up).await?;
        let session = stage.session_of(&stage.directory, &format!("Chaos {}", self.number), &pod).await?;
        stage.send(&session, &script(self.plan.said, self.number, &file)).await?;
        let ask = stage.open_ask(&session).await?;
        let ask = ask["id"].as_str().context("an ask without an id")?.to_owned();
        if self.trouble == Trouble::DamagedRecord {
            self.damage_the_record(stage, &session).await?;
            counts.restored += 1;
            return Ok(());
        }
        let url = stage.gateway.url();
        let person = |n: usize| ApiPerson::new(&format!("{}-{}", ["anna", "ben"][n], self.number), &url);
        let people: Vec<_> = (0..self.plan.answers.len()).map(person).collect();
        let answering = answer_all(&people, &ask, &self.plan);
        let (heard, suffered) = tokio::join!(answering, self.trouble(stage));
        let (heard, ()) = (heard?, suffered?);
        let Over { cards, half_run } = until_over(stage, &session, ask, self.number).await?;
        counts.asked_anew += half_run;
        self.judge(stage, &cards, (&people, &heard), &file, counts).await
    }

    async fn trouble(&self, stage: &mut OpenCodeStage) -> anyhow::Result<()> {
        match self.trouble {
            Trouble::KilledGateway | Trouble::KilledAgent | Trouble::KilledBoth => {
                suffer(stage, &self.plan.strikes).await
            }
            other => strike(stage, other, self.after, self.lasts).await,
        }
    }

    async fn judge(
        &self,
        stage: &OpenCodeStage,
        cards: &[String],
        (people, heard): (&[ApiPerson], &[Heard]),
        file: &str,
        counts: &mut Counts,
    ) -> anyhow::Result<()> {
        let mut allowed = 0;
        let mut first = Value::Null;
        for id in cards {
            let card = stage.gateway.get(&format!("/api/v1/asks/{id}")).await?;
            counts.decided += usize::from(!card["decision"].is_null());
            counts.applied += usize::from(card["state"] == "applied");
            counts.lost += usize::from(!card["decision"].is_null() && card["state"] != "applied");
            allowed += usize::from(card["decision"]["answer"] == "once");
            first = if first.is_null() { card } else { first };
        }
        let ran = stage.file(file).unwrap_or_default().lines().count();
        counts.ran += ran;
        counts.doubled += ran.saturating_sub(allowed);
        counts.lost += usize::from(allowed > 0 && ran == 0);
        judge_people(&first, people, heard)?;
        judge_audit(&stage.gateway, cards).await?;
        let said = self.plan.said;
        let by = first["decision"]["by"]["name"].as_str().unwrap_or_default();
        let told = said == Said::Allow || stage.model.told("tool").contains(&said.words(by));
        ensure!(told, "the agent was not told {:?}", said.words(by));
        Ok(())
    }

    /// Everybody is told, the agent does not wait for ever, and an operator gets it back.
    async fn damage_the_record(&self, stage: &mut OpenCodeStage, session: &str) -> anyhow::Result<()> {
        // The model keeps what it heard in rounds before.
        let refusals =
            |stage: &OpenCodeStage| stage.model.told("tool").matches("No one can be asked").count();
        let before = refusals(stage);
        stage.gateway.terminate().await?;
        damage::record(&stage.gateway.state(), session)?;
        stage.gateway.spawn().await?;
        let marked =
            |cards: &Value| one(cards, session).is_some_and(|card| card["unrecoverable"].is_string());
        stage.gateway.until("the mark of a damaged record", "/api/v1/cards", marked).await?;
        let (path, text) = (format!("/api/v1/sessions/{session}/messages"), json!({ "text": "Go on." }));
        let (status, said) = stage.gateway.call(Method::POST, &path, Some(&text)).await?;
        ensure!(status.as_u16() == 409 && said.to_string().contains("is damaged"), "{status}: {said}");
        let told = async || refusals(stage) > before;
        wait::until("the agent to hear that nobody can be asked", told).await?;
        stage.gateway.terminate().await?;
        let state = stage.gateway.state().display().to_string();
        let log = stage.gateway.cli(&["state", "log", session, "--json", "--state", &state])?;
        let log: Value = serde_json::from_str(&log)?;
        let commit = log[0]["commit"].as_str().context("no good version in the history")?.to_owned();
        stage.gateway.cli(&["state", "restore", session, &commit, "--state", &state])?;
        stage.gateway.spawn().await?;
        let healed = |cards: &Value| one(cards, session).is_some_and(|card| card["unrecoverable"].is_null());
        stage.gateway.until("the restored record", "/api/v1/cards", healed).await?;
        stage.gateway.cli(&["audit", "verify", "--state", &state]).map(drop)
    }
}

fn one<'a>(cards: &'a Value, session: &str) -> Option<&'a Value> {
    one_of(cards, "session", session)
}

fn one_of<'a>(all: &'a Value, field: &str, name: &str) -> Option<&'a Value> {
    all.as_array()?.iter().find(|one| one[field] == name)
}

/// After a round that failed, the next one finds everything up again.
pub(super) async fn set_right(stage: &mut OpenCodeStage) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        stage.kill(Victim::Gateway).await;
        stage.kill(Victim::Agent).await;
        stage.start(Victim::Gateway).await?;
        // A busy machine may need longer than OpenCode is given.
        match stage.start(Victim::Agent).await {
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => tries += 1,
            Ok(()) => return Ok(()),
        }
    }
}
