//! Business hours: a wait counts only while the people who are asked are at work (REQ-ASK-06).

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Days looked at before a wait counts as endless: ten years of holidays.
const MAX_DAYS: usize = 3_660;

/// When somebody works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingHours {
    pub zone: TimeZone,
    pub days: Vec<Weekday>,
    pub from: Time,
    pub to: Time,
    /// Days off.
    pub holidays: Vec<Date>,
}

impl WorkingHours {
    /// When `wait` of working time has passed since `start`. Without working days the wait counts as it is.
    pub fn after(&self, start: Timestamp, wait: SignedDuration) -> Timestamp {
        let plain = start.saturating_add(wait).unwrap_or(Timestamp::MAX);
        if self.days.is_empty() || self.from >= self.to {
            return plain;
        }
        let (mut left, mut date) = (wait, start.to_zoned(self.zone.clone()).date());
        for _ in 0..MAX_DAYS {
            if let Some((opens, closes)) = self.open_on(date) {
                let from = opens.max(start);
                let there = closes.duration_since(from).max(SignedDuration::ZERO);
                if left <= there {
                    return from.saturating_add(left).unwrap_or(Timestamp::MAX);
                }
                left -= there;
            }
            date = date.saturating_add(1.day());
        }
        plain
    }

    /// Whether people are at work then. Without working days they always are.
    pub(crate) fn is_open_at(&self, at: Timestamp) -> bool {
        let open = self.open_on(at.to_zoned(self.zone.clone()).date());
        self.days.is_empty() || open.is_some_and(|(opens, closes)| opens <= at && at < closes)
    }

    /// The working time of that day, in absolute time: it is an hour more or less when clocks change.
    fn open_on(&self, date: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.contains(&date.weekday()) || self.holidays.contains(&date) {
            return None;
        }
        let at = |time: Time| date.to_datetime(time).to_zoned(self.zone.clone()).ok();
        Some((at(self.from)?.timestamp(), at(self.to)?.timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    fn berlin() -> WorkingHours {
        WorkingHours {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
            ],
            from: time(9, 0, 0, 0),
            to: time(17, 0, 0, 0),
            holidays: vec![date(2026, 12, 25)],
        }
    }

    fn after(start: &str, wait: SignedDuration) -> String {
        let hours = berlin();
        hours
            .after(start.parse().unwrap(), wait)
            .to_zoned(hours.zone.clone())
            .strftime("%a %F %H:%M")
            .to_string()
    }

    #[test]
    fn only_working_time_counts() {
        // REQ-ASK-06
        let two_hours = SignedDuration::from_hours(2);
        let cases = [
            ("2026-11-20T10:00:00+01:00", "Fri 2026-11-20 12:00", "within the day"),
            ("2026-11-20T16:30:00+01:00", "Mon 2026-11-23 10:30", "over the weekend"),
            ("2026-11-20T22:00:00+01:00", "Mon 2026-11-23 11:00", "asked at night"),
            ("2026-11-21T12:00:00+01:00", "Mon 2026-11-23 11:00", "asked on Saturday"),
            ("2026-12-24T16:00:00+01:00", "Mon 2026-12-28 10:00", "over a holiday and a weekend"),
            ("2026-11-20T15:00:00+01:00", "Fri 2026-11-20 17:00", "to the very end"),
        ];
        for (start, end, why) in cases {
            assert_eq!(after(start, two_hours), end, "{why}");
        }
        // Two working days and a half, across the change to summer time on 29 March 2026.
        assert_eq!(
            after("2026-03-27T13:00:00+01:00", SignedDuration::from_hours(20)),
            "Tue 2026-03-31 17:00"
        );
    }

    #[test]
    fn without_working_days_nothing_waits_for_ever() {
        let never = WorkingHours { days: vec![], ..berlin() };
        let start: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        assert_eq!(never.after(start, SignedDuration::from_hours(2)).to_string(), "2026-11-20T12:00:00Z");
    }

    proptest! {
        #[test]
        fn a_longer_wait_never_ends_earlier_and_ends_at_work(
            start in 1_700_000_000i64..1_900_000_000, short in 1i64..400_000, more in 0i64..400_000,
        ) {
            let (hours, start) = (berlin(), Timestamp::from_second(start).unwrap());
            let first = hours.after(start, SignedDuration::from_secs(short));
            let second = hours.after(start, SignedDuration::from_secs(short + more));
            prop_assert!(second >= first && first.duration_since(start) >= SignedDuration::from_secs(short));
            let clock = first.to_zoned(hours.zone.clone());
            prop_assert!(hours.days.contains(&clock.weekday()));
            prop_assert!(clock.time() >= hours.from && clock.time() <= hours.to);
        }
    }
}
