//! What goes wrong in a round, beside kills: those are planned by `kills`.

use super::damage;
use crate::disk;
use crate::kills::{Mortal, Victim};
use crate::opencode_stage::OpenCodeStage;
use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    KilledGateway,
    KilledAgent,
    KilledBoth,
    /// OpenCode comes back in a pod of another name.
    NewPodName,
    FrozenGateway,
    FrozenAgent,
    FullDisk,
    JournalTail,
    SecondGateway,
    DamagedRecord,
}

impl Trouble {
    pub const ALL: [Self; 10] = [
        Self::KilledGateway,
        Self::KilledAgent,
        Self::KilledBoth,
        Self::NewPodName,
        Self::FrozenGateway,
        Self::FrozenAgent,
        Self::FullDisk,
        Self::JournalTail,
        Self::SecondGateway,
        Self::DamagedRecord,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KilledGateway => "killed gateway",
            Self::KilledAgent => "killed OpenCode",
            Self::KilledBoth => "killed both",
            Self::NewPodName => "new pod name",
            Self::FrozenGateway => "frozen gateway",
            Self::FrozenAgent => "frozen OpenCode",
            Self::FullDisk => "full disk",
            Self::JournalTail => "damaged journal",
            Self::SecondGateway => "second gateway",
            Self::DamagedRecord => "damaged record",
        }
    }
}

impl Mortal for OpenCodeStage {
    async fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Gateway => self.gateway.kill(),
            Victim::Agent => self.opencode.kill(),
        }
    }

    async fn start(&mut self, victim: Victim) -> anyhow::Result<()> {
        match victim {
            Victim::Gateway => self.gateway.spawn().await,
            Victim::Agent => {
                self.opencode.restart().await?;
                // As its pod's entrypoint does, so that the plugin is loaded.
                self.opencode.api().open(&self.directory).await
            }
        }
    }
}

/// Strikes once, after a while, and puts it right after another.
pub(super) async fn strike(
    stage: &mut OpenCodeStage,
    trouble: Trouble,
    after: Duration,
    lasts: Duration,
) -> anyhow::Result<()> {
    sleep(after).await;
    match trouble {
        Trouble::NewPodName => new_pod_name(stage).await,
        Trouble::FrozenGateway => freeze(stage.gateway.pid().context("no gateway")?, lasts).await,
        Trouble::FrozenAgent => freeze(stage.opencode.pid().context("no OpenCode")?, lasts).await,
        Trouble::FullDisk => full_disk(stage, lasts).await,
        Trouble::JournalTail => {
            stage.gateway.kill();
            damage::tail(&stage.gateway.state(), lasts.as_millis().is_multiple_of(2))?;
            stage.gateway.spawn().await
        }
        Trouble::SecondGateway => second_gateway(stage),
        _ => Ok(()),
    }
}

async fn new_pod_name(stage: &mut OpenCodeStage) -> anyhow::Result<()> {
    stage.opencode.kill();
    let name = format!("{}-anew", stage.opencode.pod_name());
    stage.opencode.rename(&name);
    stage.start(Victim::Agent).await
}

async fn freeze(pid: Pid, lasts: Duration) -> anyhow::Result<()> {
    kill_process(pid, Signal::STOP)?;
    sleep(lasts).await;
    Ok(kill_process(pid, Signal::CONT)?)
}

async fn full_disk(stage: &OpenCodeStage, lasts: Duration) -> anyhow::Result<()> {
    let pid = stage.gateway.pid().context("no gateway")?;
    disk::fill(pid)?;
    sleep(lasts).await;
    Ok(disk::free(pid)?)
}

/// It must see that somebody is there, say who, and leave everything alone.
fn second_gateway(stage: &OpenCodeStage) -> anyhow::Result<()> {
    let state = stage.gateway.state();
    let mut second = stage.gateway.command(&["serve"])?;
    let ended = second
        .env("GATEWAY_LISTEN", "127.0.0.1:0")
        .env("GATEWAY_STATE", state)
        .env("BRIDGE_TOKEN", "a-second-gateway-that-is-refused")
        .output()?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned() + &String::from_utf8_lossy(&ended.stdout);
    ensure!(
        !ended.status.success() && said.contains("is held by"),
        "a second gateway was not refused: {said}"
    );
    Ok(())
}
