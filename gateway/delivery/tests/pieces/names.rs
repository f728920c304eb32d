//! Names of runs and branches, whatever a title is.

use crate::made::run_id;
use gateway_delivery::*;
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn a_run_has_a_name_that_nobody_else_has() {
    // REQ-DELIVER-02
    let day = date(2026, 11, 28);
    let first = RunId::next_free("HB", day, 123_456, |_| false).unwrap();
    assert!(first.as_str().starts_with("HB-20261128-") && first.as_str().len() == 16, "{first}");
    let mut taken = BTreeSet::from([first.clone()]);
    for _ in 0..50 {
        let next = RunId::next_free("HB", day, 123_456, |id| taken.contains(id)).unwrap();
        assert!(taken.insert(next), "the same dice, and yet another name");
    }
    assert_eq!(RunId::next_free("HB", day, 1, |_| true), None);
    assert_ne!(RunId::next_free("ACME", day, 1, |_| false), RunId::next_free("HB", day, 1, |_| false));
}

#[test]
fn only_a_runs_id_is_read_as_one() {
    for good in ["HB-20261128-k3f9", "A-20240229-aaaa", "ACME2-20261128-9999"] {
        assert_eq!(RunId::parse(good).unwrap().as_str(), good);
    }
    let bad = [
        "",
        "HB",
        "HB-20261128",
        "HB-20261128-k3f",
        "HB-20261128-k3f99",
        "HB-20261128-k3l9",
        "HB-20261128-K3F9",
        "hb-20261128-k3f9",
        "HB-20261328-k3f9",
        "HB-20250229-k3f9",
        "HB-2026112-k3f99",
        "HB-20261128-k3f9-x",
        "HB 20261128 k3f9",
        "../-20261128-k3f9",
        "HB-20261128-k3f9\n",
        "HB-２0261128-k3f9",
    ];
    for bad in bad {
        assert!(RunId::parse(bad).is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<RunId>(r#""../../etc""#).is_err(), "also from a record");
}

#[test]
fn a_branch_says_what_it_is_about() {
    // REQ-DELIVER-02
    let slug =
        |title: &str| branch_name("hubble/", &run_id(), title).replace(&format!("hubble/{}", run_id()), "");
    let table = [
        ("Fix the login redirect!", "-fix-the-login-redirect"),
        ("Größe prüfen & Straße", "-groesse-pruefen-strasse"),
        ("Señor Ångström's café", "-senor-angstroems-cafe"),
        ("修复登录", ""),
        ("Исправить login", "-login"),
        ("🎉🎉", ""),
        ("", ""),
        ("--force; rm -rf / ..//.lock", "-force-rm-rf-lock"),
        ("refs/heads/main@{1}^~:?*[\\", "-refs-heads-main-1"),
        ("a\u{202e}b\0c", "-a-b-c"),
    ];
    for (title, expected) in table {
        assert_eq!(slug(title), expected, "{title:?}");
    }
    let long = branch_name("hubble/", &run_id(), &"word ".repeat(100));
    assert!(long.len() <= 60 && long.ends_with("-word"), "{long}");
    let whole = branch_name("hubble/", &run_id(), &"x".repeat(100_000));
    assert_eq!(whole.len(), 60);
}

proptest! {
    #[test]
    fn every_title_makes_a_branch_that_git_takes(title in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,40}", dice in any::<u64>()) {
        let run = RunId::next_free("HB", date(2026, 11, 28), dice, |_| false).unwrap();
        let branch = branch_name("hubble/", &run, &title);
        let rest = branch.strip_prefix(&format!("hubble/{run}")).unwrap();
        prop_assert!(branch.len() <= 60);
        prop_assert!(rest.is_empty() || rest.starts_with('-') && rest.len() > 1);
        prop_assert!(rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        prop_assert!(!rest.ends_with('-') && !rest.contains("--"));
        prop_assert_eq!(RunId::parse(run.as_str()).unwrap(), run);
    }
}
