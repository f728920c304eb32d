//! The files of a lab as one archive: what is too much for ConfigMaps travels as a compressed tar. The same files give the same
//! bytes, so a gateway that was killed makes the same archive again.

use super::files_listing::ListedFile;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

const BEGINS: &str = "files-";
const ENDS: &str = ".tar.gz";
const UNFINISHED: &str = "files.unfinished";

/// An archive that is whole, by the digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilesArchive {
    pub(super) digest: String,
}

impl FilesArchive {
    /// Where the archive with this digest is in the folder of an attempt. None where that is no digest: it becomes a path.
    pub(super) fn path(folder: &Path, digest: &str) -> Option<PathBuf> {
        is_digest(digest).then(|| folder.join(format!("{BEGINS}{digest}{ENDS}")))
    }

    /// The one that was made before, or a new one. A name with a digest is given to a whole archive only.
    pub(super) fn in_folder(folder: &Path, files: &Path, listed: &[ListedFile]) -> io::Result<Self> {
        if let Some(digest) = made_before(folder)? {
            return Ok(Self { digest });
        }
        let unfinished = folder.join(UNFINISHED);
        let digest = pack(files, listed, &unfinished)?;
        let path = Self::path(folder, &digest)
            .ok_or_else(|| io::Error::other("the digest of an archive is malformed"))?;
        fs::rename(&unfinished, path)?;
        File::open(folder)?.sync_all()?;
        Ok(Self { digest })
    }
}

pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn made_before(folder: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let digest = name.to_str().and_then(|name| name.strip_prefix(BEGINS)?.strip_suffix(ENDS));
        if let Some(digest) = digest.filter(|digest| is_digest(digest)) {
            return Ok(Some(digest.to_owned()));
        }
    }
    Ok(None)
}

/// Paths, bytes and whether a file can run; whose it is and how old is nobody's business.
fn pack(files: &Path, listed: &[ListedFile], into: &Path) -> io::Result<String> {
    let target = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(into)?;
    let hashing = Hashing { target: BufWriter::new(target), digest: Sha256::new() };
    let mut archive = Builder::new(GzEncoder::new(hashing, Compression::fast()));
    for ListedFile { path, runs, .. } in listed {
        let file = File::open(files.join(path))?;
        let bytes = file.metadata()?.len();
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes);
        header.set_mode(if *runs { 0o755 } else { 0o644 });
        archive.append_data(&mut header, path, file.take(bytes))?;
    }
    let Hashing { target, digest } = archive.into_inner()?.finish()?;
    target.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(hex::encode(digest.finalize()))
}

/// What is written, and its digest.
struct Hashing {
    target: BufWriter<File>,
    digest: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.target.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::files_listing::listed;
    use super::super::files_unpacking::unpack;
    use super::FilesArchive;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn sample(folder: &Path) {
        let long = "deep/".repeat(40);
        for (path, content) in [("server.js", "listen()"), ("bin/start", "#!/bin/sh"), ("ä b.txt", "")] {
            fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            fs::write(folder.join(path), content).unwrap();
        }
        fs::create_dir_all(folder.join(&long)).unwrap();
        fs::write(folder.join(&long).join("logo.png"), [0xff, 0]).unwrap();
        fs::set_permissions(folder.join("bin/start"), fs::Permissions::from_mode(0o700)).unwrap();
    }

    fn made(attempt: &Path) -> FilesArchive {
        let files = attempt.join("files");
        FilesArchive::in_folder(attempt, &files, &listed(&files).unwrap()).unwrap()
    }

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        // REQ-LAB-02, REQ-LAB-09
        let (attempt, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = attempt.path().join("files");
        sample(&files);
        let archive = made(attempt.path());
        let path = FilesArchive::path(attempt.path(), &archive.digest).unwrap();
        let into = target.path().join("content");
        let unpacked = unpack(&path, &into).unwrap();
        assert_eq!((unpacked.files, unpacked.bytes), (4, 19));
        assert_eq!(listed(&into).unwrap(), listed(&files).unwrap());
        assert_eq!(fs::read_to_string(into.join("server.js")).unwrap(), "listen()");
        assert_eq!(fs::read(into.join("deep/".repeat(40)).join("logo.png")).unwrap(), [0xff, 0]);
        let mode = |path: &str| fs::metadata(into.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("bin/start"), mode("server.js")), (0o755, 0o644));
    }

    #[test]
    fn the_same_files_are_the_same_archive_and_a_half_made_one_is_none() {
        // REQ-LAB-09, REQ-LAB-11
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for attempt in [&one, &other] {
            sample(&attempt.path().join("files"));
        }
        let digest = made(one.path()).digest;
        // Killed while it was made.
        fs::write(other.path().join(super::UNFINISHED), "half").unwrap();
        assert_eq!(made(other.path()).digest, digest);
        // What was made is used again, whatever packs differently by then.
        fs::write(one.path().join("files/server.js"), "changed").unwrap();
        assert_eq!(made(one.path()).digest, digest);
        for odd in ["", "../../etc/passwd", &"g".repeat(64), &"A".repeat(64), &"a".repeat(63)] {
            assert_eq!(FilesArchive::path(one.path(), odd), None, "{odd}");
        }
    }
}
