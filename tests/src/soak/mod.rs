//! Many sessions in Slack for a long time, while everything goes wrong: the gateway is killed with SIGKILL, sockets are
//! replaced and cut, and a share of all calls and deliveries meets a fault. People go on writing and tapping. At the end
//! what Slack shows, what the gateway says and what really ran are held against each other.
//!
//! The gateway is a process of its own on a state folder of its own, with the gate on. OpenCode is the real one with our plugin and a
//! scripted model, guarded where the kernel can, and with a witness in its shell's place; Slack is the simulated one, at
//! Slack's own rates.

mod counts;
mod owner;
mod rules;
mod script;
mod shell;
mod tale;
mod trouble;
mod verdict;
mod world;

pub use counts::Counts;
pub use rules::Rules;

use owner::Owner;
use std::sync::Arc;
use tale::Tale;
use tokio::task::JoinSet;
use world::SoakWorld;

/// Runs it to its end. `Err` means that it could not be run; what was found wrong is in the counts.
pub async fn soak(rules: &Rules) -> anyhow::Result<Counts> {
    let mut world = SoakWorld::set(rules).await?;
    let until = tokio::time::Instant::now() + rules.lasts;
    let mut days = JoinSet::new();
    for number in 0..rules.sessions {
        days.spawn(Owner::new(&world, rules, number).day(until));
    }
    trouble::begin(&world.slack, rules);
    let struck = trouble::strike(&mut world, rules).await?;
    let tales = end(days, rules).await;
    world.slack.heal();
    world.quiet().await;
    let mut counts = verdict::judge(&world, &tales).await?;
    (counts.kills, counts.refreshes, counts.cuts) = (struck.kills, struck.refreshes, struck.cuts);
    if !counts.is_fine() {
        world.keep_evidence()?;
    }
    Ok(counts)
}

/// Everybody ends what they began. Whoever does not get there leaves what they saw so far.
async fn end(mut days: JoinSet<Arc<std::sync::Mutex<Tale>>>, rules: &Rules) -> Vec<Tale> {
    let mut tales = vec![];
    let patience = tokio::time::sleep(rules.patience * 3);
    tokio::pin!(patience);
    loop {
        tokio::select! {
            () = &mut patience => break,
            day = days.join_next() => match day {
                Some(Ok(tale)) => tales.push(tale::taken(&tale)),
                Some(Err(_)) => {}
                None => break,
            },
        }
    }
    tales.sort_by_key(|tale| tale.number);
    tales
}
