//! Looks after what runs: who died is started again, with what it had kept, and a person who asks to stop gets a clean
//! stop.

use super::{Logs, Playground};
use anyhow::bail;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How often it is looked whether everything lives.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A terminal sends Ctrl-C to all processes at once: so long a death may be part of a stop.
const GRACE: Duration = Duration::from_millis(500);

/// More deaths than this are no accident.
const MOST_RESTARTS: usize = 5;

/// What brought the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Asked,
    /// Something died again and again.
    KeptDying,
}

pub struct Supervisor {
    pub playground: Playground,
    restarts: usize,
}

#[derive(Clone, Copy)]
enum Who {
    Gateway,
    OpenCode,
}

impl Supervisor {
    pub fn new(playground: Playground) -> Self {
        Self { playground, restarts: 0 }
    }

    /// Until a person asks to stop, or nothing more can be done.
    pub async fn watch(&mut self, logs: &Logs) -> anyhow::Result<Ended> {
        let asked = asked_to_stop()?;
        tokio::pin!(asked);
        loop {
            let (who, status) = tokio::select! {
                () = &mut asked => return Ok(Ended::Asked),
                death = self.next_death() => death?,
                () = logs.print() => continue,
            };
            if tokio::time::timeout(GRACE, &mut asked).await.is_ok() {
                return Ok(Ended::Asked);
            }
            let name = match who {
                Who::Gateway => "The gateway",
                Who::OpenCode => "OpenCode",
            };
            if self.restarts == MOST_RESTARTS {
                logs.say(&format!("{name} ended with {status} once more; everything is stopped."));
                return Ok(Ended::KeptDying);
            }
            self.restarts += 1;
            logs.say(&format!("{name} ended with {status}; it is started again."));
            self.restart(who).await?;
        }
    }

    async fn restart(&mut self, who: Who) -> anyhow::Result<()> {
        let Playground { gateway, opencode, directory, .. } = &mut self.playground;
        match who {
            Who::Gateway => gateway.spawn().await,
            Who::OpenCode => {
                opencode.restart().await?;
                // Its plugins load with the first request that touches a directory.
                opencode.api().open(directory).await
            }
        }
    }

    /// OpenCode first, so that the gateway still takes in its last words.
    pub async fn stop(mut self, logs: &Logs) -> anyhow::Result<()> {
        logs.say("Stopping.");
        let opencode = self.playground.opencode.terminate().await;
        let gateway = self.playground.gateway.terminate().await;
        logs.look();
        if let (Err(first), _) | (Ok(_), Err(first)) = (opencode, gateway) {
            bail!("It did not stop well: {first}");
        }
        logs.say("Everything has stopped.");
        Ok(())
    }

    async fn next_death(&mut self) -> anyhow::Result<(Who, ExitStatus)> {
        loop {
            if let Some(status) = self.playground.gateway.exited()? {
                return Ok((Who::Gateway, status));
            }
            if let Some(status) = self.playground.opencode.exited()? {
                return Ok((Who::OpenCode, status));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
