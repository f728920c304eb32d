//! The short chaos: each trouble once.

use e2e::chaos::{Rules, Trouble, chaos};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_whatever_goes_wrong() {
    // REQ-ASK-03, REQ-ASK-04, REQ-ASK-08, REQ-STATE-03, REQ-STATE-04, REQ-STATE-05; CHAOS F2, F5, F7
    let seed = std::env::var("CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    let rules = Rules { seed, rounds: Trouble::ALL.len(), lasts: Duration::from_secs(600) };
    let counts = chaos(&rules, |line| println!("{line}")).await.unwrap();
    println!("CHAOS_SEED={seed}\n{counts}");
    assert!(counts.is_fine(), "CHAOS_SEED={seed} draws the same again\n{counts}");
    assert_eq!((counts.rounds.len(), counts.restored), (Trouble::ALL.len(), 1), "{counts}");
    assert!(counts.decided >= 9 && counts.decided == counts.applied, "{counts}");
}
