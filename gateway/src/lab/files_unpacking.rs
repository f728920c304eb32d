//! Unpacks the archive of a lab's files. Its digest was right, so the gateway made it; all the same every name and every number in
//! it is looked at as if somebody else had: plain files with plain names, not too many, not too large, each once.

use super::files_listing::{DEPTH, MOST_BYTES, MOST_FILES};
use flate2::read::GzDecoder;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use tar::{Archive, Entry};

/// What lies around the files' bytes: headers, long names, what fills blocks up.
const AROUND: u64 = 16 * 1024 * 1024;

/// Longest name of a file, folders and all.
const LONGEST: usize = 4_096;

/// Bits of a file's mode: its owner may run it.
const RUNS: u32 = 0o100;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum UnpackFault {
    #[error("{0:?} is not a plain file; an archive of a lab has nothing else")]
    NotAFile(String),
    #[error("{0:?} is not a path below the lab's own folder")]
    Path(String),
    #[error("{0:?} is in it twice, or is a file and a folder")]
    Twice(String),
    #[error("{0:?} is cut off")]
    CutOff(String),
    #[error("more than {} files", MOST_FILES)]
    TooMany,
    #[error("more than {} MiB", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("it can't be read or written")]
    Disk(#[from] io::Error),
}

/// Into a folder that isn't there yet: nothing in it leads elsewhere then.
pub(super) fn unpack(archive: &Path, into: &Path) -> Result<Unpacked, UnpackFault> {
    let plain = GzDecoder::new(BufReader::new(File::open(archive)?)).take(MOST_BYTES + AROUND);
    let mut archive = Archive::new(plain);
    folder().recursive(false).create(into)?;
    let mut unpacked = Unpacked::default();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() {
            return Err(UnpackFault::NotAFile(name));
        }
        let path = plain_path(&entry).ok_or_else(|| UnpackFault::Path(name.clone()))?;
        unpacked.files += 1;
        unpacked.bytes = unpacked.bytes.saturating_add(entry.size());
        if unpacked.files > MOST_FILES {
            return Err(UnpackFault::TooMany);
        }
        if unpacked.bytes > MOST_BYTES {
            return Err(UnpackFault::TooLarge);
        }
        lay(&mut entry, &into.join(path), name)?;
    }
    Ok(unpacked)
}

fn folder() -> DirBuilder {
    let mut folder = DirBuilder::new();
    folder.mode(0o755);
    folder
}

/// Names and nothing else: no root, no `..`, no `.`.
fn plain_path<R: Read>(entry: &Entry<'_, R>) -> Option<PathBuf> {
    let bytes = entry.path_bytes();
    let text = std::str::from_utf8(&bytes).ok()?;
    let path = Path::new(text);
    let components: Vec<_> = path.components().collect();
    let is_plain = components.iter().all(|one| matches!(one, Component::Normal(_)));
    // `components` overlooks a dot in the middle and slashes at the end.
    let is_written_plainly = text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let fits = text.len() <= LONGEST && components.len() <= DEPTH && !text.contains('\0');
    (is_plain && is_written_plainly && fits).then(|| path.to_owned())
}

