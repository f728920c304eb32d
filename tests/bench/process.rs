//! Programs under measurement, as processes of their own.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn gateway() -> anyhow::Result<Self> {
        Self::gateway_with(&[])
    }

    /// With further settings.
    pub(crate) fn gateway_with(env: &[(&str, String)]) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(beside("gateway")?);
        command
            .arg("serve")
            .env("GATEWAY_LISTEN", address.to_string())
            .env("RUST_LOG", "warn")
            .env("GATEWAY_STATE", tempfile::tempdir()?.keep())
            .env("GATEWAY_API_TOKEN", e2e::gateway::API_TOKEN)
            .envs(env.iter().map(|(name, value)| (name, value)));
        Self::spawn(command, address)
    }

    pub(crate) fn echo() -> anyhow::Result<Self> {
        Self::reference(crate::echo::SERVE)
    }

    pub(crate) fn sse() -> anyhow::Result<Self> {
        Self::reference(crate::sse::SERVE)
    }

    /// This program again, as the bare server that the argument names.
    fn reference(serve: &str) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(beside("bench")?);
        command.args([serve, &address.port().to_string()]);
        Self::spawn(command, address)
    }

    fn spawn(mut command: Command, address: SocketAddr) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Self { child, address })
    }

    /// Seconds until the port takes connections. They are what is measured, so it is looked far more often than by `wait`.
    pub(crate) fn until_open(&self) -> anyhow::Result<f64> {
        let began = Instant::now();
        while std::net::TcpStream::connect(self.address).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                bail!("nothing listens on {}", self.address);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(began.elapsed().as_secs_f64())
    }

    /// Memory that the process really holds, in MiB.
    pub(crate) fn rss(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn beside(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.is_file() { Ok(path) } else { bail!("{} is not built; run `make bench`", path.display()) }
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
