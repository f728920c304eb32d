//! Reads a project's pack: a flat folder of rules and data, outside the repository under change. Nothing in it leads out of
//! it, and none of it is large.

use crate::PackFault;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

const MAX_FILES: usize = 64;
/// Of one file.
const MAX_FILE: u64 = 256 * 1024;
/// Of all that is read.
const MAX_ALL: usize = 1024 * 1024;
/// What stands in the folder besides, read or not.
const MAX_ENTRIES: usize = 1_000;

/// What was read, in the order of the names.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub(crate) rules: Vec<PackFile>,
    pub(crate) data: Option<PackFile>,
    /// `test_*.rego`
    pub(crate) tests: Vec<PackFile>,
    /// `*_table.yaml`
    pub(crate) tables: Vec<PackFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

enum Part {
    Rules,
    Data,
    Test,
    Table,
    Else,
}

fn part(name: &str) -> Part {
    match name {
        "data.yaml" | "data.json" => Part::Data,
        _ if name.ends_with("_table.yaml") => Part::Table,
        _ if name.starts_with("test_") && name.ends_with(".rego") => Part::Test,
        _ if name.ends_with(".rego") => Part::Rules,
        _ => Part::Else,
    }
}

impl Folder {
    pub(crate) fn read(folder: &Path) -> Result<Self, PackFault> {
        let root = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
        let mut read = Self::default();
        let mut size = 0;
        for name in names(&root)? {
            let into = match part(&name) {
                Part::Rules => &mut read.rules,
                Part::Test => &mut read.tests,
                Part::Table => &mut read.tables,
                Part::Data => {
                    let file = file(&root, &name)?;
                    size += file.text.len();
                    if read.data.replace(file).is_some() {
                        return Err(PackFault::of(
                            name,
                            "There are data.yaml and data.json, and one must go.",
                        ));
                    }
                    continue;
                }
                Part::Else => continue,
            };
            let file = file(&root, &name)?;
            size += file.text.len();
            into.push(file);
        }
        let files = read.rules.len() + read.tests.len() + read.tables.len();
        match files > MAX_FILES || size > MAX_ALL {
            true => Err(PackFault::of(
                shown(folder),
                format!(
                    "The pack has {files} files and {size} bytes; {MAX_FILES} and {MAX_ALL} are the most."
                ),
            )),
            false => Ok(read),
        }
    }
}

/// Sorted, so that the pack's digest doesn't depend on the file system.
fn names(root: &Path) -> Result<Vec<String>, PackFault> {
    let mut names = vec![];
    for entry in fs::read_dir(root).map_err(|error| unreadable(root, &error))? {
        let entry = entry.map_err(|error| unreadable(root, &error))?;
        if names.len() == MAX_ENTRIES {
            return Err(PackFault::of(shown(root), "There are too many files in this folder for a pack."));
        }
        let name = entry.file_name().into_string();
        names.push(name.map_err(|_| PackFault::of(shown(root), "A file's name is not text (UTF-8)."))?);
    }
    names.sort();
    misnamed(&names)?;
    Ok(names)
}

/// A rule that is never read is worse than none.
fn misnamed(names: &[String]) -> Result<(), PackFault> {
    let wrong = names.iter().find(|name| {
        let lower = name.to_lowercase();
        let is_data = matches!(lower.as_str(), "data.yml" | "data.yaml" | "data.json");
        let is_known = matches!(part(name), Part::Rules | Part::Test | Part::Data | Part::Table);
        !is_known && (is_data || lower.ends_with(".rego") || lower.ends_with("_table.yml"))
    });
    match wrong {
        Some(name) => Err(PackFault::of(
            name,
            "This file would be ignored: rules end in .rego, data is in data.yaml or data.json, tables end in _table.yaml.",
        )),
        None => Ok(()),
    }
}

/// A link within the folder is fine: that is how Kubernetes mounts a ConfigMap.
fn file(root: &Path, name: &str) -> Result<PackFile, PackFault> {
    let fault = |error: std::io::Error| PackFault::of(name, format!("This can't be read: {error}."));
    let path: PathBuf = fs::canonicalize(root.join(name)).map_err(fault)?;
    if !path.starts_with(root) {
        return Err(PackFault::of(name, "This is a link out of the pack's folder."));
    }
    if !fs::metadata(&path).map_err(fault)?.is_file() {
        return Err(PackFault::of(name, "This is not a file."));
    }
    let mut bytes = vec![];
    File::open(&path).map_err(fault)?.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(PackFault::of(name, format!("This is larger than {MAX_FILE} bytes.")));
    }
    let text = String::from_utf8(bytes).map_err(|_| PackFault::of(name, "This is not text (UTF-8)."))?;
    Ok(PackFile { name: name.to_owned(), text })
}

fn unreadable(folder: &Path, error: &std::io::Error) -> PackFault {
    PackFault::of(shown(folder), format!("The pack's folder can't be read: {error}."))
}

fn shown(folder: &Path) -> String {
    folder.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    #[test]
    fn what_counts_is_read_in_order() {
        // REQ-DELIVER-05
        let folder = with(&[
            ("b.rego", b"b"),
            ("a.rego", b"a"),
            ("test_a.rego", b""),
            ("data.yaml", b""),
            ("README.md", b""),
        ]);
        fs::write(folder.path().join("x_table.yaml"), "").unwrap();
        let read = Folder::read(folder.path()).unwrap();
        let names: Vec<_> = read.rules.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.rego", "b.rego"]);
        assert_eq!((read.tests.len(), read.tables.len(), read.data.is_some()), (1, 1, true));
    }

    #[test]
    fn links_within_the_folder_are_read_and_links_out_of_it_are_not() {
        // REQ-DELIVER-05
        let folder = with(&[]);
        fs::create_dir(folder.path().join("..data")).unwrap();
        fs::write(folder.path().join("..data/a.rego"), "package delivery").unwrap();
        symlink("..data/a.rego", folder.path().join("a.rego")).unwrap();
        assert_eq!(Folder::read(folder.path()).unwrap().rules.len(), 1);
        let outside = with(&[("b.rego", b"package delivery")]);
        symlink(outside.path().join("b.rego"), folder.path().join("b.rego")).unwrap();
        let fault = Folder::read(folder.path()).unwrap_err();
        assert_eq!(
            (fault.file.as_str(), fault.says.as_str()),
            ("b.rego", "This is a link out of the pack's folder.")
        );
    }

    #[test]
    fn what_is_too_much_or_of_another_form_is_refused() {
        // REQ-DELIVER-05
        let large = vec![b' '; MAX_FILE as usize + 1];
        let says = |files: &[(&str, &[u8])]| Folder::read(with(files).path()).unwrap_err().to_string();
        assert!(says(&[("a.rego", &large)]).contains("a.rego: This is larger than"));
        assert!(says(&[("a.rego", b"\xff")]).contains("is not text"));
        assert!(says(&[("data.yml", b"")]).contains("would be ignored"));
        assert!(says(&[("A.REGO", b"")]).contains("would be ignored"));
        assert!(says(&[("data.yaml", b""), ("data.json", b"")]).contains("one must go"));
        let many: Vec<_> = (0..=MAX_FILES).map(|n| (format!("a{n}.rego"), b"".as_slice())).collect();
        let many: Vec<_> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        assert!(says(&many).contains("64 and"));
        let folder = with(&[]);
        fs::create_dir(folder.path().join("a.rego")).unwrap();
        assert!(Folder::read(folder.path()).unwrap_err().says.contains("not a file"));
        assert!(Folder::read(&folder.path().join("none")).unwrap_err().says.contains("can't be read"));
    }
}
