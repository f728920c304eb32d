//! The tree of the audit log as files (C2SP `tlog-tiles`), for a web server that others fetch from. They hold hashes and the signed
//! checkpoint, and nothing of what is in the log.

use super::output;
use crate::store::Inspection;
use anyhow::Context;
use std::fs;
use std::path::Path;

/// Full tiles that are there stay as they are. The checkpoint comes last: whoever has it finds every tile under it.
pub(super) fn write(inspection: &Inspection, folder: &Path) -> anyhow::Result<()> {
    let (checkpoint, tiles) = inspection.audit_tiles()?;
    let mut written = 0;
    for tile in &tiles {
        let path = folder.join(&tile.path);
        if tile.is_full() && path.is_file() {
            continue;
        }
        put(&path, &tile.bytes())?;
        written += 1;
    }
    put(&folder.join("checkpoint"), checkpoint.as_bytes())?;
    output::line(&format!(
        "{} has the checkpoint and {} tiles, {written} of them new.",
        folder.display(),
        tiles.len()
    ))?;
    Ok(())
}

/// Readers see the old file or the new one.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let written = fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| fs::write(&beside, bytes))
        .and_then(|()| fs::rename(&beside, path));
    written.with_context(|| format!("Can't write {}", path.display()))
}
