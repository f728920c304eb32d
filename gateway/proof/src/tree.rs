//! The Merkle tree of RFC 6962 over a log's lines: one hash stands for all of them and their order.
//!
//! [`Edge`] is all that a log needs to grow. Proofs are made from the hashes of all leaves: a log of 100,000 lines has 3 MB
//! of them.

use ring::digest::{Context, SHA256};

/// Bytes of a hash.
pub const BYTES: usize = 32;

pub type Hash = [u8; BYTES];

/// A leaf and an inner node never have the same hash, so neither can be passed off as the other.
const LEAF: u8 = 0;
const NODE: u8 = 1;

pub fn leaf_hash(line: &[u8]) -> Hash {
    sha256(&[&[LEAF], line])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[NODE], left, right])
}

pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; BYTES];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The right edge of a growing tree: the roots of its full subtrees, the largest first; at most one for each bit of its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    pub fn of(leaves: &[Hash]) -> Self {
        let mut edge = Self::default();
        leaves.iter().for_each(|leaf| edge.push(*leaf));
        edge
    }

    pub fn push(&mut self, leaf: Hash) {
        // Each full subtree to the left that is as large as what has come together is joined with it.
        let joined = self.size.trailing_ones() as usize;
        let kept = self.roots.len().saturating_sub(joined);
        let node = self.roots.drain(kept..).rev().fold(leaf, |right, left| node_hash(&left, &right));
        self.roots.push(node);
        self.size += 1;
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        let roots = self.roots.iter().rev().copied();
        roots.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| sha256(&[]))
    }
}

/// The root over the first leaves of a log.
pub fn root(leaves: &[Hash]) -> Hash {
    Edge::of(leaves).root()
}

/// What proves that a leaf is in the tree over all of these. None when there is no such leaf.
pub fn inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut rest, mut index, mut proof) = (leaves, index, vec![]);
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split(rest.len()));
        let (within, beside) = if index < left.len() { (left, right) } else { (right, left) };
        index -= if index < left.len() { 0 } else { left.len() };
        proof.push(root(beside));
        rest = within;
    }
    proof.reverse();
    Some(proof)
}

/// What proves that the tree over all of these begins with the one over the first `old`. None when there are fewer.
pub fn consistency(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    if old > leaves.len() {
        return None;
    }
    if old == 0 || old == leaves.len() {
        return Some(vec![]);
    }
    let (mut rest, mut old, mut proof) = (leaves, old, vec![]);
    // Whether what is left of the old tree is all of it, so that its root is known to whoever checks.
    let mut is_whole = true;
    while old < rest.len() {
        let (left, right) = rest.split_at(split(rest.len()));
        if old <= left.len() {
            proof.push(root(right));
            rest = left;
        } else {
            proof.push(root(left));
            old -= left.len();
            rest = right;
            is_whole = false;
        }
    }
    if !is_whole {
        proof.push(root(rest));
    }
    proof.reverse();
    Some(proof)
}

/// Whether the proof leads from the leaf to the root of a tree of that size.
pub fn is_included(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut climb = Climb { at: index, last: size - 1 };
    let mut hash = *leaf;
    for beside in proof {
        match climb.up() {
            Some(Side::Left) => hash = node_hash(beside, &hash),
            Some(Side::Right) => hash = node_hash(&hash, beside),
            None => return false,
        }
    }
    climb.last == 0 && hash == *root
}

/// Whether the proof shows that a tree of the new size and root begins with the old one.
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    match old_size {
        0 => return proof.is_empty() && *old_root == sha256(&[]),
        _ if old_size > new_size => return false,
        _ if old_size == new_size => return proof.is_empty() && old_root == new_root,
        _ => {}
    }
    let mut climb = Climb { at: old_size - 1, last: new_size - 1 };
    while climb.at & 1 == 1 {
        (climb.at, climb.last) = (climb.at >> 1, climb.last >> 1);
    }
    // A full old tree is a subtree of the new one, and its root is where the climb begins.
    let (first, rest) = match (climb.at == 0, proof) {
        (true, rest) => (old_root, rest),
        (false, [first, rest @ ..]) => (first, rest),
        (false, []) => return false,
    };
    let (mut of_old, mut of_new) = (*first, *first);
    for beside in rest {
        match climb.up() {
            Some(Side::Left) => {
                of_old = node_hash(beside, &of_old);
                of_new = node_hash(beside, &of_new);
            }
            Some(Side::Right) => of_new = node_hash(&of_new, beside),
            None => return false,
        }
    }
    climb.last == 0 && of_old == *old_root && of_new == *new_root
}

/// On which side the next hash of a proof stands.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root: its place on its level, and the place of the level's last node.
struct Climb {
    at: u64,
    last: u64,
}

impl Climb {
    /// None at the root. A node without one beside it rises until it has one.
    fn up(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = match self.at & 1 == 1 || self.at == self.last {
            true => Side::Left,
            false => Side::Right,
        };
        while matches!(side, Side::Left) && self.at & 1 == 0 && self.at != 0 {
            (self.at, self.last) = (self.at >> 1, self.last >> 1);
        }
        (self.at, self.last) = (self.at >> 1, self.last >> 1);
        Some(side)
    }
}

