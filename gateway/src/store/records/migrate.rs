//! Older records become current ones in a chain of pure functions, one for each version.
//!
//! The old form is never lost: it is in git before the new one takes its place (see [`crate::store::startup::reconcile`]).

use serde_yaml::Mapping;

/// From version `from` to the next one.
#[derive(Clone, Copy)]
pub struct Step {
    pub from: u32,
    /// Says in a sentence what could not be understood.
    pub apply: fn(&mut Mapping) -> Result<(), String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MigrationError {
    #[error(
        "the schema version {found} is newer than this gateway supports ({known}); start a gateway that supports it"
    )]
    Later { found: u32, known: u32 },
    #[error(
        "there is no migration from schema version {from} to {known}; start an older gateway that has it first"
    )]
    NoStep { from: u32, known: u32 },
    #[error("it could not be migrated from schema version {from} to the next: {reason}")]
    Refused { from: u32, reason: String },
}

/// Brings `fields` from version `found` to `known`.
pub(crate) fn run(
    fields: &mut Mapping,
    found: u32,
    known: u32,
    steps: &[Step],
) -> Result<(), MigrationError> {
    if found > known {
        return Err(MigrationError::Later { found, known });
    }
    for from in found..known {
        let step = steps.iter().find(|step| step.from == from);
        let step = step.ok_or(MigrationError::NoStep { from, known })?;
        (step.apply)(fields).map_err(|reason| MigrationError::Refused { from, reason })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_yaml::Value;

    fn rename(fields: &mut Mapping) -> Result<(), String> {
        let name = fields.remove("name").ok_or("`name` is missing")?;
        fields.insert("title".into(), name);
        Ok(())
    }

    fn add_kind(fields: &mut Mapping) -> Result<(), String> {
        fields.insert("kind".into(), "work".into());
        Ok(())
    }

    const STEPS: &[Step] = &[Step { from: 0, apply: rename }, Step { from: 1, apply: add_kind }];

    fn fields(text: &str) -> Mapping {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn steps_run_in_order_from_the_version_found() {
        // REQ-STATE-01
        let mut old = fields("name: Login");
        run(&mut old, 0, 2, STEPS).unwrap();
        assert_eq!(Value::Mapping(old), serde_yaml::from_str::<Value>("{title: Login, kind: work}").unwrap());
        let mut current = fields("title: Login");
        run(&mut current, 2, 2, STEPS).unwrap();
        assert_eq!(current, fields("title: Login"));
    }

    #[test]
    fn what_cannot_be_brought_over_is_said_in_a_sentence() {
        let refused = run(&mut fields("title: x"), 0, 2, STEPS).unwrap_err().to_string();
        assert!(refused.ends_with("from schema version 0 to the next: `name` is missing"), "{refused}");
        assert_eq!(run(&mut fields("a: 1"), 7, 2, STEPS), Err(MigrationError::Later { found: 7, known: 2 }));
        assert_eq!(run(&mut fields("a: 1"), 2, 3, STEPS), Err(MigrationError::NoStep { from: 2, known: 3 }));
    }
}
