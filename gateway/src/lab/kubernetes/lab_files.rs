//! The files of a lab as ConfigMaps carry them: under neutral keys, since no key can hold a `/`, with a list that says which
//! path each becomes. One map takes a mebibyte; more of them come together in one volume.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What one ConfigMap takes of content.
const ONE_MAP: usize = 1024 * 1024;

/// What all of them take together. They travel through the API server and are kept in its store.
pub(super) const ALL_MAPS: u64 = 8 * 1024 * 1024;

/// Each is a line in the pod's description, which may have a mebibyte and a half itself.
pub(super) const MOST_FILES: usize = 3_000;

/// Folders in folders.
const DEPTH: usize = 100;

/// Files that a refusal names.
const NAMED: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LabFile {
    /// From the copy on.
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    pub(super) runs: bool,
}

/// What goes into one ConfigMap, each with its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FilePack {
    pub(super) files: Vec<(String, LabFile)>,
    bytes: usize,
}

/// All files of a copy, in the order of their paths. Nothing but plain files and folders is in one.
pub(super) fn read(folder: &Path) -> io::Result<Vec<LabFile>> {
    let mut files = vec![];
    collect(folder, &PathBuf::new(), DEPTH, &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn collect(root: &Path, below: &Path, depth: usize, files: &mut Vec<LabFile>) -> io::Result<()> {
    let depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("too many folders in folders"))?;
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            collect(root, &path, depth, files)?;
        } else if kind.is_file() {
            let name = path.to_str().ok_or_else(|| {
                io::Error::other(format!("the name of {} is not text in UTF-8", path.display()))
            })?;
            let runs = entry.metadata()?.permissions().mode() & 0o100 != 0;
            files.push(LabFile { path: name.to_owned(), content: fs::read(root.join(&path))?, runs });
        }
    }
    Ok(())
}

/// Distributed over as few maps as the order allows, or a sentence that says what is too much.
pub(super) fn packed(files: Vec<LabFile>) -> Result<Vec<FilePack>, String> {
    refuse_what_no_map_takes(&files)?;
    let mut packs = vec![FilePack::default()];
    for (number, file) in files.into_iter().enumerate() {
        let key = format!("f{:04}", number + 1);
        let bytes = file.content.len();
        if packs.last().is_some_and(|pack| pack.bytes + bytes > ONE_MAP) {
            packs.push(FilePack::default());
        }
        if let Some(pack) = packs.last_mut() {
            pack.bytes += bytes;
            pack.files.push((key, file));
        }
    }
    Ok(packs)
}

fn refuse_what_no_map_takes(files: &[LabFile]) -> Result<(), String> {
    if files.len() > MOST_FILES {
        let all = files.len();
        return Err(format!(
            "{all} files are more than a lab takes ({MOST_FILES}). Have git ignore what is built or downloaded."
        ));
    }
    let all: u64 = files.iter().map(|file| file.content.len() as u64).sum();
    if all > ALL_MAPS {
        let (all, most) = (mebi(all), mebi(ALL_MAPS));
        return Err(format!("{all} MiB are more than a lab takes ({most}). {}", largest(files)));
    }
    if files.iter().any(|file| file.content.len() > ONE_MAP) {
        return Err(format!("A single file of a lab can have at most 1 MiB. {}", largest(files)));
    }
    // Kubernetes keeps such names for itself.
    match files.iter().find(|file| file.path.starts_with("..")) {
        Some(file) => Err(format!(
            "{} can't be in a lab: no name at the top may begin with two dots. Rename it, or have git ignore it.",
            file.path
        )),
        None => Ok(()),
    }
}

fn largest(files: &[LabFile]) -> String {
    let mut files: Vec<&LabFile> = files.iter().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.content.len()));
    let named = files.iter().take(NAMED).map(|file| {
        format!("{} ({} KiB)", gateway_domain::visible(&file.path), file.content.len().div_ceil(1024))
    });
    format!("The largest: {}.", named.collect::<Vec<_>>().join(", "))
}

fn mebi(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::{LabFile, packed, read};
    use std::os::unix::fs::PermissionsExt;

    const MEBI: usize = 1024 * 1024;

    fn file(path: &str, bytes: usize) -> LabFile {
        LabFile { path: path.to_owned(), content: vec![b'x'; bytes], runs: false }
    }

    fn sizes(files: Vec<LabFile>) -> Vec<usize> {
        packed(files).unwrap().iter().map(|pack| pack.files.len()).collect()
    }

    #[test]
    fn one_map_takes_a_mebibyte_to_the_byte() {
        // REQ-LAB-02, REQ-LAB-09
        assert_eq!(sizes(vec![file("a", MEBI / 2), file("b", MEBI / 2)]), [2]);
        assert_eq!(sizes(vec![file("a", MEBI / 2), file("b", MEBI / 2 + 1)]), [1, 1]);
        assert_eq!(sizes((0..8).map(|n| file(&format!("f{n}"), MEBI)).collect()), [1; 8]);
        assert_eq!(sizes(vec![]), [0]);
    }

    #[test]
    fn what_is_too_much_is_said_with_the_largest_files() {
        // REQ-LAB-02
        let many: Vec<LabFile> = (0..9).map(|n| file(&format!("part{n}"), MEBI - n)).collect();
        let told = packed(many).unwrap_err();
        assert!(
            told.starts_with("9 MiB are more than a lab takes (8). The largest: part0 (1024 KiB)"),
            "{told}"
        );
        let told = packed(vec![file("a", 1), file("dist/video.mp4", 3 * MEBI)]).unwrap_err();
        assert!(told.contains("at most 1 MiB. The largest: dist/video.mp4 (3072 KiB)"), "{told}");
        let told = packed((0..3_001).map(|n| file(&format!("f{n}"), 1)).collect()).unwrap_err();
        assert!(told.starts_with("3001 files are more than a lab takes (3000)."), "{told}");
        let told = packed(vec![file("..data/x", 1)]).unwrap_err();
        assert!(told.starts_with("..data/x can't be in a lab"), "{told}");
    }

    #[test]
    fn a_copy_is_read_whole_with_what_can_run() {
        // REQ-LAB-02
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("bin/deep")).unwrap();
        std::fs::write(folder.path().join("server.js"), "listen()").unwrap();
        std::fs::write(folder.path().join("bin/deep/run"), [0xff, 0]).unwrap();
        let run = folder.path().join("bin/deep/run");
        std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o755)).unwrap();
        // None is in a copy; if one were, it would not be followed.
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let files = read(folder.path()).unwrap();
        let told: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.runs)).collect();
        assert_eq!(told, [("bin/deep/run", true), ("server.js", false)]);
    }
}
