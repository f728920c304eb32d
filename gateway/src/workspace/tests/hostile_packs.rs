//! Packs that agents write.

use super::{Yard, commit, git};
use crate::sessions::ports::Workspaces;
use crate::workspace::git::bombs::bomb;
use gateway_domain::SafeName;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// With the checksum that git wants at the end.
fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    pack.truncate(pack.len() - 20);
    let mut sum = Command::new("sha1sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    sum.stdin.take().unwrap().write_all(&pack).unwrap();
    let told = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
    pack.extend(hex::decode(&told[..40]).unwrap());
    pack
}

#[tokio::test]
async fn a_few_bytes_that_stand_for_very_many_are_not_unpacked() {
    // REQ-HARD-03: 16 KB made 2 GB of memory, and the limit was looked at afterwards.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    std::fs::write(tree.join(".git/objects/pack/pack-1.pack"), sealed(bomb(1_000_000, 200))).unwrap();
    let nothing = "1".repeat(40);
    std::fs::write(tree.join(".git/refs/heads/bomb"), format!("{nothing}\n")).unwrap();
    let losses = yard.shop.list().await.unwrap().remove(0).losses;
    assert!(losses.iter().any(|told| told.contains("200000000 bytes")), "{losses:?}");
    // It goes with consent, as anything that cannot be looked at.
    yard.shop.remove(&SafeName::parse("shop").unwrap(), true).await.unwrap();
}

#[tokio::test]
async fn honest_packs_are_looked_at() {
    // REQ-WORK-04: what an agent packed is kept before it goes.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    for n in 0..20 {
        let lines: String = (0..2_000).map(|line| format!("{} {n}\n", line * (1 + n % 3))).collect();
        std::fs::write(tree.join("large.txt"), lines).unwrap();
        commit(tree, &format!("Version {n}"));
    }
    git(tree, &["repack", "-adfq", "--depth=50"]);
    git(tree, &["prune-packed"]);
    yard.shop.remove(&SafeName::parse("shop").unwrap(), true).await.unwrap();
    let kept = yard.only("kept");
    assert_eq!(git(&kept, &["rev-list", "--count", "--all"]), "21");
    assert_eq!(git(&kept, &["fsck", "--strict"]), "");
}
