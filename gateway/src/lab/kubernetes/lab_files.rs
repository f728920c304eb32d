//! How the files of a lab get there. ConfigMaps carry what is small: under neutral keys, since no key can hold a `/`, with a list that
//! says which path each becomes. One map takes a mebibyte; more of them come together in one volume. What is too much for them is
//! fetched as an archive, where the configuration says how.

use crate::lab::files_listing::{ListedFile, MOST_BYTES, MOST_FILES};
use std::fs;
use std::io;
use std::path::Path;

/// What one ConfigMap takes of content.
const ONE_MAP: u64 = 1024 * 1024;

/// What all of them take together. They travel through the API server and are kept in its store.
pub(super) const ALL_MAPS: u64 = 8 * ONE_MAP;

/// Each is a line in the pod's description, which may have a mebibyte and a half itself.
pub(super) const MAPPED_FILES: usize = 3_000;

/// Files that a refusal names.
const NAMED: usize = 3;

/// By what files travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilesWay {
    ConfigMaps,
    Archive,
}

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
    bytes: u64,
}

/// Or a sentence that says what is too much. `fetches`: labs can fetch an archive here.
pub(super) fn way(files: &[ListedFile], fetches: bool) -> Result<FilesWay, String> {
    // Kubernetes keeps such names for itself, and what copies the files leaves them out.
    if let Some(file) = files.iter().find(|file| file.path.starts_with("..")) {
        return Err(format!(
            "{} can't be in a lab: no name at the top may begin with two dots. Rename it, or have git ignore it.",
            file.path
        ));
    }
    match too_much(files, MAPPED_FILES, ALL_MAPS, ONE_MAP) {
        None => Ok(FilesWay::ConfigMaps),
        Some(why) if !fetches => Err(why),
        Some(_) => too_much(files, MOST_FILES, MOST_BYTES, MOST_BYTES).map_or(Ok(FilesWay::Archive), Err),
    }
}

fn too_much(files: &[ListedFile], most_files: usize, most: u64, most_of_one: u64) -> Option<String> {
    if files.len() > most_files {
        let all = files.len();
        return Some(format!(
            "{all} files are more than a lab takes ({most_files}). Have git ignore what is built or downloaded."
        ));
    }
    let all: u64 = files.iter().map(|file| file.bytes).sum();
    if all > most {
        let (all, most) = (mebi(all), mebi(most));
        return Some(format!("{all} MiB are more than a lab takes ({most}). {}", largest(files)));
    }
    files.iter().any(|file| file.bytes > most_of_one).then(|| {
        format!("A single file of a lab can have at most {} MiB. {}", mebi(most_of_one), largest(files))
    })
}

fn largest(files: &[ListedFile]) -> String {
    let mut files: Vec<&ListedFile> = files.iter().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let named = files
        .iter()
        .take(NAMED)
        .map(|file| format!("{} ({} KiB)", gateway_domain::visible(&file.path), file.bytes.div_ceil(1024)));
    format!("The largest: {}.", named.collect::<Vec<_>>().join(", "))
}

fn mebi(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}

/// With what is in them.
pub(super) fn read(folder: &Path, listed: &[ListedFile]) -> io::Result<Vec<LabFile>> {
    let with_content = |ListedFile { path, runs, .. }: &ListedFile| {
        Ok(LabFile { path: path.clone(), content: fs::read(folder.join(path))?, runs: *runs })
    };
    listed.iter().map(with_content).collect()
}

/// Distributed over as few maps as the order allows.
pub(super) fn packed(files: Vec<LabFile>) -> Vec<FilePack> {
    let mut packs = vec![FilePack::default()];
    for (number, file) in files.into_iter().enumerate() {
        let key = format!("f{:04}", number + 1);
        let bytes = file.content.len() as u64;
        if packs.last().is_some_and(|pack| pack.bytes + bytes > ONE_MAP) {
            packs.push(FilePack::default());
        }
        if let Some(pack) = packs.last_mut() {
            pack.bytes += bytes;
            pack.files.push((key, file));
        }
    }
    packs
}

#[cfg(test)]
mod tests {
    use super::{FilesWay, LabFile, ListedFile, packed, way};

    const MEBI: u64 = 1024 * 1024;

    fn listed(path: &str, bytes: u64) -> ListedFile {
        ListedFile { path: path.to_owned(), bytes, runs: false }
    }

    fn sizes(bytes: &[u64]) -> Vec<usize> {
        let file = |(n, bytes): (usize, &u64)| {
            let content = vec![b'x'; usize::try_from(*bytes).unwrap()];
            LabFile { path: format!("f{n}"), content, runs: false }
        };
        packed(bytes.iter().enumerate().map(file).collect()).iter().map(|pack| pack.files.len()).collect()
    }

    #[test]
    fn one_map_takes_a_mebibyte_to_the_byte() {
        // REQ-LAB-02, REQ-LAB-09
        assert_eq!(sizes(&[MEBI / 2, MEBI / 2]), [2]);
        assert_eq!(sizes(&[MEBI / 2, MEBI / 2 + 1]), [1, 1]);
        assert_eq!(sizes(&[MEBI; 8]), [1; 8]);
        assert_eq!(sizes(&[]), [0]);
    }

    #[test]
    fn what_is_too_much_is_said_with_the_largest_files() {
        // REQ-LAB-02
        let refusal = |files: &[ListedFile]| way(files, false).unwrap_err();
        let many: Vec<ListedFile> = (0..9).map(|n| listed(&format!("part{n}"), MEBI - n)).collect();
        let told = refusal(&many);
        assert!(
            told.starts_with("9 MiB are more than a lab takes (8). The largest: part0 (1024 KiB)"),
            "{told}"
        );
        let told = refusal(&[listed("a", 1), listed("dist/video.mp4", 3 * MEBI)]);
        assert!(told.contains("at most 1 MiB. The largest: dist/video.mp4 (3072 KiB)"), "{told}");
        let files: Vec<_> = (0..3_001).map(|n| listed(&format!("f{n}"), 1)).collect();
        let told = refusal(&files);
        assert!(told.starts_with("3001 files are more than a lab takes (3000)."), "{told}");
        for fetches in [false, true] {
            let told = way(&[listed("..data/x", 1)], fetches).unwrap_err();
            assert!(told.starts_with("..data/x can't be in a lab"), "{told}");
        }
    }

    #[test]
    fn what_no_map_takes_is_fetched_where_labs_can() {
        // REQ-LAB-02, REQ-LAB-09
        let way = |files: &[ListedFile]| way(files, true);
        assert_eq!(way(&[listed("server.js", MEBI)]), Ok(FilesWay::ConfigMaps));
        assert_eq!(way(&[listed("dist/video.mp4", MEBI + 1)]), Ok(FilesWay::Archive));
        let files: Vec<_> = (0..5_000).map(|n| listed(&format!("f{n}"), 1)).collect();
        assert_eq!(way(&files), Ok(FilesWay::Archive));
        assert_eq!(way(&[listed("all", 50 * MEBI)]), Ok(FilesWay::Archive));
        let told = way(&[listed("dist/video.mp4", 48 * MEBI), listed("b", 2 * MEBI + 1)]).unwrap_err();
        assert!(
            told.starts_with("51 MiB are more than a lab takes (50). The largest: dist/video.mp4"),
            "{told}"
        );
        let files: Vec<_> = (0..5_001).map(|n| listed(&format!("f{n}"), 1)).collect();
        assert!(way(&files).unwrap_err().starts_with("5001 files are more than a lab takes (5000)."));
    }
}
