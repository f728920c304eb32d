//! REQ-DELIVER-17: what 200 open deliveries cost in an hour, counted by the forge.

use crate::stage::{app, settings};
use forge_sim::{CiRule, ForgeRepo, ForgeSim, Settings};
use gateway_delivery::{DeliveryStage, Refusal, poll_pace};
use gateway_forge::{Forge, ForgeFault, RepoName};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Of ten open deliveries one is new, seven are in review, two are older than a day.
const KINDS: usize = 10;

struct Open {
    shop: ForgeRepo,
    repo: RepoName,
    number: u64,
    branch: String,
    ours: Vec<String>,
    stage: DeliveryStage,
    pushed: Timestamp,
    changed: Timestamp,
}

struct Hours {
    sim: ForgeSim,
    forge: Forge,
    open: Vec<Open>,
    counted: usize,
    asked: usize,
    by_kind: BTreeMap<String, usize>,
}

impl Hours {
    async fn with(deliveries: usize) -> Self {
        let standing_at = Some(Timestamp::from_second(1_800_000_000).unwrap());
        let sim = ForgeSim::start_with(Settings { standing_at, ..Settings::default() }).await.unwrap();
        sim.install("acme");
        let forge = Forge::new(settings(&sim), app(&sim)).unwrap();
        let (counted, asked) = (0, 0);
        let mut hours = Self { sim, forge, open: Vec::new(), counted, asked, by_kind: BTreeMap::new() };
        for repository in 0..deliveries / KINDS {
            hours.open_some(&format!("shop{repository}"));
        }
        hours
    }

    /// Each repository has ten open ones.
    fn open_some(&mut self, name: &str) {
        let shop = self.sim.repository("acme", name, &[("a", "a\n"), ("CODEOWNERS", "* @ann\n")]).unwrap();
        shop.collaborator("ann", forge_sim::Level::Write);
        shop.ci(CiRule::passes("test"));
        let repo = RepoName::parse(&format!("acme/{name}")).unwrap();
        for index in 0..KINDS {
            let one = self.one(&shop, &repo, index);
            self.open.push(one);
        }
        shop.ci_settle();
    }

    fn one(&self, shop: &ForgeRepo, repo: &RepoName, index: usize) -> Open {
        let (branch, now) = (format!("hubble/{index}"), self.sim.now());
        let path = format!("{index}.txt");
        let head = shop.push("hubble[bot]", &branch, &[(&path, Some("x\n"))], "x\n").unwrap();
        let number = shop.open_pull("hubble[bot]", &branch, "main", "x").unwrap();
        let (stage, hours) = match index % KINDS {
            0 => (DeliveryStage::WaitingCi, 0),
            1..=7 => (DeliveryStage::InReview, 2),
            _ => (DeliveryStage::InReview, 30),
        };
        let pushed = now.checked_sub(SignedDuration::from_hours(hours)).unwrap();
        Open {
            shop: shop.clone(),
            repo: repo.clone(),
            number,
            branch,
            ours: vec![head],
            stage,
            pushed,
            changed: pushed,
        }
    }

    /// All are looked at as often as they should be, for an hour. What the forge counted.
    async fn hour(&mut self, happens: bool) -> usize {
        let (began, before) = (self.sim.now(), self.counted);
        let end = began.checked_add(SignedDuration::from_hours(1)).unwrap();
        let mut due: BinaryHeap<_> = (0..self.open.len()).map(|index| Reverse((began, index))).collect();
        while let Some(Reverse((at, index))) = due.pop().filter(|Reverse((at, _))| *at < end) {
            self.sim.skip(at.duration_since(self.sim.now()).try_into().unwrap_or_default());
            let next = self.look(index).await;
            if happens && next > at {
                self.something_happens(index, at.duration_since(began));
            }
            due.push(Reverse((next, index)));
        }
        self.sim.skip(end.duration_since(self.sim.now()).try_into().unwrap_or_default());
        self.counted - before
    }

    /// When it is looked at again.
    async fn look(&mut self, index: usize) -> Timestamp {
        let (one, now) = (&self.open[index], self.sim.now());
        let looked = self.forge.look(&one.repo, one.number, &one.ours, now).await;
        let pace =
            poll_pace(one.stage, now.duration_since(one.pushed), now.duration_since(one.changed)).unwrap();
        let seen = self.sim.seen();
        self.asked += seen.len();
        let counted = seen.iter().filter(|seen| seen.counted);
        for one in counted {
            self.counted += 1;
            *self.by_kind.entry(kind(&one.operation)).or_default() += 1;
        }
        self.sim.forget_seen();
        match looked {
            Ok(_) => now.checked_add(pace).unwrap(),
            Err(ForgeFault::Refused(Refusal::RateLimited { until })) => until,
            Err(fault) => panic!("{fault}"),
        }
    }

    /// In an hour one of ten is pushed to and runs its CI, and one of ten is commented on.
    fn something_happens(&mut self, index: usize, since: SignedDuration) {
        let (one, now) = (&mut self.open[index], self.sim.now());
        let is_half = since >= SignedDuration::from_mins(30);
        if !is_half || now.duration_since(one.changed) < SignedDuration::from_mins(31) {
            return;
        }
        match index % KINDS {
            0 => {
                let path = format!("{index}.txt");
                let head = one.shop.push("hubble[bot]", &one.branch, &[(&path, Some("y\n"))], "y\n").unwrap();
                one.ours.push(head);
                one.pushed = now;
                one.shop.ci_settle();
            }
            1 => _ = one.shop.comment("ann", one.number, "Why?").unwrap(),
            _ => return,
        }
        one.changed = now;
    }
}

/// Numbers and hashes of an operation are all alike.
fn kind(operation: &str) -> String {
    let parts =
        operation.split('/').map(|part| if part.contains(|c: char| c.is_ascii_digit()) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[allow(clippy::print_stderr, reason = "it is what the measurement is for")]
async fn measured(deliveries: usize) {
    let mut hours = Hours::with(deliveries).await;
    let cold = hours.hour(true).await;
    let warm = hours.hour(true).await;
    let (scaled, asked) = (200 / deliveries, hours.asked / 2);
    eprintln!(
        "forge_requests_per_h of {deliveries} deliveries: {warm} counted, {cold} in the first hour, {asked} asked; {:#?}",
        hours.by_kind
    );
    assert!(warm * scaled < 1_500, "{warm} in an hour");
    // After a restart all is read once.
    assert!(cold * scaled < 2_500, "{cold} in the first hour");
}

#[tokio::test]
async fn twenty_deliveries_cost_a_tenth_of_what_is_allowed() {
    measured(20).await;
}

#[tokio::test]
#[ignore = "it takes minutes: 200 deliveries, two hours, some 50,000 requests"]
async fn forge_requests_per_h() {
    measured(200).await;
}
