//! Looks after what runs: who died is started again, with what it had kept, and a person who asks to stop gets a clean
//! stop.

use super::{Logs, Playground};
use anyhow::bail;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

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

/// What happened.
enum Next {
    Asked,
    /// SIGUSR1: tests let the gateway die as in a crash, and stay away.
    Kill,
    /// SIGUSR2: it comes back, with the same port, token and state.
    Start,
    Died(Who, ExitStatus),
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
        let mut signals = Signals::new()?;
        loop {
            let next = tokio::select! {
                next = signals.next() => next,
                death = self.next_death() => death?,
                () = logs.print() => continue,
            };
            match next {
                Next::Asked => return Ok(Ended::Asked),
                Next::Kill => self.playground.gateway.kill(),
                Next::Start => self.playground.gateway.spawn().await?,
                Next::Died(who, status) => {
                    if let Ok(Next::Asked) = tokio::time::timeout(GRACE, signals.next()).await {
                        return Ok(Ended::Asked);
                    }
                    if !self.mended(who, status, logs).await? {
                        return Ok(Ended::KeptDying);
                    }
                }
            }
        }
    }

    /// False when it has died too often.
    async fn mended(&mut self, who: Who, status: ExitStatus, logs: &Logs) -> anyhow::Result<bool> {
        let name = match who {
            Who::Gateway => "The gateway",
            Who::OpenCode => "OpenCode",
        };
        if self.restarts == MOST_RESTARTS {
            logs.say(&format!("{name} exited again ({status}). Stopping everything."));
            return Ok(false);
        }
        self.restarts += 1;
        logs.say(&format!("{name} exited ({status}); restarting."));
        self.restart(who).await?;
        self.say_link(who, logs).await?;
        Ok(true)
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

    /// A link of the gateway that died is worth nothing any more.
    async fn say_link(&self, who: Who, logs: &Logs) -> anyhow::Result<()> {
        if let Who::Gateway = who {
            logs.say(&format!("If you are not signed in yet, open {}", self.playground.link().await?));
        }
        Ok(())
    }

    /// OpenCode first, so that the gateway still takes in its last words.
    pub async fn stop(mut self, logs: &Logs) -> anyhow::Result<()> {
        logs.say("Stopping…");
        let opencode = self.playground.opencode.terminate().await;
        let gateway = self.playground.gateway.terminate().await;
        logs.look();
        if let (Err(first), _) | (Ok(_), Err(first)) = (opencode, gateway) {
            bail!("Shutdown failed: {first}");
        }
        logs.say("Stopped.");
        Ok(())
    }

    async fn next_death(&mut self) -> anyhow::Result<Next> {
        loop {
            if let Some(status) = self.playground.gateway.exited()? {
                return Ok(Next::Died(Who::Gateway, status));
            }
            if let Some(status) = self.playground.opencode.exited()? {
                return Ok(Next::Died(Who::OpenCode, status));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// What processes tell the supervisor.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    kill: Signal,
    start: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            kill: signal(SignalKind::user_defined1())?,
            start: signal(SignalKind::user_defined2())?,
        })
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            _ = self.terminate.recv() => Next::Asked,
            _ = self.interrupt.recv() => Next::Asked,
            _ = self.kill.recv() => Next::Kill,
            _ = self.start.recv() => Next::Start,
        }
    }
}
