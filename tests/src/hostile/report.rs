//! What came of all attacks, in words and in `target/hostile.json`.

use super::{Alarm, Outcome};
use serde_json::{Value, json};
use std::path::Path;

#[derive(Default)]
pub struct Report(Vec<Outcome>);

impl Report {
    pub fn add(&mut self, outcomes: Vec<Outcome>) {
        self.0.extend(outcomes);
    }

    /// What is not as its entry says, each with what was seen.
    pub fn faults(&self) -> Vec<String> {
        let wrong = self.0.iter().filter(|one| one.attack.open.is_none());
        let wrong = wrong.filter(|one| one.through || one.alarm != one.attack.alarm);
        let told = wrong.map(|one| {
            let Outcome { attack, through, alarm, seen } = one;
            let how = if *through { "got through" } else { "was stopped" };
            let seen: String = seen.chars().take(600).collect();
            format!("{}: {how}, alarm {alarm:?}, expected {:?}: {seen}", attack.name, attack.alarm)
        });
        let mended = self.0.iter().filter(|one| one.attack.open.is_some() && !one.through);
        told.chain(mended.map(|one| format!("{}: is stopped now; take `open` away", one.attack.name)))
            .collect()
    }

    fn json(&self) -> Value {
        let open = self.0.iter().filter_map(|one| {
            let why = one.attack.open.as_ref()?;
            Some(json!({ "name": one.attack.name, "why": why }))
        });
        let through = self.0.iter().filter(|one| one.through && one.attack.open.is_none());
        let count = |is: fn(&&Outcome) -> bool| self.0.iter().filter(is).count();
        let attacks = self.0.iter().map(|Outcome { attack, through, alarm, .. }| {
            json!({ "name": attack.name, "stopped_by": attack.stopped_by, "through": through, "alarm": alarm })
        });
        json!({
            "tried": self.0.len(),
            "stopped": count(|one| !one.through),
            "alarmed": count(|one| one.alarm != Alarm::None),
            "through": through.map(|one| &one.attack.name).collect::<Vec<_>>(),
            "open": open.collect::<Vec<_>>(),
            "attacks": attacks.collect::<Vec<_>>(),
        })
    }

    /// Writes it, and returns the counts in a line.
    pub fn write(&self) -> anyhow::Result<String> {
        let told = self.json();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/hostile.json");
        std::fs::write(path, serde_json::to_vec_pretty(&told)?)?;
        let names = |list: &Value| list.as_array().map_or(0, Vec::len);
        Ok(format!(
            "{} attacks: {} stopped, {} of them alarmed, {} through, {} open",
            told["tried"],
            told["stopped"],
            told["alarmed"],
            names(&told["through"]),
            names(&told["open"])
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Alarm, Outcome, attacks};
    use super::Report;

    #[test]
    fn what_gets_through_is_a_fault_unless_its_entry_says_so_and_then_it_must() {
        // REQ-GATE-09
        let attack = attacks("commands.yaml").unwrap().remove(0);
        let open = super::super::Attack { open: Some("not yet".to_owned()), ..attack.clone() };
        let outcome = |attack, through| Outcome { attack, through, alarm: Alarm::None, seen: "x".to_owned() };
        let faults = |outcome| {
            let mut report = Report::default();
            report.add(vec![outcome]);
            report.faults().len()
        };
        assert_eq!(faults(outcome(attack.clone(), false)), 0);
        assert_eq!(faults(outcome(attack, true)), 1);
        assert_eq!(faults(outcome(open.clone(), true)), 0);
        assert_eq!(faults(outcome(open, false)), 1);
    }
}
