//! Large changes, and how long they take. The times are told; what they may be is `make bench`'s to say.

use crate::yard::{Yard, commit, write};
use gateway_outgoing::{Expected, Leaving, Limits, Pushed, scan_text};
use std::time::Instant;

/// Code as people write it: seeded, so that each run is the same.
fn code(seed: u64, lines: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..lines)
        .map(|n| match next() % 4 {
            0 => format!(
                "    const value{} = await load('{}', {{ token: session.token }});\n",
                next() % 100,
                next() % 1_000
            ),
            1 => format!("    if (password.length < {}) {{ return error('too short'); }}\n", next() % 20),
            2 => format!("    // line {n}: what the next does, and why it isn't done otherwise\n"),
            _ => format!("    total += items[{}].price * items[{}].count;\n", next() % 50, next() % 50),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_files_leave() {
    // REQ-DELIVER-03, issue 17
    let yard = Yard::new().await;
    let agent = yard.agent();
    for n in 0..5_000_u64 {
        write(&agent, &format!("src/{}/{n}.ts", n % 50), code(n, 5));
    }
    write(&agent, "src/uncommitted.ts", "x\n");
    commit(&agent, "Many");
    let began = Instant::now();
    let change = yard.measured().await;
    assert_eq!(change.files.len(), 5_001);
    assert!(change.secrets.is_empty(), "{:?}", change.secrets);
    let sealed = yard.sealed(&change, None).unwrap();
    assert_eq!(yard.push(&sealed, Expected::Absent).await, Pushed::Pushed);
    println!("5,000 files left in {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_files_are_measured() {
    // issue 17: `delivery_measure_s` is below 1 in a release build
    let yard = Yard::new().await;
    let agent = yard.agent();
    for n in 0..500 {
        write(&agent, &format!("src/{}/{n}.ts", n % 20), code(n, 200));
    }
    commit(&agent, "Many");
    let base = yard.fetch_base().await.unwrap();
    let began = Instant::now();
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    let (brought_in, began) = (began.elapsed(), Instant::now());
    let change = gateway_outgoing::measure(&yard.store(), &brought, &base, &Limits::default()).unwrap();
    println!(
        "500 files of 200 lines: brought in {brought_in:?}, measured and scanned in {:?}",
        began.elapsed()
    );
    assert_eq!(change.added(), 100_000);
    assert!(change.secrets.is_empty(), "{:?}", change.secrets);
}

#[test]
fn a_scan_grows_with_the_text_and_no_faster() {
    // REQ-DELIVER-06: a hostile text of anchors in vain
    for hostile in [
        "password=".repeat(200_000),
        "ghp_".repeat(400_000),
        "://:@".repeat(300_000),
        "-----BEGIN ".repeat(150_000),
        "eyJ".repeat(500_000),
    ] {
        let began = Instant::now();
        scan_text("a.txt", hostile.as_bytes(), None);
        assert!(began.elapsed().as_secs() < 20, "{:?} for {}", began.elapsed(), &hostile[..10]);
    }
}
