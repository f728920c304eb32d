//! A disk that really fills up: a small one of its own, in a mount namespace that ends with the test.

use super::{Yard, file};
use crate::sessions::ports::WorkspaceFault;
use crate::workspace::Maker;
use rand::RngExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Set for the run on the small disk; names where it is mounted.
const DISK: &str = "WORKSPACE_TEST_DISK";

#[tokio::test]
async fn a_disk_that_fills_up_ends_the_start_and_leaves_nothing() {
    // REQ-WORK-03
    if let Some(disk) = std::env::var_os(DISK) {
        return on_the_small_disk(Path::new(&disk)).await;
    }
    let disk = TempDir::new().unwrap();
    let this = std::env::current_exe().unwrap();
    let name = "workspace::tests::full_disk::a_disk_that_fills_up_ends_the_start_and_leaves_nothing";
    let script = "mount -t tmpfs -o size=1m tmpfs \"$1\" && exec \"$2\" --exact \"$3\"";
    // Whoever is not root gets a user namespace, in which they may mount too.
    let how = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    let run = Command::new("unshare")
        .args([how, "sh", "-c", script, "sh"])
        .args([disk.path(), this.as_path(), Path::new(name)])
        .env(DISK, disk.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
}

async fn on_the_small_disk(disk: &Path) {
    let (home, folder) = (TempDir::new().unwrap(), PathBuf::from(disk).join(".builders"));
    let yard = Yard::at(home, folder, Maker::Clones, Duration::from_secs(20));
    let large = yard.repository("large");
    let bytes: Vec<u8> = (0..3_000_000).map(|_| rand::rng().random()).collect();
    std::fs::write(large.join("large.bin"), bytes).unwrap();
    super::commit(&large, "Too much for the disk");
    yard.repository("small");
    let fault = yard.make("shop", "key1", &["small", "large"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::DiskFull(_)), "{fault:?}");
    assert_eq!(yard.left(), [""; 0]);
    let made = yard.make("shop", "key2", &["small"]).await.unwrap();
    assert_eq!(file(&made.directory, "README.md").as_deref(), Some("# small\n"), "there is room again");
}
