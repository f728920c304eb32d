//! How often a pull request is read where no webhook says that something happened.

use crate::DeliveryStage;
use jiff::SignedDuration;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The pause until the next look. `None`: nobody needs to look.
pub fn poll_pace(
    stage: DeliveryStage,
    since_push: SignedDuration,
    since_change: SignedDuration,
) -> Option<SignedDuration> {
    let pause = match stage {
        stage if stage.is_over() => return None,
        DeliveryStage::WaitingCi | DeliveryStage::Reviewable => ci_pace(since_push),
        _ if since_change >= DAY => 900,
        _ => 120,
    };
    // CI that nobody ends is not asked for day and night either.
    let pause = if since_push >= DAY { pause.max(900) } else { pause };
    Some(SignedDuration::from_secs(pause))
}

fn ci_pace(since_push: SignedDuration) -> i64 {
    match since_push.as_secs() {
        ..5 => 5,
        5..15 => 10,
        15..30 => 15,
        _ => 30,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeliveryStage::{Approved, Fixing, InReview, Merged, WaitingCi};

    #[test]
    fn it_looks_often_while_ci_runs_and_seldom_after_a_day() {
        // REQ-DELIVER-17
        let seconds = SignedDuration::from_secs;
        let table = [
            (WaitingCi, 0, 0, Some(5)),
            (WaitingCi, 5, 5, Some(10)),
            (WaitingCi, 15, 3, Some(15)),
            (WaitingCi, 31, 1, Some(30)),
            (WaitingCi, 7_200, 1, Some(30)),
            (WaitingCi, 90_000, 1, Some(900)),
            (InReview, 600, 600, Some(120)),
            (Approved, 600, 600, Some(120)),
            (Fixing, 600, 600, Some(120)),
            (InReview, 100_000, 90_000, Some(900)),
            (Merged, 0, 0, None),
        ];
        for (stage, pushed, changed, pause) in table {
            assert_eq!(
                poll_pace(stage, seconds(pushed), seconds(changed)),
                pause.map(seconds),
                "{stage} {pushed}"
            );
        }
    }
}
