//! `gateway doctor`: overrides of the rules that nobody has looked at.

use super::ApiClient;
use super::doctor::{Finding, Level};
use super::reviews_command::open;
use crate::clock::system;
use crate::config::Config;
use gateway_domain::{OpenReview, Rule};
use jiff::Timestamp;

pub(super) async fn look(api: &ApiClient, findings: &mut Vec<Finding>) {
    let (level, says) = match open(api).await {
        Ok(open) => found(&open, system().now()),
        Err(error) => (Level::Warning, format!("{error}")),
    };
    findings.push(Finding { check: "reviews", level, says });
}

/// A channel is told by Slack only.
pub(super) fn look_at_rules(config: &Config, findings: &mut Vec<Finding>) {
    let Some(book) = config.policies.standard.rules.as_ref().filter(|_| config.slack.is_none()) else {
        return;
    };
    let tells = |rule: &&Rule| rule.break_glass.as_ref().is_some_and(|glass| glass.tell.is_some());
    for rule in book.rules.iter().filter(tells) {
        let says = format!(
            "the rule {} tells a Slack channel of overrides (`break_glass.tell`), and Slack is off",
            rule.name
        );
        findings.push(Finding { check: "rules", level: Level::Warning, says });
    }
}

fn found(open: &[OpenReview], now: Timestamp) -> (Level, String) {
    let late = open.iter().filter(|review| review.due <= now).count();
    match (open.len(), late) {
        (0, _) => (Level::Ok, "no override of the rules needs a review".to_owned()),
        (1, 0) => (Level::Ok, "1 override still needs a review (`gateway reviews`)".to_owned()),
        (open, 0) => (Level::Ok, format!("{open} overrides still need a review (`gateway reviews`)")),
        (open, late) => {
            let says = format!("{late} of {open} overrides were not reviewed in time. See `gateway reviews`");
            (Level::Warning, says)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::Person;

    #[test]
    fn overrides_that_nobody_looked_at_in_time_are_a_warning() {
        // REQ-RULES-05
        let at = |seconds: i64| Timestamp::from_second(1_795_000_000 + seconds).unwrap();
        let review = |due: i64| OpenReview {
            ask: "per_1".into(),
            session: "ses_1".into(),
            what: "make".into(),
            by: Person { id: "x".into(), name: "Dora".into() },
            at: at(0),
            reason: "The shop is down.".into(),
            due: at(due),
            who: String::new(),
        };
        assert_eq!(found(&[], at(0)).0, Level::Ok);
        assert_eq!(found(&[review(10)], at(0)).0, Level::Ok);
        let (level, says) = found(&[review(10), review(90)], at(60));
        assert!(level == Level::Warning && says.contains("1 of 2 overrides"), "{says}");
    }
}
