//! The short soak: a real gateway and a real OpenCode on the simulated Slack, faults, and kills with SIGKILL.

use e2e::soak::{Rules, soak};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_whatever_dies() {
    // REQ-SLACK-03, REQ-SLACK-05, REQ-ASK-01, REQ-ASK-04, REQ-STATE-03; I1, I2, I3, I4
    let seed = std::env::var("SOAK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    let counts = soak(&Rules::short(seed)).await.unwrap();
    assert!(counts.is_fine(), "SOAK_SEED={seed} draws the same again\n{counts}");
    assert_eq!((counts.kills, counts.sessions), (2, 6), "{counts}");
    assert_eq!((counts.shown, counts.answered), (counts.asked, counts.asked), "{counts}");
    // REQ-GATE-01, REQ-GATE-02
    assert!(counts.witnessed > 0 && counts.without_verdict == 0, "{counts}");
}