/// Leaves in the left subtree: the largest power of two that leaves something for the right one.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition of RFC 6962, word for word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                node_hash(&naive(left), &naive(right))
            }
        }
    }

    fn log(size: usize) -> Vec<Hash> {
        (0..size).map(|n| leaf_hash(format!("line {n}").as_bytes())).collect()
    }

    #[test]
    fn the_hashes_are_those_of_certificate_transparency() {
        // REQ-PROOF-02: known answers, which other programs have too.
        let shown = |lines: &[&[u8]]| {
            hex::encode(root(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()))
        };
        assert_eq!(shown(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(shown(&[b""]), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(shown(&[b"", &[0]]), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        let three: [&[u8]; 3] = [b"", &[0], &[0x10]];
        assert_eq!(shown(&three), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
    }

    #[test]
    fn proofs_that_a_log_only_grew_are_those_of_certificate_transparency() {
        // REQ-PROOF-02: the eight leaves that implementations of RFC 6962 compare each other with.
        let lines = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let leaves = lines.map(|line| leaf_hash(&hex::decode(line).unwrap()));
        let known: [(usize, usize, &[&str]); 4] = [
            (1, 1, &[]),
            (
                1,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                6,
                8,
                &[
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                2,
                5,
                &[
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        for (old, new, expected) in known {
            let proof = consistency(&leaves[..new], old).unwrap();
            assert_eq!(proof.iter().map(hex::encode).collect::<Vec<_>>(), expected, "{old} to {new}");
            let (before, after) = (root(&leaves[..old]), root(&leaves[..new]));
            assert!(is_consistent((old as u64, &before), (new as u64, &after), &proof));
        }
        assert_eq!(
            hex::encode(root(&leaves)),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    #[test]
    fn the_edge_has_the_root_of_the_whole_tree_at_every_size() {
        // REQ-PROOF-02
        let (leaves, mut edge) = (log(300), Edge::default());
        for size in 0..=leaves.len() {
            assert_eq!(edge.root(), naive(&leaves[..size]), "{size}");
            assert_eq!(edge.size(), size as u64);
            assert_eq!(edge.roots.len(), size.count_ones() as usize, "one for each bit");
            if let Some(leaf) = leaves.get(size) {
                edge.push(*leaf);
            }
        }
    }

    #[test]
    #[allow(clippy::needless_range_loop, reason = "the number is what is proven")]
    fn every_proof_of_every_small_tree_holds_and_proves_nothing_else() {
        // REQ-PROOF-02
        let leaves = log(40);
        for size in 1..=leaves.len() {
            let (all, root) = (&leaves[..size], naive(&leaves[..size]));
            for index in 0..size {
                let proof = inclusion(all, index).unwrap();
                for claimed in 0..=size {
                    let holds = is_included(&leaves[index], claimed as u64, size as u64, &proof, &root);
                    assert_eq!(holds, claimed == index, "entry {index} as {claimed} of {size}");
                }
            }
            for old in 0..=size {
                let proof = consistency(all, old).unwrap();
                for claimed in 0..=leaves.len() {
                    let before = naive(&leaves[..claimed]);
                    let holds = is_consistent((claimed as u64, &before), (size as u64, &root), &proof);
                    // An empty tree is the beginning of any, without a proof.
                    let empty = claimed == 0 && proof.is_empty() || claimed == size && proof.is_empty();
                    assert_eq!(holds, claimed == old || empty, "{claimed} for {old} to {size}");
                }
            }
        }
        assert_eq!((inclusion(&leaves, 40), consistency(&leaves, 41)), (None, None));
    }

    proptest! {
        #[test]
        fn a_changed_proof_proves_nothing(size in 2_usize..2_000, pick in 0_usize..2_000, old in 1_usize..2_000,
            at in 0_usize..20, bit in 0_usize..256) {
            // REQ-PROOF-02
            let leaves = log(size);
            let (index, old, root) = (pick % size, 1 + old % (size - 1), Edge::of(&leaves).root());
            let (n, before) = (size as u64, super::root(&leaves[..old]));
            let mut included = inclusion(&leaves, index).unwrap();
            let mut consistent = consistency(&leaves, old).unwrap();
            prop_assert!(is_included(&leaves[index], index as u64, n, &included, &root));
            prop_assert!(is_consistent((old as u64, &before), (n, &root), &consistent));
            let flip = |hash: &mut Hash| hash[bit / 8] ^= 1 << (bit % 8);
            let other = { let mut other = leaves[index]; flip(&mut other); other };
            prop_assert!(!is_included(&other, index as u64, n, &included, &root));
            let rewritten = { let mut rewritten = before; flip(&mut rewritten); rewritten };
            prop_assert!(!is_consistent((old as u64, &rewritten), (n, &root), &consistent));
            for proof in [&mut included, &mut consistent] {
                let at = at % proof.len();
                flip(&mut proof[at]);
            }
            prop_assert!(!is_included(&leaves[index], index as u64, n, &included, &root));
            prop_assert!(!is_consistent((old as u64, &before), (n, &root), &consistent));
            let longer = { let mut longer = inclusion(&leaves, index).unwrap(); longer.push(root); longer };
            prop_assert!(!is_included(&leaves[index], index as u64, n, &longer, &root));
        }
    }
}
