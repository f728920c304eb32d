//! A folder's list of entries, read byte by byte. Git itself writes them in one order, once each, with five modes; a list
//! that is otherwise was made by hand, and programs differ in what they read there: what was measured could be another than
//! what is checked out. Names that lead out of the folder or into git's data, also on other systems' disks, are refused.

use git2::Oid;
use std::cmp::Ordering;
use std::collections::HashSet;

const ID: usize = 20;

/// The longest name that a disk can have.
const LONGEST_NAME: usize = 255;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Folder,
    File,
    /// A commit of another repository: nothing that is brought.
    Submodule,
}

#[derive(Debug)]
pub(crate) struct ReadEntry<'a> {
    pub(crate) kind: EntryKind,
    pub(crate) name: &'a [u8],
    pub(crate) id: Oid,
}

pub(crate) fn read_tree(mut bytes: &[u8]) -> Result<Vec<ReadEntry<'_>>, String> {
    let (mut entries, mut names): (Vec<ReadEntry<'_>>, _) = (vec![], HashSet::new());
    while !bytes.is_empty() {
        let (entry, rest) = one(bytes).ok_or("a folder's list of entries is damaged")??;
        bytes = rest;
        if let Some(why) = objection(entry.name) {
            return Err(format!("{:?} is a name that {why}", String::from_utf8_lossy(entry.name)));
        }
        if entries.last().is_some_and(|last| order(last, &entry) != Ordering::Less)
            || !names.insert(entry.name)
        {
            return Err("a folder's list of entries is in no order, or has a name twice".to_owned());
        }
        entries.push(entry);
    }
    Ok(entries)
}

type Read<'a> = Result<(ReadEntry<'a>, &'a [u8]), String>;

/// `100644 name`, a zero, and the hash.
fn one(bytes: &[u8]) -> Option<Read<'_>> {
    let blank = memchr::memchr(b' ', bytes.get(..16.min(bytes.len()))?)?;
    let (mode, rest) = (&bytes[..blank], &bytes[blank + 1..]);
    let end = memchr::memchr(0, rest)?;
    let (name, rest) = (&rest[..end], &rest[end + 1..]);
    let (id, rest) = rest.split_at_checked(ID)?;
    let kind = match mode {
        b"40000" => EntryKind::Folder,
        b"100644" | b"100755" | b"120000" => EntryKind::File,
        b"160000" => EntryKind::Submodule,
        other => return Some(Err(format!("a file has the mode {:?}", String::from_utf8_lossy(other)))),
    };
    let id = Oid::from_bytes(id).ok()?;
    Some(Ok((ReadEntry { kind, name, id }, rest)))
}

/// As git sorts them: a folder as if a slash stood behind its name.
fn order(a: &ReadEntry<'_>, b: &ReadEntry<'_>) -> Ordering {
    let sign = |entry: &ReadEntry<'_>| if entry.kind == EntryKind::Folder { b'/' } else { 0 };
    let with_sign =
        |entry: &ReadEntry<'_>, at: usize| entry.name.get(at).copied().unwrap_or_else(|| sign(entry));
    let shared = a.name.len().min(b.name.len());
    a.name[..shared].cmp(&b.name[..shared]).then_with(|| with_sign(a, shared).cmp(&with_sign(b, shared)))
}

/// Why git would not check out a file of that name, or should not.
pub(crate) fn objection(name: &[u8]) -> Option<&'static str> {
    // On some systems a backslash parts folders.
    let mut parts = name.split(|byte| *byte == b'\\');
    match () {
        () if name.is_empty() || name == b"." || name == b".." => Some("leads out of its folder"),
        () if name.contains(&b'/') || name.contains(&0) => Some("leads into another folder"),
        () if name.len() > LONGEST_NAME => Some("is longer than files' names are"),
        () if parts.any(is_git_data) => Some("stands for git's own data"),
        () => None,
    }
}

/// `.git` in the spellings of all disks: capital letters, `git~1`, blanks, dots and streams at its end, signs without width.
fn is_git_data(part: &[u8]) -> bool {
    let visible: String =
        String::from_utf8_lossy(part).chars().filter(|sign| !is_without_width(*sign)).collect();
    let stem = visible.split(':').next().unwrap_or_default();
    let stem = stem.trim_end_matches([' ', '.']).to_ascii_lowercase();
    let is_up =
        part != b"." && !part.is_empty() && stem.is_empty() && part.iter().all(|byte| b" .".contains(byte));
    stem == ".git" || stem == "git~1" || is_up
}

/// What the disks of a Mac leave out of names.
fn is_without_width(sign: char) -> bool {
    matches!(sign, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: &str, name: &[u8]) -> Vec<u8> {
        [mode.as_bytes(), b" ", name, b"\0", &[7; ID]].concat()
    }

    #[test]
    fn honest_folders_are_read() {
        let tree = [
            entry("100644", b"a.txt"),
            entry("100755", b"a0"),
            entry("40000", b"b"),
            entry("100644", b"b0"),
            entry("120000", b"link"),
            entry("160000", b"module"),
        ]
        .concat();
        assert_eq!(read_tree(&tree).unwrap().len(), 6);
        assert!(read_tree(b"").unwrap().is_empty());
    }

    #[test]
    fn forged_folders_are_refused() {
        // REQ-DELIVER-03
        let file = |name: &[u8]| entry("100644", name);
        for (what, tree) in [
            ("twice", [file(b"a"), file(b"a")].concat()),
            ("as file and folder", [file(b"a"), file(b"a.b"), entry("40000", b"a")].concat()),
            ("no order", [file(b"b"), file(b"a")].concat()),
            ("odd mode", entry("100600", b"a")),
            ("device", entry("60000", b"a")),
            ("padded mode", entry("040000", b"a")),
            ("cut", file(b"a")[..15].to_vec()),
            ("no end", b"100644 a".to_vec()),
            ("long", file(&[b'a'; 300])),
        ] {
            assert!(read_tree(&tree).is_err(), "{what}");
        }
        for name in [
            &b".git"[..],
            b".GIT",
            b".Git",
            b"git~1",
            b"GIT~1",
            b".git ",
            b".git.",
            b".git...",
            b".git::$INDEX_ALLOCATION",
            b"..",
            b".",
            b"",
            b"a/b",
            b"..\\x",
            b"a\\.git\\hooks",
            ".g\u{200c}it".as_bytes(),
            "\u{feff}.git".as_bytes(),
            b"...",
            b".. ",
        ] {
            assert!(read_tree(&file(name)).is_err(), "{:?}", String::from_utf8_lossy(name));
        }
        for name in [
            &b".gitignore"[..],
            b".github",
            b"git",
            b"a..b",
            b"git~10",
            b"\xff\xfe",
            b"x.git",
            b".gitmodules",
        ] {
            assert!(read_tree(&file(name)).is_ok(), "{:?}", String::from_utf8_lossy(name));
        }
    }
}