fn lay<R: Read>(entry: &mut Entry<'_, R>, path: &Path, name: String) -> Result<(), UnpackFault> {
    let runs = entry.header().mode()? & RUNS != 0;
    let bytes = entry.size();
    let in_the_way = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            UnpackFault::Twice(name.clone())
        }
        _ => UnpackFault::Disk(error),
    };
    if let Some(parent) = path.parent() {
        folder().recursive(true).create(parent).map_err(in_the_way)?;
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(in_the_way)?;
    let mut target = BufWriter::new(file);
    if io::copy(entry, &mut target)? != bytes {
        return Err(UnpackFault::CutOff(name));
    }
    target.flush()?;
    // Whatever this process keeps to itself, the app may read.
    fs::set_permissions(path, Permissions::from_mode(if runs { 0o755 } else { 0o644 }))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, MOST_FILES, UnpackFault, unpack};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::fs::{self, File};
    use std::io::{Read, Write, repeat};
    use std::path::{Path, PathBuf};
    use tar::{Builder, EntryType, Header};
    use tempfile::TempDir;

    type Writing = Builder<GzEncoder<File>>;

    struct Place {
        folder: TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn archive(&self) -> PathBuf {
            self.folder.path().join("files.tar.gz")
        }

        fn content(&self) -> PathBuf {
            self.folder.path().join("content")
        }

        fn unpacks(&self, write: impl FnOnce(&mut Writing)) -> Result<super::Unpacked, UnpackFault> {
            let target = File::create(self.archive()).unwrap();
            let mut archive = Builder::new(GzEncoder::new(target, Compression::fast()));
            write(&mut archive);
            archive.into_inner().unwrap().finish().unwrap();
            unpack(&self.archive(), &self.content())
        }
    }

    fn header(kind: EntryType, bytes: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes);
        header.set_mode(0o644);
        header
    }

    /// The library itself writes no such names, so they are put into the header by hand.
    fn named(archive: &mut Writing, name: &[u8], kind: EntryType, link: &str, content: &[u8]) {
        let mut header = header(kind, content.len() as u64);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        if !link.is_empty() {
            header.set_link_name(link).unwrap();
        }
        header.set_cksum();
        archive.append(&header, content).unwrap();
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        // REQ-LAB-09
        for name in
            ["../outside", "a/../../outside", "a/../b", "/etc/outside", "./outside", "a//b", "a/", "..", ""]
        {
            let place = Place::new();
            let told = place.unpacks(|archive| named(archive, name.as_bytes(), EntryType::Regular, "", b"x"));
            // A name that ends with a slash is a folder's, whatever the header says.
            let is_refused = matches!(told, Err(UnpackFault::Path(_) | UnpackFault::NotAFile(_)));
            assert!(is_refused, "{name:?}: {told:?}");
            assert!(!place.folder.path().join("outside").exists(), "{name}");
        }
        let told =
            Place::new().unpacks(|archive| named(archive, &[0xff, 0xfe], EntryType::Regular, "", b"x"));
        assert!(matches!(told, Err(UnpackFault::Path(_))), "{told:?}");
        let deep = "d/".repeat(101) + "x";
        let told = Place::new().unpacks(|archive| {
            archive.append_data(&mut header(EntryType::Regular, 1), &deep, &b"x"[..]).unwrap();
        });
        assert!(matches!(told, Err(UnpackFault::Path(_))), "{told:?}");
    }

    #[test]
    fn links_folders_and_devices_are_refused() {
        // REQ-LAB-09
        for kind in [
            EntryType::Symlink,
            EntryType::Link,
            EntryType::Directory,
            EntryType::Char,
            EntryType::Block,
            EntryType::Fifo,
        ] {
            let place = Place::new();
            let told = place.unpacks(|archive| {
                named(archive, b"config", kind, "/etc/passwd", b"");
                named(archive, b"config", EntryType::Regular, "", b"through the link");
            });
            assert!(matches!(told, Err(UnpackFault::NotAFile(_))), "{kind:?}: {told:?}");
            assert!(place.content().join("config").symlink_metadata().is_err(), "{kind:?}");
        }
    }

    #[test]
    fn a_file_comes_once_and_is_no_folder_too() {
        // REQ-LAB-09
        for second in ["a", "a/b"] {
            let told = Place::new().unpacks(|archive| {
                named(archive, b"a", EntryType::Regular, "", b"1");
                named(archive, second.as_bytes(), EntryType::Regular, "", b"2");
            });
            assert!(matches!(told, Err(UnpackFault::Twice(_))), "{second}: {told:?}");
        }
        let told = Place::new().unpacks(|archive| {
            named(archive, b"a/b", EntryType::Regular, "", b"1");
            named(archive, b"a", EntryType::Regular, "", b"2");
        });
        assert!(matches!(told, Err(UnpackFault::Twice(_))), "{told:?}");
    }

    #[test]
    fn what_is_too_many_or_too_large_ends_there() {
        // REQ-LAB-02, REQ-LAB-09
        let many = Place::new();
        let told = many.unpacks(|archive| {
            for n in 0..=MOST_FILES {
                named(archive, format!("f{n}").as_bytes(), EntryType::Regular, "", b"");
            }
        });
        assert!(matches!(told, Err(UnpackFault::TooMany)), "{told:?}");
        // Some kilobytes that would become more than a lab takes.
        let large = Place::new();
        let told = large.unpacks(|archive| {
            let bytes = MOST_BYTES + 1;
            let zeros = repeat(0).take(bytes);
            archive.append_data(&mut header(EntryType::Regular, bytes), "zeros", zeros).unwrap();
        });
        assert!(matches!(told, Err(UnpackFault::TooLarge)), "{told:?}");
        assert!(fs::metadata(large.archive()).unwrap().len() < 1024 * 1024);
        assert!(!large.content().join("zeros").exists(), "not a byte of it was written");
    }

    #[test]
    fn an_archive_that_lies_about_itself_is_refused() {
        // REQ-LAB-09
        let written = |bytes: &[u8]| {
            let place = Place::new();
            fs::write(place.archive(), bytes).unwrap();
            unpack(&place.archive(), &place.content())
        };
        assert!(matches!(written(b"no archive at all"), Err(UnpackFault::Disk(_))));
        // Says that more comes than does.
        let mut gzip = GzEncoder::new(vec![], Compression::fast());
        let mut cut = header(EntryType::Regular, 4_096);
        cut.set_path("cut").unwrap();
        cut.set_cksum();
        gzip.write_all(cut.as_bytes()).unwrap();
        gzip.write_all(b"only this").unwrap();
        let told = written(&gzip.finish().unwrap());
        assert!(matches!(told, Err(UnpackFault::CutOff(_) | UnpackFault::Disk(_))), "{told:?}");
        // A folder that is there already may hold links of somebody else.
        let place = Place::new();
        fs::create_dir(place.content()).unwrap();
        let told = place.unpacks(|archive| named(archive, b"a", EntryType::Regular, "", b"1"));
        assert!(matches!(told, Err(UnpackFault::Disk(_))), "{told:?}");
        assert!(!Path::new(&place.content()).join("a").exists());
    }
}
