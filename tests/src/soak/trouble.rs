//! What goes wrong: faults of every kind, sockets that are replaced or cut, and kills.

use super::rules::Rules;
use super::world::SoakWorld;
use crate::slack::{Fault, Mishap, Oddities, Often, SlackSim};
use anyhow::ensure;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// The longest time that the gateway stays dead.
const DEAD: Duration = Duration::from_secs(3);

#[derive(Default)]
pub(super) struct Struck {
    pub kills: usize,
    pub refreshes: usize,
    pub cuts: usize,
}

enum Blow {
    Kill,
    Refresh,
    Cut,
}

/// From now on a share of the calls meets a fault, each kind as often as the others; deliveries likewise.
pub(super) fn begin(slack: &SlackSim, rules: &Rules) {
    let kinds = [
        Fault::RateLimited(2),
        Fault::Status(503),
        Fault::StatusAfter(502),
        Fault::Error("internal_error".to_owned()),
        Fault::TimeoutBefore,
        Fault::TimeoutAfter,
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Slow(Duration::from_secs(2)),
    ];
    let mishaps = [Mishap::Drop, Mishap::Duplicate, Mishap::Reorder];
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    let of = |count: usize| Often::Chance(rules.faults / count as f64);
    kinds.iter().for_each(|fault| slack.fail("*", fault.clone(), of(kinds.len())));
    mishaps.iter().for_each(|mishap| slack.mishap(*mishap, of(mishaps.len())));
    slack.oddities(Oddities {
        null_team: false,
        wild_metadata: true,
        extra_fields: true,
        unknown_frames: true,
        nameless_streams: false,
    });
}

/// Blow after blow at the moments that the seed draws, until the time is over.
pub(super) async fn strike(world: &mut SoakWorld, rules: &Rules) -> anyhow::Result<Struck> {
    let mut rng = StdRng::seed_from_u64(rules.seed);
    let (began, mut struck) = (Instant::now(), Struck::default());
    for (at, blow) in plan(rules, &mut rng) {
        sleep_until(began + at).await;
        ensure!(world.gateway.exited()?.is_none(), "the gateway ended by itself:\n{}", world.gateway.log());
        match blow {
            Blow::Kill => {
                world.gateway.kill();
                sleep(DEAD.mul_f64(rng.random())).await;
                world.gateway.spawn().await?;
                struck.kills += 1;
            }
            Blow::Refresh => {
                world.slack.refresh_sockets();
                struck.refreshes += 1;
            }
            Blow::Cut => {
                world.slack.drop_sockets();
                struck.cuts += 1;
            }
        }
    }
    sleep_until(began + rules.lasts).await;
    Ok(struck)
}

fn plan(rules: &Rules, rng: &mut StdRng) -> Vec<(Duration, Blow)> {
    let mut plan = vec![];
    // The last one leaves time to see what comes of it.
    let mut add = |count: usize, blow: fn() -> Blow| {
        plan.extend((0..count).map(|_| (rules.lasts.mul_f64(rng.random_range(0.1..0.95)), blow())));
    };
    add(rules.kills, || Blow::Kill);
    add(rules.refreshes, || Blow::Refresh);
    add(rules.refreshes, || Blow::Cut);
    plan.sort_by_key(|(at, _)| *at);
    plan
}
