//! Copies the files of a repository that belong to the work, as they are now: what git tracks, and what it would. Links and
//! what looks like a secret stay behind.

use super::commit_files::{EXECUTABLE, KeptFile, LINK, MODULE};
use super::examined::{Examined, Spot};
use super::failed;
use crate::sessions::ports::{CopyLimits, WorkspaceCopy, WorkspaceFault};
use crate::workspace::disk;
use gateway_domain::looks_secret;
use git2::Oid;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const MEBI: u64 = 1024 * 1024;

/// Letters of a commit that people are told.
const SHORT: usize = 7;

/// A file that is to be copied.
struct CopiedFile<'a> {
    path: &'a [u8],
    kept: KeptFile,
    bytes: u64,
}

/// Adds this repository to the copy. None when its files are not under git.
pub(in crate::workspace) fn copy_out(
    spot: Spot<'_>,
    into: &Path,
    limits: CopyLimits,
    copy: &mut WorkspaceCopy,
) -> Result<Option<()>, WorkspaceFault> {
    let Some(tree) = spot.hold()? else { return Ok(None) };
    let Some(examined) = Examined::new(spot, tree)? else { return Ok(None) };
    let wanted = examined.wanted(copy).map_err(|error| failed("read the files", spot.repository, &error))?;
    check(&wanted, limits, copy)?;
    copy.commit = copy.commit.take().or_else(|| examined.head.map(shortened));
    copy.changed += examined.found.changed.len();
    for file in &wanted {
        examined.lay(file, into)?;
    }
    Ok(Some(()))
}

impl Examined<'_> {
    fn wanted(&self, copy: &mut WorkspaceCopy) -> Result<Vec<CopiedFile<'_>>, git2::Error> {
        let odb = self.repository().odb()?;
        let mut wanted = vec![];
        for (path, kept) in &self.found.files {
            let name = String::from_utf8_lossy(path);
            match kept.mode {
                LINK => copy.left_out.push(format!("{name} (a link)")),
                MODULE => copy.left_out.push(format!("{name} (a submodule)")),
                _ if looks_secret(&name) => copy.left_out.push(format!("{name} (looks like a secret)")),
                // Not checked out: a sparse workspace has only some folders.
                _ => match odb.read_header(kept.id) {
                    Ok((bytes, _)) => wanted.push(CopiedFile { path, kept: *kept, bytes: bytes as u64 }),
                    Err(error) if error.code() == git2::ErrorCode::NotFound => {}
                    Err(error) => return Err(error),
                },
            }
        }
        Ok(wanted)
    }

    fn lay(&self, file: &CopiedFile<'_>, into: &Path) -> Result<(), WorkspaceFault> {
        let path = into.join(OsStr::from_bytes(file.path));
        let blob = self.repository().find_blob(file.kept.id);
        let blob = blob.map_err(|error| failed("read a file", self.spot.repository, &error))?;
        let told = |error: std::io::Error| disk("copy to", &path, &error);
        std::fs::create_dir_all(path.parent().unwrap_or(into)).map_err(told)?;
        let mode = if file.kept.mode == EXECUTABLE { 0o755 } else { 0o644 };
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        made.and_then(|mut made| made.write_all(blob.content())).map_err(told)
    }
}

/// Counts them, or says which is too large. Nothing was copied then.
fn check(
    wanted: &[CopiedFile<'_>],
    limits: CopyLimits,
    copy: &mut WorkspaceCopy,
) -> Result<(), WorkspaceFault> {
    copy.files += wanted.len();
    copy.bytes += wanted.iter().map(|file| file.bytes).sum::<u64>();
    if copy.files > limits.files {
        return Err(WorkspaceFault::Failed(format!(
            "{} files are more than a lab takes ({}). Have git ignore what is built or downloaded.",
            copy.files, limits.files
        )));
    }
    if copy.bytes > limits.bytes {
        let largest = wanted.iter().max_by_key(|file| file.bytes);
        let largest = largest.map(|file| {
            format!(
                " The largest: {} ({} MiB).",
                String::from_utf8_lossy(file.path),
                file.bytes.div_ceil(MEBI)
            )
        });
        return Err(WorkspaceFault::Failed(format!(
            "{} MiB are more than a lab takes ({}).{}",
            copy.bytes.div_ceil(MEBI),
            limits.bytes / MEBI,
            largest.unwrap_or_default()
        )));
    }
    Ok(())
}

fn shortened(id: Oid) -> String {
    id.to_string().chars().take(SHORT).collect()
}
