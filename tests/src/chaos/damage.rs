//! Files of the state as a crash or a bad volume leaves them.

use anyhow::Context;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Adds to the newest journal file what a gateway was just writing when the power went: half an entry, or zeros.
pub(super) fn tail(state: &Path, zeros: bool) -> anyhow::Result<()> {
    let files = std::fs::read_dir(state.join("journal"))?.map(|entry| entry.map(|entry| entry.path()));
    let newest = files.collect::<Result<Vec<_>, _>>()?.into_iter().max().context("no journal")?;
    let torn: &[u8] =
        if zeros { &[0; 512] } else { b"0000ffff 1234abcd 00000000000000009999 {\"kind\":\"rec" };
    Ok(OpenOptions::new().append(true).open(newest)?.write_all(torn)?)
}

/// The record of a session is not YAML any more. The gateway must not run.
pub(super) fn record(state: &Path, session: &str) -> anyhow::Result<()> {
    let path = find(&state.join("sessions"), &format!("{session}.session-state.yaml"))?;
    Ok(std::fs::write(path, "asks: [\n\t- {")?)
}

fn find(shards: &Path, name: &str) -> anyhow::Result<PathBuf> {
    for shard in std::fs::read_dir(shards)? {
        let path = shard?.path().join(name);
        if path.exists() {
            return Ok(path);
        }
    }
    anyhow::bail!("there is no {name} below {}", shards.display())
}
