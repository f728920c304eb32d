//! Seeded rounds of everything that goes wrong around an ask, on a real gateway and a real OpenCode: kills, a pod that
//! comes back under another name, processes that stand still, a full disk, a damaged journal and damaged records, a second
//! gateway on the state. Each round's command leaves a line in a file, so what ran is counted and not believed.
//!
//! `make chaos` runs it for long, `it/chaos` each trouble once.

mod counts;
mod damage;
mod round;
mod trouble;

pub use counts::Counts;
pub use trouble::Trouble;

use crate::gateway::Gateway;
use crate::opencode_stage::{OpenCodeStage, as_they_are};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use round::Round;
use serde_json::json;
use std::time::{Duration, Instant};

/// How long, and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub seed: u64,
    pub rounds: usize,
    /// No round begins after this time.
    pub lasts: Duration,
}

/// Runs the rounds. `Err` means that it could not be run; what went wrong in a round is in the counts.
pub async fn chaos(rules: &Rules, mut told: impl FnMut(&str)) -> anyhow::Result<Counts> {
    let mut rng = StdRng::seed_from_u64(rules.seed);
    let mut gateway = Gateway::prepare()?;
    gateway.limited = true;
    gateway.configure(&as_they_are(json!({})))?;
    gateway.spawn().await?;
    let stage = OpenCodeStage::around(gateway, |_| {}).await?;
    stage.until_connected().await?;
    let (mut stage, mut counts, begun) = (stage, Counts::default(), Instant::now());
    for number in 0..rules.rounds {
        if begun.elapsed() > rules.lasts {
            break;
        }
        // Each kind once, then whichever comes.
        let trouble = Trouble::ALL.get(number).or_else(|| Trouble::ALL.choose(&mut rng)).copied();
        let Some(trouble) = trouble else { break };
        let round = Round::draw(number, trouble, &mut rng);
        let outcome = round.play(&mut stage, &mut counts).await;
        let line = match &outcome {
            Ok(()) => format!("round {number}: {trouble:?}: fine"),
            Err(error) => format!("round {number}: {trouble:?}: {error:#}\n{round:#?}"),
        };
        told(&line);
        if let Err(error) = outcome {
            counts.wrong.push(format!("round {number} ({trouble:?}): {error:#}"));
            keep_logs(&stage, number)?;
            round::set_right(&mut stage).await?;
        }
    }
    counts.lasted = begun.elapsed();
    Ok(counts)
}

/// For whoever looks into it.
fn keep_logs(stage: &OpenCodeStage, number: usize) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("chaos-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("round-{number}-gateway.log")), stage.gateway.log())?;
    std::fs::write(folder.join(format!("round-{number}-opencode.log")), stage.opencode.log())?;
    Ok(())
}
