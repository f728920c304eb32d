//! The killing, and the people who answer meanwhile.

use super::plan::{Plan, Strike, Victim};
use crate::api_people::{ApiPerson, Heard};
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep, sleep_until};

/// Who can be killed and started again.
pub trait Mortal {
    fn kill(&mut self, victim: Victim) -> impl Future<Output = ()>;
    fn start(&mut self, victim: Victim) -> impl Future<Output = anyhow::Result<()>>;
}

/// Kills and starts again, as planned.
pub async fn suffer(world: &mut impl Mortal, strikes: &[Strike]) -> anyhow::Result<()> {
    for strike in strikes {
        let begun = Instant::now();
        for blow in &strike.blows {
            sleep_until(begun + blow.after).await;
            world.kill(blow.victim).await;
        }
        let (first, second) = match strike.first_up {
            Victim::Gateway => (Victim::Gateway, Victim::Agent),
            Victim::Agent => (Victim::Agent, Victim::Gateway),
        };
        for victim in [first, second] {
            if strike.blows.iter().any(|blow| blow.victim == victim) {
                world.start(victim).await?;
                sleep(strike.pause).await;
            }
        }
    }
    Ok(())
}

/// Everybody answers at the planned time, and insists.
pub async fn answer_all(people: &[ApiPerson], ask: &str, plan: &Plan) -> anyhow::Result<Vec<Heard>> {
    let answering = people.iter().zip(&plan.answers).map(|(person, after)| async move {
        sleep(*after).await;
        person.insist(ask, &plan.said.body(&person.name)).await
    });
    try_join_all(answering).await
}
