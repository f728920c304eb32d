//! The tree in pieces (C2SP `tlog-tiles`): files of 256 hashes each, which a stranger can fetch one by one to check any checkpoint
//! or proof. A full tile never changes again; one that is not full has its width in its name. They hold hashes only, and nothing
//! of what is in the log.

use crate::tree::{Hash, root};

/// Hashes of a full tile: eight levels of the tree.
const WIDTH: usize = 256;

/// One file, by its path below the log's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    pub path: String,
    pub hashes: Vec<Hash>,
}

impl Tile {
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }

    pub fn is_full(&self) -> bool {
        self.hashes.len() == WIDTH
    }
}

/// All tiles of the tree over these leaves, the lowest level first.
pub fn tiles(leaves: &[Hash]) -> Vec<Tile> {
    let (mut all, mut level, mut hashes) = (vec![], 0, leaves.to_vec());
    while !hashes.is_empty() {
        let tiles = hashes.chunks(WIDTH).enumerate();
        all.extend(
            tiles.map(|(index, hashes)| Tile {
                path: path(level, index, hashes.len()),
                hashes: hashes.to_vec(),
            }),
        );
        hashes = hashes.chunks_exact(WIDTH).map(root).collect();
        level += 1;
    }
    all
}

/// `tile/0/x001/x234/067`, and `.p/5` behind it where it has five hashes so far.
fn path(level: usize, index: usize, width: usize) -> String {
    let mut groups = vec![format!("{:03}", index % 1_000)];
    let mut rest = index / 1_000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1_000));
        rest /= 1_000;
    }
    groups.reverse();
    let partial = if width == WIDTH { String::new() } else { format!(".p/{width}") };
    format!("tile/{level}/{}{partial}", groups.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;
    use std::collections::HashMap;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(n.to_string().as_bytes())).collect()
    }

    /// As a stranger does it, who knows only the size and has the files: the hashes of the highest level, and of each level below it
    /// those that no full tile stands for.
    fn root_of_files(files: &HashMap<String, Vec<u8>>, size: usize) -> Hash {
        let (mut level, mut count) = (0, size);
        let mut right: Option<Hash> = None;
        while count > 0 {
            let (full, rest) = (count / WIDTH, count % WIDTH);
            if rest > 0 {
                let bytes = &files[&path(level, full, rest)];
                let hashes: Vec<Hash> = bytes.chunks(32).map(|hash| hash.try_into().unwrap()).collect();
                right = Some(root_over(&hashes, right));
            }
            (level, count) = (level + 1, full);
        }
        right.unwrap()
    }

    /// The root over perfect trees of one size and what is behind them.
    fn root_over(hashes: &[Hash], behind: Option<Hash>) -> Hash {
        use crate::tree::sha256;
        let node = |left: &Hash, right: &Hash| sha256(&[b"\x01", left, right]);
        match (hashes, behind) {
            ([only], None) => *only,
            ([only], Some(behind)) => node(only, &behind),
            (many, behind) => {
                // With something behind them they are one more.
                let count = many.len() + usize::from(behind.is_some());
                let split = 1 << (usize::BITS - 1 - (count - 1).leading_zeros());
                match split == many.len() {
                    true => node(&root(many), &behind.unwrap_or_default()),
                    false => node(&root(&many[..split]), &root_over(&many[split..], behind)),
                }
            }
        }
    }

    #[test]
    fn whoever_has_the_tiles_has_the_root() {
        // REQ-PROOF-02
        for size in [1, 2, 255, 256, 257, 511, 512, 1_000, 65_535, 65_536, 65_537, 70_001] {
            let leaves = leaves(size);
            let all = tiles(&leaves);
            let files = all.iter().map(|tile| (tile.path.clone(), tile.bytes())).collect();
            assert_eq!(root_of_files(&files, size), root(&leaves), "{size}");
            let full = all.iter().filter(|tile| tile.is_full()).count();
            assert_eq!(full, size / 256 + size / 65_536, "{size}");
        }
        assert_eq!(tiles(&[]), []);
    }

    #[test]
    fn a_full_tile_never_changes_and_paths_are_those_of_the_format() {
        // REQ-PROOF-02
        let (before, after) = (tiles(&leaves(600)), tiles(&leaves(900)));
        assert!(before.iter().filter(|tile| tile.is_full()).all(|tile| after.contains(tile)));
        let paths: Vec<_> = before.iter().map(|tile| tile.path.as_str()).collect();
        assert_eq!(paths, ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]);
        assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    }
}
