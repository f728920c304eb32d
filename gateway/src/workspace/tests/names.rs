//! Names and links that would lead out of the folder.

use super::{Yard, git};
use crate::sessions::ports::{WorkspaceFault, Workspaces};
use gateway_domain::SafeName;
use std::os::unix::fs::symlink;

#[tokio::test]
async fn a_link_in_place_of_a_workspace_is_not_followed() {
    // REQ-WORK-04
    let yard = Yard::new();
    yard.repository("web");
    yard.make("first", "key0", &["web"]).await.unwrap();
    let outside = yard.home.path().join("outside");
    std::fs::create_dir_all(outside.join("repos/web")).unwrap();
    std::fs::write(outside.join("repos/web/precious.txt"), "precious").unwrap();
    symlink(&outside, yard.folder().join("shop")).unwrap();
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Unsafe(_)), "{fault:?}");
    let name = SafeName::parse("shop").unwrap();
    assert!(yard.shop.remove(&name, true).await.is_err());
    assert!(outside.join("repos/web/precious.txt").is_file());
}

#[tokio::test]
async fn a_link_in_place_of_a_repository_is_not_followed() {
    // REQ-WORK-04
    let yard = Yard::new();
    let origin = yard.repository("web");
    yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = yard.folder().join("shop/repos/web");
    std::fs::remove_dir_all(&tree).unwrap();
    symlink(&origin, &tree).unwrap();
    std::fs::write(origin.join("README.md"), "not committed").unwrap();
    let fault = yard.make("shop", "key2", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Unsafe(_)), "{fault:?}");
    assert_eq!(std::fs::read_to_string(origin.join("README.md")).unwrap(), "not committed");
    assert_eq!(git(&origin, &["branch", "--show-current"]), "main");
}

#[tokio::test]
async fn a_folder_that_the_gateway_did_not_make_is_not_touched() {
    // REQ-WORK-04
    let yard = Yard::new();
    yard.repository("web");
    yard.make("first", "key0", &["web"]).await.unwrap();
    std::fs::create_dir_all(yard.folder().join("shop")).unwrap();
    std::fs::write(yard.folder().join("shop/thesis.txt"), "years of work").unwrap();
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Taken { .. }), "{fault:?}");
    assert!(yard.folder().join("shop/thesis.txt").is_file());
}

#[tokio::test]
async fn big_and_small_letters_are_one_name() {
    // REQ-WORK-04
    let yard = Yard::new();
    yard.repository("web");
    yard.make("Shop", "key1", &["web"]).await.unwrap();
    let fault = yard.make("shop", "key2", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Taken { .. }), "{fault:?}");
}

#[tokio::test]
async fn a_link_in_place_of_the_whole_folder_is_not_followed() {
    // REQ-WORK-04, M5: in a cluster the folder itself lies where agents write.
    let yard = Yard::new();
    yard.repository("web");
    yard.make("shop", "key1", &["web"]).await.unwrap();
    let (folder, outside) = (yard.folder(), yard.home.path().join("outside"));
    std::fs::create_dir_all(outside.join("precious/repos")).unwrap();
    std::fs::rename(&folder, yard.home.path().join("aside")).unwrap();
    symlink(&outside, &folder).unwrap();
    let fault = yard.make("shop", "key2", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Unsafe(_)), "{fault:?}");
    assert!(yard.shop.list().await.is_err());
    assert!(yard.shop.remove(&SafeName::parse("precious").unwrap(), true).await.is_err());
    assert!(outside.join("precious/repos").is_dir());
}

#[tokio::test]
async fn mirrors_that_agents_could_write_to_are_refused() {
    // REQ-HARD-03
    let mut yard = Yard::new();
    yard.repository("web");
    yard.shop.config.mirrors = yard.shop.config.folder.join(".mirrors");
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err();
    assert!(matches!(&fault, WorkspaceFault::Unsafe(told) if told.contains("GATEWAY_MIRRORS")), "{fault:?}");
}
